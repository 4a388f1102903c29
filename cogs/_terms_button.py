"""Accept: what the person asked for before is begun as if they had asked for it now."""

import contextlib
import re
from typing import Any

import discord
from discord import ui

from cogs import _card, _session, _terms, errors
from cogs._obstacles import AWAY
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from inference.errors import N_, NotYours
from storage import agreements, pictures, posts

FOR_SOMEBODY_ELSE = N_("That question is for somebody else. Yours comes with your first picture, or with /terms.")
NOTHING_WAITS = N_("Thank you! Now tell me what to draw, with {imagine}.")


class AcceptButton(ui.DynamicItem[ui.Button[Any]], template=r"v1t:accept:(?P<number>[0-9a-z]{1,12})"):
    """Below the terms."""

    def __init__(self, button: ui.Button[Any], number: int) -> None:
        super().__init__(button)
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "AcceptButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, int(match["number"], 36))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Write down that they accepted, and draw what waits for it."""
        services: Services = interaction.client.services
        try:
            await _accept(services, interaction, self.number)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def _accept(services: Services, interaction: discord.Interaction, number: int) -> None:
    person_id = interaction.user.id
    owner = await agreements.whose(services.db, number)
    if owner not in {None, person_id} or (owner is None and number and not _is_private(interaction)):
        raise NotYours(template=FOR_SOMEBODY_ELSE)
    asked = await agreements.take(services.db, person_id, number)
    model = asked.request.model if asked else services.config.drawing.model
    await agreements.accept(services.db, person_id, await _terms.missing(services, person_id, model))
    if asked is None:
        say = await words_for(services, interaction)
        text = say(NOTHING_WAITS, imagine=services.mention_of("imagine"))
        if number or not _is_private(interaction):  # a question that was answered before, or none that we asked
            await errors.tell(interaction, text)
        else:
            await interaction.response.edit_message(view=_card.sentence(text), allowed_mentions=NO_PINGS)
        return
    await _clear_away(services, interaction, number)
    parent_id = asked.parent_picture_id
    parent = await pictures.get(services.db, parent_id) if parent_id is not None else None
    note = {name: fact for name, fact in asked.context.items() if isinstance(fact, str | int)}
    await _session.begin(services, interaction, asked.request, private=asked.private, parent=parent, note=note)


def _is_private(interaction: discord.Interaction) -> bool:
    """Whether nobody but the person sees the message the button is on."""
    return interaction.guild_id is None or bool(interaction.message and interaction.message.flags.ephemeral)


async def _clear_away(services: Services, interaction: discord.Interaction, number: int) -> None:
    """The question has its answer: its message goes, as far as Discord lets us."""
    before = services.asking.take(number)
    with contextlib.suppress(discord.HTTPException, *AWAY):
        if before is not None:
            await before.delete_original_response()
        elif (message := interaction.message) and not message.flags.ephemeral:
            if not await posts.by_message(services.db, message.id):  # a card is no question
                await message.delete()
