"""What is tried again for two hours while Discord or the network is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from cogs._obstacles import AWAY
from cogs._services import Services

log = logging.getLogger(__name__)

AWAY_PAUSES_S = (2.0, 10.0, 60.0, *[300.0] * 24)
_T = TypeVar("_T")


async def patiently(services: Services, job_id: int, attempt: Callable[[], Awaitable[_T]]) -> _T:
    """What `attempt` gives, tried again while Discord is away; the last attempt's own error after two hours."""
    for pause_s in AWAY_PAUSES_S:
        try:
            return await attempt()
        except (discord.HTTPException, *AWAY) as error:
            # A 429 that discord.py did not wait out came from in front of Discord, which counts refusals.
            if not isinstance(error, AWAY) and getattr(error, "status", 0) != 429:
                raise
            log.warning("job %s: Discord is away, %s", job_id, type(error).__name__)
            await services.idle(asyncio.sleep(pause_s))
    return await attempt()
