"""A model on its way here: the operator's message shows how far it is; whoever asked for it hears when it is there."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import discord
from discord import ui

from cogs import _card
from cogs._delivery import direct_channel
from cogs._models_controls import look_again
from cogs._obstacles import AWAY
from cogs._services import Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_of
from cogs.errors import sentence_of
from inference.errors import N_, NotFetched
from inference.models.arriving import Arriving
from inference.models.catalog import Offer
from inference.models.choosing import vae_for
from inference.models.downloads import BUSY
from storage import model_requests
from storage.model_requests import State

log = logging.getLogger(__name__)

EVERY_S, GOODBYE_S = 5.0, 2.0
MB = 1e6
UNDER_WAY = N_("**Fetching {title}**: {percent} % of {total} GB, {speed} MB/s")
BEGINNING = N_("**Fetching {title}**: asking where it is…")
CANCELLED = N_("**Cancelled.** {title} is not installed.")
STOPPED = N_("**Not there yet.** I am restarting; what has come of {title} is kept, and Install… goes on from there.")
HERE = N_("**{title} is there.** {imagine} model:{name} draws with it.")
NOT_USABLE = N_("**{title} was fetched, but I can't draw with it.** {models} says why, under Files to look at.")
IT_IS_HERE = N_("{title}, which you asked for, is there: {imagine} model:{name} draws with it.")
FAILED = N_("**{title} was not fetched.** {reason}")
BROKEN = N_("Something went wrong on my side; the log says what.")


def begin(services: Services, say: Words, offer: Offer, message: discord.Message | None) -> None:
    """Fetch it in a task of its own, which `message` tells of; NotFetched while another one is on its way."""
    if services.arriving:
        raise NotFetched(template=BUSY)
    work = set_off(services, offer, installs=True)
    _keep(services, asyncio.create_task(_see_through(services, say, work, message), name="installing"))


def set_off(services: Services, offer: Offer, *, installs: bool = False) -> Arriving:
    """Begin to fetch a model, after those that are on their way already."""
    work = services.arriving[offer.name] = Arriving(offer=offer, installs=installs)
    work.fetching = asyncio.create_task(_in_turn(services, work), name=f"fetching {offer.name}")
    work.fetching.add_done_callback(lambda task: _forget(services, work, task))
    _keep(services, work.fetching)
    return work


def _keep(services: Services, task: asyncio.Task[None]) -> None:
    """A bot that closes ends it, and waits for that."""
    services.at_work.add(task)
    task.add_done_callback(services.at_work.discard)


def _forget(services: Services, work: Arriving, task: asyncio.Task[None]) -> None:
    """It is over, and how it ended is in the log already; another try may have begun."""
    if not task.cancelled():
        task.exception()
    if services.arriving.get(work.offer.name) is work:
        del services.arriving[work.offer.name]


async def _in_turn(services: Services, work: Arriving) -> None:
    """Fetch it when it is next; whatever goes wrong is a NotFetched."""
    name = work.offer.name
    async with services.fetch_turn:
        work.begun = True
        log.info("the model %s is being fetched", name)
        try:
            await _fetch(services, work)
        except NotFetched as error:
            log.warning("the model %s was not fetched: %s", name, error)
            raise
        except Exception as error:
            log.error("a model could not be fetched", exc_info=error)
            raise NotFetched(template=BROKEN) from error
        log.info("the model %s is here", name)
    if not work.installs:  # else they hear of it when the operator has
        _keep(services, asyncio.create_task(_tell_who_asked(services, work.offer), name=f"telling of {name}"))


async def _see_through(services: Services, say: Words, work: Arriving, message: discord.Message | None) -> None:
    """From the first question to the last word."""
    assert work.fetching is not None
    try:
        while not work.fetching.done():
            await _show(message, _under_way(say, work))
            await services.idle(asyncio.wait([work.fetching], timeout=EVERY_S))
        view = await _ended(services, say, work)
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait([work.fetching])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await _show(message, _again(say, say(STOPPED, title=work.offer.title), work.offer))
        raise
    await _show(message, view)


async def _fetch(services: Services, work: Arriving) -> None:
    """The checkpoint, and the VAE it draws best with where that is not here; then both are looked at."""
    downloads = services.downloads
    if downloads is None:
        raise NotFetched
    await downloads.fetch([work.offer], work.report)
    here = work.total
    if vae := vae_for(services.catalog, work.offer):
        try:
            await downloads.fetch([vae], lambda done, total: work.report(here + done, here + total))
        except NotFetched as error:
            log.warning("the VAE %s was not fetched: %s", vae.name, error)
    await look_again(services)


async def _ended(services: Services, say: Words, work: Arriving) -> ui.LayoutView:
    """The last word, when those who waited have heard it."""
    offer = work.offer
    assert work.fetching is not None and services.downloads is not None
    if work.fetching.cancelled():
        if services.arriving.get(offer.name) in (None, work):  # else somebody draws with it, and it goes on
            await services.downloads.discard([offer])
        return _again(say, say(CANCELLED, title=offer.title), offer)
    error = work.fetching.exception()
    if error is not None:
        return _again(say, say(FAILED, title=offer.title, reason=sentence_of(say, error)), offer)
    name = here_as(services, offer)
    if name is None:
        return _card.sentence(say(NOT_USABLE, title=offer.title, models=services.mention_of("models")))
    await _tell_who_asked(services, offer)
    return _card.sentence(say(HERE, **_told(services, offer, name)))


async def _tell_who_asked(services: Services, offer: Offer) -> None:
    """Nobody waits for the operator any more."""
    if name := here_as(services, offer):
        waiting = await model_requests.close(services.db, offer.name, State.INSTALLED)
        await tell_people(services, waiting, IT_IS_HERE, **_told(services, offer, name))


def _told(services: Services, offer: Offer, name: str) -> dict[str, str]:
    return {"title": offer.title, "imagine": services.mention_of("imagine"), "name": quoted(name)}


def here_as(services: Services, offer: Offer) -> str | None:
    """The name under which it draws here, if it does."""
    models = services.catalog.models.items()
    return next((name for name, each in models if each.checkpoint == offer.name and each.is_there), None)


async def tell_people(services: Services, people: Sequence[int], sentence: str, **fields: str) -> None:
    """The sentence in each one's own language, as a direct message."""
    for person_id in people:
        say = await words_of(services, person_id)
        await write_to(services, person_id, _card.sentence(say(sentence, **fields)))


