"""A new message, sent exactly once: a nonce for as long as Discord remembers it, and after a crash a look at what is
there already. Edits need none of this; only where there is no message to edit is one sent.
"""

import asyncio
import datetime
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import discord

from cogs._services import Services
from cogs._text import number36
from storage import sendings
from storage.sendings import Kind

log = logging.getLogger(__name__)

NONCE_TRUSTED_S = 60.0  # Discord remembers a nonce for "the past few minutes": half of the least that can mean
SETTLED_S = 10.0  # a request that was on its way when the bot died has arrived by then, or never will
SKEW_S = 60.0  # how far this machine's clock may be ahead of Discord's
MOST_READ = 3000  # messages looked through, thirty requests

Send = Callable[[str], Awaitable[discord.Message]]  # gets the nonce
Matches = Callable[[discord.Message], bool]


class Unsure(Exception):
    """Whether the message is there cannot be found out, so it is not sent a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One new message about a job: where it goes, how it is sent and by what it is known again."""

    job_id: int
    kind: Kind
    place: discord.abc.Messageable
    channel_id: int
    send: Send
    matches: Matches

    @property
    def nonce(self) -> str:
        """At most 25 characters; Discord answers a repeated one with the message it already has."""
        return f"genga-{number36(self.job_id)}-{self.kind[0]}"


async def send_once(services: Services, letter: Letter) -> int:
    """The id of the message, which exists exactly once however often this is tried, over restarts too.

    Raises what discord.py raises, and Unsure.
    """
    tried = await sendings.get(services.db, letter.job_id, letter.kind, letter.channel_id)
    if tried and tried.message_id:
        return tried.message_id
    anew = False
    if tried:
        message_id = await _look_back(services, letter, tried.first_at)
        # The nonce alone no longer protects: nothing of the last attempt may still be on its way.
        if message_id is None and time.time() - tried.first_at > NONCE_TRUSTED_S:
            await services.idle(asyncio.sleep(settles_in_s(tried.last_at)))
            message_id = await _look_back(services, letter, tried.first_at)
            if message_id is None and not may_read(services.client, letter.channel_id):
                raise Unsure
            anew = True
        if message_id:
            await sendings.sent(services.db, letter.job_id, letter.kind, letter.channel_id, message_id)
            return message_id
    await sendings.tried(services.db, letter.job_id, letter.kind, letter.channel_id, anew=anew)
    message_id = (await letter.send(letter.nonce)).id
    await sendings.sent(services.db, letter.job_id, letter.kind, letter.channel_id, message_id)
    return message_id


async def _look_back(services: Services, letter: Letter, since: float) -> int | None:
    message_id = await find(services.client, letter.place, since, letter.matches)
    if message_id:
        log.info("job %s: its %s was there already", letter.job_id, letter.kind)
    return message_id


async def find(client: discord.Client, place: discord.abc.Messageable, since: float, matches: Matches) -> int | None:
    """The first of our own messages since then for which `matches` is true."""
    after = datetime.datetime.fromtimestamp(since - SKEW_S, datetime.UTC)
    async for message in place.history(limit=MOST_READ, after=after):
        if client.user and message.author.id == client.user.id and matches(message):
            return message.id
    return None


def settles_in_s(last_at: float) -> float:
    """Seconds until an empty look-back can be trusted."""
    return min(max(0.0, last_at + SETTLED_S - time.time()), SETTLED_S)


def may_read(client: discord.Client, channel_id: int) -> bool:
    """Whether an empty history means that nothing is there: without the permission it is always empty."""
    channel = client.get_channel(channel_id)
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return True
    return channel.permissions_for(channel.guild.me).read_message_history


def acknowledges(job_id: int) -> Matches:
    """Knows the message in which a job waits by its Cancel button."""
    start = f"v1:cancel:{number36(job_id)}:"
    return lambda message: any(custom_id.startswith(start) for custom_id in custom_ids(message))


def shows(job_id: int) -> Matches:
    """Knows a message that shows how a job ended by its buttons, or by the names of its files."""
    number = number36(job_id)

    def matches(message: discord.Message) -> bool:
        if any(file.filename.startswith(f"genga-{number}-") for file in message.attachments):
            return True
        parts = (custom_id.split(":") for custom_id in custom_ids(message))
        return any(part[0] == "v1" and part[1:3] != ["cancel", number] and part[2:3] == [number] for part in parts)

    return matches


def custom_ids(message: discord.Message) -> Iterator[str]:
    """What the buttons of a message carry."""
    return _custom_ids(message.components)


def _custom_ids(components: Sequence[discord.Component]) -> Iterator[str]:
    for component in components:
        match component:
            case discord.Button(custom_id=str(custom_id)):
                yield custom_id
            case discord.SectionComponent():
                yield from _custom_ids([component.accessory])
            case discord.ActionRow() | discord.Container():
                yield from _custom_ids(component.children)
            case _:
                pass
