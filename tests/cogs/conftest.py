"""The gate's world, over a real database: a copy for each test of one that was made once."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from benchmarks.forging import IN_MEMORY
from storage.database import Database
from tests.cogs.gate_world import World


@pytest.fixture(scope="session")
def empty_data() -> Generator[Path]:
    async def make(folder: Path) -> None:
        async with Database.open(folder, reserve_bytes=4096):
            pass

    with tempfile.TemporaryDirectory(prefix="genga-gate-", dir=IN_MEMORY) as at:
        asyncio.run(make(Path(at) / "empty"))
        yield Path(at) / "empty"


@pytest.fixture
async def world(empty_data: Path) -> AsyncGenerator[World]:
    folder = empty_data.with_name("data")
    shutil.copytree(empty_data, folder)
    try:
        async with Database.open(folder, reserve_bytes=4096) as db:
            world = World(db)
            await world.rule(adult=True)
            yield world
    finally:
        shutil.rmtree(folder)