async def write_to(services: Services, person_id: int, view: ui.LayoutView) -> discord.Message | None:
    """A direct message; None where it cannot be sent."""
    try:
        place = await direct_channel(services.client, person_id)
        return await place.send(view=view, allowed_mentions=NO_PINGS)
    except (discord.HTTPException, *AWAY) as error:
        log.info("a direct message about a model could not be sent: %s", error)
        return None


def button(
    label: str, verb: str, name: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[ui.LayoutView]:
    """A control of `_installing.py`."""
    return ui.Button(label=label[:80], style=style, custom_id=f"v1g:{verb}:{name}")


def _under_way(say: Words, work: Arriving) -> ui.LayoutView:
    """How far it is, how fast, and the button that ends it."""
    text = say(BEGINNING, title=work.offer.title)
    if work.total:
        text = say(
            UNDER_WAY, title=work.offer.title, percent=100 * work.done // work.total,
            total=round(work.total / 1e9, 1), speed=round(work.speed / MB, 1),
        )  # fmt: skip
    row = ui.ActionRow[ui.LayoutView](button(say("Cancel"), "cancel", work.offer.name))
    return _card.stacked(text, [row])


def _again(say: Words, text: str, offer: Offer) -> ui.LayoutView:
    return _card.stacked(text, [ui.ActionRow[ui.LayoutView](button(say("Install…"), "see", offer.name))])


async def _show(message: discord.Message | None, view: ui.LayoutView) -> None:
    if message is None:
        return
    try:
        await message.edit(view=view, allowed_mentions=NO_PINGS)
    except (discord.HTTPException, *AWAY) as error:
        log.info("how far a model is could not be shown: %s", error)
