"""One gateway session: what it may see, what it was sent, and what it gets again when it resumes."""

import json
import secrets
from enum import IntFlag

from aiohttp import web

from playground.changes import Change, Kind
from playground.json_types import Payload


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    GUILD_TYPING = 1 << 11
    DM_MESSAGES = 1 << 12
    DM_REACTIONS = 1 << 13
    DM_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


# What an event needs (in a server, in private); events not named need nothing.
NEEDED = {
    Kind.MESSAGE: (Intent.GUILD_MESSAGES, Intent.DM_MESSAGES),
    Kind.EDIT: (Intent.GUILD_MESSAGES, Intent.DM_MESSAGES),
    Kind.DELETE: (Intent.GUILD_MESSAGES, Intent.DM_MESSAGES),
    Kind.REACTION: (Intent.GUILD_REACTIONS, Intent.DM_REACTIONS),
    Kind.UNREACTION: (Intent.GUILD_REACTIONS, Intent.DM_REACTIONS),
    Kind.TYPING: (Intent.GUILD_TYPING, Intent.DM_TYPING),
    Kind.CHANNEL: (Intent.GUILDS, Intent.GUILDS),
    Kind.CHANNEL_NEW: (Intent.GUILDS, Intent.GUILDS),
    Kind.CHANNEL_GONE: (Intent.GUILDS, Intent.GUILDS),
    Kind.SERVER_NEW: (Intent.GUILDS, Intent.GUILDS),
    Kind.SERVER_GONE: (Intent.GUILDS, Intent.GUILDS),
}


class Session:
    """Lives on when its connection breaks, so that RESUME can replay what was missed."""

    def __init__(self, intents: Intent, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.socket: web.WebSocketResponse | None = None
        self._sent: list[Payload] = []

    @property
    def censored(self) -> bool:
        return not self.intents & Intent.MESSAGE_CONTENT

    def wants(self, change: Change) -> bool:
        """Whether the session's shard and intents cover the change."""
        server_id = change.channel.server_id if change.channel else int(change.extra.get("id", 0))
        shard, shards = self.shard
        if ((server_id or 0) >> 22) % shards != shard and not (server_id is None and shard == 0):
            return False
        needed = NEEDED.get(change.kind)
        return needed is None or bool(self.intents & needed[server_id is None])

    def queue(self, event: str, data: Payload) -> str:
        """Number and remember an event; its text is what goes over the socket."""
        self._sent.append({"op": 0, "s": len(self._sent) + 1, "t": event, "d": data})
        return json.dumps(self._sent[-1])

    def after(self, sequence: int) -> list[str]:
        """The events that came after the given one, again."""
        return [json.dumps(event) for event in self._sent[sequence:]]
