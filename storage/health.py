"""The database file looked at from outside, for the operator: nothing is changed, and a running bot may own it."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage import backups, migrations
from storage.database import FILE_NAME, WAL_RESET_FIXED

SQLITE_VERSION = sqlite3.sqlite_version
SQLITE_IS_OLD = sqlite3.sqlite_version_info < WAL_RESET_FIXED
SQLITE_WANTED = ".".join(map(str, WAL_RESET_FIXED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the file says of itself; `problem` is what SQLite found wrong, empty when all is well."""

    schema: int
    newest_schema: int
    size_bytes: int
    jobs: int
    problem: str


def examine(folder: Path) -> Health | None:
    """The whole file read and checked, which takes a while when it is large; None when there is none yet."""
    file = folder / FILE_NAME
    if not file.exists():
        return None
    # The bot's newest words may still stand in the file beside it.
    size = sum(part.stat().st_size for part in folder.glob(f"{FILE_NAME}*"))
    schema = jobs = 0
    try:
        with closing(backups.read_only(file)) as connection:
            [schema] = connection.execute("PRAGMA user_version").fetchone()
            if schema:
                [jobs] = connection.execute("SELECT count(*) FROM jobs").fetchone()
        problem = backups.damage(file) or ""
    except sqlite3.Error as error:
        problem = str(error)
    return Health(schema=schema, newest_schema=len(migrations.scripts()), size_bytes=size, jobs=jobs, problem=problem)


def newest_backup_age_s(folder: Path) -> float | None:
    """Seconds since the newest copy of the database was made; None when there is none."""
    made = backups.copies(folder / FILE_NAME)
    return time.time() - made[-1].stat().st_mtime if made else None
