"""/models: what draws here, by which rules, and what could be installed."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs._models import listed
from cogs._models_controls import place_of
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for

if TYPE_CHECKING:
    from cogs._client import Genga


class Models(commands.Cog):
    """Look through the models."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def models(self, interaction: discord.Interaction) -> None:
        """See the models that draw here, what their licences ask, and which others there are"""
        place = await place_of(interaction)
        view = await listed(self.services, await words_for(self.services, interaction), place)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Models(bot.services))
