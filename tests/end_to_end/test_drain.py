"""Told to stop, the bot finishes what it is drawing, accepts nothing new, and leaves the rest for the next start."""

import os
import signal
import sys
import time

import pytest

from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import DRAWN_S, until, verbs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it"),
]

SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}  # 0.1 s a step
DRAIN_S = 60.0


async def test_the_picture_in_hand_is_finished_and_nothing_new_is_begun(start_bot: StartBot) -> None:
    async with start_bot(**SLOW, GENGA_QUEUE__DRAIN_S="30") as bot:
        await bot.settle(30, "Aiko", "Chika")
        _, drawn = await bot.begin("prompt:1girl, morning seed:1")
        await bot.drawing(drawn)
        _, waiting = await bot.begin("prompt:1girl, evening seed:2", who="Chika")
        os.kill(bot.pid, signal.SIGTERM)
        await until(lambda: "the picture in hand is finished first" in bot.log)
        told = await bot.ended(await bot.person("Chika").slash("#gallery", "/imagine prompt:1girl"))
        assert told.ephemeral
        assert told.content.startswith("I am restarting. Please try again in a minute")
        await bot.world.until(lambda: "reroll" in verbs(drawn) or None, 30)
        assert await bot.exit_status(DRAWN_S) == 0
        assert "nothing is left unfinished" in bot.log
        assert [bot.job(seen)["state"] for seen in (drawn, waiting)] == ["done", "queued"]

        await bot.start()
        await bot.world.until(lambda: "reroll" in verbs(waiting) or None, 30)
        assert bot.job(waiting)["deaths"] == 0


async def test_a_second_signal_stops_at_once(start_bot: StartBot) -> None:
    async with start_bot(**SLOW, GENGA_QUEUE__DRAIN_S=str(DRAIN_S)) as bot:
        await bot.settle(60, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, noon seed:3")
        await bot.drawing(drawn)
        began = time.monotonic()
        os.kill(bot.pid, signal.SIGTERM)
        await until(lambda: "a second signal stops now" in bot.log)
        assert await bot.stop() == 0
        assert time.monotonic() - began < DRAIN_S / 2
        assert "reroll" not in verbs(drawn)

        await bot.start()
        await bot.world.until(lambda: "reroll" in verbs(drawn) or None, 60)
        await until(lambda: bot.job(drawn)["state"] == "done" or None)
        assert bot.job(drawn)["deaths"] == 0


async def test_a_picture_that_takes_longer_than_allowed_is_put_back(start_bot: StartBot) -> None:
    async with start_bot(**SLOW, GENGA_QUEUE__DRAIN_S="1") as bot:
        await bot.settle(60, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, night seed:4")
        await bot.drawing(drawn)
        os.kill(bot.pid, signal.SIGTERM)
        assert await bot.exit_status(DRAWN_S) == 0
        assert "1 unfinished go on at the next start" in bot.log
        assert bot.job(drawn)["state"] == "queued"
        await bot.start()
        await bot.world.until(lambda: "reroll" in verbs(drawn) or None, 60)
        assert bot.job(drawn)["deaths"] == 0


async def test_with_nothing_in_hand_it_stops_at_once(start_bot: StartBot) -> None:
    async with start_bot(**SLOW, GENGA_QUEUE__DRAIN_S=str(DRAIN_S)) as bot:
        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < DRAIN_S / 2
