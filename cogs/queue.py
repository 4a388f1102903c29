"""/queue: what one is waiting for, each with a Cancel button."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _queue
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for

if TYPE_CHECKING:
    from cogs._client import Genga


class Queue(commands.Cog):
    """Look at one's own jobs and cancel them."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction) -> None:
        """See the pictures you are waiting for, and cancel any of them"""
        say = await words_for(self.services, interaction)
        view = await _queue.shown(self.services, say, interaction.user.id)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Queue(bot.services))
