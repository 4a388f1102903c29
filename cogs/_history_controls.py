"""What the controls of /history do, after any restart; each looks its job up anew."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, _direct, _session, errors
from cogs._history import SELECT, Leaf, shown
from cogs._place import where_pressed
from cogs._reply import attached
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from inference.errors import Gone
from storage import favourites, jobs, pictures
from storage.history import Show
from storage.jobs import Job

TEMPLATE = r"v1h:(?P<verb>[a-z]+):(?P<job>[0-9a-z]{1,13}):(?P<which>[a-z]+):(?P<page>[0-9]{1,6})"


async def turn(services: Services, interaction: discord.Interaction, leaf: Leaf) -> None:
    """Show another page in the same message."""
    await interaction.response.defer()
    say = await words_for(services, interaction)
    view, files = await shown(services, say, where_pressed(interaction), leaf)
    await interaction.edit_original_response(view=view, attachments=attached(files), allowed_mentions=NO_PINGS)


async def to_page(services: Services, interaction: discord.Interaction, job_id: int, leaf: Leaf) -> None:
    """Turn the page."""
    del job_id
    await turn(services, interaction, leaf)


async def again(services: Services, interaction: discord.Interaction, job_id: int, leaf: Leaf) -> None:
    """The same request once more, seed and all; what was seen elsewhere is shown to its owner alone at first."""
    del leaf
    job = await _within_reach(services, interaction, job_id)
    parent = await pictures.get(services.db, job.parent_picture_id) if job.parent_picture_id else None
    private = interaction.guild_id is not None and (job.private or job.channel_id != interaction.channel_id)
    await _session.begin(services, interaction, job.request, private=private, parent=parent)


async def dm(services: Services, interaction: discord.Interaction, job_id: int, leaf: Leaf) -> None:
    """Send the originals to the person directly."""
    del leaf
    job = await _within_reach(services, interaction, job_id)
    await interaction.response.defer(thinking=True, ephemeral=True)
    say = await words_for(services, interaction)
    link = await _direct.send_originals(services, interaction.user, job)
    told = _card.sentence(say("Sent: {link}", link=link))
    await interaction.edit_original_response(view=told, allowed_mentions=NO_PINGS)


async def star(services: Services, interaction: discord.Interaction, job_id: int, leaf: Leaf) -> None:
    """Put it among one's favourites or take it off, and show the page as it then is."""
    job = await _within_reach(services, interaction, job_id)
    if not await favourites.remove(services.db, interaction.user.id, job.id):
        await favourites.add(services.db, interaction.user.id, job.id)
    await turn(services, interaction, leaf)


VERBS: Mapping[str, Callable[[Services, discord.Interaction, int, Leaf], Awaitable[None]]] = {
    "page": to_page,
    "again": again,
    "dm": dm,
    "star": star,
}


class HistoryButton(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """A button on a page of /history."""

    def __init__(self, button: ui.Button[Any], verb: str, job_id: int, leaf: Leaf) -> None:
        super().__init__(button)
        self.verb, self.job_id, self.leaf = verb, job_id, leaf

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "HistoryButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(
            item, match["verb"], int(match["job"], 36), Leaf(which=Show(match["which"]), page=int(match["page"]))
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says; whatever goes wrong is told by `cogs/errors.py`."""
        try:
            await VERBS[self.verb](interaction.client.services, interaction, self.job_id, self.leaf)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


class HistorySelect(ui.DynamicItem[ui.Select[Any]], template=SELECT):
    """Which of one's pictures to see."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "HistorySelect":
        """There is nothing to read."""
        del interaction, match
        if not isinstance(item, ui.Select):
            raise TypeError("this control is a select")
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the first page of what was chosen."""
        try:
            await turn(interaction.client.services, interaction, Leaf(which=Show(self.item.values[0])))
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def _within_reach(services: Services, interaction: discord.Interaction, job_id: int) -> Job:
    """The job, if it is the person's own or one of their favourites; Gone otherwise."""
    job, person_id = await jobs.get(services.db, job_id), interaction.user.id
    if job is None:
        raise Gone()
    if job.requester_id != person_id and await favourites.picture_index(services.db, person_id, job.id) is None:
        raise Gone()
    return job
