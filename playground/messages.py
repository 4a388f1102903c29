"""Messages come, change and go, whoever causes it."""

from playground.changes import Change, Kind
from playground.compose import compose
from playground.errors import ApiError, Form
from playground.json_types import Payload, Submission
from playground.mentions import DEFAULT, FROM_INTERACTION, mentions_of
from playground.permissions import Permission, may, permissions
from playground.state import (
    Body,
    Channel,
    ChannelKind,
    Interaction,
    Mentions,
    Message,
    MessageFlag,
    MessageKind,
    User,
)  # fmt: skip
from playground.world import World


def post(world: World, channel: Channel, author_id: int, sent: Submission) -> Message:
    """An ordinary message by the bot or a person; a repeated nonce gives the first message again."""
    check_may_post(world, channel, author_id, sent)
    nonce = _nonce(sent.payload)
    if (
        nonce is not None
        and sent.payload.get("enforce_nonce")
        and (first := _same_nonce(world, channel, author_id, nonce))
    ):
        return first
    target = _reply_target(world, channel, author_id, sent.payload)
    sent.payload["flags"] = int(sent.payload.get("flags") or 0) & ~MessageFlag.EPHEMERAL
    body = compose(world, channel.id, sent)
    allowed: Payload = sent.payload.get("allowed_mentions") or DEFAULT
    replied = world.messages[target[1]] if target else None
    message = Message(
        id=world.new_id(), channel_id=channel.id, author_id=author_id, created=world.clock.now(), body=body,
        kind=MessageKind.REPLY if target else MessageKind.DEFAULT, reply_to=target, nonce=nonce,
        mentions=mentions_of(world, channel, author_id, body, allowed, replied),
    )  # fmt: skip
    return _appear(world, channel, message)


def post_for(
    world: World, interaction: Interaction, sent: Submission, *, ephemeral: bool, loading: bool = False
) -> Message:
    """A message by the bot in answer to an interaction; needs no permission in the channel."""
    channel = channel_of(world, interaction.channel_id)
    flags = int(sent.payload.get("flags") or 0) & ~MessageFlag.EPHEMERAL
    sent.payload["flags"] = flags | (MessageFlag.EPHEMERAL if ephemeral else 0)
    body = Body(flags=MessageFlag.LOADING) if loading else compose(world, channel.id, sent, ephemeral=ephemeral)
    if ephemeral:
        body.flags |= MessageFlag.EPHEMERAL
    source = interaction.source if interaction.answer is None else interaction.original
    message = Message(
        id=world.new_id(), channel_id=channel.id, author_id=world.bot.id, created=world.clock.now(), body=body,
        interaction=interaction, kind=_kind(interaction), only_for=interaction.person_id if ephemeral else None,
        reply_to=(source.channel_id, source.id) if source else None,
        mentions=Mentions() if loading else _pinged(world, channel, body, sent.payload),
    )  # fmt: skip
    return _appear(world, channel, message)


def revise(world: World, message: Message, sent: Submission) -> Message:
    """Change what a message shows; filling a "thinking..." message is its first appearance, so it pings."""
    channel = channel_of(world, message.channel_id)
    if channel.archived:
        raise ApiError(50083)
    first = message.thinking
    before = message.body
    body = compose(world, channel.id, sent, before, ephemeral=message.only_for is not None)
    message.past.append(before)
    message.body = body
    if first:
        message.mentions = _pinged(world, channel, body, sent.payload)
    else:
        message.edited = world.clock.now()
    for attachment in before.attachments:
        attachment.gone = attachment not in body.attachments
    world.announce(Change(kind=Kind.EDIT, channel=channel, message=message))
    return message


def remove(world: World, message: Message) -> None:
    """Delete the message; its files' links die with it."""
    message.deleted = True
    for attachment in message.body.attachments:
        attachment.gone = True
    world.announce(Change(kind=Kind.DELETE, channel=world.channels.get(message.channel_id), message=message))


