"""/status: for the application's owner and their team, in servers and in DMs; everyone else gets a sentence."""

import re
import sqlite3

import discord
import pytest

from locales.words import Words
from playground import Seen
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot

pytestmark = pytest.mark.slow

SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
REFUSED = "Only the person who runs me can see that."


async def status(bot: RunningBot, who: str, place: str = "#gallery") -> Seen:
    return await (await bot.person(who).slash(place, "/status")).message()


async def test_the_owner_sees_how_the_bot_is_and_nobody_elses_words(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(60, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, secret garden seed:1")
        await bot.drawing(drawn)
        await bot.begin("prompt:1girl, second wish seed:2")
        for place in ("#gallery", "dm"):
            seen = await status(bot, "Mori", place)
            assert seen.ephemeral
            queue, worker, memory, disk, here, reports, versions = seen.content.split("\n")
            assert re.fullmatch(
                r"\*\*Queue\*\* 1 waiting of at most 200 · being drawn: #1, 1 × 256×256, 60 steps, begun <t:\d+:R>",
                queue,
            )
            pid = await bot.drawing_pid()
            assert "**Drawing process** drawing · a stand-in without a network · genga-mini" in worker
            assert re.search(rf"process {pid}, up <t:\d+:R> · died 0 times", worker)
            assert re.fullmatch(r"\*\*Memory\*\* bot [1-9]\d+ MB · drawing process [1-9]\d+ MB", memory)
            assert re.fullmatch(r"\*\*Disk\*\* [\d.]+ GB free · database [\d.]+ MB · (last backup <.+>|no .+)", disk)
            assert re.fullmatch(r"\*\*Discord\*\* servers: 1 · latency \d+ ms · started <t:\d+:R>", here)
            assert reports == "**Reports** nobody has looked at: 0"
            assert f"discord.py {discord.__version__} · torch – · SQLite {sqlite3.sqlite_version}" in versions
            assert "garden" not in seen.content and "wish" not in seen.content


async def test_everyone_else_gets_a_sentence_in_their_own_language(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        told = await status(bot, "Aiko")
        assert (told.ephemeral, told.content) == (True, REFUSED)
        told = await (await bot.person("Binh").slash("#gallery", "/tình_trạng")).message()
        assert told.content == Words("vi")(REFUSED) != REFUSED


async def test_a_team_that_owns_the_application_sees_it_and_its_former_owner_does_not(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        bot.world.team = [bot.world.person("Aiko"), bot.world.person("Chika")]
        assert (await status(bot, "Chika")).content.startswith(
            "**Queue** 0 waiting of at most 200, nothing being drawn"
        )
        assert (await status(bot, "Mori")).content == REFUSED
