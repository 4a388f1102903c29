"""The menu of a message (Apps → …): it works on anyone's picture and needs no permission to read messages."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from cogs import _foreign, _gate, _verbs
from cogs._picture_forms import EditImageForm, UseAsForm
from cogs._place import where_pressed
from cogs._report_forms import ReportForm
from cogs._services import Services
from cogs._sources import source_of
from cogs._words import words_for
from inference.errors import N_, BadImage

if TYPE_CHECKING:
    from cogs._client import Genga

Answer = Callable[[Services, discord.Interaction, discord.Message], Coroutine[Any, Any, None]]
Callback = Callable[[discord.Interaction, discord.Message], Coroutine[Any, Any, None]]

NOT_OURS = N_("I did not draw that picture, so I know nothing about it. Choose one of mine.")


async def edit_image(services: Services, interaction: discord.Interaction, message: discord.Message) -> None:
    """Change a picture by saying what it should show."""
    source = await source_of(services, message)
    say = await words_for(services, interaction)
    await interaction.response.send_modal(EditImageForm(services, say, source))


async def use_as(services: Services, interaction: discord.Interaction, message: discord.Message) -> None:
    """Draw something new from a picture."""
    source = await source_of(services, message)
    say = await words_for(services, interaction)
    await interaction.response.send_modal(UseAsForm(services, say, source))


async def info(services: Services, interaction: discord.Interaction, message: discord.Message) -> None:
    """Every parameter of a picture drawn here; of any other what its file says."""
    source = await source_of(services, message)
    if source.job is None or source.picture is None:
        await _foreign.tell(services, interaction, source)
        return
    await _gate.press(services, where_pressed(interaction), source.job.id)
    await _verbs.info(services, interaction, source.job.id, source.picture.picture_index)


async def report(services: Services, interaction: discord.Interaction, message: discord.Message) -> None:
    """Tell the operator about a picture drawn here."""
    source = await source_of(services, message)
    if source.job is None:
        raise BadImage(template=NOT_OURS)
    say = await words_for(services, interaction)
    await interaction.response.send_modal(ReportForm(services, say, source.job.id))


MENUS = {N_("Edit image…"): edit_image, N_("Use as…"): use_as, N_("Info"): info, N_("Report"): report}


async def setup(bot: "Genga") -> None:
    """Add the menus."""
    for name, answer in MENUS.items():
        bot.tree.add_command(app_commands.ContextMenu(name=name, callback=_with(bot.services, answer)))


def _with(services: Services, answer: Answer) -> Callback:
    """discord.py reads the parameters' annotations, so the services come in by closure."""

    async def callback(interaction: discord.Interaction, message: discord.Message) -> None:
        await answer(services, interaction, message)

    return callback
