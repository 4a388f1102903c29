"""/lora: people's own LoRAs and embeddings, what others share with a server, and the operator's."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _lora_adding, _lora_controls, _loras
from cogs._lora_names import Whose
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from inference.errors import N_
from storage.loras import MAX_NAME_CHARS, folded

if TYPE_CHECKING:
    from cogs._client import Genga

MAX_CHOICES = 25
Choices = list[app_commands.Choice[str]]


class Loras(commands.Cog):
    """Look after LoRAs."""

    lora = app_commands.Group(name="lora", description=N_("LoRAs and embeddings: see them, add your own, share them"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @lora.command()
    @app_commands.describe(
        file="A .safetensors file; without one a form opens",
        link="Or a model's page on civitai.com, or its version's number, where the operator allows it",
        called="What to call it; empty = as the file is called",
        adults="It shows only adults, or nobody in particular",
    )
    async def add(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment | None = None,
        link: str | None = None,
        called: app_commands.Range[str, 1, MAX_NAME_CHARS] | None = None,
        adults: bool = False,
    ) -> None:
        """Add a LoRA or an embedding of your own"""
        say = await words_for(self.services, interaction)
        if file is None and not link:
            await _lora_adding.refuse_to_add(self.services, interaction)
            await interaction.response.send_modal(_lora_controls.AddForm(self.services, say))
            return
        offered = _lora_adding.Offered(attachment=file, link=link or "", name=called or "", adults=adults)
        await _lora_controls.add(self.services, say, interaction, offered)

    @lora.command(name="list")
    async def list_(self, interaction: discord.Interaction) -> None:
        """The LoRAs and embeddings that you can use here"""
        say = await words_for(self.services, interaction)
        view = await _lora_controls.list_of(self.services, say, interaction, 1)
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)

    @lora.command()
    @app_commands.describe(lora="Which one")
    async def info(self, interaction: discord.Interaction, lora: str) -> None:
        """What a LoRA is made for, which words bring it out, and who can use it"""
        say = await words_for(self.services, interaction)
        known = await _lora_controls.named(self.services, interaction, lora)
        await _lora_controls.show(self.services, say, interaction, known)

    @lora.command()
    @app_commands.describe(lora="Which one of yours")
    async def remove(self, interaction: discord.Interaction, lora: str) -> None:
        """Remove one of your LoRAs or embeddings"""
        say = await words_for(self.services, interaction)
        known = await _lora_controls.named(self.services, interaction, lora)
        await _lora_controls.ask_to_remove(self.services, say, interaction, known)

    @lora.command()
    @app_commands.describe(lora="Which one", stop="No longer share it")
    async def share(self, interaction: discord.Interaction, lora: str, stop: bool = False) -> None:
        """Let everybody in this server use one of yours, or no longer"""
        say = await words_for(self.services, interaction)
        known = await _lora_controls.named(self.services, interaction, lora)
        do = _lora_controls.unshare if stop else _lora_controls.share
        await do(self.services, say, interaction, known)

    @info.autocomplete("lora")
    @share.autocomplete("lora")
    async def complete_any(self, interaction: discord.Interaction, current: str) -> Choices:
        """Names of what this person can use here."""
        return await self._completed(interaction, current, own=False)

    @remove.autocomplete("lora")
    async def complete_own(self, interaction: discord.Interaction, current: str) -> Choices:
        """Names of this person's own."""
        return await self._completed(interaction, current, own=True)

    async def _completed(self, interaction: discord.Interaction, current: str, *, own: bool) -> Choices:
        typed = folded(current)
        known = await _loras.known_to(self.services, interaction.user.id, interaction.guild_id)
        names = [each.label for each in known if not own or each.whose is Whose.OWN]
        fitting = [name for name in dict.fromkeys(names) if typed in folded(name)]
        return [app_commands.Choice(name=name, value=name) for name in fitting[:MAX_CHOICES]]


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Loras(bot.services))
