"""The folder through which pictures go to and from the worker: inputs by content hash, results checked when read."""

import hashlib
import os
import re
import shutil
import stat
import struct
from collections.abc import Mapping
from pathlib import Path

from inference.errors import FULL, StorageFull
from inference.messages import Garbled, SavedPicture

_RESULT_NAME = re.compile(r"[0-9]{1,4}-[0-9]{1,4}\.png")
_MAX_RESULT_BYTES = 256 << 20
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_PNG_TAIL = b"IEND\xaeB`\x82"


def empty(folder: Path) -> None:
    """An empty `folder` that only we may read: whatever a bot that died left in it is of no use any more."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_inputs(folder: Path, inputs: Mapping[str, bytes]) -> None:
    """Put the input pictures where the worker looks for them; StorageFull when there is no room."""
    try:
        folder.mkdir(parents=True, mode=0o700)
        for sha256, png in inputs.items():
            input_path(folder, sha256).write_bytes(png)
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(str(error)) from error
        raise


def input_path(folder: Path, sha256: str) -> Path:
    """Where the input picture with this hash lies; ValueError if it is no hash."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("an input picture must be named by its SHA-256")
    return folder / f"{sha256}.png"


def write_result(folder: Path, name: str, png: bytes) -> None:
    """Put a result into the folder, whole or not at all: written aside, on the disk, then renamed."""
    aside = folder / f"{name}.tmp"
    with aside.open("wb") as file:
        file.write(png)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / name)


def read_result(folder: Path, picture: SavedPicture) -> bytes:
    """A result's PNG; Garbled if it is not the file that was announced, OSError if it cannot be read."""
    if not _RESULT_NAME.fullmatch(picture.name):
        raise Garbled("a result outside its folder")
    path = folder / picture.name
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > _MAX_RESULT_BYTES:
        raise Garbled("a result that is no file of a sensible size")
    png = path.read_bytes()
    if hashlib.sha256(png).hexdigest() != picture.sha256:
        raise Garbled("a result with another hash")
    if not png.startswith(_PNG_HEAD) or not png.endswith(_PNG_TAIL):
        raise Garbled("a result that is no complete PNG")
    if struct.unpack(">II", png[len(_PNG_HEAD) :][:8]) != (picture.width, picture.height):
        raise Garbled("a result of another size")
    return png
