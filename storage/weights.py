"""The files of LoRAs and embeddings, named by the sha256 of their content: whole or not there. Blocking.

They may be large, so nobody holds one in memory: it is written beside, piece by piece, and then given its name.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from inference.errors import FULL, StorageFull
from storage.files import second_name, sync_folder

SUFFIX = ".safetensors"
_UNFINISHED = ".tmp"


def path_of(root: Path, sha256: str) -> Path:
    """Where the file with this content lies."""
    return root / f"{sha256}{SUFFIX}"


def unfinished(root: Path) -> Path:
    """A name in `root` that nobody else writes to; whoever takes it removes it or hands it to `settle`."""
    root.mkdir(parents=True, exist_ok=True)
    return root / f"{secrets.token_hex(16)}{_UNFINISHED}"


def settle(written: Path, root: Path, sha256: str) -> None:
    """Give what was written its name, durable when this returns; StorageFull when the disk says so only now."""
    target = path_of(root, sha256)
    try:
        with written.open("rb+") as file:
            os.fsync(file.fileno())
        written.replace(target)
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(str(error)) from error
        raise
    sync_folder(root)


def fetched(root: Path, sha256: str, beside: Path) -> bool:
    """Whether `root` has the file, be it that it was taken over from `beside`, where it is what its name says."""
    if path_of(root, sha256).is_file():
        return True
    source = path_of(beside, sha256)
    try:
        with source.open("rb") as stream:
            is_whole = hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
    if is_whole:
        _take_over(source, root, sha256)
    return is_whole


def _take_over(source: Path, root: Path, sha256: str) -> None:
    """The same content in `root`, without taking more room where the file system can do that."""
    written = unfinished(root)
    try:
        path_of(root, sha256).hardlink_to(source)
        sync_folder(root)
    except OSError:
        try:
            shutil.copyfile(source, written)
            settle(written, root, sha256)
        finally:
            written.unlink(missing_ok=True)


def lay_aside(root: Path, living: Collection[str], target: Path) -> list[str]:
    """Give every file that is not `living` a second name in `target`; their sha256."""
    others = [path for path in root.glob(f"*{SUFFIX}") if path.stem not in living]
    for path in others:
        target.mkdir(parents=True, exist_ok=True)
        second_name(path, target / path.name)
    return [path.stem for path in others]


def remove(root: Path, sha256s: Collection[str]) -> None:
    """Remove these files, as far as they exist; one that Windows holds while somebody reads it waits for `sweep`."""
    for sha256 in sha256s:
        with contextlib.suppress(PermissionError):
            path_of(root, sha256).unlink(missing_ok=True)


def sweep(root: Path, living: Collection[str], older_than_s: float) -> int:
    """Remove what is older than this and not `living`, half-written files too, and say how many."""
    limit, swept = time.time() - older_than_s, 0
    for path in root.glob("*"):
        if path.suffix == SUFFIX and path.stem in living:
            continue
        with contextlib.suppress(PermissionError, FileNotFoundError):  # an upload that ends removes its own
            if path.lstat().st_mtime < limit:
                path.unlink()
                swept += 1
    return swept
