"""/privacy: what is kept about somebody, all of it as files, and the end of all of it."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _privacy, _privacy_controls
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from inference.errors import N_

if TYPE_CHECKING:
    from cogs._client import Genga


class Privacy(commands.Cog):
    """One's own data."""

    privacy = app_commands.Group(name="privacy", description=N_("What I keep about you: see it, take it, delete it"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @privacy.command()
    async def show(self, interaction: discord.Interaction) -> None:
        """What I keep about you, and whether you may draw"""
        say = await words_for(self.services, interaction)
        view = await _privacy.shown(self.services, say, interaction.user.id, interaction.guild_id)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    @privacy.command()
    async def export(self, interaction: discord.Interaction) -> None:
        """All that I keep about you, as files for you alone"""
        say = await words_for(self.services, interaction)
        await _privacy_controls.export(self.services, say, interaction)

    @privacy.command()
    async def delete(self, interaction: discord.Interaction) -> None:
        """Delete all that I keep about you"""
        say = await words_for(self.services, interaction)
        await _privacy_controls.delete(self.services, say, interaction)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Privacy(bot.services))
