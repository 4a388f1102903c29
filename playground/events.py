"""A change in the world -> the gateway event that tells the bot, if it is the bot's business."""

import time

from playground.cdn_links import Links
from playground.changes import Change, Kind
from playground.interaction_payload import interaction_json
from playground.json_types import Payload
from playground.payloads import channel_json, member_json, message_json, role_json, server_json, user_json
from playground.permissions import Permission, may
from playground.state import ChannelKind
from playground.world import World

CHANNEL_EVENTS = {
    Kind.CHANNEL: ("CHANNEL_UPDATE", "THREAD_UPDATE"),
    Kind.CHANNEL_NEW: ("CHANNEL_CREATE", "THREAD_CREATE"),
    Kind.CHANNEL_GONE: ("CHANNEL_DELETE", "THREAD_DELETE"),
}


def event_for(world: World, links: Links, change: Change, censored: bool) -> tuple[str, Payload] | None:
    """(event name, data), or None when Discord would not send it to the bot."""
    if change.kind is Kind.INTERACTION and change.interaction:
        return "INTERACTION_CREATE", interaction_json(world, links, change.interaction)
    if change.kind is Kind.SERVER_GONE:
        return "GUILD_DELETE", {"id": change.extra["id"]}
    if change.kind is Kind.SERVER_NEW:
        return "GUILD_CREATE", server_json(world, world.servers[int(change.extra["id"])])
    if change.kind is Kind.ROLE_NEW:
        server = world.servers[int(change.extra["server"])]
        role = role_json(server.roles[int(change.extra["role"])])
        return (
            ("GUILD_ROLE_CREATE", {"guild_id": str(server.id), "role": role})
            if world.bot.id in server.members
            else None
        )
    channel = change.channel
    if channel is None or not world.bot_is_in(channel):
        return None
    if change.kind in CHANNEL_EVENTS:
        name = CHANNEL_EVENTS[change.kind][channel.kind is ChannelKind.THREAD]
        return name, channel_json(world, channel)
    if not may(world, world.bot.id, channel, Permission.VIEW_CHANNEL):
        return None
    if change.kind is Kind.TYPING and change.person_id and change.person_id != world.bot.id:
        return "TYPING_START", _where(change) | {"user_id": str(change.person_id), "timestamp": int(time.time())}
    return _message_event(world, links, change, censored)


def _message_event(world: World, links: Links, change: Change, censored: bool) -> tuple[str, Payload] | None:
    message = change.message
    if message is None or message.only_for is not None:
        return None
    match change.kind:
        case Kind.MESSAGE:
            return "MESSAGE_CREATE", message_json(world, links, message, censored=censored)
        case Kind.EDIT:
            return "MESSAGE_UPDATE", message_json(world, links, message, censored=censored)
        case Kind.DELETE:
            return "MESSAGE_DELETE", _where(change) | {"id": str(message.id)}
        case Kind.REACTION | Kind.UNREACTION:
            return _reaction_event(world, change)
        case _:
            return None


def _reaction_event(world: World, change: Change) -> tuple[str, Payload]:
    assert change.message and change.person_id
    user = world.users[change.person_id]
    data = _where(change) | {
        "user_id": str(user.id), "message_id": str(change.message.id), "burst": False, "type": 0,
        "emoji": {"id": None, "name": change.extra["emoji"]}, "message_author_id": str(change.message.author_id),
    }  # fmt: skip
    if change.kind is Kind.UNREACTION:
        return "MESSAGE_REACTION_REMOVE", data
    if change.channel and change.channel.server_id is not None:
        data["member"] = member_json(world.servers[change.channel.server_id], user)
    else:
        data["user"] = user_json(user)
    return "MESSAGE_REACTION_ADD", data


def _where(change: Change) -> Payload:
    assert change.channel
    where: Payload = {"channel_id": str(change.channel.id)}
    return where | ({"guild_id": str(change.channel.server_id)} if change.channel.server_id is not None else {})
