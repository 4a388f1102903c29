"""/queue: what one is waiting for, each with a Cancel button."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import _card
from cogs._services import Services
from cogs._text import NO_PINGS, closed_up, number36, quoted
from cogs._words import Words, words_for
from storage import jobs
from storage.jobs import Job, State

if TYPE_CHECKING:
    from cogs._client import Genga

MOST_SHOWN = 10  # three components each, of the forty a message may have


class Queue(commands.Cog):
    """Look at one's own jobs and cancel them."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction) -> None:
        """See the pictures you are waiting for, and cancel any of them"""
        say = await words_for(self.services, interaction)
        mine = await jobs.open_of(self.services.db, interaction.user.id)
        total = sum((await jobs.counts(self.services.db)).values())
        await interaction.response.send_message(
            view=self._view(say, mine, total), ephemeral=True, allowed_mentions=NO_PINGS
        )

    def _view(self, say: Words, mine: list[Job], total: int) -> ui.LayoutView:
        if not mine:
            return _card.sentence(say("You are not waiting for any picture. Start one with /imagine."))
        head = say("**{mine} of yours** among {total} in the queue", mine=len(mine), total=total)
        sections = [(self._line(say, job), _card.control("cancel", job.id)) for job in mine[:MOST_SHOWN]]
        return _card.listing(head, sections, say("Cancel"))

    def _line(self, say: Words, job: Job) -> str:
        number, prompt = number36(job.id), quoted(closed_up(job.request.prompt), 100)
        if job.state is not State.QUEUED:
            return say("#{number} · being drawn · {prompt}", number=number, prompt=prompt)
        model = self.services.catalog.models.get(job.request.model)
        if model is not None and model.fetched_at_first_use:
            state = _card.arriving(say, model.title, self.services.arriving.get(model.checkpoint))
            return f"#{number} · {state} · {prompt}"
        studio = self.services.studio_of(job.request)
        place, when = studio.place(job.id), _card.moment(say, studio.starts_in_s(job.id))
        return say(
            "#{number} · place {place}, starts {when} · {prompt}", number=number, place=place, when=when, prompt=prompt
        )


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Queue(bot.services))
