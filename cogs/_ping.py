"""Calls the owner of a job that took long: one reply to its message once it ended, unless they switched that off."""

import logging
import time

import discord

from cogs._lookback import Letter, Unsure, send_once
from cogs._obstacles import AWAY
from cogs._patience import patiently
from cogs._reply import Reply
from cogs._services import Services
from cogs._words import words_of
from storage import endings, people
from storage.job import Delivered, Job, State
from storage.sendings import Kind

log = logging.getLogger(__name__)


async def wants_call(services: Services, job: Job, reply: Reply, delivered: Delivered) -> bool:
    """After a long wait, unless they switched it off; a direct message calls by itself, a private answer cannot.

    Whoever cancelled is there and need not be called.
    """
    after_s = services.config.drawing.ping_after_s
    if reply.private or delivered not in {Delivered.MESSAGE, Delivered.CHANNEL} or job.state is State.CANCELLED:
        return False
    return time.time() - job.created_at > after_s > 0 and (await people.get(services.db, job.requester_id)).ping


async def call_owner(services: Services, job: Job) -> None:
    """A reply to the message of a job that ended mentions its owner, once however often this is tried."""
    say = await words_of(services, job.requester_id)
    owner = f"<@{job.requester_id}>"
    if job.state is not State.DONE:
        text = say("{person} there is no picture this time; see what I wrote.", person=owner)
    elif job.request.count == 1:
        text = say("{person} your picture is ready.", person=owner)
    else:
        text = say("{person} your pictures are ready.", person=owner)
    place = services.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    card = discord.MessageReference(
        message_id=job.message_id or 0, channel_id=job.channel_id, guild_id=job.guild_id, fail_if_not_exists=True
    )
    only_them = discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(job.requester_id)], replied_user=False
    )

    def matches(message: discord.Message) -> bool:
        to = message.reference.message_id if message.reference else None
        return to == job.message_id and message.interaction_metadata is None and owner in message.content

    letter = Letter(
        job_id=job.id,
        kind=Kind.PING,
        place=place,
        channel_id=job.channel_id,
        send=lambda nonce: place.send(text, reference=card, nonce=nonce, allowed_mentions=only_them),
        matches=matches,
    )
    try:
        await patiently(services, job.id, lambda: send_once(services, letter))
    except AWAY as error:  # due at the next start
        log.warning("job %s: its owner could not be called, %s", job.id, type(error).__name__)
        return
    except (discord.HTTPException, Unsure) as error:
        log.info("job %s: its owner cannot be called: %s", job.id, error)
        await endings.pinged(services.db, job.id, reached=False)
        return
    await endings.pinged(services.db, job.id, reached=True)
