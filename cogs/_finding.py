"""Find a model by a part of its name: the form that asks for it, and its button on /models."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from cogs import errors
from cogs._modals import Form, Typed, text_field
from cogs._model_names import MAX_TYPED_CHARS
from cogs._models import FIND, Shelf, listed
from cogs._models_controls import place_of
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words, words_for

Show = Callable[[discord.Interaction, str], Awaitable[None]]


class FindForm(Form):
    """A part of a model's name; `show` does the rest with it."""

    def __init__(self, services: Services, say: Words, show: Show, typed: Typed | None = None) -> None:
        super().__init__(services, say, say("Find a model"), lambda typed: FindForm(services, say, show, typed))
        self.show = show
        field = text_field("name", typed["name"] if typed else "", required=True, limit=MAX_TYPED_CHARS)
        self.add("name", say("A part of its name"), field)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Show those called like that."""
        await self.show(interaction, self.typed()["name"].strip())


class FindButton(ui.DynamicItem[ui.Button[Any]], template=rf"{FIND}:(?P<shelf>here|more)"):
    """Asks for a part of the name of a model on this shelf of /models."""

    def __init__(self, button: ui.Button[Any], shelf: Shelf) -> None:
        super().__init__(button)
        self.shelf = shelf

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "FindButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, Shelf(match["shelf"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form."""
        services: Services = interaction.client.services
        try:
            say = await words_for(services, interaction)

            async def show(interaction: discord.Interaction, typed: str) -> None:
                view = await listed(services, say, await place_of(interaction, self.shelf), typed)
                await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)

            await interaction.response.send_modal(FindForm(services, say, show))
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)
