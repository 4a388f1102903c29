"""The README names every command, every setting's section and every way to start."""

import json
import subprocess
import sys
from pathlib import Path

import config
from inference.models.catalog import load_catalog
from inference.models.table import table

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

LIST_COMMANDS = """
import asyncio, json, sys
import discord
from discord import app_commands
from discord.ext import commands
from cogs import extensions

class Bot(commands.Bot):
    services = None

async def main():
    bot = Bot("!", intents=discord.Intents.default())
    for name in extensions():
        await bot.load_extension(name)
    names = [("menu " if isinstance(c, app_commands.ContextMenu) else "/") + c.name for c in bot.tree.get_commands()]
    print(json.dumps(names))

asyncio.run(main())
"""


def test_every_command_and_menu_is_in_the_readme() -> None:
    found = subprocess.run([sys.executable, "-c", LIST_COMMANDS], cwd=ROOT, capture_output=True, text=True, check=True)
    names = json.loads(found.stdout)
    assert len(names) >= 8
    wanted = [f"Apps → **{name.removeprefix('menu ')}**" if name.startswith("menu ") else name for name in names]
    assert [name for name in wanted if name not in README] == []


def test_every_section_of_the_settings_is_in_the_readme() -> None:
    assert [name for name in config.Config.model_fields if f"`[{name}]`" not in README] == []


def test_the_two_commands_are_in_the_readme() -> None:
    assert "make run" in README
    assert "make test" in README


def test_the_table_of_models_is_the_catalogue_s() -> None:
    printed = table(load_catalog())
    assert printed in README, "run `python -m inference.models.table` and put what it prints into README.md"
