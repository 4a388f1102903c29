"""The world's things as Discord's JSON, as the bot or a person may see them."""

from typing import cast

from playground.cdn_links import Links
from playground.clock import iso
from playground.json_types import Node, Payload
from playground.permissions import permissions
from playground.state import Attachment, Body, Channel, ChannelKind, Interaction, Message, Role, Server, User
from playground.world import World

JOINED = 1_700_000_000.0


def user_json(user: User) -> Payload:
    """A user object."""
    return {
        "id": str(user.id), "username": user.name.lower(), "global_name": user.name, "discriminator": "0",
        "avatar": None, "bot": user.bot, "public_flags": 0,
    }  # fmt: skip


def member_json(server: Server, user: User, *, with_user: bool = True) -> Payload:
    """A member object; messages carry it without the user."""
    member: Payload = {
        "roles": [str(role) for role in server.members.get(user.id, [])], "flags": 0, "nick": None, "avatar": None,
        "joined_at": iso(JOINED), "deaf": False, "mute": False, "pending": False,
    }  # fmt: skip
    return member | {"user": user_json(user)} if with_user else member


def channel_json(world: World, channel: Channel, viewer_id: int | None = None) -> Payload:
    """A channel of any kind; `viewer_id` adds that user's permissions and leaves them out of a DM's recipients."""
    payload: Payload = {"id": str(channel.id), "type": int(channel.kind), "name": channel.name, "flags": 0}
    if channel.server_id is None:
        recipients = [user_json(world.users[one]) for one in channel.recipients if one != viewer_id]
        del payload["name"]
        return payload | {"recipients": recipients, "last_message_id": None}
    payload |= {"guild_id": str(channel.server_id), "last_message_id": None, "rate_limit_per_user": 0}
    if viewer_id is not None:
        payload["permissions"] = str(int(permissions(world, viewer_id, channel)))
    if channel.kind is ChannelKind.THREAD:
        metadata = {
            "archived": channel.archived, "auto_archive_duration": 10080, "archive_timestamp": iso(JOINED),
            "locked": channel.locked, "create_timestamp": iso(JOINED),
        }  # fmt: skip
        return payload | {
            "parent_id": str(channel.parent_id), "owner_id": str(channel.owner_id), "message_count": 0,
            "member_count": 1, "total_message_sent": 0, "thread_metadata": metadata,
        }  # fmt: skip
    overwrites = [
        {"id": str(target), "type": int(target in world.users), "allow": str(int(allow)), "deny": str(int(deny))}
        for target, (allow, deny) in channel.overwrites.items()
    ]
    return payload | {
        "position": channel.position, "nsfw": channel.nsfw, "topic": None, "parent_id": None,
        "permission_overwrites": overwrites,
    }  # fmt: skip


def role_json(role: Role) -> Payload:
    """A role object."""
    return {
        "id": str(role.id), "name": role.name, "permissions": str(int(role.permissions)), "position": 0, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False, "managed": False, "mentionable": False, "flags": 0,
    }  # fmt: skip


def server_json(world: World, server: Server) -> Payload:
    """GUILD_CREATE, as the bot sees it."""
    own = [c for c in world.channels.values() if c.server_id == server.id]
    return {
        "id": str(server.id), "name": server.name, "owner_id": str(server.owner_id), "icon": None,
        "roles": [role_json(role) for role in server.roles.values()],
        "channels": [channel_json(world, c) for c in own if c.kind is not ChannelKind.THREAD],
        "threads": [channel_json(world, c) for c in own if c.kind is ChannelKind.THREAD and not c.archived],
        "members": [member_json(server, world.bot)],  # all that a bot without the intent for members is told
        "member_count": len(server.members), "premium_tier": 0, "nsfw_level": 0,
        "preferred_locale": server.locale,
        "features": [], "emojis": [], "stickers": [], "voice_states": [], "presences": [], "stage_instances": [],
        "guild_scheduled_events": [], "soundboard_sounds": [], "verification_level": 0, "mfa_level": 0,
        "explicit_content_filter": 0, "default_message_notifications": 0, "system_channel_flags": 0,
        "system_channel_id": str(server.system_channel_id) if server.system_channel_id else None,
        "afk_timeout": 300, "large": False, "joined_at": iso(JOINED),
    }  # fmt: skip


def attachment_json(links: Links, attachment: Attachment) -> Payload:
    """With a freshly signed link."""
    url = links.url(attachment)
    payload: Payload = {
        "id": str(attachment.id), "filename": attachment.filename, "size": len(attachment.data), "url": url,
        "proxy_url": url,
    }  # fmt: skip
    if attachment.content_type:
        payload["content_type"] = attachment.content_type
    if attachment.size:
        payload["width"], payload["height"] = attachment.size
    if attachment.description:
        payload["description"] = attachment.description
    if attachment.ephemeral:
        payload["ephemeral"] = True
    if attachment.spoiler:
        payload["flags"] = 1 << 3
    return payload


