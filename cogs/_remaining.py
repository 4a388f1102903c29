"""After one picture of several was deleted: every message of ours that showed it shows the others alone."""

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence

import discord
from discord import ui

from cogs import _gate, _session
from cogs._delivery import Result
from cogs._packing import Parcel, limit_of, packed
from cogs._place import Where, where_pressed
from cogs._removal import delete_message
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS
from inference.errors import UserError
from storage import posts
from storage.jobs import Job
from storage.pictures import Picture
from storage.posts import Post

log = logging.getLogger(__name__)

Edit = Callable[[ui.LayoutView, list[discord.File]], Awaitable[object]]


async def show_rest(
    services: Services, interaction: discord.Interaction, job: Job, index: int, left: Sequence[Picture]
) -> None:
    """Show `left` alone on the pressed card and wherever else picture `index` is; ephemeral messages are left.

    A message that cannot be changed so is deleted: nothing that was deleted stays to be seen.
    """
    shown = await _session.describe(services, job)
    public = Result(job=job, shown=shown.public(), kept=left, seconds=_session.seconds_of(job))
    pressed = interaction.message
    for post in await posts.of_job(services.db, job.id):
        if post.picture_index == index and not post.ephemeral and (pressed is None or post.message_id != pressed.id):
            await _change_elsewhere(services, public, post)
    await posts.forget(services.db, job.id, index)

    async def edit(card: ui.LayoutView, files: list[discord.File]) -> None:
        await interaction.edit_original_response(view=card, attachments=files, allowed_mentions=NO_PINGS)

    async def take_away() -> None:
        try:
            await interaction.delete_original_response()
        except discord.HTTPException as error:  # pressed twice, or by two people
            log.info("the card was gone already: Discord code %s", error.code)

    result = dataclasses.replace(public, shown=shown) if pressed and pressed.flags.ephemeral else public
    await _change(services, result, where_pressed(interaction), interaction.filesize_limit, edit, take_away)


async def _change_elsewhere(services: Services, result: Result, post: Post) -> None:
    place = services.client.get_partial_messageable(post.channel_id, guild_id=post.guild_id)
    message = place.get_partial_message(post.message_id)
    where = Where(person_id=result.job.requester_id, guild_id=post.guild_id, channel_id=post.channel_id)

    async def edit(card: ui.LayoutView, files: list[discord.File]) -> None:
        await message.edit(view=card, attachments=files, allowed_mentions=NO_PINGS)

    async def take_away() -> None:
        await delete_message(services.client, post.channel_id, post.message_id)

    await _change(services, result, where, limit_of(services.client, post.guild_id), edit, take_away)


async def _change(
    services: Services,
    result: Result,
    where: Where,
    limit_bytes: int,
    edit: Edit,
    take_away: Callable[[], Awaitable[None]],
) -> None:
    async def show(parcel: Parcel) -> None:
        covered = await _gate.show(services, where, result.job, result.kept)
        await edit(result.card(parcel, covered=covered), attached(parcel.files))

    try:
        await packed(services, result.job, result.kept, limit_bytes, show)
        await _gate.show(services, where, result.job, result.kept)  # what changed meanwhile wins too
    except (UserError, discord.HTTPException) as error:
        log.info("job %s: a message goes, for it cannot show what is left: %s", result.job.id, type(error).__name__)
        await take_away()
