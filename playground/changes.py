"""Everything that happens, told to whoever listens: the gateway, people's screens, the waiting driver."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from playground.json_types import Payload
from playground.state import Channel, Interaction, Message


class Kind(StrEnum):
    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    REACTION = "reaction"
    UNREACTION = "unreaction"
    TYPING = "typing"
    INTERACTION = "interaction"
    ANSWERED = "answered"
    """The bot answered an interaction: a modal opens, choices arrive, or "thinking..." ends the wait."""
    FAILED = "failed"
    """The person sees "The application did not respond"."""
    CHANNEL = "channel"
    CHANNEL_NEW = "channel_new"
    CHANNEL_GONE = "channel_gone"
    SERVER_NEW = "server_new"
    """The bot was invited to a server."""
    SERVER_GONE = "server_gone"
    ROLE_NEW = "role_new"
    PRESENCE = "presence"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    kind: Kind
    channel: Channel | None = None
    message: Message | None = None
    interaction: Interaction | None = None
    person_id: int | None = None
    """Who did it, or whom alone it concerns (answers, failures)."""
    extra: Payload = field(default_factory=dict[str, object])


Listener = Callable[[Change], None]
