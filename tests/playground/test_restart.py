"""A bot in a process of its own, killed without warning and started again."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from playground import DidNotRespond, Playground
from tests.playground.small_bot import eventually

BOT = Path(__file__).with_name("button_bot.py")


@asynccontextmanager
async def bot_process(playground: Playground) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """The bot of button_bot.py, killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(sys.executable, str(BOT), playground.url)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.slow
async def test_a_button_from_before_a_kill_works_after_the_restart(playground: Playground) -> None:
    aiko = playground.person("Aiko")
    async with bot_process(playground) as process:
        await playground.wait_for_bot(30)
        card = await (await aiko.slash("#gallery", "/draw number:41")).message()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    await eventually(lambda: not playground.bot_online)
    lost = await aiko.press(card, "More", wait=False)
    playground.world.clock.advance(4)
    with pytest.raises(DidNotRespond, match="The application did not respond"):
        await lost.message()
    async with bot_process(playground):
        await playground.wait_for_bot(30)
        assert (await aiko.press(card, "More")).answer == "update"
        assert card.content == "42"
        assert playground.person("Binh").sees("#gallery") == [card]
