"""/privacy: what is kept is shown and handed over; what is deleted is nowhere any more, whatever happens meanwhile."""

import asyncio
import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from playground import Seen
from playground.people import Person
from playground.seen import File
from playground.sent import Sent
from storage import privacy
from storage.database import Database
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, until
from tests.end_to_end.test_menus import picture

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


def holding(folder: Path, *words: str) -> list[str]:
    """The files that hold any of these, outside the folder of copies."""
    files = [path for path in folder.rglob("*") if path.is_file() and "backups" not in path.parts]
    return [path.name for path in files if any(word.encode() in path.read_bytes() for word in words)]


async def live(bot: RunningBot, person: Person, word: str) -> list[Seen]:
    """Pictures, an upload, a preset, a favourite, a report: all with a word that is nowhere else."""
    files = {"cat.png": picture("PNG", (64, 64))}
    cards = [
        await bot.card(await person.slash("#gallery", f"/imagine prompt:1girl, {word} count:2")),
        await bot.card(await person.slash("dm", f"/imagine prompt:1girl, {word}, night")),
        await bot.card(
            await person.slash("#gallery", f"/imagine prompt:1girl, {word} image:@cat.png", attachments=files)
        ),
    ]
    await person.react(cards[0], "⭐")
    panel = await (await person.slash("#gallery", "/settings")).message()
    await person.submit(await person.press(panel, "Negative prompt…"), {"negative": f"{word}, hat"})
    await person.submit(await person.press(panel, "Save as preset…"), {"name": f"My {word}"})
    form = await person.slash("#gallery", "/report")
    await person.submit(form, {"reason": f"about {word}"})
    history = await person.slash("#gallery", "/history")
    await until(lambda: history.shown and not history.shown.thinking)
    assert list((bot.folder / "thumbnails").rglob("*.webp"))
    return cards


async def handed_over(sent: Sent) -> tuple[list[File], Seen]:
    """The files that came, and the message that ends them."""
    last = await until(lambda: next((each for each in sent.followups if each.content), None), 60)
    assert sent.shown is not None
    messages = [sent.shown, *(each for each in sent.followups if each is not last)]
    return [file for each in messages for file in each.attachments], last


async def exported(sent: Sent) -> list[File]:
    """All that came; a single file needs no word that it was all."""
    await until(lambda: sent.shown and sent.shown.attachments)
    with contextlib.suppress(TimeoutError):
        files, last = await asyncio.wait_for(handed_over(sent), 8)
        assert last.content.endswith("That was all.")
        return files
    assert sent.shown is not None and not sent.followups
    return list(sent.shown.attachments)


def unpacked(files: Sequence[File]) -> dict[str, bytes]:
    """What the zips hold; the pieces of one picture may come again with the next press."""
    found: dict[str, bytes] = {}
    for file in files:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                assert found.setdefault(name, content) == content
    return found


async def test_what_is_kept_is_shown(bot: RunningBot) -> None:
    shown = await (await bot.person("Chika").slash("#gallery", "/privacy show")).message()
    assert shown.ephemeral and "settings: 0" in shown.content and "about 5 days" in shown.content
    assert labels(shown) == ["Send me all of it", "Delete all of it…"]
    await bot.imagine("prompt:1girl", who="Chika")
    again = await (await bot.person("Chika").slash("dm", "/privacy show")).message()
    assert "settings: 1" in again.content and "Pictures: 1 (" in again.content


