"""What the controls of /models do, after any restart."""

import asyncio
import re
from typing import Any

import discord
from discord import ui

from cogs import errors
from cogs._member import is_operator
from cogs._models import Place, Shelf, listed, one
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from cogs.owner import FOR_THE_OWNER
from inference.errors import NotYours
from inference.models.catalog import load_catalog
from inference.models.installed import installed

TEMPLATE = r"v1k:(?P<verb>page|turn|again):(?P<shelf>here|more|files):(?P<page>[0-9]{1,4})"
SELECT = r"v1ks:(?P<shelf>here|more|files):(?P<page>[0-9]{1,4})"


class ModelsButton(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """Turns a page, or has the operator's folders looked through again."""

    def __init__(self, button: ui.Button[Any], verb: str, shelf: Shelf, page: int) -> None:
        super().__init__(button)
        self.verb, self.shelf, self.page = verb, shelf, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ModelsButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"], Shelf(match["shelf"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says; whatever goes wrong is told by `cogs/errors.py`."""
        services: Services = interaction.client.services
        try:
            place = await place_of(interaction, self.shelf, self.page)
            await interaction.response.defer()
            if self.verb == "again":
                if not place.operator:
                    raise NotYours(template=FOR_THE_OWNER)
                await look_again(services)
            view = await listed(services, await words_for(services, interaction), place)
            await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


class ModelsSelect(ui.DynamicItem[ui.Select[Any]], template=SELECT):
    """Opens one model."""

    def __init__(self, select: ui.Select[Any], shelf: Shelf, page: int) -> None:
        super().__init__(select)
        self.shelf, self.page = shelf, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ModelsSelect":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Select):
            raise TypeError("this control is a select")
        return cls(item, Shelf(match["shelf"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show everything about it."""
        services: Services = interaction.client.services
        try:
            place = await place_of(interaction, self.shelf, self.page)
            await interaction.response.defer()
            view = await one(services, await words_for(services, interaction), place, self.item.values[0])
            await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def place_of(interaction: discord.Interaction[Any], shelf: Shelf = Shelf.HERE, page: int = 1) -> Place:
    """Where whoever asks is; the files are the operator's, and others see the models instead."""
    operator = await is_operator(interaction)
    if shelf is Shelf.FILES and not operator:
        shelf, page = Shelf.HERE, 1
    return Place(shelf=shelf, page=max(1, page), server_id=interaction.guild_id, operator=operator)


async def look_again(services: Services) -> None:
    """Look through the operator's folders anew, reading whole files where that tells what they are."""
    async with services.looking:  # else one that began earlier could end later, and take away what is new
        found = await asyncio.to_thread(lambda: installed(services.config, load_catalog(), thorough=True))
        services.catalog.take(found)
