"""An operator copies the database of a running bot and puts the copy back: nothing that was accepted is missing."""

import asyncio
import sys
from pathlib import Path

import pytest

from benchmarks.bot_process import ROOT
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, environment_for, until, verbs

pytestmark = pytest.mark.slow

SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}


async def operator(bot: RunningBot, *arguments: str) -> tuple[int, str]:
    """`bot.py` with these arguments on the bot's folder: its exit status and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), *arguments, cwd=bot.folder.parent,
        env=environment_for(bot.playground.api_url, bot.folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_a_copy_made_under_load_brings_every_job_accepted_before_it_back(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(30, "Aiko", "Chika")
        begun = [await bot.begin(f"prompt:1girl seed:{seed}", who=who) for seed in (1, 2) for who in ("Aiko", "Chika")]
        status, said = await operator(bot, "--backup")
        assert (status, said.split(" ")[:5]) == (0, ["The", "database", "is", "copied", "to"])
        # The bot itself made one when it started, perhaps within the same second.
        [copy] = [copy for copy in (bot.folder / "backups").glob("*.sqlite3") if copy.name in said]
        _, late = await bot.begin("prompt:1girl seed:3")

        status, said = await operator(bot, "--restore", str(copy))
        assert status == 1
        assert said.startswith("Another running bot uses the folder")
        await bot.kill()
        status, said = await operator(bot, "--restore", str(copy))
        assert status == 0, said
        assert "4 jobs, of which 4 will go on at the next start" in said
        await bot.start()
        for _, seen in begun:
            await bot.world.until(lambda seen=seen: "reroll" in verbs(seen) or None, 60)
        # It was accepted after the copy was made: nobody knows of it any more, and its number is not given again.
        assert bot.rows("SELECT id FROM jobs WHERE message_id = ?", late.id) == []
        _, next_one = await bot.begin("prompt:1girl seed:4")
        assert bot.job(next_one)["id"] == 6


async def test_a_running_bot_copies_its_database_by_itself(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        [copy] = await until(lambda: list((bot.folder / "backups").glob("genga-schema*.sqlite3")))
        await until(lambda: f"the database is copied to {copy}" in bot.log)


async def test_what_cannot_be_copied_or_restored_costs_a_sentence(start_bot: StartBot, tmp_path: Path) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.stop()
        notes = tmp_path / "notes.txt"
        notes.write_text("not a database")
        assert await operator(bot, "--restore", "notes.txt") == (
            1, f"{notes} cannot be restored, it is damaged: file is not a database.\n"
        )  # fmt: skip
        assert await operator(bot, "--restore", str(tmp_path)) == (
            1, f"{tmp_path} is a folder: name the copy in it, a file that ends in .sqlite3.\n"
        )  # fmt: skip
        database = bot.folder / "genga.sqlite3"
        playground = bot.folder / "playground"
        playground.mkdir()
        database.rename(playground / database.name)
        status, said = await operator(bot, "--backup")
        assert (status, said) == (
            1, f"There is no database in {bot.folder} yet. The playground's lies in {playground}: to copy that one, "
            "set GENGA_STORAGE__FOLDER to this folder and run this again.\n"
        )  # fmt: skip
        (playground / database.name).unlink()
        status, said = await operator(bot, "--backup")
        assert (status, said) == (1, f"There is no database in {bot.folder} yet; start the bot once.\n")
