"""Before a job's place in the queue: its model, which the operator lets be fetched when somebody first draws with it.

Nothing of this is in the table: the job stays queued there, and after a restart it comes here again, where the download
goes on with what has come. Everybody's jobs for a model wait for one download; those for other models go on meanwhile.
"""

import asyncio
import logging

from cogs._fetching import here_as, set_off
from cogs._models_controls import look_again
from cogs._progress import Progress
from cogs._services import Services
from inference.errors import N_, Cancelled, NotFetched
from inference.models.arriving import Arriving
from inference.models.catalog import Offer
from storage.job import Job

log = logging.getLogger(__name__)

STOPPED = N_("My operator has stopped fetching {title}. Choose another model, or ask them.")
NOT_USABLE = N_("{title} was fetched, but I can't draw with it. My operator sees why; choose another model until then.")


async def be_here(services: Services, job: Job, progress: Progress) -> None:
    """Return when the job's model can be loaded: at once, or when it has been fetched, which `progress` shows.

    Raises Cancelled, NotFetched with the reason, or BadRequest where this machine's memory cannot hold it.
    """
    model = services.catalog.models.get(job.request.model)
    if model is None or not model.fetched_at_first_use:
        return
    if job.cancel_requested:  # before a restart: nothing need come for it
        raise Cancelled()
    offer = services.catalog.known[model.checkpoint]
    if offer.name in services.arriving or not model.is_there:
        await _fetched(services, job, offer, progress)
    else:  # it was put there by hand since the folders were looked through
        await look_again(services)
    if here_as(services, offer) is None:
        raise NotFetched(template=NOT_USABLE, title=offer.title)
    await services.studio_of(job.request).refuse_too_large(job.request)


async def _fetched(services: Services, job: Job, offer: Offer, progress: Progress) -> None:
    """Wait for the download that is under way, or for a new one."""
    work = services.arriving.get(offer.name)
    if work is None or work.is_stopping:
        work = set_off(services, offer)
    log.info("job %s waits for the model %s", job.id, offer.name)
    progress.arriving = work
    try:
        await _end_of(services, work, job.id)
    finally:
        progress.arriving = None


async def _end_of(services: Services, work: Arriving, job_id: int) -> None:
    """Wait until the model is here; Cancelled if the job is before that, NotFetched if it does not come."""
    assert work.fetching is not None
    with work.wanted_by(job_id) as withdrawn:
        await services.idle(asyncio.wait([work.fetching, withdrawn], return_when=asyncio.FIRST_COMPLETED))
        if withdrawn.done():
            raise Cancelled()
    if work.fetching.cancelled():
        raise NotFetched(template=STOPPED, title=work.offer.title)
    error = work.fetching.exception()
    if isinstance(error, NotFetched):  # one of its own for each who waits: they go different ways
        raise NotFetched(error.detail, template=error.template, **error.fields) from error
    if error is not None:
        raise error
