"""What a message says to the bot: whether it means the bot at all, its words, and the picture it is about."""

import logging
import re
from collections.abc import Sequence

import discord

from cogs._picture_hint import asked_about, is_asking
from cogs._services import Services
from cogs._sources import Source, source_of
from inference.errors import N_, BadImage, BadRequest, Gone
from storage import jobs, posts

log = logging.getLogger(__name__)

UNREADABLE = N_("That file is not a picture I can read. Send a PNG, JPEG or WebP instead.")
STILL_DRAWN = N_("That picture is still being drawn. Reply to it again when it is done.")
GONE = N_("The message you replied to is gone. Attach the picture to your message instead.")
HIDDEN = N_("Discord does not show me that picture. Open the menu of its message: Apps → **Edit image…**")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
TALK = {discord.MessageType.default, discord.MessageType.reply}
# People, roles, channels and a server's own emoji: none of them can be drawn.
NAMES = re.compile(r"<(?:@[!&]?|#)[0-9]+>|<a?:\w+:[0-9]+>")


def is_said(message: discord.Message) -> bool:
    """Whether a person wrote it, not a program and not Discord itself."""
    return message.type in TALK and not message.author.bot and message.webhook_id is None


async def is_meant(services: Services, message: discord.Message) -> bool:
    """Whether it is said to us: in private, with our name, or in reply to us and to nobody else."""
    if message.guild is None or _is_named(services, message):
        return True
    others = {person.id for person in message.mentions} - {_own_id(services), message.author.id}
    if others:
        return False
    return _is_called(services, message) or bool(await posts.by_message(services.db, replied_to(message) or 0))


def is_withheld(services: Services, message: discord.Message) -> bool:
    """Whether Discord keeps its words from us: without the message-content intent it does, unless we are called."""
    readable = services.client.intents.message_content or message.guild is None or _is_called(services, message)
    return not readable and not message.content


def _is_named(services: Services, message: discord.Message) -> bool:
    """Whether our name, or that of our own role, stands in it."""
    role = message.guild.self_role if message.guild else None
    return f"<@{_own_id(services)}>" in message.content.replace("<@!", "<@") or role in message.role_mentions


def _is_called(services: Services, message: discord.Message) -> bool:
    """Whether it notifies us, by our name or because it replies to us."""
    return any(person.id == _own_id(services) for person in message.mentions)


def words_in(message: discord.Message) -> str:
    """What is said, without the names of whoever it is said to."""
    return NAMES.sub(" ", message.content).strip()


def pictures_in(message: discord.Message) -> list[discord.Attachment]:
    """Its pictures, a forwarded message's too; BadImage when files came but none is a picture."""
    files: Sequence[discord.Attachment] = message.attachments
    if not files:
        files = [file for forwarded in message.message_snapshots for file in forwarded.attachments]
    found = [file for file in files if _is_picture(file)]
    if files and not found:
        raise BadImage(template=UNREADABLE)
    return found


async def source_behind(services: Services, message: discord.Message) -> Source | None:
    """The picture that somebody means who sends none: of the message they reply to, or that we just asked about.

    Raises a UserError where they mean one that cannot be had.
    """
    quoted = await _quoted(services, message)
    if quoted is None:
        return None
    if await posts.by_message(services.db, quoted.id):
        return await source_of(services, quoted)
    job = await jobs.by_message(services.db, quoted.id)
    if job is not None and job.state.is_open:
        raise BadRequest(template=STILL_DRAWN)
    picture = await asked_about(services.client, quoted) if is_asking(services.client, quoted) else quoted
    if any(map(_is_picture, picture.attachments)):
        return await source_of(services, picture)
    if not services.client.intents.message_content and message.guild and quoted.author.id != _own_id(services):
        raise BadImage(template=HIDDEN)
    return None


async def picture_pointed_at(services: Services, message: discord.Message) -> discord.Message | None:
    """The message with somebody's picture that our bare name replies to."""
    if words_in(message) or replied_to(message) is None:
        return None
    quoted = await _quoted(services, message)
    return quoted if quoted and any(map(_is_picture, quoted.attachments)) else None


def replied_to(message: discord.Message) -> int | None:
    """The id of the message it replies to."""
    reference = message.reference
    return reference.message_id if reference and reference.type is discord.MessageReferenceType.reply else None


async def _quoted(services: Services, message: discord.Message) -> discord.Message | None:
    """The message it replies to; in private, where nobody has to say so, the picture that we asked about just now."""
    message_id = replied_to(message)
    if message_id is None:
        return None if message.guild else await _asked_just_before(services, message)
    resolved = message.reference.resolved if message.reference else None
    if isinstance(resolved, discord.Message):
        return resolved
    try:
        return await message.channel.fetch_message(message_id)
    except (discord.NotFound, discord.Forbidden) as error:
        raise BadImage(template=GONE) from error


async def _asked_just_before(services: Services, message: discord.Message) -> discord.Message | None:
    """The picture that our last message asked about, if it is still there."""
    try:
        async for last in message.channel.history(limit=1, before=message):
            return await asked_about(services.client, last) if is_asking(services.client, last) else None
    except (Gone, discord.HTTPException):  # then it is words for a new picture
        log.info("what was asked just before cannot be looked up")
    return None


def _is_picture(file: discord.Attachment) -> bool:
    """By what Discord says it is, or by its name where Discord says nothing; the decoder has the last word."""
    if file.content_type:
        return file.content_type.startswith("image/")
    return file.filename.casefold().endswith(PICTURES)


def _own_id(services: Services) -> int:
    return services.client.user.id if services.client.user else 0
