"""Pictures removed for good: rows and files first, then every message of ours that shows them."""

import logging

import discord

from cogs._obstacles import AWAY
from cogs._services import Services
from storage import posts, removals, sendings
from storage.sendings import Kind

log = logging.getLogger(__name__)


async def remove_messages(services: Services, job_id: int, *, but: int | None = None) -> None:
    """Delete what shows a job's pictures or called for them; ephemeral messages, and those already gone, are left."""
    places = {post.message_id: post for post in await posts.of_job(services.db, job_id) if not post.ephemeral}
    for message_id, post in places.items():
        if message_id != but:
            await delete_message(services.client, post.channel_id, message_id)
    for call in await sendings.of_job(services.db, job_id, Kind.PING):
        if call.message_id:
            await delete_message(services.client, call.channel_id, call.message_id)


async def delete_message(client: discord.Client, channel_id: int, message_id: int) -> None:
    """Delete a message of ours, if Discord still lets us."""
    try:
        await client.get_partial_messageable(channel_id).get_partial_message(message_id).delete()
    except discord.HTTPException as error:
        log.info("message %s could not be deleted: Discord code %s", message_id, error.code)


async def remove_due(services: Services) -> None:
    """Delete what is noted to go. What fails because Discord is away is tried again at the next start."""
    for each in await removals.due(services.db):
        try:
            place = services.client.get_partial_messageable(each.channel_id)
            await place.get_partial_message(each.message_id).delete()
        except AWAY as error:
            log.info("message %s is deleted later: %s", each.message_id, error)
            continue
        except discord.HTTPException as error:
            log.info("message %s could not be deleted: Discord code %s", each.message_id, error.code)
        await removals.done(services.db, each.message_id)
