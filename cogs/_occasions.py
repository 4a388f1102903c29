"""What could be shown nowhere is told at the next occasion: when its person uses the bot again."""

import asyncio
import logging

import discord

from cogs import _card
from cogs._obstacles import AWAY
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import words_for
from storage import endings

log = logging.getLogger(__name__)

ANSWERED_WITHIN_S = 3.0  # Discord's own deadline
_LOOK_S = 0.1
# An answer after which something more can be said.
_OPEN = {
    discord.InteractionResponseType.channel_message,
    discord.InteractionResponseType.deferred_channel_message,
    discord.InteractionResponseType.deferred_message_update,
    discord.InteractionResponseType.message_update,
}


async def tell_what_was_missed(services: Services, interaction: discord.Interaction, history: str) -> None:
    """One sentence, for this person alone, once their interaction has its answer; `history` is the command to click."""
    missed = await endings.untold_of(services.db, interaction.user.id)
    if not missed or not await _answered(services, interaction):
        return
    say = await words_for(services, interaction)
    if len(missed) == 1:
        text = say("Something you asked for earlier is finished, but I had no way to show it to you. See {history}.",
                   history=history)  # fmt: skip
    else:
        text = say("{count} things you asked for earlier are finished, but I had no way to show them to you. "
                   "See {history}.", count=len(missed), history=history)  # fmt: skip
    try:
        await interaction.followup.send(view=_card.sentence(text), ephemeral=True, allowed_mentions=NO_PINGS, wait=True)
    except (discord.HTTPException, *AWAY) as error:
        log.info("what was missed is told another time: %s", error)
        return
    await endings.told(services.db, interaction.user.id)


async def _answered(services: Services, interaction: discord.Interaction) -> bool:
    """Whether it got an answer that something can be added to; discord.py does not say when that happens."""
    for _ in range(round(ANSWERED_WITHIN_S / _LOOK_S)):
        if interaction.response.is_done():
            break
        await services.idle(asyncio.sleep(_LOOK_S))
    return interaction.response.type in _OPEN
