"""The database looked at from outside."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from storage import health, migrations
from storage.database import FILE_NAME, Database


async def test_a_sound_database_is_sound_while_the_bot_has_it_open_and_after(tmp_path: Path) -> None:
    newest = len(migrations.scripts())
    assert health.examine(tmp_path) is None
    async with Database.open(tmp_path, reserve_bytes=1):
        during = health.examine(tmp_path)
    after = health.examine(tmp_path)
    for found in (during, after):
        assert found is not None
        assert (found.problem, found.schema, found.newest_schema, found.jobs) == ("", newest, newest, 0)
        assert found.size_bytes > 4096


async def test_a_damaged_page_is_a_problem(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=1):
        pass
    file = tmp_path / FILE_NAME
    data = bytearray(file.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    file.write_bytes(data)
    found = health.examine(tmp_path)
    assert found is not None and found.problem


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("dear diary, " * 500, encoding="utf-8")
    found = health.examine(tmp_path)
    assert found is not None
    assert found.problem == "file is not a database"


def test_a_database_of_a_newer_genga_says_so(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.executescript("PRAGMA user_version = 4000; CREATE TABLE jobs (id INTEGER);")
    found = health.examine(tmp_path)
    assert found is not None
    assert (found.schema, found.problem) == (4000, "")
    assert found.newest_schema < 4000


def test_the_newest_backup_counts(tmp_path: Path) -> None:
    assert health.newest_backup_age_s(tmp_path) is None
    (tmp_path / "backups").mkdir()
    for name, age_s in (("genga-schema1-a.sqlite3", 9000), ("genga-schema1-b.sqlite3", 600), ("half.tmp", 1)):
        copy = tmp_path / "backups" / name
        copy.touch()
        made = time.time() - age_s
        os.utime(copy, (made, made))
    age_s = health.newest_backup_age_s(tmp_path)
    assert age_s is not None and 590 < age_s < 700
