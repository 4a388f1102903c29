"""A real discord.py client, small enough to write into a test."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import discord
from discord import app_commands

from playground import Playground


class SmallBot(discord.Client):
    """A client with a command tree; it keeps what its handlers raised and the messages it heard."""

    def __init__(self, *, message_content: bool = True, sync: bool = True) -> None:
        intents = discord.Intents.default()
        intents.message_content = message_content
        super().__init__(intents=intents, guild_ready_timeout=0.05, allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.errors: list[BaseException] = []
        self.heard: list[discord.Message] = []
        self.reactions: list[discord.RawReactionActionEvent] = []
        self.resumed = asyncio.Event()
        self._sync = sync
        self.tree.error(self._remember)

    async def _remember(self, _: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.append(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        if self._sync:
            await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        self.reactions.append(reaction)

    async def on_resumed(self) -> None:
        self.resumed.set()

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        error = sys.exc_info()[1]
        assert error is not None
        self.errors.append(error)


@asynccontextmanager
async def running(bot: discord.Client, playground: Playground, *, commands: bool = True) -> AsyncGenerator[None, None]:
    """The bot logged in and connected, with its commands synced; what stops it from starting is raised."""
    task = asyncio.create_task(bot.start("a-token"))
    waiting = asyncio.create_task(playground.wait_for_bot(60, commands=commands))
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        await waiting
        async with asyncio.timeout(60):
            await bot.wait_until_ready()
        yield
    finally:
        waiting.cancel()
        await bot.close()
        await asyncio.gather(task, waiting, return_exceptions=True)


async def eventually(happened: Callable[[], object], timeout_s: float = 20) -> None:
    """Return once calling `happened` gives something true."""
    async with asyncio.timeout(timeout_s):
        while not happened():  # noqa: ASYNC110 -- what the client's own cache holds announces nothing
            await asyncio.sleep(0.01)
