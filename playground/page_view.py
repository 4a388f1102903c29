"""What the page shows of the world to one person: places, messages, commands, as plain JSON."""

from playground.cdn_links import Links
from playground.command_rules import MESSAGE_MENU
from playground.commands import offered
from playground.json_types import Payload
from playground.payloads import message_json
from playground.permissions import Permission, may
from playground.seen import Seen
from playground.state import Channel, ChannelKind, Message, MessageKind, User
from playground.world import World

PEOPLE = ("Aiko", "Binh", "Mori")
"""Who can be at the page; whoever else there is only writes."""
PAGE_OF_MESSAGES = 50
QUOTED_CHARS = 1000  # the page shortens it, once its markup is gone


def person_json(user: User) -> Payload:
    """Enough for a name and an avatar."""
    return {"id": str(user.id), "name": user.name, "bot": user.bot, "locale": user.locale}


def people_json(world: World) -> list[Payload]:
    """Those one can switch between, and who of them runs the bot."""
    people = [world.person(name) for name in PEOPLE]
    return [person_json(one) | {"runs": one in world.owners} for one in people]


def roles_json(world: World) -> list[Payload]:
    """The roles of every server, for selects that ask for some."""
    return [
        {"id": str(role.id), "name": role.name, "server": server.name}
        for server in world.servers.values()
        for role in server.roles.values()
    ]


def places_of(world: World, viewer: User) -> list[Payload]:
    """Channels with their threads below them, then private conversations, in the order they are listed."""
    visible = [one for one in world.channels.values() if may(world, viewer.id, one, Permission.VIEW_CHANNEL)]
    tops = [one for one in visible if one.server_id is not None and one.parent_id is None]
    listed: list[Channel] = []
    for top in sorted(tops, key=lambda one: (one.server_id or 0, one.position)):
        listed.append(top)
        listed += [one for one in visible if one.parent_id == top.id and not one.archived]
    others = [world.bot, *(world.person(name) for name in PEOPLE if name != viewer.name)]
    listed += [world.private_channel(viewer.id, other.id) for other in others]
    return [_place_json(world, viewer, one) for one in listed]


def place_of(world: World, channel: Channel, viewer: User) -> str:
    """The name by which this person finds the channel."""
    other = _other(world, channel, viewer)
    return f"dm:{other.name}" if other and not other.bot else world.place(channel)


def _other(world: World, channel: Channel, viewer: User) -> User | None:
    return next((world.users[one] for one in channel.recipients if one != viewer.id), None)


def _place_json(world: World, viewer: User, channel: Channel) -> Payload:
    thread = channel.kind is ChannelKind.THREAD
    write = Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES
    other = _other(world, channel, viewer)
    return {
        "id": str(channel.id), "place": place_of(world, channel, viewer), "name": other.name if other else channel.name,
        "kind": "private" if other else "thread" if thread else "channel", "adults_only": world.is_nsfw(channel),
        "with": person_json(other) if other else None,
        "server": world.servers[channel.server_id].name if channel.server_id else None,
        "may_write": may(world, viewer.id, channel, write),
        "may_attach": may(world, viewer.id, channel, Permission.ATTACH_FILES),
    }  # fmt: skip


def opened(world: World, links: Links, viewer: User, place: str, before: int | None) -> Payload:
    """A place as somebody enters it: its latest messages (or those before one) and the commands it offers."""
    channel = world.channel(place, viewer.id)
    messages = [one for one in world.history(channel) if world.visible(one, viewer.id)]
    if before is not None:
        messages = [one for one in messages if one.id < before]
    return {
        "messages": [message_view(world, links, one, viewer) for one in messages[-PAGE_OF_MESSAGES:]],
        "more": len(messages) > PAGE_OF_MESSAGES,
        "commands": offered(world, viewer, channel),
        "menus": offered(world, viewer, channel, MESSAGE_MENU),
        "members": [person_json(one) for one in world.members(channel)],
    }


def message_view(world: World, links: Links, message: Message, viewer: User) -> Payload:
    """A message as Discord describes it, and what only this person's client knows about it."""
    channel = world.channels[message.channel_id]
    interaction = message.interaction
    used = interaction if interaction and message.kind in (MessageKind.SLASH, MessageKind.MENU) else None
    seen = Seen(world, links, message, viewer.id)
    own = message.author_id == viewer.id
    return message_json(world, links, message, nested=True) | {
        "place": place_of(world, channel, viewer), "ephemeral": seen.ephemeral, "thinking": seen.thinking,
        "v2": seen.is_v2, "own": own, "text": seen.content,
        "may_delete": own or seen.ephemeral or may(world, viewer.id, channel, Permission.MANAGE_MESSAGES),
        "for_me": interaction is not None and interaction.person_id == viewer.id,
        "pings_me": viewer.id in message.mentions.users,
        "reactions": [
            {"emoji": emoji, "who": [world.users[one].name for one in who], "mine": viewer.id in who}
            for emoji, who in message.reactions.items()
        ],
        "used": {"name": world.users[used.person_id].name, "command": used.command_name} if used else None,
        "reply": _quote(world, links, message, viewer),
    }  # fmt: skip


def quoting(world: World, message: Message, viewer: User) -> list[Message]:
    """The messages before this person's eyes that quote the given one."""
    answers = (one for one in world.messages.values() if one.reply_to and one.reply_to[1] == message.id)
    return [one for one in answers if not one.deleted and world.visible(one, viewer.id)]


def _is_missed_by_nobody(message: Message, target: Message) -> bool:
    """Whether what the bot answers was "Thinking..." that had to go again, or a question to one person alone."""
    interaction = message.interaction
    return interaction is not None and (target is interaction.original or target.only_for is not None)


def _quote(world: World, links: Links, message: Message, viewer: User) -> Payload | None:
    """One line of the message that this one answers; only its absence when it is gone or somebody else's."""
    if message.reply_to is None:
        return None
    target = world.messages.get(message.reply_to[1])
    if target is None or target.deleted or not world.visible(target, viewer.id):
        return None if target and _is_missed_by_nobody(message, target) else {"gone": True}
    seen = Seen(world, links, target, viewer.id)
    pictures = seen.pictures
    return {
        "gone": False, "id": str(target.id), "author": person_json(world.users[target.author_id]),
        "text": seen.content[:QUOTED_CHARS], "picture": pictures[0].url if pictures else None,
    }  # fmt: skip
