"""What people write to the bot in private: plain text draws."""

from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from cogs import _session, errors
from cogs._parse import request_from
from cogs._services import Services
from inference.request import Wish

if TYPE_CHECKING:
    from cogs._client import Genga


class Conversation(commands.Cog):
    """Draw what is written in a direct message."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """The text of a direct message is a prompt; whatever goes wrong is told by `cogs/errors.py`."""
        if message.author.bot or message.guild is not None or not message.content.strip():
            return
        try:
            request = await request_from(self.services, Wish(prompt=message.content), message.author.id, None)
            await _session.begin(self.services, message, request, private=False)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report_message(self.services, message, error)


async def setup(bot: "Genga") -> None:
    """Add the listener."""
    await bot.add_cog(Conversation(bot.services))
