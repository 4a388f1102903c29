"""Forms of settings that pydantic has no word for; the message of a ValueError is what such a setting takes."""

import itertools
import json
import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

# What Python's reader of TOML says begins so -> the same for somebody who has never heard of tables and keys.
_MISSPELT = {
    "Cannot overwrite a value": "a setting stands in it twice",
    "Expected '=' after a key": "the = between a setting and its value is missing",
    "Expected ']": "a closing ] is missing",
    "Unclosed array": "a comma or a closing ] is missing",
    "Unclosed inline table": "a comma or a closing } is missing",
    "Illegal character '\\n'": "a closing quotation mark is missing",
    "Unterminated string": "a closing quotation mark is missing",
    "Unescaped '\\'": "a \\ stands between quotation marks; write / instead",
    "Invalid hex value": "a \\ stands between quotation marks; write / instead",
    "Invalid value": "behind the = is no value; words need quotation marks, plain ones",
}


def misspelt(said: str) -> str:
    """Where a file is no TOML, and why: the end of a sentence that begins with the file's name."""
    line = re.search(r"at line (\d+)", said)
    where = f"line {line[1]}" if line else "at its end"
    if twice := re.match(r"Cannot declare \((.*?),?\) twice", said):
        name = ".".join(part.strip().strip("'\"") for part in twice[1].split(","))
        return f"{where}: [{name}] stands in it twice; put the settings of both under one"
    why = next((words for start, words in _MISSPELT.items() if said.startswith(start)), "")
    return f"{where}: {why or 'that is not written as TOML asks for it'}"


def _folder(value: object) -> object:
    """A path with `~` filled in; an empty one would mean wherever the bot is started."""
    if value == "":
        raise ValueError("the name of a folder")
    return Path(value).expanduser() if isinstance(value, str) else value


def _folders(value: object) -> object:
    """Paths with `~` filled in; in the environment they may be strung together as in PATH."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.split(os.pathsep)
    listed: list[object] = list(value) if isinstance(value, list | tuple) else [None]  # pyright: ignore[reportUnknownArgumentType]
    if not all(isinstance(each, str | Path) and each for each in listed):
        raise ValueError("a list of folders")
    return tuple(_folder(each) for each in listed)


def _names(value: object) -> object:
    """Names; in the environment they may be strung together with commas."""
    if isinstance(value, str):
        listing = value.lstrip().startswith("[")
        value = json.loads(value) if listing else [each.strip() for each in value.split(",")]
    listed: list[object] = list(value) if isinstance(value, list | tuple) else [None]  # pyright: ignore[reportUnknownArgumentType]
    if not all(isinstance(each, str) and each for each in listed):
        raise ValueError("a list of names")
    return tuple(listed)


def _repository(value: object) -> object:
    """A place on a hub."""
    if not (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", value, re.ASCII)
    ):
        raise ValueError("OWNER/NAME, as the hub's page has it")
    return value


def _name(value: object) -> object:
    """What `/imagine model:` takes and a button can carry."""
    if not (isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", value)):
        raise ValueError("a name of small letters, digits and .-_")
    return value


def _digits(value: object) -> object:
    """Of a SHA-256, as many as are known."""
    if not (isinstance(value, str) and re.fullmatch(r"([0-9a-f]{8,64})?", value)):
        raise ValueError("8 to 64 digits of a SHA-256, in small letters")
    return value


def _revision(value: object) -> object:
    """A branch, a tag or a commit, as it stands in an address."""
    if not (isinstance(value, str) and re.fullmatch(r"[\w.-]{1,80}", value, re.ASCII)):
        raise ValueError("the name of a branch or tag, or a commit")
    return value


def capitals(value: object) -> object:
    """Text, however it is written."""
    return value.upper() if isinstance(value, str) else value


def _pauses(value: object) -> object:
    """Longer and longer ones, behind zeros if there are some; in the environment the brackets may be left out."""
    if isinstance(value, str) and re.fullmatch(r"\s*\[?\s*\d{1,9}(\s*,\s*\d{1,9})*\s*\]?\s*", value, re.ASCII):
        value = [int(each) for each in re.findall(r"\d+", value)]
    steps: list[object] = list(value) if isinstance(value, list | tuple) else []  # pyright: ignore[reportUnknownArgumentType]
    minutes = [each for each in steps if type(each) is int]
    longer = all(after > before or after == before == 0 for before, after in itertools.pairwise(minutes))
    if len(minutes) != len(steps) or not minutes or minutes[0] < 0 or minutes[-1] == 0 or not longer:
        raise ValueError("a list of whole minutes, each more than the one before (only zeros may come first)")
    return tuple(minutes)


Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Side = Annotated[int, Field(ge=64, le=4096, multiple_of=8)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Repository = Annotated[str, BeforeValidator(_repository)]
Name = Annotated[str, BeforeValidator(_name)]
Digits = Annotated[str, BeforeValidator(_digits)]
Revision = Annotated[str, BeforeValidator(_revision)]
Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Minutes = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_pauses)]
