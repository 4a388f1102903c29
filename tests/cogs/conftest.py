"""The gate's world, over a real database."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from storage.database import Database
from tests.cogs.gate_world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    async with Database.open(tmp_path / "data", reserve_bytes=4096) as db:
        world = World(db)
        await world.rule(adult=True)
        yield world
