"""A real database in a temporary folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from storage.database import Database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncGenerator[Database]:
    async with Database.open(tmp_path / "data", reserve_bytes=4096) as database:
        yield database
