"""What somebody waits for, as the message of /queue: shown at first, and again after each Cancel in it."""

from discord import ui

from cogs import _card
from cogs._services import Services
from cogs._text import closed_up, number36, quoted
from cogs._words import Words
from storage import jobs
from storage.jobs import Job, State

MOST_SHOWN = 10  # three components each, of the forty a message may have
IN_THE_LIST = 1  # the index that a Cancel button carries here; on a job's own message it is 0


async def shown(services: Services, say: Words, person_id: int) -> ui.LayoutView:
    """The person's open jobs, each with a Cancel button; without those that are being cancelled."""
    every = await jobs.open_of(services.db, person_id)
    mine = [job for job in every if not job.cancel_requested]
    if not mine:
        return _card.sentence(say("You are not waiting for any picture. Start one with /imagine."))
    total = sum((await jobs.counts(services.db)).values()) - (len(every) - len(mine))
    head = say("**{mine} of yours** among {total} in the queue", mine=len(mine), total=max(total, len(mine)))
    sections = [(_line(services, say, job), _card.control("cancel", job.id, IN_THE_LIST)) for job in mine[:MOST_SHOWN]]
    return _card.listing(head, sections, say("Cancel"))


def _line(services: Services, say: Words, job: Job) -> str:
    number, prompt = number36(job.id), quoted(closed_up(job.request.prompt), 100)
    studio = services.studio_of(job.request)
    if studio.drawing == job.id:
        return say("#{number} · being drawn · {prompt}", number=number, prompt=prompt)
    if job.state not in {State.ACCEPTING, State.QUEUED}:  # while it is looked at and shown, the next one is drawn
        return say("#{number} · drawn, on its way to you · {prompt}", number=number, prompt=prompt)
    model = services.catalog.models.get(job.request.model)
    if model is not None and model.fetched_at_first_use:
        state = _card.arriving(say, model.title, services.arriving.get(model.checkpoint))
        return f"#{number} · {state} · {prompt}"
    place, when = max(1, studio.place(job.id)), _card.moment(say, studio.starts_in_s(job.id))
    return say(
        "#{number} · place {place}, starts {when} · {prompt}", number=number, place=place, when=when, prompt=prompt
    )
