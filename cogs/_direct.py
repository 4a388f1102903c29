"""Pictures by direct message, to somebody who asked for them."""

import logging

import discord

from cogs import _gate, _session
from cogs._delivery import Result
from cogs._links import message_link
from cogs._packing import USUAL_LIMIT_BYTES, Parcel, packed
from cogs._place import Where
from cogs._removal import delete_message
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS, number36
from inference.errors import N_, Gone, UserError
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
    where = Where(person_id=person.id, guild_id=None, channel_id=0)
    kept = await _gate.living(services, job)
    if not kept:
        raise Gone()
    result = Result(
        job=job, shown=(await _session.describe(services, job)).public(), kept=kept, seconds=_session.seconds_of(job)
    )
    # The nonce makes a second press within a few minutes find the first message.
    nonce = f"genga-dm-{number36(job.id)}"

    async def send(parcel: Parcel) -> discord.Message:
        covered = await _gate.show(services, where, job, kept)
        card, files = result.card(parcel, covered=covered), attached(parcel.files)
        return await person.send(view=card, files=files, nonce=nonce, allowed_mentions=NO_PINGS)

    try:
        parcel, sent = await packed(services, job, kept, USUAL_LIMIT_BYTES, send)
    except discord.HTTPException as error:
        if error.code not in NO_DIRECT_MESSAGES:
            raise
        log.info("job %s cannot be sent directly: Discord code %s", job.id, error.code)
        raise CannotWrite() from error
    await _gate.stays(services, where, job, kept, lambda: delete_message(services.client, sent.channel.id, sent.id))
    await _session.remember_post(
        services, job, kept, sent.id, sent.channel.id, ephemeral=False, direct=True, sent=parcel.sha256s
    )
    return message_link(None, sent.channel.id, sent.id)
