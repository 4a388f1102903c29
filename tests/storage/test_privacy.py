"""Everything of a person: all of it is found, and none of it is left, down to the bytes of the files."""

import asyncio
import dataclasses
from pathlib import Path

from inference.request import Wish
from storage import (
    agreements,
    audit,
    favourites,
    jobs,
    loras,
    model_requests,
    people,
    pictures,
    posts,
    presets,
    privacy,
    removals,
    reports,
    sendings,
    servers,
    standing,
    thumbnails,
)
from storage.database import Database
from storage.job import Job
from tests.storage.making import BOOT, ROOMY, Drawing, a_request, add_lora

ME, OTHER = 1001, 1002
CANARY = "zymurgy-of-mine"
THEIRS = "somebody-elses-words"


async def finished(db: Database, person_id: int, words: str, *pngs: bytes, parent: int | None = None) -> Job:
    """A finished job with these words and pictures."""
    request = dataclasses.replace(a_request(words), negative=words)
    job = await jobs.accept(
        db, requester_id=person_id, guild_id=10, channel_id=20, interaction_id=None, interaction_token=f"{words}-token",
        private=False, locale="vi", request=request, cost_s=1.0, limits=ROOMY, parent_picture_id=parent,
        context={"note": words},
    )  # fmt: skip
    await jobs.queued(db, job.id, 30 + job.id)
    started = await jobs.running(db, job.id, BOOT)
    kept = await pictures.keep(db, started, [Drawing(png=png) for png in pngs])
    await jobs.sending(db, job.id)
    shown = [
        posts.Post(message_id=30 + job.id, channel_id=20, guild_id=10, job_id=job.id, picture_index=each.picture_index,
                   sent_sha256=each.sha256, ephemeral=False)
        for each in kept
    ]  # fmt: skip
    await posts.record(db, shown)
    return await jobs.done(db, job.id)


async def live_a_life(db: Database, person_id: int, words: str) -> Job:
    """Something of this person in every table that knows people."""
    job = await finished(db, person_id, words, b"a picture of " + words.encode(), b"shared by both")
    [first, _] = await pictures.of_job(db, job.id)
    await finished(db, person_id, f"{words} again", b"another of " + words.encode(), parent=first.id)
    await thumbnails.keep(db, first.sha256, b"small " + words.encode())
    await pictures.keep_upload(db, owner_id=person_id, png=b"upload of " + words.encode(), width=64, height=64)
    await people.seen(db, person_id, "vi")
    await people.set_wish(db, person_id, Wish(negative=words))
    await presets.save(db, person_id, f"preset {words}"[:50], Wish(prompt=words))
    lora = await add_lora(db, person_id, f"lora {words}", b"weights of " + words.encode(), words=(words,))
    await loras.share(db, lora, 10)
    await add_lora(db, person_id, "both have it", b"weights of both")
    await favourites.add(db, person_id, job.id)
    await sendings.tried(db, job.id, sendings.Kind.CARD, 20)
    await agreements.accept(db, person_id, ["house:1"])
    await agreements.keep(
        db, person_id, a_request(words), private=False, parent_picture_id=first.id, context={"note": words}
    )
    await reports.file(db, job_id=job.id, guild_id=10, reporter_id=person_id, reason=words)
    await model_requests.ask(db, words, person_id)
    await standing.floor_hit(db, person_id)
    await standing.bar(db, person_id, 10, standing.Bar.BLOCKED)
    await audit.record(
        db, person_id=person_id, guild_id=10, moment="request", rule="floor", decision="refused", scores={}
    )
    return job


def holding(folder: Path, *words: str | bytes) -> list[str]:
    """The files that hold any of this, as text or as a number's bytes; backups apart."""
    wanted = [word if isinstance(word, bytes) else word.encode() for word in words]
    files = [path for path in folder.rglob("*") if path.is_file() and "backups" not in path.parts]
    return [path.name for path in files if any(word in path.read_bytes() for word in wanted)]


