"""How a job without a picture ends: one sentence, in its message or directly, also when the bot dies in between."""

import logging

import discord
from discord import ui

from cogs import _card
from cogs._delivery import say_directly
from cogs._lookback import Unsure
from cogs._obstacles import AWAY, Unreachable, obstacle_of
from cogs._patience import patiently
from cogs._ping import call_owner, wants_call
from cogs._reply import Reply
from cogs._services import Services
from cogs._text import number36
from cogs._words import Words
from inference import errors
from inference.errors import Cancelled, Gone, Refused, ServiceError, Withheld
from storage import endings
from storage.job import Delivered, Job, Obstacle, State

log = logging.getLogger(__name__)


async def show_ending(services: Services, job: Job, reply: Reply, shown: _card.Shown) -> None:
    """Say how `job`, which has ended without a picture, ended; afterwards it is written down whether that was seen."""
    view = ending_card(job, shown)
    try:
        await patiently(services, job.id, lambda: reply.edit(view, {}))
        delivered, obstacle = Delivered.MESSAGE, None
    except (Unreachable, discord.HTTPException, *AWAY) as error:
        delivered, obstacle = Delivered.NOWHERE, _obstacle(error)
        # Whoever cancelled knows it already, and so does whoever is there to be told.
        if job.state is not State.CANCELLED and obstacle is not Obstacle.AWAY and (job.guild_id or reply.private):
            delivered, obstacle = await _say_directly(services, job, view, obstacle)
    if delivered is not Delivered.MESSAGE:
        log.warning("job %s: its ending went %s: %s", job.id, delivered, obstacle)
    ping = await wants_call(services, job, reply, delivered)
    await endings.shown(services.db, job.id, delivered, obstacle, ping=ping)
    if ping:
        await call_owner(services, job)


async def say_unseen(services: Services, job: Job, shown: _card.Shown) -> None:
    """Say how `job` ended where nobody knows of a message of its own: directly."""
    delivered, obstacle = await _say_directly(services, job, ending_card(job, shown), Obstacle.UNSURE)
    await endings.shown(services.db, job.id, delivered, obstacle)


async def _say_directly(
    services: Services, job: Job, view: ui.LayoutView, before: Obstacle
) -> tuple[Delivered, Obstacle]:
    try:
        await say_directly(services, job, view)
    except (Unsure, discord.HTTPException, *AWAY) as error:
        return Delivered.NOWHERE, _obstacle(error)
    return Delivered.DM, before


def _obstacle(error: BaseException) -> Obstacle:
    match error:
        case Unreachable():
            return error.obstacle
        case Unsure():
            return Obstacle.UNSURE
        case discord.HTTPException() if not isinstance(error, AWAY):
            return obstacle_of(error) or Obstacle.REFUSED
        case _:
            return Obstacle.AWAY


def ending_card(job: Job, shown: _card.Shown) -> ui.LayoutView:
    """The sentence a job ended with, as its row has it, and a way on."""
    say = Words(job.locale)
    if job.error_sentence is None:
        return _card.failed(say, shown, say(Cancelled.sentence), retry=True)
    kind = getattr(errors, job.error_kind or "", errors.GengaError)
    text = say(job.error_sentence, **job.error_fields)
    if issubclass(kind, ServiceError):
        text = say("{sentence} (job #{job})", sentence=text, job=number36(job.id))
    # What was withheld may come out otherwise with another seed; what was refused for its words will not.
    way_on = issubclass(kind, Withheld) or not issubclass(kind, Refused | Gone)
    return _card.failed(say, shown, text, retry=way_on)
