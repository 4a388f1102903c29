"""A file that only takes up room: given up when the disk is full, so that what was promised can still be kept."""

import asyncio
import logging
import os
from pathlib import Path
from typing import BinaryIO

from inference.errors import FULL

_log = logging.getLogger(__name__)


class Reserve:
    """While it can be held, new work is accepted; without it only old work is finished."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._held = False

    async def hold(self) -> bool:
        """Whether the room is reserved; reserves it if it is not."""
        if not self._held:
            self._held = await asyncio.to_thread(self._take)
        return self._held

    def release(self) -> bool:
        """Give the room up; False when there was nothing to give. Blocking."""
        self._held = False
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        _log.warning("the disk is full: the room held back is given up, and no new work is accepted")
        return True

    def _take(self) -> bool:
        if self._path.exists() and self._path.stat().st_size == self._size_bytes:
            return True
        try:
            with self._path.open("wb") as file:
                _allocate(file, self._size_bytes)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            if error.errno in FULL:
                return False
            raise
        return True


def _allocate(file: BinaryIO, size_bytes: int) -> None:
    """Really take the blocks: a sparse file would reserve nothing."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size_bytes)
        return
    block = bytes(2**20)
    for start in range(0, size_bytes, len(block)):
        file.write(block[: size_bytes - start])
