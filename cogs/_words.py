"""Which language a person is spoken to in, and the commands' names and descriptions in every language."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation, TranslationContextTypes

from locales.words import COMMAND, OPTION, Words, catalogue, key
from storage import people

if TYPE_CHECKING:
    from cogs._services import Services

__all__ = ["CommandWords", "Words", "words_for", "words_of"]

CONTEXTS = {
    TranslationContextLocation.command_name: COMMAND,
    TranslationContextLocation.group_name: COMMAND,
    TranslationContextLocation.parameter_name: OPTION,
}


async def words_for(services: "Services", asked: discord.Interaction | discord.Message) -> Words:
    """The person's own language, remembered for messages, which carry none."""
    if not isinstance(asked, discord.Interaction):
        return await words_of(services, asked.author.id)
    person = await people.seen(services.db, asked.user.id, asked.locale.value)
    return Words(person.language or asked.locale.value)


async def words_of(services: "Services", person_id: int) -> Words:
    """The language of somebody who is not here with an interaction: chosen, or the last one Discord reported."""
    person = await people.get(services.db, person_id)
    return Words(person.language or person.locale or discord.Locale.american_english.value)


class CommandWords(app_commands.Translator):
    """What discord.py asks, for each of Discord's languages, when it tells Discord our commands."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: TranslationContextTypes
    ) -> str | None:
        """The name or description in that language; None where people see the English one."""
        if locale is discord.Locale.american_english:  # said outright: Discord would take British English first
            return string.message
        known = catalogue(locale.value)
        name = known.get(key(string.message, CONTEXTS.get(context.location)))
        return name or known.get(string.message)  # a message menu's name is a sentence like any other
