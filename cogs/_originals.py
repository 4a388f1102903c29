"""The Original button of a card that shows smaller copies: the files as they were drawn, one message each."""

from collections.abc import Sequence

import discord

from cogs import _card, _gate
from cogs._card import file_name
from cogs._obstacles import is_too_large
from cogs._packing import MIB, REQUEST_BYTES
from cogs._parse import job_and_picture
from cogs._place import where_pressed
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words, words_for
from storage import pictures
from storage.jobs import Job
from storage.pictures import Picture


async def original(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Send every original that Discord takes alone, and say of the others why not; only whoever pressed sees them."""
    job, _ = await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    await interaction.response.defer(thinking=True, ephemeral=interaction.guild_id is not None)
    kept = await _gate.living(services, job)
    limit_bytes = min(interaction.filesize_limit, REQUEST_BYTES)
    too_large = [each for each in kept if each.size_bytes > limit_bytes]
    # Said first: what is sent while it still says "thinking..." would take its place.
    await _say(interaction, _about(say, kept, too_large))
    late = [each for each in kept if each not in too_large and not await _sent(services, interaction, job, each)]
    if late:
        await _say(interaction, _about(say, kept, [*too_large, *late]))


def _about(say: Words, kept: Sequence[Picture], too_large: Sequence[Picture]) -> str:
    if not too_large:
        return say("Here is what was drawn, without any loss.")
    if len(too_large) < len(kept):
        numbers = ", ".join(str(each.picture_index + 1) for each in too_large)
        return say("These are too large for Discord here: {numbers}. A smaller size would fit.", numbers=numbers)
    mib = f"{max(each.size_bytes for each in too_large) / MIB:.1f}"
    return say("The original is {mib} MiB, more than Discord takes here. A smaller size would fit.", mib=mib)


async def _say(interaction: discord.Interaction, text: str) -> None:
    await interaction.edit_original_response(view=_card.sentence(text), allowed_mentions=NO_PINGS)


async def _sent(services: Services, interaction: discord.Interaction, job: Job, picture: Picture) -> bool:
    """Whether the file could be sent; Discord's own word on its size is the last one."""
    name = file_name(job.id, picture.picture_index)
    content = {name: await pictures.read(services.db, picture)}
    covered = await _gate.show(services, where_pressed(interaction), job, [picture])
    files = attached(content, covered=covered)
    private = interaction.guild_id is not None
    try:
        sent = await interaction.followup.send(files=files, ephemeral=private, allowed_mentions=NO_PINGS, wait=True)
    except discord.HTTPException as error:
        if not is_too_large(error):
            raise
        return False
    await _gate.stays(services, where_pressed(interaction), job, [picture], sent.delete)
    return True
