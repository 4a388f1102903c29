"""The first message in a server the bot is added to: what it does, with examples to press."""

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from cogs._examples import offered
from cogs._text import NO_PINGS
from cogs._words import Words
from inference.errors import N_

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

HELLO = N_(
    "**Hello! I draw anime pictures from words.** Press an example, or type {imagine} and say what you'd like to see. "
    "{help} explains the rest, and you can also write to me directly."
)


class Welcome(commands.Cog):
    """Say hello where the server wants to hear it: in its system channel, or nowhere."""

    def __init__(self, bot: "Genga") -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Greet a new server, once."""
        channel = guild.system_channel
        if channel is None or not channel.permissions_for(guild.me).send_messages:
            log.info("added to server %s, which has no place for a greeting", guild.id)
            return
        say = Words(guild.preferred_locale.value)
        names = {name: self.bot.mention_of(name) for name in ("imagine", "help")}
        try:
            # Discord answers a repeated nonce with the message it already has.
            nonce = f"hello-{guild.id}"
            await channel.send(view=offered(say, say(HELLO, **names)), nonce=nonce, allowed_mentions=NO_PINGS)
        except discord.HTTPException as error:
            log.info("server %s could not be greeted: Discord code %s", guild.id, error.code)


async def setup(bot: "Genga") -> None:
    """Listen for new servers."""
    await bot.add_cog(Welcome(bot))
