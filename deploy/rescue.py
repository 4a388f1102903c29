"""`bot.py --backup` and `bot.py --restore FILE`: copies of the database, with a sentence for every end."""

import sys
from collections.abc import Callable
from pathlib import Path

from config import Config, ConfigError, load
from deploy import reason
from deploy.install import typed
from inference.errors import GengaError
from inference.host import FolderInUse, lock_folder
from storage.backups import back_up
from storage.database import FILE_NAME
from storage.restore import restore
from storage.unusable import UnusableDatabase


def run_backup() -> int:
    """Copy the database, also while the bot runs, say where the copy lies, and return the exit status."""
    return _with_config(_back_up)


def run_restore(copy: Path) -> int:
    """Put `copy` in the place of the database, say what is there now, and return the exit status."""
    return _with_config(lambda config: _restore(config, copy))


def _back_up(config: Config) -> None:
    file = config.storage.folder / FILE_NAME
    if not file.exists():
        raise UnusableDatabase(_no_database(config.storage.folder))
    copy = back_up(file, keep=config.storage.keep_backups)
    print(
        f"The database is copied to {copy}. The pictures are files in {config.storage.folder / 'pictures'}, the LoRAs "
        f"that people added in {config.storage.folder / 'loras'}."
    )


def _no_database(folder: Path) -> str:
    playground = folder / "playground"
    if not (playground / FILE_NAME).exists():
        return f"There is no database in {folder} yet; start the bot once."
    return (
        f"There is no database in {folder} yet. The playground's lies in {playground}: to copy that one, set "
        "GENGA_STORAGE__FOLDER to this folder and run this again."
    )


def _restore(config: Config, copy: Path) -> None:
    with lock_folder(config.storage.folder):
        done = restore(copy, config.storage.folder / FILE_NAME)
    print(f"{copy} is the database now: {done.jobs} jobs, of which {done.open_jobs} will go on at the next start.")
    if done.replaced:
        undo = typed(f"--restore {done.replaced}")
        print(f"What it replaced lies in {done.replaced.parent}; to undo this: {undo}")


def _with_config(work: Callable[[Config], None]) -> int:
    """Do `work`; what goes wrong is one sentence and the exit status 1."""
    try:
        work(load())
    except (ConfigError, FolderInUse, UnusableDatabase, GengaError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{reason.sentences(error)}\n")
        return 1
    return 0
