"""Models that people ask for, and the operator's way to install them: a message with buttons that work at any time.

Every control carries its verb and the catalogue's name: `v1g:<verb>:<name>`.
"""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, errors
from cogs._fetching import begin, button, tell_people, write_to
from cogs._member import is_operator
from cogs._models import of_offer, told_by_hand
from cogs._reports import operators
from cogs._services import Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_for, words_of
from inference.errors import N_, BadRequest, NotFetched, NotInstalled, NotYours
from inference.models.catalog import Offer
from inference.models.choosing import by_hand
from inference.models.downloads import BUSY
from storage import model_requests
from storage.model_requests import State

GB = 1e9
FOR_THE_OPERATOR = N_("Only the person who runs me can install models.")
GONE = N_("There is nothing to install here any more: the model is there, or I may not use it.")
ASKED = N_("I have asked my operator for {title}, and tell you in a direct message when it is there.")
ASKED_ALREADY = N_("My operator knows that {title} is wanted. I tell you in a direct message when it is there.")
UNHEARD = N_("Your wish for {title} is noted, but I can't reach my operator just now. Please ask them yourself too.")
SOMEBODY_ASKS = N_("**Somebody asks for {title}** ({name}). {about}")
TO_INSTALL = N_("**Install {title}** ({name})? {about}")
DRAWS_ON = N_("**Here** {device}")
ON_CPU = N_("no graphics card that I can draw on: with anything but my own small model a picture takes very long")
COMING = N_("{title} is on its way already.")
FREE = N_("**Free disk** {free} GB in my folder of models")
DECLINED = N_("**Not now.** {title} is not installed.")
NOT_NOW = N_("My operator doesn't install {title} for now.")
IN_MESSAGES = N_("I begin to fetch {title}, and show you how far it is in our direct messages.")
NO_MESSAGES = N_("I begin to fetch {title}. I can't write to you directly, so look at {models} in a while.")


async def proposal(services: Services, say: Words, offer: Offer, *, asked: bool = False) -> ui.LayoutView:
    """What the operator has to know, and the buttons to decide with."""
    free, hello = await free_bytes(services), services.gpu.hello
    head = SOMEBODY_ASKS if asked else TO_INSTALL
    lines = [say(head, title=offer.title, name=quoted(offer.name), about=say(offer.about)), *of_offer(say, offer)]
    if hello is not None:
        here = say(ON_CPU) if hello.on_cpu else f"{hello.device}, {round(hello.memory_bytes / GB, 1)} GB"
        lines.append(say(DRAWS_ON, device=here))
    lines.append(say(FREE, free=round(free / GB, 1)))
    if offer.note:
        lines.append(f"-# {offer.note}")
    buttons: list[ui.Button[ui.LayoutView]] = []
    if alone := told_by_hand(services, say, offer):
        lines.append(alone)
    else:
        buttons.append(button(say("Install"), "install", offer.name, discord.ButtonStyle.primary))
    if asked:
        buttons.append(button(say("Not now"), "later", offer.name))
    rows = [ui.ActionRow[ui.LayoutView](*buttons)] if buttons else []
    return _card.stacked("\n".join(lines)[:3900], rows)


async def free_bytes(services: Services) -> int:
    """What the disk of the models' folder has left."""
    folder = services.config.storage.folder
    own = services.config.models_folder
    return await asyncio.to_thread(lambda: shutil.disk_usage(own if own.exists() else folder).free)


async def _ask(services: Services, interaction: discord.Interaction[Any], offer: Offer) -> None:
    """Somebody wants it: noted, and the operator hears of it once."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    say = await words_for(services, interaction)
    sentence = ASKED_ALREADY
    if await model_requests.ask(services.db, offer.name, interaction.user.id):
        sentence = ASKED if await _tell_operators(services, offer) else UNHEARD
    await interaction.edit_original_response(
        view=_card.sentence(say(sentence, title=offer.title)), allowed_mentions=NO_PINGS
    )


async def _tell_operators(services: Services, offer: Offer) -> bool:
    """Whether anybody who runs the bot could be told."""
    told = False
    for person_id in await operators(services):
        view = await proposal(services, await words_of(services, person_id), offer, asked=True)
        told = await write_to(services, person_id, view) is not None or told
    return told


async def _see(services: Services, interaction: discord.Interaction[Any], offer: Offer) -> None:
    """What installing takes, for the operator alone."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    view = await proposal(services, await words_for(services, interaction), offer)
    await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)


async def _install(services: Services, interaction: discord.Interaction[Any], offer: Offer) -> None:
    """Begin to fetch; the direct message in which it was pressed shows how far it is, or a new one."""
    if services.arriving:
        raise NotFetched(template=COMING if offer.name in services.arriving else BUSY, title=offer.title)
    await interaction.response.defer()
    say = await words_for(services, interaction)
    message = interaction.message
    if message is None or message.flags.ephemeral:
        text = say(IN_MESSAGES, title=offer.title)
        message = await write_to(services, interaction.user.id, _card.sentence(text))
        if message is None:
            text = say(NO_MESSAGES, title=offer.title, models=services.mention_of("models"))
        begin(services, say, offer, message)
        await interaction.edit_original_response(view=_card.sentence(text), allowed_mentions=NO_PINGS)
        return
    begin(services, say, offer, message)


async def _later(services: Services, interaction: discord.Interaction[Any], offer: Offer) -> None:
    """The operator says no, and whoever asked hears of it."""
    await interaction.response.defer()
    say = await words_for(services, interaction)
    waiting = await model_requests.close(services.db, offer.name, State.DECLINED)
    view = _card.stacked(
        say(DECLINED, title=offer.title),
        [ui.ActionRow[ui.LayoutView](button(say("Install…"), "see", offer.name))],
    )
    await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
    await tell_people(services, waiting, NOT_NOW, title=offer.title)


async def _cancel(services: Services, interaction: discord.Interaction[Any], offer: Offer) -> None:
    """Stop fetching; after a restart there is nothing to stop, and the proposal stands there again."""
    await interaction.response.defer()
    work = services.arriving.get(offer.name)
    if work is not None:
        work.cancel()
        if work.installs:  # its message has the last word
            return
    say = await words_for(services, interaction)
    view = await proposal(services, say, offer)
    await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)


Verb = Callable[[Services, discord.Interaction[Any], Offer], Awaitable[None]]
VERBS: Mapping[str, Verb] = {"ask": _ask, "see": _see, "install": _install, "later": _later, "cancel": _cancel}


class InstallButton(
    ui.DynamicItem[ui.Button[Any]], template=r"v1g:(?P<verb>ask|see|install|later|cancel):(?P<name>[a-z0-9._-]{1,80})"
):
    """Asks for a model, or decides about it."""

    def __init__(self, button: ui.Button[Any], verb: str, name: str) -> None:
        super().__init__(button)
        self.verb, self.name = verb, name

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "InstallButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"], match["name"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says; only asking is for everybody."""
        services: Services = interaction.client.services
        try:
            if self.verb != "ask" and not await is_operator(interaction):
                raise NotYours(template=FOR_THE_OPERATOR)
            offer = services.catalog.offers.get(self.name)
            if offer is None or not offer.draws:
                raise BadRequest(template=GONE)
            if self.verb in {"ask", "install"} and by_hand(services.config.models.hub, offer):
                raise NotInstalled(name=offer.name, title=offer.title, template=NotInstalled.by_hand)
            await VERBS[self.verb](services, interaction, offer)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)
