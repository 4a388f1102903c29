"""/terms: what everybody accepts before their first picture, to be read again at any time."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _card, _terms
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from storage import agreements

if TYPE_CHECKING:
    from cogs._client import Genga


class Terms(commands.Cog):
    """Say the terms."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    async def terms(self, interaction: discord.Interaction) -> None:
        """What everybody agrees to before their first picture"""
        say = await words_for(self.services, interaction)
        name = self.services.config.drawing.model
        model = self.services.catalog.find(name)
        texts = _terms.texts_for(model)
        text = _terms.sentences(say, model, texts, self.services.mention_of("privacy", "show"))
        if lacking := await _terms.missing(self.services, interaction.user.id, name):
            view = _card.agreement(say, f"{_terms.head(say, model, lacking)}\n{text}", _terms.custom_id(0))
        else:
            accepted = await agreements.of_person(self.services.db, interaction.user.id)
            since = int(max(accepted.values()))
            others = _terms.of_others(say, self.services.catalog, accepted, model)
            text = "\n".join([text if not others or text.startswith("- ") else f"- {text}", *others])
            view = _card.sentence(f"{text}\n{say('-# You accepted this <t:{since}:R>.', since=since)}")
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Terms(bot.services))
