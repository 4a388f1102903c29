"""The one truth of the playground: who and what exists, and the levers an experimenter pulls."""

import asyncio
import itertools
import re
from collections.abc import Callable, Coroutine
from typing import TypeVar

from playground.changes import Change, Kind, Listener
from playground.clock import Clock, Snowflakes
from playground.faults import Faults
from playground.json_types import Payload
from playground.permissions import ALL, EVERYONE, Permission, may, permissions
from playground.settings import Settings
from playground.state import Attachment, Channel, ChannelKind, Interaction, Message, Role, Server, User

Found = TypeVar("Found")
PLACE = re.compile(r"(?:(?P<server>[^#>]+))?#(?P<channel>[^>]+?)(?:\s*>\s*(?P<thread>.+))?")


class World:
    """One server "Atelier" with #gallery, #sketches, #after-dark (age-restricted), two threads and three people."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = Clock()
        self.clock.advance(-self.settings.clock_behind_s)
        self.faults = Faults()
        self.users: dict[int, User] = {}
        self.servers: dict[int, Server] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: dict[int | None, list[Payload]] = {None: []}
        """Scope (None: global, else a server's id) -> the commands synced there."""
        self.presence: Payload = {}
        self.team: list[User] = []
        """The application's owners, if it belongs to a team and not to Mori alone."""
        self.listeners: list[Listener] = []
        self._snowflakes = Snowflakes(self.clock)
        self.new_id = self._snowflakes.founding
        self._tasks: set[asyncio.Task[None]] = set()
        self._populate()
        self.new_id = self._snowflakes.next

    def _populate(self) -> None:
        """With the same ids at every start: what a bot keeps of people and places stays theirs. New ones come last."""
        self.bot = self.add_person("Genga", bot=True)
        self.add_person("Mori")
        self.add_person("Aiko")
        self.add_person("Binh", locale="vi")
        self.home = self.add_server("Atelier", "gallery", "sketches", "after-dark", with_bot=True)
        self.channel("#after-dark").nsfw = True
        self.add_thread("#gallery", "ideas")
        self.add_thread("#after-dark", "night")
        for one, other in itertools.combinations(self.users, 2):
            self.private_channel(one, other)

    # Who and what exists

    @property
    def owners(self) -> list[User]:
        """Who runs the application: its team, or Mori alone."""
        return self.team or [self.person("Mori")]

    def members(self, channel: Channel) -> list[User]:
        """Those who can see the channel, the bot first."""
        return sorted((one for one in self.users.values() if may(self, one.id, channel, Permission.VIEW_CHANNEL)),
                      key=lambda one: (not one.bot, one.name))  # fmt: skip

    def person(self, name: str) -> User:
        """The user of that name; KeyError names those there are."""
        for user in self.users.values():
            if user.name == name:
                return user
        raise KeyError(f"nobody is called {name!r}; there are {', '.join(user.name for user in self.users.values())}")

    def channel(self, place: str, user_id: int | None = None) -> Channel:
        """The channel a place's name means for that person (see the package's docstring); KeyError if none."""
        if place == "dm" or place.startswith("dm:"):
            if user_id is None:
                raise KeyError("a private place needs to know whose it is")
            other = self.person(place[3:]) if place.startswith("dm:") else self.bot
            return self.private_channel(user_id, other.id)
        match = PLACE.fullmatch(place)
        for channel in self.channels.values():
            if match and self._is(channel, match["server"] or "Atelier", match["channel"], match["thread"]):
                return channel
        known = [self.place(one) for one in self.channels.values() if one.server_id is not None]
        raise KeyError(f"there is no {place!r}; there are {', '.join(known)}")

    def _is(self, channel: Channel, server: str, name: str, thread: str | None) -> bool:
        if channel.server_id is None or self.servers[channel.server_id].name != server:
            return False
        if thread is None or channel.parent_id is None:
            return thread is None and channel.parent_id is None and channel.name == name
        return channel.name == thread and self.channels[channel.parent_id].name == name

    def place(self, channel: Channel) -> str:
        """The name by which `channel()` finds it again."""
        if channel.server_id is None:
            others = [self.users[one].name for one in channel.recipients if one != self.bot.id]
            return "dm" if self.bot.id in channel.recipients else f"dm:{':'.join(others)}"
        server = self.servers[channel.server_id]
        prefix = "" if server is self.home else server.name
        if channel.parent_id is None:
            return f"{prefix}#{channel.name}"
        return f"{prefix}#{self.channels[channel.parent_id].name} > {channel.name}"

    def private_channel(self, one: int, other: int) -> Channel:
        """The private channel of two users, made when they first need it."""
        for channel in self.channels.values():
            if channel.server_id is None and set(channel.recipients) == {one, other}:
                return channel
        channel = Channel(id=self.new_id(), kind=ChannelKind.DM, name="", recipients=[one, other])
        self.channels[channel.id] = channel
        return channel

    def is_nsfw(self, channel: Channel) -> bool:
        """Age-restricted; a thread follows its parent."""
        return self.channels[channel.parent_id].nsfw if channel.parent_id else channel.nsfw

    def history(self, channel: Channel) -> list[Message]:
        """The messages that still exist there, oldest first, ephemeral ones included."""
        return [m for m in self.messages.values() if m.channel_id == channel.id and not m.deleted]

    def visible(self, message: Message, user_id: int) -> bool:
        """Whether the user can see the message (deleted or not) where it stands."""
        channel = self.channels.get(message.channel_id)
        if channel is None or message.only_for not in (None, user_id):
            return False
        return may(self, user_id, channel, Permission.VIEW_CHANNEL)

    def bot_is_in(self, channel: Channel) -> bool:
        """Whether the bot is a member of the channel's server or private conversation."""
        if channel.server_id is None:
            return self.bot.id in channel.recipients
        return self.bot.id in self.servers[channel.server_id].members

    # What an experimenter changes

    def add_person(self, name: str, *, locale: str = "en-US", bot: bool = False) -> User:
        user = User(id=self.new_id(), name=name, locale=locale, bot=bot)
        self.users[user.id] = user
        for server in self.servers.values():
            server.members[user.id] = []
        return user

    def add_server(self, name: str, *channels: str, with_bot: bool = False) -> Server:
        """A server owned by Mori with everybody in it, the bot only if asked for."""
        server_id = self.new_id()
        members: dict[int, list[int]] = {u.id: [] for u in self.users.values() if not u.bot}
        roles = {server_id: Role(id=server_id, name="@everyone", permissions=EVERYONE)}
        server = Server(id=server_id, name=name, owner_id=self.person("Mori").id, roles=roles, members=members)
        self.servers[server_id] = server
        for position, channel in enumerate(channels):
            added = self.add_channel(server, channel, position=position)
            server.system_channel_id = server.system_channel_id or added.id
        if with_bot:
            self.invite_bot(name)
        return server

    def invite_bot(self, server: str) -> None:
        """Make the bot a member of the server."""
        found = self._server(server)
        found.members[self.bot.id] = []
        self.announce(Change(kind=Kind.SERVER_NEW, extra={"id": str(found.id)}))

    def add_role(self, name: str, *permissions: Permission, server: str = "Atelier") -> Role:
        """A role that nobody has yet."""
        found = self._server(server)
        role = Role(id=self.new_id(), name=name, permissions=_union(permissions))
        found.roles[role.id] = role
        self.announce(Change(kind=Kind.ROLE_NEW, extra={"server": str(found.id), "role": str(role.id)}))
        return role

    def give_role(self, name: str, role: Role, on: bool = True) -> None:
        """Give a member the role, or take it away; a bot without the intent for members is not told."""
        server = next(one for one in self.servers.values() if role.id in one.roles)
        held = [one for one in server.members[self.person(name).id] if one != role.id]
        server.members[self.person(name).id] = [*held, role.id] if on else held

    def add_channel(self, server: Server, name: str, *, nsfw: bool = False, position: int = 99) -> Channel:
        channel = Channel(
            id=self.new_id(), kind=ChannelKind.TEXT, name=name, server_id=server.id, nsfw=nsfw, position=position
        )
        self.channels[channel.id] = channel
        self.announce(Change(kind=Kind.CHANNEL_NEW, channel=channel))
        return channel

    def add_thread(self, place: str, name: str, *, owner_id: int | None = None) -> Channel:
        parent = self.channel(place)
        thread = Channel(
            id=self.new_id(), kind=ChannelKind.THREAD, name=name, server_id=parent.server_id, parent_id=parent.id,
            owner_id=owner_id or self.person("Mori").id,
        )  # fmt: skip
        self.channels[thread.id] = thread
        self.announce(Change(kind=Kind.CHANNEL_NEW, channel=thread))
        return thread

    def set_nsfw(self, place: str, on: bool) -> None:
        channel = self.channel(place)
        channel.nsfw = on
        self.announce(Change(kind=Kind.CHANNEL, channel=channel))

    def archive(self, place: str, on: bool = True, *, locked: bool = False) -> None:
        """Put a thread to sleep; a new message wakes it again unless it is locked."""
        thread = self.channel(place)
        thread.archived, thread.locked = on, on and locked
        self.announce(Change(kind=Kind.CHANNEL, channel=thread))

    def delete_channel(self, place: str) -> None:
        """Remove the channel, its threads and all their messages."""
        channel = self.channel(place)
        for thread in [c for c in self.channels.values() if c.parent_id == channel.id]:
            self._remove(thread)
        self._remove(channel)

    def _remove(self, channel: Channel) -> None:
        self.announce(Change(kind=Kind.CHANNEL_GONE, channel=channel))
        for message in self.history(channel):
            message.deleted = True
            for attachment in message.body.attachments:
                attachment.gone = True
        del self.channels[channel.id]

    def deny(self, place: str, *taken: Permission, who: str | None = None) -> None:
        """Take permissions in the channel away from the bot, or from a person."""
        self._overwrite(place, who, allow=Permission(0), deny=_union(taken))

    def allow(self, place: str, *given: Permission, who: str | None = None) -> None:
        """Give permissions in the channel to the bot, or to a person, and lift a denial of the same."""
        self._overwrite(place, who, allow=_union(given), deny=Permission(0))

    def _overwrite(self, place: str, who: str | None, *, allow: Permission, deny: Permission) -> None:
        channel = self.channel(place)
        target = self.person(who).id if who else self.bot.id
        allowed, denied = channel.overwrites.get(target, (Permission(0), Permission(0)))
        channel.overwrites[target] = ((allowed | allow) & ~deny & ALL, (denied | deny) & ~allow & ALL)
        self.announce(Change(kind=Kind.CHANNEL, channel=channel))

    def block_dms(self, name: str, on: bool = True) -> None:
        """That person takes no private messages from the bot any more."""
        self.person(name).blocks_bot = on

    def install_for(self, name: str, on: bool = True) -> None:
        """That person has the app on the own account and can use it everywhere."""
        self.person(name).installed_app = on

    def remove_bot(self, server: str = "Atelier") -> None:
        """Throw the bot out of the server."""
        found = self._server(server)
        found.members.pop(self.bot.id, None)
        self.announce(Change(kind=Kind.SERVER_GONE, extra={"id": str(found.id)}))

    def _server(self, name: str) -> Server:
        for server in self.servers.values():
            if server.name == name:
                return server
        raise KeyError(f"there is no server {name!r}; there are {', '.join(s.name for s in self.servers.values())}")

    def permissions(self, name: str, place: str) -> Permission:
        return permissions(self, self.person(name).id, self.channel(place))

    # Telling and remembering

    def announce(self, change: Change) -> None:
        for listener in tuple(self.listeners):
            listener(change)

    async def until(self, ready: Callable[[], Found | None], timeout_s: float) -> Found:
        """What `ready` gives, as soon as a change makes it give something; TimeoutError after `timeout_s`."""
        changed = asyncio.Event()

        def note(_: Change) -> None:
            changed.set()

        self.listeners.append(note)
        try:
            async with asyncio.timeout(timeout_s):
                while (found := ready()) is None:
                    await changed.wait()
                    changed.clear()
                return found
        finally:
            self.listeners.remove(note)

    def message(self, message_id: int) -> Message:
        return self.messages[message_id]

    def later(self, work: Coroutine[None, None, None]) -> None:
        """Run `work` beside everything else until `close()`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _union(some: tuple[Permission, ...]) -> Permission:
    total = Permission(0)
    for one in some:
        total |= one
    return total
