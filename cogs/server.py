"""/server: the rules of a server, for whoever may manage it."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _server
from cogs._server_controls import ruled_server
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for

if TYPE_CHECKING:
    from cogs._client import Genga


class Server(commands.Cog):
    """Look at and change a server's rules."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def server(self, interaction: discord.Interaction) -> None:
        """This server's rules: who draws where and what, reports, blocked words"""
        server_id = ruled_server(interaction)
        say = await words_for(self.services, interaction)
        view = await _server.panel(self.services, say, server_id, _server.Page.WHERE)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Server(bot.services))
