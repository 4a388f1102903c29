"""The real bot as a process of ours, logged in to a playground and ended with it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from playground import Playground

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "GENGA_STORAGE__FOLDER"
LOGIN_S = 60.0
GOODBYE_S = 10.0
TOLD_WHY = 1  # the status with which the bot ends after a sentence of its own
# This world ends with us: nobody would see what is finished later, and nothing that is promised needs room for long.
OURS = {"GENGA_QUEUE__DRAIN_S": "0", "GENGA_STORAGE__RESERVE_MIB": "1"}


class BotEnded(Exception):
    """The bot's process ended before it was told to; the message says how, in one sentence."""

    def __init__(self, status: int) -> None:
        self.status = status
        if status < 0:
            how = f"was ended by the signal {signal.Signals(-status).name}"
        elif status == TOLD_WHY:
            how = "could not go on; its last words stand above"
        else:
            how = f"ended with status {status}"
        super().__init__(f"The bot {how}.")


@contextlib.asynccontextmanager
async def bot_in(playground: Playground, folder: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The bot, on the way to being online; its words of warning go to our standard error."""
    environment = {
        **OURS,
        **{name: value for name, value in os.environ.items() if value},  # what is empty counts as not set
        "DISCORD_TOKEN": "playground",
        "GENGA_DISCORD__API_URL": playground.api_url,
        FOLDER: folder,
    }
    environment.setdefault("GENGA_LOG__LEVEL", "WARNING")
    command = [sys.executable, str(ROOT / "bot.py"), "--with-parent", str(os.getpid())]
    bot = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bot.wait(), GOODBYE_S)
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


async def online(playground: Playground, bot: asyncio.subprocess.Process) -> None:
    """Wait for the bot's commands; BotEnded at once when its process ended instead."""
    ended = asyncio.create_task(bot.wait())
    there = asyncio.create_task(playground.wait_for_bot(timeout_s=LOGIN_S))
    await asyncio.wait([ended, there], return_when=asyncio.FIRST_COMPLETED)
    if there.done():
        ended.cancel()
        await there
        return
    there.cancel()
    raise BotEnded(ended.result())
