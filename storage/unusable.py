"""Why a database file cannot be used; each message is one sentence for the operator."""

from pathlib import Path


class UnusableDatabase(Exception):
    """The file cannot be used as it is."""


class NewerDatabase(UnusableDatabase):
    """A later version of Genga wrote the file."""


class DamagedDatabase(UnusableDatabase):
    """SQLite found the file inconsistent."""


class DiskFull(UnusableDatabase):
    """There is nothing wrong with the file, but no room to open it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The disk is full at {folder.absolute()}. Free some space and start again.")