def react(world: World, message: Message, user_id: int, emoji: str, *, on: bool = True) -> None:
    """Add or take back a reaction; doing it twice changes nothing."""
    who = message.reactions.setdefault(emoji, [])
    if (user_id in who) == on:
        return
    if on:
        who.append(user_id)
    else:
        who.remove(user_id)
    if not who:
        del message.reactions[emoji]
    kind = Kind.REACTION if on else Kind.UNREACTION
    channel = channel_of(world, message.channel_id)
    world.announce(Change(kind=kind, channel=channel, message=message, person_id=user_id, extra={"emoji": emoji}))


def channel_of(world: World, channel_id: int) -> Channel:
    """The channel, or 10003."""
    if channel := world.channels.get(channel_id):
        return channel
    raise ApiError(10003)


def found(world: World, channel: Channel, message_id: int) -> Message:
    """A message that the channel's routes know, or 10008: ephemeral ones are not among them."""
    message = world.messages.get(message_id)
    if message is None or message.deleted or message.channel_id != channel.id or message.only_for is not None:
        raise ApiError(10008)
    return message


def require(world: World, user_id: int, channel: Channel, *wanted: Permission) -> None:
    """50001 when the channel cannot be seen, 50013 when a permission is missing."""
    granted = permissions(world, user_id, channel)
    if not granted & Permission.VIEW_CHANNEL:
        raise ApiError(50001)
    if not all(granted & one for one in wanted):
        raise ApiError(50013)


def check_may_post(world: World, channel: Channel, author_id: int, sent: Submission) -> None:
    """50001, 50013, 50083 or 50007 when the author may not send this there."""
    thread = channel.kind is ChannelKind.THREAD
    send = Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES
    needs = [send, *([Permission.ATTACH_FILES] if sent.files else [])]
    if sent.payload.get("embeds"):
        needs.append(Permission.EMBED_LINKS)
    require(world, author_id, channel, *needs)
    if channel.locked and not may(world, author_id, channel, Permission.MANAGE_THREADS):
        raise ApiError(50083)
    if channel.server_id is None and author_id == world.bot.id:
        _check_may_write_to(world, world.users[next(one for one in channel.recipients if one != author_id)])


def _check_may_write_to(world: World, person: User) -> None:
    """A bot reaches people it shares a server with, or who installed it, as long as they take its messages."""
    shared = any({world.bot.id, person.id} <= set(server.members) for server in world.servers.values())
    if not shared and not person.installed_app:
        raise ApiError(50278)
    if person.blocks_bot:
        raise ApiError(50007)


def _appear(world: World, channel: Channel, message: Message) -> Message:
    world.messages[message.id] = message
    if channel.archived:
        channel.archived = channel.locked = False
        world.announce(Change(kind=Kind.CHANNEL, channel=channel))
    world.announce(Change(kind=Kind.MESSAGE, channel=channel, message=message))
    return message


def _pinged(world: World, channel: Channel, body: Body, payload: Payload) -> Mentions:
    return mentions_of(world, channel, world.bot.id, body, payload.get("allowed_mentions") or FROM_INTERACTION)


def _kind(interaction: Interaction) -> MessageKind:
    if interaction.source is not None or interaction.original is not None:
        return MessageKind.REPLY
    return MessageKind.MENU if interaction.data.get("type", 1) != 1 else MessageKind.SLASH


def _nonce(payload: Payload) -> str | None:
    nonce = payload.get("nonce")
    if nonce is None:
        return None
    form = Form()
    form.length("nonce", str(nonce), 25)
    form.check()
    return str(nonce)


def _same_nonce(world: World, channel: Channel, author_id: int, nonce: str) -> Message | None:
    oldest = world.clock.now() - world.settings.nonce_window_s
    for message in world.messages.values():
        same = (message.author_id, message.channel_id, message.nonce) == (author_id, channel.id, nonce)
        if same and message.created >= oldest:
            return message
    return None


def _reply_target(world: World, channel: Channel, author_id: int, payload: Payload) -> tuple[int, int] | None:
    reference: Payload | None = payload.get("message_reference")
    if not reference:
        return None
    target = world.messages.get(int(reference["message_id"]))
    usable = target and not target.deleted and target.channel_id == channel.id and target.only_for is None
    if not usable:
        if reference.get("fail_if_not_exists", True):
            form = Form()
            form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.check()
        return None
    if not permissions(world, author_id, channel) & Permission.READ_MESSAGE_HISTORY:
        raise ApiError(160002)
    return channel.id, int(reference["message_id"])
