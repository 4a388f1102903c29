"""The bot's token in a file of the data folder that only its owner may read; DISCORD_TOKEN in the environment wins."""

import os
from pathlib import Path

VARIABLE = "DISCORD_TOKEN"
FILE_NAME = "discord-token"


class OpenToOthers(Exception):
    """Others on this machine may read the token; the message is one sentence for the operator."""


def path_in(folder: Path) -> Path:
    """Where the token of this data folder lies, if it lies in a file at all."""
    return folder / FILE_NAME


def is_set(folder: Path) -> bool:
    """Whether a start would find a token, good or not, in the environment or in the folder."""
    return VARIABLE in os.environ or path_in(folder).exists()


def read(folder: Path) -> str | None:
    """The token, None where there is no file; OpenToOthers when anybody else may read it."""
    path = path_in(folder)
    try:
        others = path.stat().st_mode & 0o077
    except FileNotFoundError:
        return None
    # Windows keeps a folder of one's own to oneself, and shows modes that mean nothing.
    if others and os.name != "nt":
        raise OpenToOthers(f"Others on this machine may read the token in {path}. Run: chmod 600 '{path}'")
    return path.read_text(encoding="utf-8").strip()


def write(folder: Path, token: str) -> Path:
    """Keep the token, whole or not at all, and return where; the folder is made if it is missing."""
    path = path_in(folder)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)  # the mode is given when a file is made, not to one that is there
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return path
