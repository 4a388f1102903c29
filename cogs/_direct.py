"""Pictures by direct message, to somebody who asked for them."""

import logging

import discord

from cogs import _card, _session
from cogs._links import message_link
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS, number36
from cogs._words import Words
from inference.errors import N_, Gone, UserError
from storage import pictures, posts
from storage.jobs import Job

log = logging.getLogger(__name__)

NO_DIRECT_MESSAGES = {50007, 50278}  # the person takes none, or shares no server with us any more


class CannotWrite(UserError):
    """The person takes no direct messages from us."""

    sentence = N_(
        "I can't write to you directly. Allow direct messages in this server's privacy settings, then press the button "
        "again."
    )


async def send_originals(services: Services, person: discord.User | discord.Member, job: Job) -> str:
    """Send a job's pictures as they were kept, with the card's buttons, and return the link to that message.

    Raises Gone when they were deleted and CannotWrite when the person takes no direct messages.
    """
    _session.refuse_unless_allowed(services, job.request)
    kept = [each for each in await pictures.of_job(services.db, job.id) if each.deleted_at is None]
    if not kept:
        raise Gone()
    files = {_session.file_name(job.id, each.picture_index): await pictures.read(services.db, each) for each in kept}
    say = Words(job.locale)
    shown = (await _session.describe(services, job)).public()
    card = _card.finished(say, shown, files=list(files), picked=0, seconds=_session.seconds_of(job))
    try:
        # The nonce makes a second press within a few minutes find the first message.
        nonce = f"genga-dm-{number36(job.id)}"
        sent = await person.send(view=card, files=attached(files), nonce=nonce, allowed_mentions=NO_PINGS)
    except discord.HTTPException as error:
        if error.code not in NO_DIRECT_MESSAGES:
            raise
        log.info("job %s cannot be sent directly: Discord code %s", job.id, error.code)
        raise CannotWrite() from error
    rows = [
        posts.Post(
            message_id=sent.id,
            channel_id=sent.channel.id,
            guild_id=None,
            job_id=job.id,
            picture_index=each.picture_index,
            sent_sha256=each.sha256,
            ephemeral=False,
        )
        for each in kept
    ]
    await posts.record(services.db, rows)
    return message_link(None, sent.channel.id, sent.id)