def with_links(links: Links, body: Body, node: Node) -> Node:
    """Components or embeds with every reference to one of the message's files made a fresh link."""
    if isinstance(node, list):
        return [with_links(links, body, one) for one in cast(list[Node], node)]
    if not isinstance(node, dict):
        return node
    inner = cast(Payload, node)
    found = next((one for one in body.attachments if str(one.id) == inner.get("attachment_id")), None)
    if found is None:
        return {key: with_links(links, body, value) for key, value in inner.items()}
    shown = attachment_json(links, found)
    keep = {key: shown[key] for key in ("url", "proxy_url", "width", "height", "content_type") if key in shown}
    return inner | keep | {"loading_state": 2}


def used_attachments(node: Node) -> set[str]:
    """Ids of the files that embeds or components show; those are missing from `message.attachments`."""
    if isinstance(node, list):
        return set[str]().union(*(used_attachments(one) for one in cast(list[Node], node)))
    if not isinstance(node, dict):
        return set()
    inner = cast(Payload, node)
    own: set[str] = {inner["attachment_id"]} if "attachment_id" in inner else set()
    return own.union(*(used_attachments(value) for value in inner.values()))


def message_json(
    world: World, links: Links, message: Message, *, censored: bool = False, nested: bool = False
) -> Payload:
    """A message; `censored` leaves out what an app without the message content intent may not read."""
    channel = world.channels[message.channel_id]
    body, author = message.body, world.users[message.author_id]
    used = used_attachments(body.components) | used_attachments(body.embeds)
    listed = [one for one in body.attachments if str(one.id) not in used]
    payload: Payload = {
        "id": str(message.id), "channel_id": str(message.channel_id), "author": user_json(author),
        "content": body.content, "timestamp": iso(message.created),
        "edited_timestamp": iso(message.edited) if message.edited else None, "tts": False, "pinned": False,
        "type": int(message.kind), "flags": int(body.flags), "mention_everyone": message.mentions.everyone,
        "mentions": [user_json(world.users[one]) for one in message.mentions.users],
        "mention_roles": [str(one) for one in message.mentions.roles],
        "attachments": [attachment_json(links, one) for one in listed],
        "embeds": with_links(links, body, body.embeds), "components": with_links(links, body, body.components),
    }  # fmt: skip
    if censored and not exempt_from_intent(world, message):
        payload |= {"content": "", "attachments": [], "embeds": [], "components": []}
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if channel.server_id is not None:
        server = world.servers[channel.server_id]
        payload["guild_id"] = str(server.id)
        if author.id in server.members:
            payload["member"] = member_json(server, author, with_user=False)
    if message.reactions:
        payload["reactions"] = [_reaction_json(world, emoji, who) for emoji, who in message.reactions.items()]
    _add_origin(world, message, payload)
    if message.reply_to and not nested:
        _add_reference(world, links, message, payload, censored)
    return payload


def exempt_from_intent(world: World, message: Message) -> bool:
    """Own messages, private ones and those that mention the app can always be read."""
    channel = world.channels[message.channel_id]
    private = channel.server_id is None and world.bot.id in channel.recipients
    return private or message.author_id == world.bot.id or world.bot.id in message.mentions.users


def _reaction_json(world: World, emoji: str, who: list[int]) -> Payload:
    return {
        "emoji": {"id": None, "name": emoji}, "count": len(who), "me": world.bot.id in who, "me_burst": False,
        "count_details": {"normal": len(who), "burst": 0}, "burst_colors": [],
    }  # fmt: skip


def _add_origin(world: World, message: Message, payload: Payload) -> None:
    interaction = message.interaction
    if interaction is None:
        return
    payload["application_id"] = payload["webhook_id"] = str(world.bot.id)
    payload["interaction_metadata"] = interaction_metadata(world, interaction)


def interaction_metadata(world: World, interaction: Interaction) -> Payload:
    """What a message tells about the interaction it answers."""
    metadata: Payload = {
        "id": str(interaction.id), "type": int(interaction.kind), "user": user_json(world.users[interaction.person_id]),
        "authorizing_integration_owners": interaction.owners,
    }  # fmt: skip
    if interaction.command_name:
        metadata["name"] = interaction.command_name
    if interaction.source:
        metadata["interacted_message_id"] = str(interaction.source.id)
    return metadata


def _add_reference(world: World, links: Links, message: Message, payload: Payload, censored: bool) -> None:
    assert message.reply_to
    channel_id, message_id = message.reply_to
    reference: Payload = {"type": 0, "channel_id": str(channel_id), "message_id": str(message_id)}
    channel = world.channels.get(channel_id)
    if channel and channel.server_id:
        reference["guild_id"] = str(channel.server_id)
    payload["message_reference"] = reference
    target = world.messages.get(message_id)
    if target is None or target.deleted or channel is None:
        payload["referenced_message"] = None
    else:
        payload["referenced_message"] = message_json(world, links, target, censored=censored, nested=True)
