"""What exists in the playground: people, servers, channels, messages, files and interactions."""

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from playground.json_types import Payload
from playground.permissions import Permission


class ChannelKind(IntEnum):
    TEXT = 0
    DM = 1
    GROUP = 3
    THREAD = 11


class MessageKind(IntEnum):
    DEFAULT = 0
    REPLY = 19
    SLASH = 20
    MENU = 23


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SILENT = 1 << 12
    V2 = 1 << 15


class InteractionKind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """The callback types."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, kw_only=True)
class User:
    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    blocks_bot: bool = False
    """Takes no private messages from the bot (50007)."""
    installed_app: bool = False
    """Has the app on the own account (user install), so that it goes wherever the person goes."""


@dataclass(slots=True, kw_only=True)
class Role:
    id: int
    name: str
    permissions: Permission


@dataclass(slots=True, kw_only=True)
class Server:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role]
    members: dict[int, list[int]]
    """User id -> role ids, @everyone left out."""
    locale: str = "en-US"
    system_channel_id: int | None = None
    """Where the server itself speaks; a new server's first channel."""


@dataclass(slots=True, kw_only=True)
class Channel:
    id: int
    kind: ChannelKind
    name: str
    server_id: int | None = None
    parent_id: int | None = None
    nsfw: bool = False
    position: int = 0
    recipients: list[int] = field(default_factory=list[int])
    overwrites: dict[int, tuple[Permission, Permission]] = field(
        default_factory=dict[int, tuple[Permission, Permission]]
    )
    """Role or user id -> (allowed, denied)."""
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    """Only those who manage threads can wake it."""


@dataclass(slots=True, kw_only=True)
class Attachment:
    id: int
    channel_id: int
    filename: str
    data: bytes
    content_type: str | None
    size: tuple[int, int] | None
    description: str | None = None
    ephemeral: bool = False
    gone: bool = False

    @property
    def spoiler(self) -> bool:
        return self.filename.startswith("SPOILER_")


@dataclass(slots=True, kw_only=True)
class Body:
    """What a message shows and an edit can change."""

    content: str = ""
    embeds: list[Payload] = field(default_factory=list[Payload])
    components: list[Payload] = field(default_factory=list[Payload])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = MessageFlag(0)


@dataclass(slots=True, kw_only=True)
class Mentions:
    """Who a message calls; people, roles by id."""

    users: list[int] = field(default_factory=list[int])
    roles: list[int] = field(default_factory=list[int])
    everyone: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    id: int
    channel_id: int
    author_id: int
    created: float
    body: Body
    kind: MessageKind = MessageKind.DEFAULT
    mentions: Mentions = field(default_factory=Mentions)
    edited: float | None = None
    nonce: str | None = None
    reply_to: tuple[int, int] | None = None
    """(channel id, message id)."""
    interaction: "Interaction | None" = None
    only_for: int | None = None
    """The one person who sees an ephemeral message."""
    reactions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    deleted: bool = False
    past: list[Body] = field(default_factory=list[Body])
    """Every earlier state, oldest first."""

    @property
    def thinking(self) -> bool:
        return bool(self.body.flags & MessageFlag.LOADING)


@dataclass(slots=True, kw_only=True, eq=False)
class Interaction:
    id: int
    token: str
    kind: InteractionKind
    person_id: int
    channel_id: int
    created: float
    data: Payload
    owners: dict[str, str]
    """authorizing_integration_owners: "0" a server, "1" a person."""
    source: Message | None = None
    """The message whose component was used, also for a modal opened from there."""
    command_name: str | None = None
    answer: Answer | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    modal: Payload | None = None
    choices: list[Payload] = field(default_factory=list[Payload])
    failed: str | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it was answered or its time is over."""

    @property
    def user_install_only(self) -> bool:
        return "0" not in self.owners
