"""What a picture without a word is answered with: a question, and buttons that know which picture it was."""

import re
from typing import Any

import discord
from discord import ui

from cogs import _card, errors
from cogs._lookback import custom_ids
from cogs._picture_forms import EditImageForm, UseAsForm
from cogs._services import Services
from cogs._sources import source_of
from cogs._words import Words, words_for
from inference.errors import Gone

TEMPLATE = r"v1c:(?P<verb>edit|use):(?P<channel>[0-9]{1,20}):(?P<message>[0-9]{1,20})"
FORMS = {"edit": EditImageForm, "use": UseAsForm}


def asking(say: Words, message: discord.Message) -> ui.LayoutView:
    """Ask what the picture in `message` should become."""
    where = f"{message.channel.id}:{message.id}"
    edit = ui.Button[ui.LayoutView](label=say("Edit image…"), emoji="✏️", custom_id=f"v1c:edit:{where}")
    use = ui.Button[ui.LayoutView](label=say("Use as…"), emoji="🖼️", custom_id=f"v1c:use:{where}")
    text = say("What should it become? Answer with a few words, or press a button.")
    return _card.stacked(text, [ui.ActionRow(edit, use)])


def is_asking(client: discord.Client, message: discord.Message) -> bool:
    """Whether it is such a question of ours."""
    return client.user is not None and message.author.id == client.user.id and _match(message) is not None


async def asked_about(client: discord.Client, question: discord.Message) -> discord.Message:
    """The message whose picture a question of ours is about; Gone when it was deleted."""
    match = _match(question)
    if match is None:
        raise ValueError("asked about a message that asks nothing")
    return await _fetch(client, match)


def _match(message: discord.Message) -> re.Match[str] | None:
    return next((match for each in custom_ids(message) if (match := re.fullmatch(TEMPLATE, each))), None)


class PictureButton(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """Opens a form about a picture that somebody sent."""

    def __init__(self, button: ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(button)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "PictureButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Look for the picture and open the form."""
        services: Services = interaction.client.services
        try:
            source = await source_of(services, await _fetch(interaction.client, self.match))
            form = FORMS[self.match["verb"]](services, await words_for(services, interaction), source)
            await interaction.response.send_modal(form)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def _fetch(client: discord.Client, match: re.Match[str]) -> discord.Message:
    """The message with the picture; Gone when it was deleted."""
    try:
        return await client.get_partial_messageable(int(match["channel"])).fetch_message(int(match["message"]))
    except (discord.NotFound, discord.Forbidden) as error:
        raise Gone() from error
