"""/report: tell a person about a picture, or about anything else that is wrong."""

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs._parse import MAX_ID
from cogs._place import where_pressed
from cogs._provenance import is_within_reach
from cogs._report_forms import ReportForm
from cogs._services import Services
from cogs._words import words_for
from inference.errors import N_, BadRequest
from storage import jobs, posts

if TYPE_CHECKING:
    from cogs._client import Genga

NOT_FOUND = N_("I find no picture of mine there. Copy the link of its message, or write its number, like #3f.")
NUMBER = re.compile(r"#?([0-9a-z]{1,12})")
LINK = re.compile(r"https?://\S*/channels/\S+/([0-9]{15,19})/?")


class Reporting(commands.Cog):
    """Report something."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    @app_commands.describe(about="Its number, like #3f, or the link of its message; empty for anything else")
    async def report(self, interaction: discord.Interaction, about: str | None = None) -> None:
        """Tell a person that something is wrong, with a picture or a refusal"""
        say = await words_for(self.services, interaction)
        job_id = await self._job_id(interaction, about.strip()) if about and about.strip() else None
        await interaction.response.send_modal(ReportForm(self.services, say, job_id))

    async def _job_id(self, interaction: discord.Interaction, text: str) -> int:
        """The job somebody means; BadRequest when there is none."""
        if link := LINK.fullmatch(text):
            shown = await posts.by_message(self.services.db, min(int(link[1]), MAX_ID))
            if shown and not shown[0].ephemeral:
                return shown[0].job_id
        elif number := NUMBER.fullmatch(text.lower()):
            job = await jobs.get(self.services.db, int(number[1], 36))
            # A number can be guessed: nobody reports what they cannot have seen into a server's own channel.
            if job and await is_within_reach(self.services, where_pressed(interaction), job):
                return job.id
        raise BadRequest(template=NOT_FOUND)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Reporting(bot.services))
