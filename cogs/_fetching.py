"""A model on its way here: the operator's message shows how far it is; whoever asked for it hears when it is there."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

import discord
from discord import ui

from cogs import _card
from cogs._delivery import direct_channel
from cogs._models_controls import look_again
from cogs._obstacles import AWAY
from cogs._services import Installing, Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_of
from cogs.errors import sentence_of
from inference.errors import N_, NotFetched
from inference.models.catalog import Offer
from inference.models.choosing import vae_for
from inference.models.downloads import BUSY, Downloads
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
NOT_USABLE = N_("**{title} was fetched, but I can't draw with it.** {models} says why, under unused files.")
IT_IS_HERE = N_("{title}, which you asked for, is there: {imagine} model:{name} draws with it.")
FAILED = N_("**{title} was not fetched.** {reason}")
BROKEN = N_("Something went wrong on my side; the log says what.")


def begin(services: Services, say: Words, offer: Offer, message: discord.Message | None) -> None:
    """Fetch it in a task of its own, which `message` tells of; NotFetched while another one is on its way."""
    if services.installing is not None or services.downloads is None:
        raise NotFetched(template=BUSY)
    work = services.installing = Installing(offer=offer)
    task = asyncio.create_task(_see_through(services, services.downloads, say, work, message), name="installing")
    services.at_work.add(task)
    task.add_done_callback(services.at_work.discard)


async def _see_through(
    services: Services, downloads: Downloads, say: Words, work: Installing, message: discord.Message | None
) -> None:
    """From the first question to the last word."""
    work.fetching = asyncio.create_task(_fetch(services, downloads, work), name="fetching")
    try:
        begun = (time.monotonic(), 0)
        while not work.fetching.done():
            begun = begun if begun[1] or not work.done else (time.monotonic(), work.done)
            await _show(message, _under_way(say, work, begun))
            await services.idle(asyncio.wait([work.fetching], timeout=EVERY_S))
        view = await _ended(services, downloads, say, work)
    except asyncio.CancelledError:
        work.fetching.cancel()
        await asyncio.wait([work.fetching])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await _show(message, _again(say, say(STOPPED, title=work.offer.title), work.offer))
        raise
    finally:
        services.installing = None
    await _show(message, view)


async def _fetch(services: Services, downloads: Downloads, work: Installing) -> None:
    """The checkpoint, and the VAE it draws best with where that is not here; then both are looked at."""
    await downloads.fetch([work.offer], work.report)
    if vae := vae_for(services.catalog, work.offer):
        try:
            await downloads.fetch([vae], work.report)
        except NotFetched as error:
            log.warning("the VAE %s was not fetched: %s", vae.name, error)
    await look_again(services)


async def _ended(services: Services, downloads: Downloads, say: Words, work: Installing) -> ui.LayoutView:
    """The last word, when those who waited have heard it."""
    offer = work.offer
    assert work.fetching is not None
    if work.fetching.cancelled():
        await downloads.discard([offer])
        return _again(say, say(CANCELLED, title=offer.title), offer)
    error = work.fetching.exception()
    if error is not None:
        if not isinstance(error, NotFetched):
            log.error("a model could not be fetched", exc_info=error)
        reason = sentence_of(say, error) if isinstance(error, NotFetched) else say(BROKEN)
        return _again(say, say(FAILED, title=offer.title, reason=reason), offer)
    name = next((name for name, each in services.catalog.models.items() if each.checkpoint == offer.name), None)
    if name is None:
        return _card.sentence(say(NOT_USABLE, title=offer.title, models=services.mention_of("models")))
    waiting = await model_requests.close(services.db, offer.name, State.INSTALLED)
    told = {"title": offer.title, "imagine": services.mention_of("imagine"), "name": quoted(name)}
    await tell_people(services, waiting, IT_IS_HERE, **told)
    return _card.sentence(say(HERE, **told))


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


def _under_way(say: Words, work: Installing, begun: tuple[float, int]) -> ui.LayoutView:
    """How far it is, how fast, and the button that ends it; `begun` is when how many bytes were there already."""
    text = say(BEGINNING, title=work.offer.title)
    if work.total:
        speed = (work.done - begun[1]) / MB / max(time.monotonic() - begun[0], 1.0)
        text = say(
            UNDER_WAY, title=work.offer.title, percent=100 * work.done // work.total,
            total=round(work.total / 1e9, 1), speed=round(speed, 1),
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
