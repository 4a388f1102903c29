"""A running bot per module, and one to start for whoever breaks it."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.end_to_end.running_bot import RunningBot, running_bot

StartBot = Callable[..., AbstractAsyncContextManager[RunningBot]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[RunningBot]:
    """One bot for all tests of a module, with the module's SETTINGS; whatever they do, it never has to log an error."""
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    async with running_bot(tmp_path_factory.mktemp("bot") / "data", **settings) as bot:
        await bot.settle(4, "Aiko", "Binh", "Chika")
        yield bot
        assert " ERROR " not in bot.log, bot.log


@pytest.fixture
def start_bot(tmp_path: Path) -> StartBot:
    """A bot of one's own: `async with start_bot(GENGA_TEST_FAULT="slow") as bot`."""
    return lambda **settings: running_bot(tmp_path / "data", **settings)


@pytest.fixture
def environment() -> dict[str, str]:
    """Nothing of ours is set: no token, no folder, no address."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GENGA_", "DISCORD_"))}
