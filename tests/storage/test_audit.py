"""The audit log: what it says of a decision, what it never holds, and how it forgets whom."""

import json
import stat
from pathlib import Path

import pytest

from storage import audit, pseudonyms
from storage.database import FILE_NAME, Database
from storage.unusable import UnusableDatabase
from tests.storage.making import draw_job

DAY = 86400.0


async def record(db: Database, person_id: int = 1, guild_id: int | None = 10) -> None:
    await audit.record(
        db,
        person_id=person_id,
        guild_id=guild_id,
        moment="show",
        rule="floor",
        decision="destroyed",
        scores={"sexual": 2, "rating": None},
        detector="made-up 1",
    )


async def age(db: Database, days: float) -> None:
    async with db.transaction() as tx:
        await tx.run("UPDATE audit SET at = at - ?", (days * DAY,))


async def hashes(db: Database) -> list[tuple[bytes, bytes]]:
    return [tuple(row) for row in await db.all("SELECT person_hash, guild_hash FROM audit ORDER BY id")]


async def test_a_decision_is_written_down_without_what_was_asked(db: Database) -> None:
    await draw_job(db, b"one")
    await record(db)
    [entry] = await audit.recent(db)
    assert (entry.person_id, entry.guild_id, entry.moment, entry.rule, entry.decision) == (
        1, 10, "show", "floor", "destroyed",
    )  # fmt: skip
    assert (dict(entry.scores), entry.detector) == ({"sexual": 2, "rating": None}, "made-up 1")
    columns = {row["name"] for row in await db.all("SELECT name FROM pragma_table_info('audit')")}
    assert not columns & {"prompt", "negative", "request", "picture", "sha256", "job_id", "reason"}


async def test_after_a_month_nobody_is_named_and_the_same_person_still_counts_as_one(db: Database) -> None:
    for person in (1, 1, 2):
        await record(db, person)
    await age(db, 29)
    await audit.tidy(db)
    assert [entry.person_id for entry in await audit.recent(db)] == [2, 1, 1]
    await age(db, 2)
    await record(db, 3, None)
    await audit.tidy(db)
    assert [(entry.person_id, entry.guild_id) for entry in await audit.recent(db)] == [(3, None), *[(None, None)] * 3]
    (first, here), (second, _), (third, there), none = await hashes(db)
    assert first == second != third and here == there and len(first) == 32
    assert none == (None, None)


async def test_after_a_year_it_is_gone(db: Database) -> None:
    await record(db)
    await age(db, 366)
    await audit.tidy(db)
    assert await audit.recent(db) == []


async def test_the_passing_key_is_thrown_away_and_the_lasting_one_is_not(tmp_path: Path) -> None:
    first = pseudonyms.read(tmp_path)
    assert pseudonyms.read(tmp_path) == first
    file = tmp_path / pseudonyms.FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = json.loads(file.read_text())
    said["passing_since"] -= pseudonyms.ROTATE_S + 1
    file.write_text(json.dumps(said))
    second = pseudonyms.read(tmp_path)
    assert second.lasting_hash(5) == first.lasting_hash(5) != first.lasting_hash(6)
    assert second.passing_hash(5) != first.passing_hash(5)
    assert first.passing.hex() not in file.read_text()
    assert first.lasting.hex() not in repr(first)


async def test_broken_keys_are_nothing_to_start_with(tmp_path: Path) -> None:
    (tmp_path / pseudonyms.FILE_NAME).write_text("{")
    with pytest.raises(UnusableDatabase, match=r"pseudonyms\.json"):
        pseudonyms.read(tmp_path)


async def test_no_key_is_in_the_database(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        await record(db)
        await age(db, 40)
        await audit.tidy(db)
        keys = db.keys
    content = (tmp_path / FILE_NAME).read_bytes()
    assert not [key for key in (keys.lasting, keys.passing) if key in content or key.hex().encode() in content]
