"""The way down: nothing new is begun, what is being drawn is finished and shown, if the time allowed is enough."""

import asyncio
import contextlib
import logging

from cogs._services import Services
from storage import jobs
from storage.job import State

log = logging.getLogger(__name__)

IN_HAND = (State.RUNNING, State.READY, State.SENDING)
LOOK_S = 0.1


async def drain(services: Services, hurry: asyncio.Event) -> None:
    """Return when nothing is in hand any more, when the time is over, or at once when `hurry` is set.

    What is still in hand then is put back by the next start, with no fault counted.
    """
    for studio in services.studios:
        studio.begin_nothing_new()
    allowed_s = services.config.queue.drain_s
    if not await _in_hand(services):
        return
    log.info("stopping: the picture in hand is finished first, in %.0f s at most; a second signal stops now", allowed_s)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(allowed_s):
            while not hurry.is_set() and await _in_hand(services):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await hurry.wait()
    left = await _in_hand(services)
    log.info(
        "stopping now; %s", "nothing is left unfinished" if not left else f"{left} unfinished go on at the next start"
    )


async def _in_hand(services: Services) -> int:
    """How many jobs are being drawn or shown."""
    counts = await jobs.counts(services.db)
    return sum(counts[state] for state in IN_HAND)
