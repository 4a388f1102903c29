"""Where a job comes from: a command or a button, answered through its token; or a message, answered by a reply to it.

Whatever was asked, `origin_of` says who asked where, and gives the acknowledgement: the message the job lives in.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import cast

import discord
from discord import ui

from cogs import _lookback
from cogs._lookback import Letter, send_once
from cogs._obstacles import AWAY
from cogs._patience import patiently
from cogs._place import Where
from cogs._reply import Reply
from cogs._services import Services
from cogs._text import NO_PINGS
from storage.job import Job
from storage.sendings import Kind

Asked = discord.Interaction | discord.Message

ALREADY_ACKNOWLEDGED = 40060
CANNOT_REPLY = 160002  # a reply needs the permission to read the channel's history


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asks, where, and what makes this asking different from every other."""

    person_id: int
    guild_id: int | None
    channel_id: int
    interaction_id: int | None = None
    interaction_token: str | None = None
    application_id: int | None = None
    source_message_id: int | None = None

    @property
    def where(self) -> Where:
        """The place, as the gate wants to know it."""
        return Where(person_id=self.person_id, guild_id=self.guild_id, channel_id=self.channel_id)


def origin_of(asked: Asked) -> Origin:
    """The facts that a job keeps of it."""
    if isinstance(asked, discord.Interaction):
        return Origin(
            person_id=asked.user.id,
            guild_id=asked.guild_id,
            channel_id=asked.channel_id or 0,
            interaction_id=asked.id,
            interaction_token=asked.token,
            application_id=asked.application_id,
        )
    return Origin(
        person_id=asked.author.id,
        guild_id=asked.guild.id if asked.guild else None,
        channel_id=asked.channel.id,
        source_message_id=asked.id,
    )


async def promise(asked: Asked, *, private: bool) -> None:
    """Show that an answer comes, where finding it may take longer than the three seconds Discord waits."""
    if isinstance(asked, discord.Interaction):
        await asked.response.defer(thinking=True, ephemeral=private)
        return
    with contextlib.suppress(discord.HTTPException, *AWAY):  # nobody misses "is typing..."
        await asked.channel.typing()


async def acknowledge(services: Services, asked: Asked, job: Job, view: ui.LayoutView) -> Reply:
    """Show `view` as the job's own message; raises only when the person surely saw nothing."""
    if not isinstance(asked, discord.Interaction):
        return await acknowledge_message(services, job, view)
    try:
        message_id = await _answer(asked, view, private=job.private)
    except (discord.HTTPException, *AWAY) as error:
        if isinstance(error, discord.HTTPException) and error.code != ALREADY_ACKNOWLEDGED and error.status < 500:
            raise
        # The answer may have got lost on its way back; what was repeated then came second.
        reply = await found_again(services, job)
        if reply is None:
            raise
        return reply
    reply = _reply(services, job, message_id)
    reply.token_made_at, reply.limit_bytes = asked.created_at.timestamp(), asked.filesize_limit
    return reply


async def _answer(interaction: discord.Interaction, view: ui.LayoutView, *, private: bool) -> int:
    """The id of the message that answers, well within the three seconds, or fills in an earlier deferral."""
    if interaction.response.is_done():
        return (await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)).id
    response = await interaction.response.send_message(view=view, ephemeral=private, allowed_mentions=NO_PINGS)
    if response.message_id is None:
        raise RuntimeError("Discord named no message for this answer")
    return response.message_id


async def acknowledge_message(services: Services, job: Job, view: ui.LayoutView) -> Reply:
    """The reply to the message that asked, sent once however often it is tried, by whichever start of the bot."""
    place = services.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    asked = discord.MessageReference(
        message_id=job.source_message_id or 0,
        channel_id=job.channel_id,
        guild_id=job.guild_id,
        fail_if_not_exists=False,
    )

    async def send(nonce: str) -> discord.Message:
        try:
            return await place.send(view=view, reference=asked, nonce=nonce, allowed_mentions=NO_PINGS)
        except discord.HTTPException as error:
            if error.code != CANNOT_REPLY:
                raise
            return await place.send(view=view, nonce=nonce, allowed_mentions=NO_PINGS)

    letter = Letter(
        job_id=job.id,
        kind=Kind.ACKNOWLEDGEMENT,
        place=place,
        channel_id=job.channel_id,
        send=send,
        matches=_lookback.acknowledges(job.id),
    )
    message_id = await patiently(services, job.id, lambda: send_once(services, letter))
    return _reply(services, job, message_id)


def reply_of(services: Services, job: Job) -> Reply | None:
    """The message the job lives in, as far as the table knows it."""
    return _reply(services, job, job.message_id) if job.message_id else None


async def found_again(services: Services, job: Job) -> Reply | None:
    """The answer to an interaction of which nobody noted that it was given; None if the person never saw one.

    One that still says "thinking..." counts: it is filled in by the next edit.
    """
    message_id = await patiently(services, job.id, lambda: _search(services, job))
    settles_in_s = _lookback.settles_in_s(job.created_at)
    if message_id is None and settles_in_s:
        await services.idle(asyncio.sleep(settles_in_s))
        message_id = await patiently(services, job.id, lambda: _search(services, job))
    return _reply(services, job, message_id) if message_id else None


async def _search(services: Services, job: Job) -> int | None:
    """By the interaction's token; once that is dead by reading the channel, where private answers do not stand."""
    if job.interaction_token and services.client.application_id:
        webhook = discord.Webhook.partial(services.client.application_id, job.interaction_token, client=services.client)
        try:
            # Discord's own name for it; discord.py has no call for it without the interaction object.
            return (await webhook.fetch_message(cast(int, "@original"))).id
        except discord.NotFound:
            return None
        except discord.HTTPException as error:
            if error.status != 401:  # the token has died since
                raise
    if job.private:
        return None
    place = services.client.get_partial_messageable(job.channel_id)
    try:
        return await _lookback.find(services.client, place, job.created_at, _lookback.acknowledges(job.id))
    except (discord.Forbidden, discord.NotFound):
        return None


def _reply(services: Services, job: Job, message_id: int) -> Reply:
    return Reply(
        client=services.client,
        channel_id=job.channel_id,
        message_id=message_id,
        requester_id=job.requester_id,
        private=job.private,
        token=job.interaction_token,
        token_made_at=job.created_at,
    )
