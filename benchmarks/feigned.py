"""A Discord of one server, small enough for ten thousand races in one process: it knows what is true, the bot's cache
knows what the gateway told so far, and every picture that arrives is written down with what was true at that moment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import discord

from benchmarks.planted import UNSEEN, PictureEvidence, evidence_of
from inference.safety.evidence import Rating, Strength
from inference.safety.policy import Standing

ADULT = {Rating.QUESTIONABLE, Rating.EXPLICIT, None}
NOT_FOUND = 10008
IN_FLIGHT = 6  # steps between the gate's last look and Discord's having it


@dataclass(slots=True)
class Truth:
    """What is so, whoever knows it already."""

    nsfw: dict[int, bool]  # of channels
    parent: dict[int, int]  # of threads
    server_adult: bool = True
    suggestive: bool = False
    standing: Standing | None = Standing.GOOD
    age_judged: bool = True
    operator_adult: bool = True

    def restricted(self, channel_id: int) -> bool | None:
        """The flag that counts there."""
        return self.nsfw.get(self.parent.get(channel_id, channel_id))

    def admits(self, seen: PictureEvidence, channel_id: int, *, direct: bool) -> bool:
        """Whether such a picture of such a person may stand there now, in the plainest words."""
        if self.standing not in {Standing.GOOD, Standing.NO_ADULT}:
            return False
        if seen.rating is Rating.GENERAL:
            return True
        gated = not direct and self.restricted(channel_id) is True and self.server_adult and self.operator_adult
        if seen.young is not Strength.NONE or seen.photo is not Strength.NONE:
            return False
        if gated and self.age_judged and self.standing is Standing.GOOD and seen.rating is not None:
            return True
        return seen.rating is Rating.SENSITIVE and self.suggestive and not direct


@dataclass(slots=True, kw_only=True)
class Posted:
    """A message of the bot."""

    id: int
    channel_id: int
    direct: bool
    files: list[bytes] = field(default_factory=list)
    admitted: bool = True  # everything it shows, when it arrived

    @property
    def channel(self) -> SimpleNamespace:
        """Where it stands, as discord.py says it."""
        return SimpleNamespace(id=self.channel_id)


class Feigned:
    """One server, one thread, and the client through which the bot sees them."""

    def __init__(self, first_id: int, truth: Truth, tick: Callable[[str], None]) -> None:
        self.server_id = first_id
        self.truth, self.tick = truth, tick
        self.cached = dict(truth.nsfw)
        self.cached_parent = dict(truth.parent)
        self.messages: dict[int, Posted] = {}
        self.now = 0  # ticks so far
        self.flag_changed, self.member_changed = -1, -1
        # By task: a preview and the ending of the same job ask on their own.
        self.flag_looked: dict[object, int] = {}
        self.member_looked: dict[object, int] = {}
        self.arrivals = self.in_flight = 0
        self.faults: list[str] = []  # arrivals that nothing excuses
        self.broken = 0  # the next so many edits find no message
        self._next = first_id + 100
        self.user = SimpleNamespace(id=first_id + 1)
        self.application_id = first_id + 1
        self.intents = SimpleNamespace(message_content=True)

    # What the bot's client offers

    def is_closed(self) -> bool:
        return False

    def get_guild(self, guild_id: int) -> object:
        return self if guild_id == self.server_id else None

    @property
    def id(self) -> int:
        return self.server_id

    @property
    def filesize_limit(self) -> int:
        return 10 << 20

    def get_channel_or_thread(self, channel_id: int) -> object:
        if channel_id in self.cached_parent:
            return _thread(self, channel_id, self.cached_parent[channel_id])
        return self.get_channel(channel_id)

    def get_channel(self, channel_id: int) -> object:
        return _channel(self, channel_id, self.cached[channel_id]) if channel_id in self.cached else None

    async def fetch_channel(self, channel_id: int) -> object:
        self.tick("fetch")
        if channel_id not in self.truth.parent:
            self.flag_looked[asyncio.current_task()] = self.now
            return _channel(self, channel_id, self.truth.nsfw[channel_id])
        return _thread(self, channel_id, self.truth.parent[channel_id])

    def get_user(self, person_id: int) -> object:
        return SimpleNamespace(id=person_id, dm_channel=self.place(self.server_id + 2, direct=True))

    def get_partial_messageable(self, channel_id: int, guild_id: int | None = None) -> object:
        del guild_id
        return self.place(channel_id, direct=channel_id == self.server_id + 2)

    def place(self, channel_id: int, *, direct: bool) -> "Place":
        return Place(self, channel_id, direct)

    # What arrives

    def arrive(self, message: Posted, files: Sequence[discord.File] | None) -> None:
        """The message shows these now; None: what it showed before."""
        if files is None:
            return
        message.files = [file.fp.read() for file in files]
        message.admitted = True
        for content in message.files:
            seen = looks(content)
            self.arrivals += 1
            if self.truth.admits(seen, message.channel_id, direct=message.direct):
                continue
            message.admitted = False
            flag_looked = self.flag_looked.get(asyncio.current_task(), -1)
            member_looked = self.member_looked.get(asyncio.current_task(), -1)
            changed = max(
                self.flag_changed if self.flag_changed > flag_looked else -IN_FLIGHT,
                self.member_changed if self.member_changed > member_looked else -IN_FLIGHT,
            )
            late = self.now - changed <= IN_FLIGHT
            if late:
                self.in_flight += 1
            else:
                steps = f"step {self.now}; flag {self.flag_changed}, looked {flag_looked}"
                steps += f"; rules {self.member_changed}, looked {member_looked}"
                self.faults.append(f"{seen.rating} at {steps}; {content[:5]!r}")

    def looked_again(self) -> None:
        """The gate looks once more: what arrived while a flag was down for a moment may stay if it is up again."""
        for message in self.messages.values():
            seen = [looks(content) for content in message.files]
            if all(self.truth.admits(each, message.channel_id, direct=message.direct) for each in seen):
                message.admitted = True

    def new_message(self, channel_id: int, *, direct: bool) -> Posted:
        self._next += 1
        message = Posted(id=self._next, channel_id=channel_id, direct=direct)
        self.messages[message.id] = message
        return message

    def leaks(self) -> list[str]:
        """What was shown though it was known not to be allowed, and what still stands there and should not."""
        left = [message for message in self.messages.values() if not message.admitted and message.files]
        return [*self.faults, *("not taken back" for _ in left)]


class Place:
    """A channel, a thread or a private conversation, to send to."""

    def __init__(self, discord_: Feigned, channel_id: int, direct: bool) -> None:
        self._discord, self.id, self._direct = discord_, channel_id, direct

    async def send(
        self, content: str | None = None, *, files: Sequence[discord.File] | None = None, **_: object
    ) -> Posted:
        del content
        self._discord.tick("send")
        message = self._discord.new_message(self.id, direct=self._direct)
        self._discord.arrive(message, files)
        self._discord.tick("sent")
        return message

    def get_partial_message(self, message_id: int) -> "Message":
        return Message(self._discord, message_id)

    async def history(self, **_: object) -> AsyncIterator[discord.Message]:
        for nothing in ():
            yield nothing


class Message:
    """A message of ours, to change."""

    def __init__(self, discord_: Feigned, message_id: int) -> None:
        self._discord, self._id = discord_, message_id

    async def edit(self, *, attachments: Sequence[discord.File] | None = None, **_: object) -> None:
        self._discord.tick("edit")
        message = self._discord.messages.get(self._id)
        if message is None:
            raise not_found()
        self._discord.arrive(message, attachments)
        self._discord.tick("edited")

    async def delete(self) -> None:
        self._discord.tick("delete")
        self._discord.messages.pop(self._id, None)


def looks(content: bytes) -> PictureEvidence:
    """What is planted in the bytes of a feigned picture."""
    return evidence_of(int(content.partition(b" ")[2])) if content.startswith((b"png ", b"frame ")) else UNSEEN


def not_found() -> discord.NotFound:
    """What Discord answers about a message that is gone."""
    response: Any = SimpleNamespace(status=404, reason="Not Found")
    return discord.NotFound(response, {"code": NOT_FOUND, "message": "Unknown Message"})


def _channel(guild: Feigned, channel_id: int, nsfw: bool) -> discord.TextChannel:
    channel = object.__new__(discord.TextChannel)
    channel.id, channel.nsfw = channel_id, nsfw
    channel.guild = guild  # type: ignore[assignment]
    return channel


def _thread(guild: Feigned, thread_id: int, parent_id: int) -> discord.Thread:
    thread = object.__new__(discord.Thread)
    thread.id, thread.parent_id = thread_id, parent_id
    thread.guild = guild  # type: ignore[assignment]
    return thread
