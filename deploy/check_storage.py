"""The data folder: whether the bot can use it, whether the database is sound, and how old the last backup is."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config import Config
from deploy.finding import Finding, broken, good, worth_knowing
from deploy.install import typed
from deploy.reason import what_to_do, why
from inference import host
from inference.safety.lists import ListsUnreadable, read_lists
from storage import health, token_file
from storage.health import Trouble

LOW_GB, TOO_LOW_GB = 5.0, 1.0
LATE_BACKUP_S = 86_400.0  # the bot may not have run all the time


def check(config: Config) -> Iterator[Finding]:
    """Everything about the folder and what lies in it."""
    folder = config.storage.folder.absolute()
    yield from check_folder(folder)
    yield from check_room(folder)
    if folder.is_dir():
        yield from check_database(folder)
        yield check_backup(folder, config.storage.backup_every_h)
    if folder.is_dir() or not folder.exists():
        yield from check_token_file(folder)
    yield from check_word_lists(config.safety.word_lists, config.safety.blocked_words)


def check_folder(folder: Path) -> Iterator[Finding]:
    """Whether it is there, ours to write, on a disk of this machine, and free."""
    remote = host.network_file_system(folder)
    if remote:
        yield broken(
            f"The data folder {folder} lies on a network file system ({remote}), where the database can be damaged.",
            "Set storage.folder to a folder on a disk of this machine.",
        )
    if not folder.exists():
        yield good(f"The data folder {folder} is made at the first start.")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield broken(
            f"The data folder {folder} cannot be written to: {why(error, folder)}.",
            what_to_do(error, folder, "set storage.folder to a folder on another disk"),
        )
        return
    try:
        with host.lock_folder(folder):
            yield good(f"The data folder {folder} can be used; no bot runs on it now.")
    except host.FolderInUse:
        yield good(f"The data folder {folder} is in use by a running bot.")


def check_room(folder: Path) -> Iterator[Finding]:
    """Free space where the pictures go."""
    place = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    said = f"{free_gb:.0f} GB are free at {place}." if free_gb >= 10 else f"{free_gb:.1f} GB are free at {place}."
    if free_gb < TOO_LOW_GB:
        yield broken(f"Only {said}", "Free some space: without it the bot takes no new work.")
    elif free_gb < LOW_GB:
        yield worth_knowing(f"Only {said}", "A picture takes about 100 kB with the small model, 1.5 MB at 1024 × 1024.")
    else:
        yield good(said)


def check_database(folder: Path) -> Iterator[Finding]:
    """Its schema, its soundness, its size, and SQLite's own version."""
    if health.SQLITE_IS_OLD:
        yield worth_knowing(
            f"SQLite {health.SQLITE_VERSION} is older than {health.SQLITE_WANTED}: two programs that write to one "
            "database at the same moment can damage it.",
            "Genga alone never does that. Open the database in no other program that writes while the bot runs.",
        )
    found = health.examine(folder)
    if found is None:
        yield good("There is no database yet; it is made at the first start.")
        return
    size = f"{found.size_bytes / 1e6:.1f} MB"
    if found.trouble is not None:
        yield trouble_with(found.trouble, found.problem, folder)
    elif found.schema > found.newest_schema:
        yield broken(
            f"The database is of a newer Genga (schema {found.schema}, this one knows {found.newest_schema}).",
            f"Update Genga, or put a copy from before back: {typed('--restore FILE')}",
        )
    elif found.schema < found.newest_schema:
        yield good(f"The database is sound ({size}); the next start brings it to schema {found.newest_schema}.")
    else:
        yield good(f"The database is sound: schema {found.schema}, {found.jobs} jobs, {size}.")


def trouble_with(trouble: Trouble, problem: str, folder: Path) -> Finding:
    """What is wrong with a database that cannot be read; a copy takes its place only where nothing else helps."""
    match trouble:
        case Trouble.DAMAGED:
            return broken(
                f"The database is damaged ({problem}).",
                f"Stop the bot, then: {typed('--restore FILE')}, with one of the copies in {folder / 'backups'}.",
            )
        case Trouble.NO_ROOM:
            return broken(
                "The disk is full, so the database cannot be opened. Nothing is wrong with it.",
                "Free some space and start again; put no copy in its place.",
            )
        case Trouble.UNREADABLE:
            return broken(
                f"The database cannot be read now ({problem}). It need not be damaged.",
                f"Look at the disk, and at who may read and write {folder}. A copy in its place comes last.",
            )


def check_backup(folder: Path, every_h: float) -> Finding:
    """How old the newest copy is, against how often one is made."""
    age_s = health.newest_backup_age_s(folder)
    at_once = typed("--backup")
    if age_s is None:
        return worth_knowing("There is no backup of the database yet.", f"A running bot makes them; or: {at_once}")
    days = age_s / 86_400
    said = f"The last backup is {days:.0f} days old." if days >= 2 else f"The last backup is {age_s / 3600:.0f} h old."
    if not every_h:
        return worth_knowing(f"{said} storage.backup_every_h is 0, so the bot makes none.", f"Or: {at_once}")
    late = age_s > every_h * 3600 + LATE_BACKUP_S
    return worth_knowing(said, f"A running bot makes them; or: {at_once}") if late else good(said)


def check_token_file(folder: Path) -> Iterator[Finding]:
    """Whether the token is there, and hidden from others."""
    path = token_file.path_in(folder)
    if os.environ.get(token_file.VARIABLE):
        yield good(f"The token comes from {token_file.VARIABLE} in the environment.")
        return
    try:
        token = token_file.read(folder)
    except token_file.OpenToOthers as error:
        yield broken(str(error).partition(" Run: ")[0], str(error).partition("Run: ")[2])
        return
    except OSError as error:
        step = what_to_do(error, path, "mend that")
        yield broken(f"The token in {path} cannot be read: {why(error, path)}.", step)
        return
    if token:
        yield good(f"The token lies in {path}, and only its owner can read it.")
    else:
        yield worth_knowing(
            "There is no token, so the bot starts in the playground.", f"To go online: {typed('--setup')}"
        )


def check_word_lists(word_lists: str, blocked_words: str) -> Iterator[Finding]:
    """Whether the operator's own lists, if there are any, can be read."""
    if not word_lists and not blocked_words:
        return
    try:
        lists = read_lists(word_lists, blocked_words)
    except ListsUnreadable as error:
        yield broken(str(error), "Correct that file, or leave its setting empty; the bot does not start with it.")
        return
    if blocked_words:
        yield good(f"{len(lists.blocked)} words or phrases of your own are refused ({blocked_words}).")
    if word_lists:
        yield good(f"Prompts are read by lists of your own ({word_lists}).")
