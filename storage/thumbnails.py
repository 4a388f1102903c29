"""Small copies of pictures, made when first looked at: files beside the pictures that can be thrown away any time."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from storage.database import Database

_log = logging.getLogger(__name__)

LIVES = "SELECT 1 FROM pictures WHERE sha256 = ? AND deleted_at IS NULL LIMIT 1"


async def read(db: Database, sha256: str) -> bytes | None:
    """The small copy of the picture with these bytes, or None while there is none."""
    return await asyncio.to_thread(_read, _path(db.folder, sha256))


async def keep(db: Database, sha256: str, small: bytes) -> None:
    """Keep a small copy, unless its picture was deleted meanwhile; where that cannot be, it is made again next time."""
    async with db.files:
        if await db.one(LIVES, (sha256,)):
            try:
                await asyncio.to_thread(_write, _path(db.folder, sha256), small)
            except OSError as error:
                _log.info("a small copy is not kept: %s", error)


async def remove(db: Database, sha256s: Collection[str]) -> None:
    """Remove the small copies of these pictures, as far as there are any."""
    await asyncio.to_thread(_remove, [_path(db.folder, sha256) for sha256 in sha256s])


async def sweep(db: Database, living: Collection[str]) -> int:
    """Remove the small copies of all pictures that are not `living`, and say how many."""
    return await asyncio.to_thread(_sweep, db.folder / "thumbnails", living)


def _path(folder: Path, sha256: str) -> Path:
    return folder / "thumbnails" / sha256[:2] / f"{sha256}.webp"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, small: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    try:
        unfinished.write_bytes(small)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _remove(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sweep(root: Path, living: Collection[str]) -> int:
    orphans = [path for path in root.glob("??/*") if not (path.suffix == ".webp" and path.stem in living)]
    _remove(orphans)
    return len(orphans)