async def test_everything_is_handed_over_and_nothing_of_others(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    await live(bot, aiko, "zymurgy")
    await bot.imagine("prompt:1girl, othersword", who="Chika")
    keep_lora(bot, aiko, "large", bytes(11 << 20))
    keep_lora(bot, aiko, "flat", b"a file of mine")
    sent = await aiko.slash("#gallery", "/privacy export")
    shown = await until(lambda: sent.shown if sent.shown and sent.shown.attachments else None)
    assert shown.ephemeral
    with zipfile.ZipFile(io.BytesIO(shown.attachments[0].data)) as archive:
        said = json.loads(archive.read("everything.json"))
        names = archive.namelist()
        png = archive.read(next(name for name in names if name.startswith("pictures/")))
        assert [archive.read(name) for name in names if name.startswith("loras/")] == [b"a file of mine"]
    assert png.startswith(b"\x89PNG")
    assert len([name for name in names if name.startswith("pictures/")]) == 4
    assert len([name for name in names if name.startswith("uploads/")]) == 1
    note = await until(lambda: next((each.content for each in sent.followups if each.content), None))
    assert note.startswith("Too large to be sent here: `large`.") and len(said["loras"]) == 2
    assert {"jobs", "pictures", "presets", "favourites", "people", "agreements", "reports", "posts"} <= said.keys()
    assert len(said["jobs"]) == 3 and "zymurgy" in str(said["presets"]) and "othersword" not in str(said)
    assert not [word for word in bot.world.interactions if word in str(said)], "an interaction's token"


def keep_lora(bot: RunningBot, person: Person, name: str, content: bytes) -> None:
    """As if the person had added it."""
    sha256 = hashlib.sha256(content).hexdigest()
    (bot.folder / "loras").mkdir(exist_ok=True)
    (bot.folder / "loras" / f"{sha256}.safetensors").write_bytes(content)
    bot.forget(
        "INSERT INTO loras (owner_id, name, folded, kind, sha256, size_bytes, family, words, age, source, created_at)"
        f" VALUES ({person.id}, '{name}', '{name}', 'lora', '{sha256}', {len(content)}, '', '[]', 'unknown',"
        " 'upload', 0)"
    )


async def test_an_export_larger_than_a_file_may_be_comes_in_parts(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        bot.world.settings.file_limit_bytes = 400_000
        for seed in range(3):
            await bot.imagine(f"prompt:1girl seed:{seed} count:4")
        files = await exported(await bot.person("Aiko").slash("#gallery", "/privacy export"))
        assert len(files) > 1 and all(len(each.data) <= 400_000 for each in files)
        contents = unpacked(files)
        assert len([name for name in contents if name.startswith("pictures/")]) == 12 == len(contents) - 1


async def test_an_export_of_more_files_than_one_press_brings_goes_on_with_the_next(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        # A picture of about 45 kB is larger than a file may be here: each comes in two pieces.
        bot.world.settings.file_limit_bytes = 96_000
        for seed in range(3):
            await bot.imagine(f"prompt:1girl seed:{seed * 10} count:4")
        aiko = bot.person("Aiko")
        sent = await aiko.slash("#gallery", "/privacy export")
        files, last = await handed_over(sent)
        assert len(files) == 20 and labels(last) == ["Send me the rest"] and "There is more." in last.content
        await bot.imagine("prompt:1girl seed:99")
        rest = await exported(await aiko.press(last, "Send me the rest"))
        assert len({each.name for each in (*files, *rest)}) == len(files) + len(rest), "numbered on"
        contents = unpacked([*files, *rest])
        kept = {path.read_bytes() for path in (bot.folder / "pictures").glob("??/*")}
        pieces = sorted(name for name in contents if name.startswith("pictures/"))
        assert all(name.endswith((".001", ".002")) for name in pieces)
        whole = {contents[name] + contents[name[:-1] + "2"] for name in pieces if name.endswith("1")}
        assert len(whole) == 12 and whole < kept and len(kept) == 13, "what was drawn meanwhile is not of this export"


async def test_what_the_gate_keeps_back_is_not_in_an_export_and_counted(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        shown, hidden = await bot.imagine("prompt:1girl seed:1"), await bot.imagine("prompt:1girl seed:2")
        number = bot.job(hidden)["id"]
        bot.forget(f"UPDATE pictures SET rating = 'questionable', young = 0, photo = 0 WHERE job_id = {number}")
        for place in ("#gallery", "dm"):
            sent = await bot.person("Aiko").slash(place, "/privacy export")
            told = await until(lambda sent=sent: next((each for each in sent.followups if each.content), None))
            assert told.content.startswith("Pictures left out: 1. They may not be shown here now.")
            assert sent.shown is not None
            names = [name for name in unpacked(sent.shown.attachments) if name.startswith("pictures/")]
            assert len(names) == 1 and shown.pictures


async def test_somebody_who_is_muted_has_their_pictures_back_all_the_same(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        await bot.imagine("prompt:1girl")
        mori, aiko = bot.person("Mori"), bot.person("Aiko")
        panel = await (await mori.slash("#gallery", "/server")).message()
        await mori.press(panel, "Moderation")
        member = await (await mori.select(panel, "v1gs:member:moderation", ["Aiko"])).message()
        await mori.press(member, "Mute everywhere")
        [file] = await exported(await aiko.slash("#gallery", "/privacy export"))
        assert len(unpacked([file])) == 2
        bot.forget("DELETE FROM bars")


async def test_messages_that_were_not_removed_before_a_restart_are_removed_after_it(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        aiko = bot.person("Aiko")
        cards = [await bot.imagine(f"prompt:1girl seed:{seed}") for seed in range(3)]
        noted = bot.rows("SELECT message_id, channel_id FROM posts")
        await bot.stop()
        # As a bot leaves it that was killed between the deletion of everything and the first of its messages.
        async with Database.open(bot.folder) as db:
            await privacy.erase(db, aiko.id)
        assert {(row["message_id"], row["channel_id"]) for row in noted} == {
            (row["message_id"], row["channel_id"]) for row in bot.rows("SELECT message_id, channel_id FROM removals")
        }
        assert not any(card.deleted for card in cards)
        await bot.start()
        await until(lambda: all(card.deleted for card in cards))
        await until(lambda: not bot.rows("SELECT 1 FROM removals"))
        assert " ERROR " not in bot.log, bot.log


async def test_delete_asks_first(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    before = bot.traces()
    asked = await (await aiko.slash("#gallery", "/privacy delete")).message()
    assert asked.ephemeral and "There is no way back" in asked.content and "within about 5 days" in asked.content
    await aiko.press(asked, "Keep it")
    assert asked.content == "Nothing was deleted." and bot.traces() == before


async def test_what_is_deleted_is_nowhere_any_more(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko", "Chika")
        aiko = bot.person("Aiko")
        cards = await live(bot, aiko, "zymurgy")
        others = await bot.imagine("prompt:1girl, othersword", who="Chika")
        await bot.person("Chika").press(cards[0], "Favourite")
        assert holding(bot.folder, "zymurgy")
        _, waiting = await bot.begin("prompt:1girl, zymurgy waits count:4")
        asked = await (await aiko.slash("#gallery", "/privacy delete")).message()
        await aiko.press(asked, "Delete everything")
        await until(lambda: "It is all gone." in asked.content)
        assert "within about 5 days" in asked.content
        await until(lambda: all(card.deleted for card in cards))
        assert not bot.open_jobs()
        assert holding(bot.folder, "zymurgy", "My zymurgy") == []
        for table, column in (
            ("jobs", "requester_id"), ("pictures", "owner_id"), ("people", "id"), ("presets", "owner_id"),
            ("favourites", "person_id"), ("reports", "reporter_id"), ("agreements", "person_id"),
        ):  # fmt: skip
            assert bot.rows(f"SELECT 1 FROM {table} WHERE {column} = ?", aiko.id) == [], table
        assert not others.deleted and len(bot.files()) == 1
        # Buttons of what is gone say so, and the person begins anew.
        assert waiting.deleted or "Cancelled" in waiting.content
        terms = await (await aiko.slash("#gallery", "/imagine prompt:1girl")).message()
        assert labels(terms) == ["Accept"]
        assert (await bot.card(await aiko.press(terms, "Accept"))).pictures
        assert " ERROR " not in bot.log, bot.log
        await bot.stop()
        assert holding(bot.folder, "zymurgy") == []
