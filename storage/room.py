"""Whether the disk has room, and which errors say that it has none."""

import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from inference.errors import FULL, StorageFull

PROBE_BYTES = 64 * 2**10  # what SQLite may need at once, besides a row: the index of its log grows by half of it
# Primary codes that name a file operation which failed, not why: SQLite keeps that to itself. Most often it is the
# disk (SQLITE_FULL is said of a page that found no room, but not of the log's index, nor of a quota).
_PERHAPS_FULL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


def has_room(folder: Path) -> bool:
    """Whether a small file can be written into `folder` now. Blocking."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(bytes(PROBE_BYTES)) == PROBE_BYTES
    except OSError as error:
        return error.errno not in FULL


def ran_out(error: BaseException, folder: Path) -> bool:
    """Whether `error`, the system's or SQLite's, means that the disk of `folder` is full. Blocking."""
    if isinstance(error, OSError):
        return error.errno in FULL
    code = primary_code(error)
    return code == sqlite3.SQLITE_FULL or (code in _PERHAPS_FULL and not has_room(folder))


def primary_code(error: BaseException) -> int | None:
    """What kind of error of SQLite's this is; None when it is none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextmanager
def told_when_full(folder: Path, sentence: str) -> Generator[None]:
    """StorageFull with `sentence` for the operator, in place of any error in the block that a full disk is behind."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if ran_out(error, folder):
            raise StorageFull(sentence) from error
        raise
