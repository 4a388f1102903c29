"""Files named by the sha256 of their content: written completely or not at all. Blocking: call from a thread."""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from inference.errors import FULL, StorageFull


def path_of(root: Path, sha256: str) -> Path:
    """Where the file with this content lies; 256 folders keep each of them small."""
    return root / sha256[:2] / f"{sha256}.png"


def write(root: Path, content: bytes) -> str:
    """Store `content`, durable when this returns, and return its sha256; StorageFull when there is no room."""
    sha256 = hashlib.sha256(content).hexdigest()
    target = path_of(root, sha256)
    if target.exists() and target.stat().st_size == len(content):
        return sha256
    # A name of its own: a cancelled writer's thread may still be at work on the same content.
    unfinished = target.with_name(f"{sha256}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if error.errno in FULL:
            raise StorageFull(str(error)) from error
        raise
    for folder in (target.parent, root):
        sync_folder(folder)
    return sha256


def read(root: Path, sha256: str) -> bytes | None:
    """The content, or None when the file is missing or no longer what its name says."""
    try:
        content = path_of(root, sha256).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def remove(root: Path, sha256s: Collection[str]) -> None:
    """Remove these files, as far as they exist."""
    for sha256 in sha256s:
        path_of(root, sha256).unlink(missing_ok=True)


def sweep(root: Path, living: Collection[str], older_than_s: float) -> int:
    """Remove files older than this that are not `living`, half-written ones too, and say how many."""
    limit = time.time() - older_than_s
    orphans = [
        path
        for path in root.glob("??/*")
        if not (path.suffix == ".png" and path.stem in living) and path.stat().st_mtime < limit
    ]
    for path in orphans:
        path.unlink()
    return len(orphans)


def lay_aside(root: Path, living: Collection[str], target: Path) -> list[str]:
    """Give every stored picture that is not `living` a second name below `target`; their sha256."""
    others = [path for path in root.glob("??/*.png") if path.stem not in living]
    for path in others:
        place = path_of(target, path.stem)
        place.parent.mkdir(parents=True, exist_ok=True)
        second_name(path, place)
    return [path.stem for path in others]


def second_name(path: Path, place: Path) -> None:
    """The same content under another name, without taking more room where the file system can do that."""
    try:
        place.hardlink_to(path)
    except OSError:
        shutil.copy2(path, place)


def sync_folder(folder: Path) -> None:
    """Make a new name in `folder` durable; where folders cannot be opened (Windows) the file system sees to it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
