"""/help: what the bot does, by examples to copy."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs._examples import offered
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from inference.errors import N_

if TYPE_CHECKING:
    from cogs._client import Genga

LINES = (
    N_("**{imagine} prompt:1girl, long blue hair, red eyes, smile, night** draws a picture. Short tags work best."),
    N_("More of its options: **model:** (all of them stand in **{models}**), **lora:** (add and share yours with "
       "**{lora}**), **style:** (a ready look), **aspect:**, **count:** and **seed:**."),
    N_("Below every picture: **Reroll** draws it again with another seed, **Vary** a relative of it, **Edit** lets you "
       "change the words, **Info** shows every setting, and **Advanced…** there changes steps, sampler or size. Of "
       "several pictures, **1 2 3 4** choose the one that the buttons mean. **Cancel** stops what waits or is drawn."),
    N_("Or just talk to me: write to me directly, or mention me, and I draw it. With a picture, or in reply to one, I "
       "change that picture: “make her hair red”, “no hat”, “at night”."),
    N_("**{imagine} image:** starts from a picture of yours. Or open the menu of any message with a picture: "
       "Apps → **Edit image…** or **Use as…**"),
    N_("**{info} image:** tells how any picture was made, and can draw with the same settings. Text with settings, as "
       "A1111 or Civitai give it, can be pasted whole into the prompt."),
    N_("**private:True** shows the result to you alone, with a Share button. Direct messages are private anyway."),
    N_("**{queue}** shows what you are waiting for; you can cancel at any time. **{settings}** keeps your own defaults "
       "and presets."),
    N_("**{history}** brings back your pictures, failed ones included: open them, draw them again, or have them sent "
       "to you. **Favourite**, or ⭐ as a reaction, keeps any picture there, no matter whose."),
    N_("**Delete** removes your picture for good (❌ as a reaction, all those of a message); its words stay in "
       "**{history}** until **{privacy}**. Is a picture out of place? Apps → **Report** on its message; **{report}** "
       "for anything else. **{terms}** shows what everybody accepts."),
)  # fmt: skip
NAMED = ("imagine", "models", "info", "queue", "settings", "history", "report", "terms")


class Help(commands.Cog):
    """Explain the bot."""

    def __init__(self, bot: "Genga", services: Services) -> None:
        self.bot, self.services = bot, services

    @app_commands.command()
    async def help(self, interaction: discord.Interaction) -> None:
        """How to draw, change and keep pictures"""
        say = await words_for(self.services, interaction)
        names = {name: self.bot.mention_of(name) for name in NAMED}
        names |= {name: self.bot.mention_of(name, below) for name, below in (("lora", "add"), ("privacy", "delete"))}
        text = "\n\n".join(say(line, **names) for line in LINES)
        await interaction.response.send_message(view=offered(say, text), ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Help(bot, bot.services))
