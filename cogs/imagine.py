"""/imagine: from a few words to a picture."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _lora_words, _loras, _session
from cogs._adopting import understood
from cogs._lora_names import names_for
from cogs._modals import ASPECTS
from cogs._model_names import in_order
from cogs._models import barred_in, models_here
from cogs._parse import model_for, request_from
from cogs._rules import brings_files
from cogs._services import Services
from cogs._sources import Source, draw_from
from cogs._text import shortened
from cogs._words import words_for
from inference.errors import N_, BadRequest, GengaError
from inference.models.choosing import by_hand
from inference.prompts.styles import styles
from inference.request import MAX_COUNT, MAX_SEED, NEW_SEED, Aspect, Syntax, Wish
from storage.loras import Kind

if TYPE_CHECKING:
    from cogs._client import Genga

MAX_CHOICES = 25
SYNTAXES = {
    Syntax.A1111: N_("A1111: (more), [less], (word:1.2)"),
    Syntax.NOVELAI: N_("NovelAI: curly brackets, 1.2::word::"),
    Syntax.PLAIN: N_("None: words as they stand"),
}
START, LOOK = "start", "look"
USES = {START: N_("To start from it"), LOOK: N_("For its look alone (NovelAI's own models)")}
NO_LOOK = N_("I see no picture whose look you mean. Attach one as image.")


class Imagine(commands.Cog):
    """Draw a picture."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command()
    @app_commands.choices(
        style=[app_commands.Choice(name=style.about, value=name) for name, style in styles().items()],
        aspect=[app_commands.Choice(name=name, value=aspect.value) for aspect, name in ASPECTS.items()],
        syntax=[app_commands.Choice(name=name, value=syntax.value) for syntax, name in SYNTAXES.items()],
        image_as=[app_commands.Choice(name=name, value=use) for use, name in USES.items()],
    )
    @app_commands.describe(
        prompt="What to draw, e.g. 1girl, blue hair, red eyes, smile, night, city",
        negative="What to avoid",
        model="The model that draws; empty = the usual one",
        lora="LoRAs with their weights, e.g. flat colours:0.8, other:0.5",
        style="A look, with its own tags and what goes against it",
        image="A picture to start from",
        image_as="What the picture is for; empty = to start from it",
        aspect="The picture's shape",
        count="How many pictures",
        seed="The same seed draws the same picture again; -1 or empty = a new one",
        syntax="How brackets are read; empty = as A1111 does",
        private="Only you see it; you can share it afterwards",
    )
    async def imagine(
        self,
        interaction: discord.Interaction,
        prompt: str,
        negative: str | None = None,
        model: str | None = None,
        lora: str | None = None,
        style: app_commands.Choice[str] | None = None,
        image: discord.Attachment | None = None,
        image_as: app_commands.Choice[str] | None = None,
        aspect: app_commands.Choice[str] | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        seed: app_commands.Range[int, NEW_SEED, MAX_SEED] | None = None,
        syntax: app_commands.Choice[str] | None = None,
        private: bool = False,
    ) -> None:
        """Draw an anime picture from words"""
        private = private and interaction.guild_id is not None  # a DM is private already
        shape = Aspect(aspect.value) if aspect else None
        loras = _lora_words.read(lora) if lora is not None else None
        wish = Wish(
            prompt=prompt, negative=negative, model=model, loras=loras, style=style.value if style else None,
            look=(image_as is not None and image_as.value == LOOK) or None, aspect=shape, count=count, seed=seed,
            syntax=Syntax(syntax.value) if syntax else None,
        )  # fmt: skip
        person_id, server_id = interaction.user.id, interaction.guild_id
        wish, note = await understood(self.services, wish, person_id, server_id)
        if image is not None:
            await draw_from(self.services, interaction, Source(attachment=image), wish, private=private, note=note)
            return
        if wish.look:
            raise BadRequest(template=NO_LOOK)
        request = await request_from(self.services, wish, person_id, server_id)
        await _session.begin(self.services, interaction, request, private=private, note=note)

    @imagine.autocomplete("model")
    async def complete_model(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Checkpoints whose name or title holds what was typed, those last that can only be asked for."""
        catalog, typed = self.services.catalog, current.casefold()
        barred = await barred_in(self.services, interaction.guild_id)
        models = {name: model for name, model in models_here(self.services).items() if name not in barred}
        here = {name: model.title[:100] for name, model in models.items() if model.is_there}
        say = await words_for(self.services, interaction)
        coming = {
            name: shortened(say("{title} (fetched when first used)", title=model.title), 100)
            for name, model in models.items()
            if name not in here and model.fetched_at_first_use
        }
        more = {
            offer.name: shortened(say("{title} (not installed)", title=offer.title), 100)
            for offer in in_order(catalog.offers.values())
            if offer.draws and offer.name not in catalog.models and not by_hand(self.services.config.models.hub, offer)
        }
        found = [
            app_commands.Choice(name=title, value=name)
            for name, title in {**here, **coming, **more}.items()
            if typed in name.casefold() or typed in title.casefold()
        ]
        return found[:MAX_CHOICES]

    @imagine.autocomplete("lora")
    async def complete_lora(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        """The line with its last name completed, by what this person may use here."""
        if await brings_files(self.services, interaction):
            known = await _loras.known_to(self.services, interaction.user.id, interaction.guild_id)
        else:
            known = await _loras.known_to_all(self.services, interaction.guild_id)
        takes = await self._taken_by(interaction)
        names = names_for([each for each in known if each.kind is Kind.LORA], takes)
        lines = _lora_words.completions(current, names)
        return [app_commands.Choice(name=line, value=line) for line in lines[:MAX_CHOICES]]

    async def _taken_by(self, interaction: discord.Interaction) -> str:
        """What the model takes that would draw what is being typed; empty while that is none."""
        named: object = getattr(interaction.namespace, "model", None)
        wish = Wish(model=named if isinstance(named, str) and named else None)
        try:
            model = await model_for(self.services, wish, interaction.user.id, interaction.guild_id)
        except GengaError:
            return ""
        return model.takes


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Imagine(bot.services))
