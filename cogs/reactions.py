"""Reactions on our messages: a star makes a favourite of whoever gives it, a cross removes what its owner drew."""

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from cogs import _gate
from cogs._place import Where
from cogs._removal import delete_message, remove_messages
from cogs._services import Services
from storage import favourites, jobs, pictures, posts
from storage.jobs import Job

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

STARS = {"⭐", "🌟"}
CROSSES = {"❌", "✖"}


class Reactions(commands.Cog):
    """Raw events, because a message of last month is in nobody's memory."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """A favourite, or an end."""
        if payload.user_id == self.services.client.application_id or (payload.member and payload.member.bot):
            return
        emoji = _plain(payload.emoji)
        if emoji in STARS:
            await self._star(payload)
        elif emoji in CROSSES:
            await self._cross(payload)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """No favourite any more."""
        if _plain(payload.emoji) in STARS:
            for post in await posts.by_message(self.services.db, payload.message_id):
                await favourites.remove(self.services.db, payload.user_id, post.job_id)

    async def _star(self, payload: discord.RawReactionActionEvent) -> None:
        shown = await posts.by_message(self.services.db, payload.message_id)
        job = await jobs.get(self.services.db, shown[0].job_id) if shown else None
        where = Where(person_id=payload.user_id, guild_id=payload.guild_id, channel_id=payload.channel_id)
        if job and await _gate.may_show(self.services, where, job, await _gate.living(self.services, job)):
            await favourites.add(self.services.db, payload.user_id, job.id, shown[0].picture_index)

    async def _cross(self, payload: discord.RawReactionActionEvent) -> None:
        job = await self._job_in(payload.message_id)
        if job is None or not (payload.user_id == job.requester_id or _may_manage(self.services.client, payload)):
            return
        if job.state.is_open:
            if await jobs.request_cancel(self.services.db, job.id):
                self.services.cancel(job.id)
            return
        await pictures.delete_of_job(self.services.db, job.id)
        await delete_message(self.services.client, payload.channel_id, payload.message_id)
        await remove_messages(self.services, job.id, but=payload.message_id)
        who = "owner" if payload.user_id == job.requester_id else "moderator"
        log.info("job %s deleted by its %s, with a cross", job.id, who)

    async def _job_in(self, message_id: int) -> Job | None:
        """The job a message shows, or the one that waits or failed in it."""
        shown = await posts.by_message(self.services.db, message_id)
        if shown:
            return await jobs.get(self.services.db, shown[0].job_id)
        return await jobs.by_message(self.services.db, message_id)


def _plain(emoji: discord.PartialEmoji) -> str:
    """The character alone: some clients ask for its coloured form."""
    return emoji.name.removesuffix("\ufe0f") if emoji.is_unicode_emoji() else ""


def _may_manage(client: discord.Client, payload: discord.RawReactionActionEvent) -> bool:
    """Whether whoever reacted is a moderator of that channel."""
    server = client.get_guild(payload.guild_id) if payload.guild_id else None
    channel = server.get_channel_or_thread(payload.channel_id) if server else None
    if channel is None or payload.member is None:
        return False
    return channel.permissions_for(payload.member).manage_messages


async def setup(bot: "Genga") -> None:
    """Listen to reactions."""
    await bot.add_cog(Reactions(bot.services))
