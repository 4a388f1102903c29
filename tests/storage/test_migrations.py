"""Migrations: numbered, each whole or not at all, behind a backup, and safe from kill -9 at every statement."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from storage import jobs, pictures, posts
from storage.database import FILE_NAME, Database
from storage.job import OPEN, State
from storage.migrations import FOLDER, migrate, scripts
from storage.unusable import DamagedDatabase
from tests.storage.making import accept_job

SCHEMAS = Path(__file__).with_name("schemas")
RELEASED = sorted(int(path.stem) for path in SCHEMAS.glob("*.sql"))


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The real migrations, in a folder where a test can add more."""
    return Path(shutil.copytree(FOLDER, tmp_path / "steps", ignore=shutil.ignore_patterns("__*")))


def read(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


async def run(file: Path, steps: Path, keep_backups: int = 5) -> None:
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        await migrate(connection, file, keep_backups=keep_backups, folder=steps)


def add_step(steps: Path, sql: str) -> None:
    (steps / f"{len(scripts(steps)) + 1:04}_more.sql").write_text(sql)


async def test_a_fresh_file_gets_the_newest_schema_and_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        async with Database.open(tmp_path) as db:
            assert [row[0] for row in await db.all("PRAGMA user_version")] == [len(scripts())]
    assert not (tmp_path / "backups").exists()
    tables = read(tmp_path / FILE_NAME, "SELECT name, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'")
    assert {name for name, _ in tables} == {
        "jobs", "pictures", "posts", "people", "presets", "servers", "reports", "sendings", "favourites",
        "strikes", "bars", "audit", "agreements", "asked", "removals", "loras", "lora_shares", "model_requests",
    }  # fmt: skip
    assert all(strict for _, strict in tables)


async def test_an_older_file_is_copied_before_it_is_changed(tmp_path: Path, steps: Path) -> None:
    file = tmp_path / FILE_NAME
    async with Database.open(tmp_path) as db, db.transaction() as tx:
        await tx.run("INSERT INTO servers (id, created_at, updated_at) VALUES (5, 0, 0)")
    add_step(steps, "ALTER TABLE servers ADD COLUMN mood TEXT; UPDATE servers SET mood = 'good';")
    await run(file, steps)
    assert read(file, "SELECT id, mood FROM servers") == [(5, "good")]
    [copy] = (tmp_path / "backups").iterdir()
    assert read(copy, "PRAGMA user_version") == [(len(scripts()),)]
    assert "mood" not in str(read(copy, "SELECT sql FROM sqlite_schema WHERE name = 'servers'"))
    assert read(copy, "SELECT id FROM servers") == [(5,)]


async def test_a_step_that_fails_leaves_the_version_and_the_tables_of_the_one_before(
    tmp_path: Path, steps: Path
) -> None:
    file = tmp_path / FILE_NAME
    known = len(scripts(steps))
    add_step(steps, "CREATE TABLE good (x INTEGER) STRICT; CREATE TABLE bad (x NONSENSE) STRICT;")
    with pytest.raises(sqlite3.OperationalError):
        await run(file, steps)
    assert read(file, "PRAGMA user_version") == [(known,)]
    assert read(file, "SELECT name FROM sqlite_schema WHERE name = 'good'") == []


async def test_a_step_that_breaks_a_reference_is_undone(tmp_path: Path, steps: Path) -> None:
    file = tmp_path / FILE_NAME
    known = len(scripts(steps))
    add_step(
        steps,
        "INSERT INTO favourites (person_id, job_id, picture_index, added_at) VALUES (1, 404, 0, 0);",
    )
    with pytest.raises(DamagedDatabase, match="1 rows point at rows that do not exist"):
        await run(file, steps)
    assert read(file, "PRAGMA user_version") == [(known,)]
    assert read(file, "SELECT * FROM favourites") == []


def test_a_gap_in_the_numbers_is_found(steps: Path) -> None:
    (steps / f"{len(scripts(steps)) + 2:04}_too_far.sql").write_text("")
    with pytest.raises(ValueError, match="without a gap"):
        scripts(steps)


# Forks a process that lives, and one for each statement before a schema is reached, of which the n-th kills itself just
# before its n-th statement. Prints how many these were.
KILLER = """
import asyncio, os, shutil, signal, sqlite3, sys
from pathlib import Path
import aiosqlite
from storage.migrations import migrate

async def run(file, steps, limit):
    left = limit
    def count(sql):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        await connection.set_trace_callback(count)
        await migrate(connection, file, keep_backups=1, folder=steps)

def lives(file, limit):
    file.parent.mkdir(parents=True)
    if start.exists():
        shutil.copy(start, file)
    child = os.fork()
    if child == 0:
        asyncio.run(run(file, steps, limit))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL

def version(file):
    connection = sqlite3.connect(file)
    [[number]] = connection.execute("PRAGMA user_version")
    connection.close()
    return number

root, steps, start = map(Path, sys.argv[1:4])
assert lives(root / "0" / "genga.sqlite3", 0)
limit = 1
while not lives(file := root / str(limit) / "genga.sqlite3", limit) and version(file) < int(sys.argv[4]):
    limit += 1
print(limit)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("version", [0, *RELEASED], ids=lambda version: f"from schema {version}")
async def test_killed_at_any_statement_the_next_start_finishes_the_migration(
    version: int, tmp_path: Path, steps: Path, repository: Path
) -> None:
    add_step(steps, "ALTER TABLE servers ADD COLUMN mood TEXT; CREATE INDEX servers_mood ON servers (mood);")
    start = released(version, tmp_path / "start.sqlite3") if version else tmp_path / "none"
    root = tmp_path / "killed"
    # What comes after the next released schema is killed by the test that starts there.
    last = min((each for each in RELEASED if each > version), default=len(scripts(steps)))
    command = [sys.executable, "-c", KILLER, root, steps, start, str(last)]
    printed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    deaths = int(printed.stdout)
    whole = root / "0" / FILE_NAME
    schema = "SELECT name, sql FROM sqlite_schema ORDER BY name"
    seen: set[object] = set()
    for limit in range(1, deaths + 1):
        file = root / str(limit) / FILE_NAME
        seen |= {row[0] for row in read(file, "PRAGMA user_version")}
        await run(file, steps)
        assert read(file, schema) == read(whole, schema)
        assert rows(file) == rows(whole)
        assert read(file, "PRAGMA integrity_check") == [("ok",)]
    assert seen == set(range(version, last + 1))


@pytest.mark.parametrize("version", RELEASED)
async def test_a_database_of_every_released_schema_is_brought_to_the_newest_with_all_its_rows(
    version: int, tmp_path: Path
) -> None:
    before = rows(released(version, tmp_path / FILE_NAME))
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        for table, content in before.items():
            [kept] = await db.all(f"SELECT count(*) FROM {table}")
            assert kept[0] == len(content)
        open_jobs = await jobs.recover(db, "another boot")
        assert {job.state for job in open_jobs} == set(OPEN) - {State.RUNNING}
        [picture, _] = await pictures.of_job(db, 1)
        assert [post.sent_sha256 for post in await posts.by_message(db, 30)] == [picture.sha256]
        assert (await accept_job(db)).id > max(job.id for job in open_jobs)


def test_every_schema_but_the_newest_has_left_a_database_behind() -> None:
    # Made by `python -m tests.storage.dump` while it was the newest.
    assert set(RELEASED) >= set(range(1, len(scripts())))


def released(version: int, file: Path) -> Path:
    """The database that the version with this schema left behind."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((SCHEMAS / f"{version:04}.sql").read_text(encoding="utf-8"))
    return file


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in every table."""
    tables = [str(name) for (name,) in read(file, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {table: read(file, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables if "sqlite_" not in table}