async def test_every_table_is_either_told_of_or_about_nobody(db: Database) -> None:
    tables = {row["name"] for row in await db.all("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {name for name in tables if not name.startswith("sqlite_")} == {*privacy.ROWS, "servers", "removals"}


async def test_every_row_of_a_person_is_told_and_nobody_elses(db: Database) -> None:
    await live_a_life(db, ME, CANARY)
    await live_a_life(db, OTHER, THEIRS)
    told = await privacy.rows(db, ME)
    assert [table for table, rows in told.items() if not rows] == []
    assert CANARY in str(told) and THEIRS not in str(told) and str(OTHER) not in str(told)
    assert "token" not in str(told)
    held = await privacy.held(db, ME)
    assert (held.jobs, held.pictures, held.loras) == (2, 4, 2) and held.since is not None
    kept = await privacy.living_pictures(db, ME)
    assert len(kept) == 4 and await privacy.living_pictures(db, ME, before=kept[1].id) == kept[2:]
    assert await removals.due(db) == []


async def test_nothing_of_a_person_is_left_after_erase(db: Database) -> None:
    mine = await live_a_life(db, ME, CANARY)
    theirs = await live_a_life(db, OTHER, THEIRS)
    [first, _] = await pictures.of_job(db, mine.id)
    child = await finished(db, OTHER, "made from it", b"their own", parent=first.id)
    await favourites.add(db, OTHER, mine.id)
    await reports.file(db, job_id=mine.id, guild_id=10, reporter_id=OTHER, reason="about it")
    await privacy.erase(db, ME)
    told = await privacy.rows(db, ME)
    assert [table for table, rows in told.items() if rows] == []
    assert holding(db.folder, CANARY, b"a picture of zymurgy", b"weights of zymurgy") == []
    for table in ("strikes", "bars", "audit"):
        [row] = await db.all(f"SELECT count(*) FROM {table} WHERE person_hash IS NOT NULL")
        assert row[0] == 1, table
    # Nobody else lost anything, and what was made from theirs only lost its parent.
    assert (await privacy.held(db, OTHER)).pictures == 5
    assert len(await pictures.of_job(db, theirs.id)) == 2
    [shared] = [each for each in await pictures.of_job(db, theirs.id) if each.picture_index == 1]
    assert await pictures.read(db, shared) == b"shared by both"
    for each in await loras.of_owner(db, OTHER):
        file = await loras.path(db, each.sha256)
        assert file is not None and file.read_bytes().startswith(b"weights of ")
    kept = await jobs.get(db, child.id)
    assert kept is not None and kept.parent_picture_id is None
    assert await db.all("PRAGMA foreign_key_check") == []
    assert (await db.all("PRAGMA integrity_check"))[0][0] == "ok"
    assert await standing.standing(db, ME, 10) == standing.Standing(kind=standing.Kind.BLOCKED)


async def test_what_was_deleted_earlier_and_lies_in_free_pages_goes_too(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.all("PRAGMA secure_delete = OFF")  # as before this version
    await live_a_life(db, ME, CANARY)
    for number in range(30):
        await presets.save(db, ME, f"p{number % 20}", Wish(prompt=f"{CANARY} {'long ' * 300}{number}"))
    for number in range(20):
        await presets.delete(db, ME, f"p{number}")
    assert holding(db.folder, CANARY)
    await privacy.erase(db, ME)
    assert holding(db.folder, CANARY) == []


async def test_erasing_twice_and_erasing_nobody_is_no_error(db: Database) -> None:
    await live_a_life(db, ME, CANARY)
    await privacy.erase(db, ME)
    await privacy.erase(db, ME)
    await privacy.erase(db, 404)


async def test_messages_that_have_to_go_are_noted_with_the_end_of_what_they_show(db: Database) -> None:
    await live_a_life(db, ME, CANARY)
    await live_a_life(db, OTHER, THEIRS)
    shown = await db.all(
        "SELECT DISTINCT posts.message_id FROM posts JOIN jobs ON jobs.id = job_id"
        " WHERE requester_id = ? AND NOT ephemeral ORDER BY posts.message_id DESC",
        (ME,),
    )
    await privacy.erase(db, ME)
    noted = await removals.due(db)
    assert noted and [each.message_id for each in noted] == [row["message_id"] for row in shown]
    await privacy.erase(db, ME)
    for each in noted:
        await removals.done(db, each.message_id)
    assert await removals.due(db) == []


async def test_others_write_while_somebody_is_erased(db: Database) -> None:
    await live_a_life(db, ME, CANARY)
    written = [people.seen(db, 5000 + number, "en-GB") for number in range(40)]
    await asyncio.gather(privacy.erase(db, ME), *written, privacy.erase(db, ME))
    [row] = await db.all("SELECT count(*) FROM people")
    assert row[0] == 40
    assert holding(db.folder, CANARY) == []


async def test_a_job_that_runs_meanwhile_leaves_nothing(db: Database) -> None:
    job = await jobs.accept(
        db, requester_id=ME, guild_id=10, channel_id=20, interaction_id=None, interaction_token=None, private=False,
        locale="vi", request=a_request(CANARY), cost_s=1.0, limits=ROOMY,
    )  # fmt: skip
    await jobs.queued(db, job.id, 30)
    started = await jobs.running(db, job.id, BOOT)
    await privacy.erase(db, ME)
    try:
        await pictures.keep(db, started, [Drawing(png=b"too late: " + CANARY.encode())])
    except jobs.StaleJob:
        assert holding(db.folder, CANARY) == []
    else:
        raise AssertionError("a job without a row kept its pictures")


async def test_a_server_s_rules_are_about_nobody(db: Database) -> None:
    await servers.change_rules(db, 10, lambda rules: dataclasses.replace(rules, adult=True))
    await privacy.erase(db, 10)
    assert (await servers.rules(db, 10)).adult
