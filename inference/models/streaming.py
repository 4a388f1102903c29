"""A download written to a file piece by piece: bounded, hashed on the way, never held in memory."""

import asyncio
import hashlib
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

from inference.errors import FULL, BadWeights, StorageFull
from inference.models.header import TOO_LARGE

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came."""

    sha256: str
    size_bytes: int


async def to_file(pieces: AsyncIterable[bytes], path: Path, *, limit_mib: int) -> Written:
    """Write all of it to `path`, which its caller removes when this raises.

    BadWeights as soon as more comes than is allowed, StorageFull when there is no room.
    """
    digest, size_bytes, block = hashlib.sha256(), 0, bytearray()

    def write() -> None:
        digest.update(block)
        with path.open("ab") as file:
            file.write(block)

    try:
        async for piece in pieces:
            size_bytes += len(piece)
            if size_bytes > limit_mib << 20:
                raise BadWeights(template=TOO_LARGE, limit=limit_mib)
            block += piece
            if len(block) >= BLOCK_BYTES:
                await asyncio.to_thread(write)
                block.clear()
        await asyncio.to_thread(write)
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(str(error)) from error
        raise
    return Written(sha256=digest.hexdigest(), size_bytes=size_bytes)
