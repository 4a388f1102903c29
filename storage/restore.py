"""Put a copy of the database in the place of the one in use; no bot may be running on the folder meanwhile.

What was replaced lies in `backups/replaced-…`, and with it the pictures and LoRAs only it knew: restoring the database
from there undoes everything. Numbers of jobs and pictures that were given since the copy was made are not given again,
for old messages carry them. Pictures and LoRAs whose files are gone stay deleted, unless they lie in a folder
`pictures` or `loras` beside the copy.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage import backups, files, weights
from storage.job import OPEN
from storage.loras import FOLDER as LORAS
from storage.migrations import scripts
from storage.room import ran_out, told_when_full
from storage.unusable import DamagedDatabase, NewerDatabase, UnusableDatabase

# How far numbers jump when nobody can say any more which ones were given since the copy was made.
UNKNOWN_NUMBERS = 1_000_000
_NUMBERED = ("jobs", "pictures", "reports")
_PICTURES = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What is now in place, and where the old database lies."""

    jobs: int
    open_jobs: int
    replaced: Path | None  # None: there was nothing to replace


def restore(copy: Path, file: Path) -> Restored:
    """Make `copy` the database `file`; UnusableDatabase, with nothing changed, if it cannot be one.

    The caller holds the folder's lock. Killed at any moment, either the old database or the new one is in place; also
    when StorageFull is raised.
    """
    folder = file.parent / backups.FOLDER
    unfinished = folder / "restoring.tmp"
    sentence = f"The disk is full at {file.parent.absolute()}: {copy} is not restored. Free some space and try again."
    try:
        with told_when_full(file.parent, sentence):
            folder.mkdir(parents=True, exist_ok=True)
            unfinished.unlink(missing_ok=True)
            _take_over(copy, unfinished)
            _continue_numbers(unfinished, file)
            living = _living_pictures(unfinished, copy.parent / _PICTURES, file.parent / _PICTURES)
            in_use = _living_loras(unfinished, copy.parent / LORAS, file.parent / LORAS)
            jobs, open_jobs = _count(unfinished)
            replaced = _put_aside(file, folder)
            others = files.lay_aside(file.parent / _PICTURES, living, replaced.parent / _PICTURES) if replaced else []
            unused = weights.lay_aside(file.parent / LORAS, in_use, replaced.parent / LORAS) if replaced else []
            backups.settle(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    files.remove(file.parent / _PICTURES, others)
    weights.remove(file.parent / LORAS, unused)
    return Restored(jobs=jobs, open_jobs=open_jobs, replaced=replaced)


def _take_over(copy: Path, unfinished: Path) -> None:
    """Read `copy` into a file of our own, what its own -wal holds included, and check that it is a database of ours."""
    if copy.is_dir():
        raise UnusableDatabase(f"{copy} is a folder: name the copy in it, a file that ends in .sqlite3.")
    if not copy.is_file():
        raise UnusableDatabase(f"There is no file {copy}.")
    try:
        with closing(backups.read_only(copy)) as source:
            version = source.execute("PRAGMA user_version").fetchone()[0]
            tables = {row[0] for row in source.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if not version or not tables.issuperset(_NUMBERED):
                raise UnusableDatabase(f"{copy} is no database of Genga's.")
            if version > len(scripts()):
                raise NewerDatabase(f"{copy} was written by a newer Genga (schema {version}): update Genga first.")
            source.execute("VACUUM INTO ?", (str(unfinished),))
        complaint = backups.damage(unfinished)
    except sqlite3.DatabaseError as error:
        if ran_out(error, unfinished.parent):
            raise
        complaint = str(error)
    if complaint:
        raise DamagedDatabase(f"{copy} cannot be restored, it is damaged: {complaint}.")


def _continue_numbers(unfinished: Path, file: Path) -> None:
    """A number stands on old messages' buttons: one that was given must never mean another job."""
    given = _numbers_given(file)
    with closing(sqlite3.connect(unfinished)) as connection, connection:
        for table in _NUMBERED:
            known = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            last = known[0] if known else 0
            last = last + UNKNOWN_NUMBERS if given is None else max(last, given.get(table, 0))
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def _numbers_given(file: Path) -> dict[str, int] | None:
    """The last number of each table in the database that is to be replaced; None when it does not tell."""
    if not file.exists():
        return None
    try:
        with closing(backups.read_only(file)) as connection:
            return dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    except sqlite3.DatabaseError:
        return None


def _living_pictures(unfinished: Path, beside: Path, root: Path) -> set[str]:
    """The sha256 of all pictures whose files are there or came from `beside`; the other rows become tombstones."""
    with closing(sqlite3.connect(unfinished)) as connection, connection:
        rows = connection.execute("SELECT DISTINCT sha256 FROM pictures WHERE deleted_at IS NULL").fetchall()
        named = {str(sha256) for (sha256,) in rows}
        living = {sha256 for sha256 in named if files.path_of(root, sha256).exists() or _fetched(sha256, beside, root)}
        lost = [(time.time(), sha256) for sha256 in named - living]
        connection.executemany("UPDATE pictures SET deleted_at = ? WHERE sha256 = ? AND deleted_at IS NULL", lost)
    return living


def _living_loras(unfinished: Path, beside: Path, root: Path) -> set[str]:
    """The sha256 of all LoRAs whose files are there or came from `beside`; the other rows go, and who they are shared
    with. A copy from before there were any names none."""
    with closing(sqlite3.connect(unfinished)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'loras'").fetchone():
            return set()
        named = {str(sha256) for (sha256,) in connection.execute("SELECT DISTINCT sha256 FROM loras").fetchall()}
        living = {sha256 for sha256 in named if weights.fetched(root, sha256, beside)}
        lost = [(sha256,) for sha256 in named - living]
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executemany("DELETE FROM loras WHERE sha256 = ?", lost)
    return living


def _fetched(sha256: str, beside: Path, root: Path) -> bool:
    content = files.read(beside, sha256)
    if content is None:
        return False
    files.write(root, content)
    return True


def _count(unfinished: Path) -> tuple[int, int]:
    """How many jobs there are, and how many of them are open."""
    still_open = f"SELECT count(*), count(*) FILTER (WHERE state IN ({', '.join('?' * len(OPEN))})) FROM jobs"
    with closing(backups.read_only(unfinished)) as connection:
        jobs, open_jobs = connection.execute(still_open, OPEN).fetchone()
    return jobs, open_jobs


def _put_aside(file: Path, folder: Path) -> Path | None:
    """A second name for the database in a folder of its own, and no -wal left that would not fit the new one."""
    if not file.exists():
        return None
    aside = backups.unused(folder / f"replaced-{backups.now()}")
    aside.mkdir()
    # The last commits may still lie in the -wal. What a damaged database cannot take in goes aside with it.
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        if ran_out(error, folder):
            raise
    files.second_name(file, aside / file.name)
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists():
        wal.replace(aside / wal.name)
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    files.sync_folder(aside)
    return aside / file.name
