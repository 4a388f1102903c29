"""What the buttons of /privacy do, always about the data of whoever presses them."""

import io
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, _privacy, errors
from cogs._report_forms import AppealForm
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words, words_for
from inference.errors import N_
from storage import standing

log = logging.getLogger(__name__)

HERE_IT_IS = N_("Here is all that I keep about you: everything.json says it, and your pictures lie beside it.")
NOT_ALL = N_("That were the newest; there is more than fits. Find the rest with /history.")


async def export(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Send everything as files that only this person sees."""
    await interaction.response.defer(thinking=True, ephemeral=True)
    count = 0
    async for name, content in _privacy.parts(services, interaction.user.id, interaction.filesize_limit):
        count += 1
        file = discord.File(io.BytesIO(content), name)
        if count == 1:
            await interaction.edit_original_response(
                content=say(HERE_IT_IS), attachments=[file], allowed_mentions=NO_PINGS
            )
        else:
            await interaction.followup.send(file=file, ephemeral=True, wait=True)
    if count >= _privacy.MOST_PARTS:
        await interaction.followup.send(say(NOT_ALL), ephemeral=True, wait=True)


async def delete(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Ask whether they are sure."""
    view = _privacy.question(services, say)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def _really(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Delete everything, and say so."""
    await interaction.response.defer()
    with services.seeing_through():
        posts = await _privacy.erase(services, interaction.user.id)
        log.info("somebody had their data deleted; messages to remove: %s", len(posts))
        view = _card.sentence(f"{say(_privacy.DELETED)}\n{_privacy.copies(services, say)}")
        await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        await _privacy.remove_posts(services, posts)


async def _keep(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Nothing is deleted."""
    del services
    view = _card.sentence(say("Nothing was deleted."))
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def _appeal(services: Services, say: Words, interaction: discord.Interaction[Any]) -> None:
    """Let them say what a person should know."""
    found = await standing.standing(services.db, interaction.user.id, interaction.guild_id)
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


class PrivacyButton(ui.DynamicItem[ui.Button[Any]], template=r"v1p:(?P<verb>export|delete|really|keep|appeal)"):
    """A button of /privacy."""

    def __init__(self, button: ui.Button[Any], verb: str) -> None:
        super().__init__(button)
        self.verb = verb

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "PrivacyButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it says for whoever pressed."""
        services: Services = interaction.client.services
        try:
            say = await words_for(services, interaction)
            await VERBS[self.verb](services, say, interaction)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)
