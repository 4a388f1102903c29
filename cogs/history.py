"""/history: one's own pictures, newest first, with what went wrong among them."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs._history import Leaf, shown
from cogs._place import where_pressed
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for

if TYPE_CHECKING:
    from cogs._client import Genga


class History(commands.Cog):
    """Look through one's own pictures."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def history(self, interaction: discord.Interaction) -> None:
        """Find your pictures again: open them, draw them again, have them sent to you"""
        # Small copies that do not exist yet may take longer than the three seconds Discord waits.
        await interaction.response.defer(thinking=True, ephemeral=True)
        say = await words_for(self.services, interaction)
        view, files = await shown(self.services, say, where_pressed(interaction), Leaf())
        await interaction.edit_original_response(view=view, attachments=attached(files), allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(History(bot.services))
