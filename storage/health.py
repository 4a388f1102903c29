"""The database file looked at from outside, for the operator: nothing is changed, and a running bot may own it."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from storage import backups, migrations, room
from storage.database import FILE_NAME, WAL_RESET_FIXED

SQLITE_VERSION = sqlite3.sqlite_version
SQLITE_IS_OLD = sqlite3.sqlite_version_info < WAL_RESET_FIXED
SQLITE_WANTED = ".".join(map(str, WAL_RESET_FIXED))
# SQLITE_ERROR: what stands in the file is no SQL that this schema could have.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})


class Trouble(StrEnum):
    """What a problem is a sign of; only the first is a reason to put a copy in the file's place."""

    DAMAGED = "damaged"
    NO_ROOM = "no room"  # to open the file takes some
    UNREADABLE = "unreadable"  # the disk, or somebody's rights; the file may be sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the file says of itself; `problem` is what SQLite met with, empty when all is well."""

    schema: int
    newest_schema: int
    size_bytes: int
    jobs: int
    problem: str
    trouble: Trouble | None = None


def examine(folder: Path) -> Health | None:
    """The whole file read and checked, which takes a while when it is large; None when there is none yet."""
    file = folder / FILE_NAME
    if not file.exists():
        return None
    # The bot's newest words may still stand in the file beside it.
    size = sum(part.stat().st_size for part in folder.glob(f"{FILE_NAME}*"))
    schema, jobs, trouble = 0, 0, None
    try:
        with closing(backups.read_only(file)) as connection:
            [schema] = connection.execute("PRAGMA user_version").fetchone()
            if schema:
                [jobs] = connection.execute("SELECT count(*) FROM jobs").fetchone()
        problem = backups.damage(file) or ""
        trouble = Trouble.DAMAGED if problem else None
    except sqlite3.Error as error:
        problem, trouble = str(error), _trouble(error, folder)
    newest = len(migrations.scripts())
    return Health(schema=schema, newest_schema=newest, size_bytes=size, jobs=jobs, problem=problem, trouble=trouble)


def _trouble(error: sqlite3.Error, folder: Path) -> Trouble:
    if room.ran_out(error, folder):
        return Trouble.NO_ROOM
    return Trouble.DAMAGED if room.primary_code(error) in _DAMAGED else Trouble.UNREADABLE


def newest_backup_age_s(folder: Path) -> float | None:
    """Seconds since the newest copy of the database was made; None when there is none."""
    made = backups.copies(folder / FILE_NAME)
    return time.time() - made[-1].stat().st_mtime if made else None
