"""Discord's permission bits and how a member's permissions in a channel come about."""

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.state import Channel, Server
    from playground.world import World


class Permission(IntFlag):
    """https://docs.discord.com/developers/topics/permissions (those that matter to a bot that posts pictures)."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


P = Permission
EVERYONE = (
    P.ADD_REACTIONS | P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS | P.USE_APPLICATION_COMMANDS | P.CREATE_PUBLIC_THREADS | P.SEND_MESSAGES_IN_THREADS
    | P.USE_EXTERNAL_APPS
)  # fmt: skip
ALL = Permission(sum(P))
# app_permissions in private places: DISCORD's interaction reference, "app_permissions".
DM = P.ATTACH_FILES | P.EMBED_LINKS | P.MENTION_EVERYONE
DM_WITH_BOT = DM | P.USE_EXTERNAL_EMOJIS


def permissions(world: "World", user_id: int, channel: "Channel") -> Permission:
    """What the user may do in the channel; a thread follows its parent; nothing without VIEW_CHANNEL."""
    if channel.server_id is None:
        member = user_id in channel.recipients
        return (EVERYONE | DM_WITH_BOT) if member else Permission(0)
    server = world.servers[channel.server_id]
    granted = by_roles(server, user_id)
    if user_id not in server.members or granted & P.ADMINISTRATOR:
        return granted
    place = world.channels[channel.parent_id] if channel.parent_id else channel
    for target in (server.id, *server.members[user_id], user_id):
        allow, deny = place.overwrites.get(target, (Permission(0), Permission(0)))
        granted = (granted & ~deny) | allow
    return granted if granted & P.VIEW_CHANNEL else Permission(0)


def by_roles(server: "Server", user_id: int) -> Permission:
    """What a member may do in a server before any channel's own rules; nothing for others."""
    if user_id not in server.members:
        return Permission(0)
    granted = server.roles[server.id].permissions
    for role_id in server.members[user_id]:
        granted |= server.roles[role_id].permissions
    return ALL if user_id == server.owner_id or granted & P.ADMINISTRATOR else granted


def may(world: "World", user_id: int, channel: "Channel", *wanted: Permission) -> bool:
    """Whether the user has all of these there."""
    granted = permissions(world, user_id, channel)
    return all(granted & one for one in wanted)
