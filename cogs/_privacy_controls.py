"""What the buttons of /privacy do, always about the data of whoever presses them."""

import io
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import discord
from discord import ui

from cogs import _card, _privacy, errors
from cogs._export import NO_LORA, Export, Part, Rest
from cogs._packing import REQUEST_BYTES
from cogs._parse import UNKNOWN_CONTROL, ids_in
from cogs._place import where_pressed
from cogs._removal import remove_due
from cogs._report_forms import AppealForm
from cogs._services import Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_for
from inference.errors import N_, BadRequest, Gone
from storage import standing
from storage.standing import Kind

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20  # files for one press
AT_MOST_S = 600.0  # for one press: an answer can be added to for 15 minutes
HERE_IT_IS = N_("Here is all that I keep about you: everything.json says it, and your files lie beside it.")
MORE = N_("There is more. Press the button for the next files.")
ALL = N_("That was all.")
PIECES = N_("What is too large for one file comes in pieces, .001, .002 and so on: join them in that order.")
LEFT_OUT = N_(
    "Pictures left out: {count}. They may not be shown here now. If they were drawn elsewhere, ask again there; "
    "/report reaches a person about the others."
)
LORAS = N_(
    "Too large to be sent here: {names}. everything.json tells what I keep of them; what came from Civitai can be had "
    "there again, and /report reaches a person about the others."
)
NAMED = 5  # LoRAs in a sentence
NOTHING_TO_APPEAL = N_("You may draw here like everybody: there is nothing to look at. /report is for anything else.")


async def export(
    services: Services,
    say: Words,
    interaction: discord.Interaction[Any],
    rest: Rest | None = None,
) -> None:
    """Send everything as files that only this person sees, or the rest of them."""
    rest = rest or Rest()
    await interaction.response.defer(thinking=True, ephemeral=True)
    exported = Export(services, where_pressed(interaction), min(interaction.filesize_limit, REQUEST_BYTES))
    began, last = time.monotonic(), 0
    async with aclosing(exported.parts(rest)) as parts:
        async for part in parts:
            long = part.number >= rest.number + MOST_AT_ONCE or time.monotonic() - began > AT_MOST_S
            if long and part.rest:
                text = "\n".join([*_notes(say, exported), say(MORE)])
                button = _privacy.rest(say, part.rest.before, part.rest.number, part.rest.lora)
                await interaction.followup.send(view=_card.stacked(text, [button]), ephemeral=True, wait=True)
                return
            last = part.number
            await _hand_over(say, interaction, exported, part, first=part.number == rest.number)
    told = [*_notes(say, exported), *([say(ALL)] if last != 1 else [])]
    if told:
        await interaction.followup.send("\n".join(told), ephemeral=True, wait=True)


def _notes(say: Words, exported: Export) -> list[str]:
    """What has to be known about the files that came."""
    left_out = [say(LEFT_OUT, count=exported.withheld)] if exported.withheld else []
    names = ", ".join(quoted(each) for each in exported.too_large[:NAMED])
    names += ", …" if len(exported.too_large) > NAMED else ""
    return [*left_out, *([say(PIECES)] if exported.cut else []), *([say(LORAS, names=names)] if names else [])]


async def _hand_over(
    say: Words, interaction: discord.Interaction[Any], exported: Export, part: Part, *, first: bool
) -> None:
    """Send one file; it is taken back if a picture in it may not be shown here any more."""
    file = discord.File(io.BytesIO(part.content), part.name)
    if first:
        text = say(HERE_IT_IS) if part.number == 1 else None
        sent = await interaction.edit_original_response(content=text, attachments=[file], allowed_mentions=NO_PINGS)
    else:
        sent = await interaction.followup.send(file=file, ephemeral=True, wait=True)
    if not all([await exported.may_be_had(each) for each in part.pictures]):
        await sent.delete()
        exported.withheld += len(part.pictures)


async def delete(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Ask whether they are sure."""
    view = _privacy.question(services, say)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def _really(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Delete everything, and say so."""
    await interaction.response.defer()
    with services.seeing_through():
        await _privacy.erase(services, interaction.user.id)
        log.info("somebody had their data deleted")
        view = _card.sentence(f"{say(_privacy.DELETED)}\n{_privacy.copies(services, say)}")
        await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        await remove_due(services)


async def _keep(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Nothing is deleted."""
    del services
    view = _card.sentence(say("Nothing was deleted."))
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def _appeal(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Let them say what a person should know."""
    found = await standing.standing(services.db, interaction.user.id, interaction.guild_id)
    if found.kind is Kind.GOOD:
        raise BadRequest(template=NOTHING_TO_APPEAL)
    server_id = _privacy.server_of_appeal(found, interaction.guild_id)
    await interaction.response.send_modal(AppealForm(services, say, server_id))


Verb = Callable[[Services, Words, discord.Interaction[Any]], Awaitable[None]]
VERBS: Mapping[str, Verb] = {
    "export": export,
    "delete": delete,
    "really": _really,
    "keep": _keep,
    "appeal": _appeal,
}


IN_PLACE = {"really", "keep"}  # these change the message they stand on


def _is_private(interaction: discord.Interaction[Any]) -> bool:
    return interaction.guild_id is None or bool(interaction.message and interaction.message.flags.ephemeral)


TEMPLATE = r"v1p:(?P<verb>[a-z]+)(:(?P<before>[0-9]{1,19}):(?P<number>[0-9]{1,6})(:(?P<lora>[0-9]{1,19}))?)?"


class PrivacyButton(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """A button of /privacy; one that sends what follows carries where to go on."""

    def __init__(self, button: ui.Button[Any], verb: str, ids: tuple[str, ...], number: str | None) -> None:
        super().__init__(button)
        self.verb, self.ids, self.number = verb, ids, number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "PrivacyButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        ids = (match["before"], match["lora"] or str(NO_LORA)) if match["before"] else ()
        return cls(item, match["verb"], ids, match["number"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it says for whoever pressed."""
        services: Services = interaction.client.services
        try:
            say = await words_for(services, interaction)
            if self.verb == "rest" and self.ids and self.number:
                before, lora = ids_in(self.ids)
                rest = Rest(number=max(2, int(self.number)), lora=lora, before=before)
                await export(services, say, interaction, rest)
            elif self.verb in VERBS and not self.ids and (self.verb not in IN_PLACE or _is_private(interaction)):
                await VERBS[self.verb](services, say, interaction)
            else:
                raise Gone(template=UNKNOWN_CONTROL)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)
