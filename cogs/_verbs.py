"""What the buttons do. Each handler gets the job and the picture its button speaks of, and checks both anew."""

import logging
from collections.abc import Callable

import discord

from cogs import _card, _gate, _modals, _queue, _session
from cogs._delivery import Result
from cogs._packing import COPY, Parcel, packed, shown_files
from cogs._parse import job_and_picture, rerolled, varied
from cogs._place import where_pressed
from cogs._remaining import show_rest
from cogs._removal import remove_messages
from cogs._reply import attached
from cogs._report_forms import ReportForm
from cogs._services import Services
from cogs._text import NO_PINGS, block
from cogs._words import Words, words_for
from inference.errors import N_, Gone, NotYours, Withheld
from inference.metadata import as_drawn, chunks
from inference.request import Request
from storage import favourites, jobs, pictures
from storage.jobs import Job, State
from storage.pictures import Picture

log = logging.getLogger(__name__)

ENDED = N_("That one has already ended, so there is nothing to cancel. Its own message says how it went.")
CANNOT_CANCEL = N_("Only the person who asked for this picture, or a moderator, can cancel it. Yours are in /queue.")


async def cancel(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Stop a waiting or drawing job; its own message says so, and the list of /queue goes on without it."""
    job = await _job(services, job_id)
    _must_own(interaction, job, template=CANNOT_CANCEL)
    await interaction.response.defer()
    if in_time := await jobs.request_cancel(services.db, job_id):
        services.cancel(job_id)
    if index == _queue.IN_THE_LIST:
        left = await _queue.shown(services, await words_for(services, interaction), interaction.user.id)
        await interaction.edit_original_response(view=left, allowed_mentions=NO_PINGS)
    if not in_time:
        raise Gone(template=ENDED)


async def retry(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """The same request once more, seed and all; with another seed where the picture was what could not be shown."""
    del index
    job = await _job(services, job_id)
    request = job.request
    if job.error_kind == Withheld.__name__:
        request = await rerolled(services, request, interaction.guild_id)
    await _begin(services, interaction, job, request, await _parent_of(services, job))


async def reroll(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """The same wish with another seed."""
    job, picture = await job_and_picture(services, job_id, index)
    request = await rerolled(services, job.request, interaction.guild_id)
    await _begin(services, interaction, job, request, picture)


async def vary(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Ask how different the variation should be."""
    await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    view = _card.vary_choice(say, job_id, index)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def subtle(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """A close variation of one picture."""
    job, picture = await job_and_picture(services, job_id, index)
    await _begin(services, interaction, job, varied(job.request, picture, "subtle"), picture)


async def strong(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """A far variation of one picture."""
    job, picture = await job_and_picture(services, job_id, index)
    await _begin(services, interaction, job, varied(job.request, picture, "strong"), picture)


async def edit(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """A form filled with what was asked: prompt, negative prompt, aspect, seed."""
    await _open(services, interaction, job_id, index, _modals.EditModal)


async def advanced(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """A form with everything else: steps, guidance, sampler, size, strength."""
    await _open(services, interaction, job_id, index, _modals.AdvancedModal)


async def fix(services: Services, interaction: discord.Interaction, draft_id: int, index: int) -> None:
    """Open a refused form again, filled with what was typed."""
    del index
    draft = services.drafts.get(draft_id)
    if draft is None:
        raise Gone(template=_modals.DRAFT_GONE)
    await interaction.response.send_modal(draft())


async def pick(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Point the buttons at one picture of a grid: for its owner on the card, for others in a note of their own."""
    job, _ = await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    shown = await _session.describe(services, job)
    if interaction.user.id != job.requester_id:
        view = _card.pick_controls(say, shown, index=index)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)
        return
    if interaction.message and not interaction.message.flags.ephemeral:
        shown = shown.public()  # a private result that was shared
    files = shown_files(interaction.message) if interaction.message else []
    smaller = any(name.endswith(COPY) for name in files)
    seconds = _session.seconds_of(job)
    covered = await _gate.show(services, where_pressed(interaction), job, await _gate.living(services, job))
    view = _card.finished(
        Words(job.locale), shown, files=files, picked=index, seconds=seconds, smaller=smaller, covered=covered
    )
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def info(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """The full parameters of one picture, ready to copy."""
    job, picture = await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    seed = job.request.seed if picture.seed is None else picture.seed
    text = f"{say('Picture {number}, seed {seed}:', number=index + 1, seed=seed)}\n"
    text += block(chunks(as_drawn(job.request, _session.left_as_words(job)), index)["parameters"])
    text += "\n" + say("-# The PNG carries the same text, so other programs can read it too.")
    view = _card.details(say, text, job_id, index)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def favourite(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Put a picture on one's own list of favourites, or take it off."""
    await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    starred = await favourites.turn(services.db, interaction.user.id, job_id, index)
    if starred is None:  # deleted a moment ago
        raise Gone()
    if starred:
        text = say("It's one of your favourites now. Find it again with /history.")
    else:
        text = say("It's no longer one of your favourites. Press the button again to bring it back.")
    await interaction.response.send_message(view=_card.sentence(text), ephemeral=True, allowed_mentions=NO_PINGS)


async def report(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Tell a person what is wrong with a picture."""
    await job_and_picture(services, job_id, index)
    say = await words_for(services, interaction)
    await interaction.response.send_modal(ReportForm(services, say, job_id))


async def share(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Show a private result to the channel; only its owner can."""
    job, _ = await job_and_picture(services, job_id, index)
    if interaction.user.id != job.requester_id:
        raise NotYours()
    await interaction.response.defer(thinking=True)  # uploading four pictures may take more than three seconds
    kept = await _gate.living(services, job)
    result = Result(
        job=job,
        shown=(await _session.describe(services, job)).public(),
        kept=kept,
        seconds=_session.seconds_of(job),
        picked=index,
    )

    async def show(parcel: Parcel) -> discord.InteractionMessage:
        covered = await _gate.show(services, where_pressed(interaction), job, kept)
        view, files = result.card(parcel, covered=covered), attached(parcel.files)
        return await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NO_PINGS)

    parcel, sent = await packed(services, job, kept, interaction.filesize_limit, show)
    await _session.remember_post(services, job, kept, sent.id, sent.channel.id, ephemeral=False, sent=parcel.sha256s)
    await _gate.stays(services, where_pressed(interaction), job, kept, interaction.delete_original_response)


async def delete(services: Services, interaction: discord.Interaction, job_id: int, index: int) -> None:
    """Remove the chosen picture for good, the last one with every message of ours; for its owner or a moderator."""
    job = await _job(services, job_id)
    _must_own(interaction, job)
    await interaction.response.defer()
    if left := await _deleted(services, job, index):
        await show_rest(services, interaction, job, index, left)
        return
    try:
        await interaction.delete_original_response()
    except discord.HTTPException as error:  # pressed twice, or by two people
        log.info("the card was gone already: Discord code %s", error.code)
    await remove_messages(services, job_id, but=interaction.message.id if interaction.message else None)
    log.info("job %s deleted by its %s", job_id, "owner" if interaction.user.id == job.requester_id else "moderator")


async def _deleted(services: Services, job: Job, index: int) -> list[Picture]:
    """What is left of a job's pictures once this one, if it was not yet, is deleted."""
    living = await _gate.living(services, job)
    if all(each.picture_index == index for each in living):
        await pictures.delete_of_job(services.db, job.id)
    for each in living:
        if each.picture_index == index and len(living) > 1:
            await pictures.delete(services.db, each)
    return await _gate.living(services, job)


async def _begin(
    services: Services, interaction: discord.Interaction, job: Job, request: Request, parent: Picture | None
) -> None:
    """A child of a private picture stays private."""
    await _session.begin(services, interaction, request, private=job.private, parent=parent)


async def _open(
    services: Services,
    interaction: discord.Interaction,
    job_id: int,
    index: int,
    form: Callable[[Services, Words, Job, Picture | None], discord.ui.Modal],
) -> None:
    """Open a form about a picture, or about a job that has none."""
    job = await _job(services, job_id)
    picture = (await job_and_picture(services, job_id, index))[1] if job.state is State.DONE else None
    say = await words_for(services, interaction)
    await interaction.response.send_modal(form(services, say, job, picture))


async def _job(services: Services, job_id: int) -> Job:
    job = await jobs.get(services.db, job_id)
    if job is None:
        raise Gone()
    return job


async def _parent_of(services: Services, job: Job) -> Picture | None:
    return await pictures.get(services.db, job.parent_picture_id) if job.parent_picture_id else None


def _must_own(interaction: discord.Interaction, job: Job, *, template: str | None = None) -> None:
    """The requester, or whoever may manage messages here; NotYours with its own sentence or `template`."""
    if interaction.user.id != job.requester_id and not interaction.permissions.manage_messages:
        raise NotYours(template=template)
