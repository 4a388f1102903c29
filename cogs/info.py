"""/info: how any picture was made, as far as its file says."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _foreign
from cogs._services import Services
from cogs._sources import Source

if TYPE_CHECKING:
    from cogs._client import Genga


class Info(commands.Cog):
    """Tell what a picture says of itself."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    @app_commands.describe(image="A picture by A1111, ComfyUI, NovelAI or me")
    async def info(self, interaction: discord.Interaction, image: discord.Attachment) -> None:
        """How a picture was made: its prompt, settings, model and LoRAs"""
        await _foreign.tell(self.services, interaction, Source(attachment=image))


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Info(bot.services))
