"""A real discord.py client pointed at a playground, for tests that need a bot."""
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground import Playground

Setup = Callable[["SmallBot"], Awaitable[None] | None]


class SmallBot(discord.Client):
    """A client with a command tree; `errors` holds what its handlers raised."""

    def __init__(self, *, message_content: bool = True, sync: bool = True) -> None:
        intents = discord.Intents.default()
        intents.message_content = message_content
        super().__init__(intents=intents, guild_ready_timeout=0.05, allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.errors: list[BaseException] = []
        self.heard: list[discord.Message] = []
        self._sync = sync

        @self.tree.error
        async def remember(_: discord.Interaction, error: app_commands.AppCommandError) -> None:
            self.errors.append(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        if self._sync:
            await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        import sys

        error = sys.exc_info()[1]
        assert error is not None
        self.errors.append(error)


def point_at(playground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send discord.py to the playground instead of to Discord."""
    monkeypatch.setattr(Route, "BASE", playground.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.url.replace("http", "ws") + "/gateway"))


@asynccontextmanager
async def running(bot: discord.Client, playground: Playground, *, commands: bool = True) -> AsyncIterator[None]:
    """The bot logged in and connected, with its commands synced."""
    task = asyncio.create_task(bot.start("a-token"))
    waiting = asyncio.create_task(playground.wait_for_bot(10, commands=commands))
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        task.result()
    await waiting
    try:
        async with asyncio.timeout(10):
            await bot.wait_until_ready()
        yield
    finally:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def playground(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    async with Playground() as one:
        point_at(one, monkeypatch)
        yield one


@pytest.fixture
def bot() -> SmallBot:
    return SmallBot()
