"""A playground for every test, a client that speaks to it directly and a real bot."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground import Playground
from tests.playground.raw import Api
from tests.playground.small_bot import SmallBot


@pytest.fixture
async def playground(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    """Listening on a free port, and discord.py in this process sent there instead of to Discord."""
    async with Playground() as one:
        monkeypatch.setattr(Route, "BASE", one.api_url)
        gateway = yarl.URL(one.url.replace("http", "ws") + "/gateway")
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        yield one


@pytest.fixture
async def api(playground: Playground) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, playground)


@pytest.fixture
def bot() -> SmallBot:
    return SmallBot()
