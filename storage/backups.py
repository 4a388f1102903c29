"""Copies of the database while it is in use: before a migration, every few hours, and when the operator asks.

A copy holds every row: jobs, settings, presets, which message shows which picture. The pictures themselves, and the
LoRAs, are files in the folders `pictures` and `loras` and are not in it; to be safe from a lost disk, copy those
folders away together with `backups`.
Blocking: call from a thread.
"""

import itertools
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from inference.errors import StorageFull
from storage.files import sync_folder
from storage.room import told_when_full
from storage.unusable import DamagedDatabase

FOLDER = "backups"
# What the rest of the bot may need meanwhile: a copy must not take the room that accepted jobs are promised.
SPARE_BYTES = 64 * 2**20


def back_up(file: Path, *, keep: int, spare_bytes: int = SPARE_BYTES) -> Path:
    """A consistent, checked copy of `file` in its folder `backups`; only the newest `keep` copies stay.

    Raises StorageFull or DamagedDatabase; nothing half-made stays behind.
    """
    folder, no_room = file.parent / FOLDER, _no_room(file, spare_bytes)
    unfinished = folder / "unfinished.tmp"
    try:
        with told_when_full(file.parent, no_room):
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < file.stat().st_size + spare_bytes:
                raise StorageFull(no_room)
            version = _copy(file, unfinished)
            copy = unused(folder / f"genga-schema{version}-{now()}.sqlite3")
            settle(unfinished, copy)
    except sqlite3.DatabaseError as error:
        raise DamagedDatabase(f"{file} cannot be copied: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    for old in copies(file)[:-keep]:
        old.unlink()
    return copy


def _copy(file: Path, unfinished: Path) -> int:
    """Write a checked copy of `file` and say which schema it has; DamagedDatabase if it would be no good."""
    unfinished.unlink(missing_ok=True)  # VACUUM INTO wants a file that is not there
    # A connection of its own, which cannot write: the copy is of one moment, and nobody waits for it.
    with closing(read_only(file)) as source:
        version = source.execute("PRAGMA user_version").fetchone()[0]
        source.execute("VACUUM INTO ?", (str(unfinished),))
    if complaint := damage(unfinished):
        raise DamagedDatabase(f"{file} cannot be copied, it is damaged: {complaint}.")
    return version


def _no_room(file: Path, spare_bytes: int) -> str:
    size_mb, spare_mb = file.stat().st_size / 1e6, spare_bytes / 1e6
    return (
        f"There is no room at {file.parent.absolute()} for a copy of the database: it takes {size_mb:.1f} MB, and "
        f"{spare_mb:.0f} MB more must stay free for the bot. Free some space and try again."
    )


def copies(file: Path) -> list[Path]:
    """The copies of `file` that there are, oldest first."""
    found = (file.parent / FOLDER).glob("genga-schema*.sqlite3")
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def is_due(file: Path, every_h: float) -> bool:
    """Whether the newest copy is older than `every_h` hours; 0 switches copies off."""
    if not every_h:
        return False
    made = copies(file)
    return not made or time.time() - made[-1].stat().st_mtime >= every_h * 3600


def read_only(file: Path) -> sqlite3.Connection:
    """A connection that can only read."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def damage(file: Path) -> str | None:
    """What SQLite finds wrong with the pages or references of `file`; None when all is well."""
    with closing(read_only(file)) as connection:
        verdict = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if verdict != "ok":
        return verdict
    return f"{len(broken)} rows point at rows that do not exist" if broken else None


def now() -> str:
    """This moment as part of a file's name."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime())


def settle(unfinished: Path, target: Path) -> None:
    """Put a finished file in its place: on the disk first, then renamed, and the name on the disk too."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    sync_folder(target.parent)


def unused(path: Path) -> Path:
    """`path`, or, when two fall into the same second, the first of `name-2`, `name-3`, … that is not there yet."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], others) if not each.exists())
