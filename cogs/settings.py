"""/settings: one's own defaults and presets, in one panel."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _panel
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for

if TYPE_CHECKING:
    from cogs._client import Genga


class Settings(commands.Cog):
    """Look at and change one's own defaults."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def settings(self, interaction: discord.Interaction) -> None:
        """Your own defaults: shape, count, language, negative prompt, steps, presets"""
        say = await words_for(self.services, interaction)
        view = await _panel.panel(self.services, say, interaction.user.id)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Settings(bot.services))
