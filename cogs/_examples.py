"""Three examples and *Surprise me*, as buttons that draw at once for whoever presses them, after any restart."""

import re
import secrets
from typing import Any

import discord
from discord import ui

from cogs import _card, _session, errors
from cogs._parse import request_from
from cogs._services import Services
from cogs._surprise import read_parts, surprise
from cogs._text import quoted
from cogs._words import Words
from inference.request import MAX_SEED, Wish

SURPRISE = "surprise"


def offered(say: Words, text: str) -> ui.LayoutView:
    """`text`, and below it something to press."""
    lines = [(quoted(prompt), f"v1x:{number}") for number, prompt in enumerate(read_parts().examples)]
    return _card.offers(text, lines, say("Draw this"), (say("Surprise me"), f"v1x:{SURPRISE}"))


class ExampleButton(ui.DynamicItem[ui.Button[Any]], template=r"v1x:(?P<which>[0-9]|surprise)"):
    """Draws an example, or a surprise."""

    def __init__(self, button: ui.Button[Any], which: str) -> None:
        super().__init__(button)
        self.which = which

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ExampleButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("an example is a button")
        return cls(item, match["which"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Draw it as if the person had typed it."""
        services: Services = interaction.client.services
        try:
            wish = Wish(prompt=prompt_of(self.which))
            request = await request_from(services, wish, interaction.user.id, interaction.guild_id)
            await _session.begin(services, interaction, request, private=False)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


def prompt_of(which: str) -> str:
    """The example of this number; a surprise for anything else, an example of an older version for one."""
    examples = read_parts().examples
    if which.isdecimal() and int(which) < len(examples):
        return examples[int(which)]
    return surprise(secrets.randbelow(MAX_SEED))
