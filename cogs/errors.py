"""The only place that tells people what went wrong, and the only one that decides what is logged."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from cogs import _card, _models
from cogs._log import named, trace
from cogs._obstacles import AWAY
from cogs._services import Services
from cogs._text import NO_PINGS, number36, quoted
from cogs._words import Words, words_for
from inference.errors import N_, GengaError, NoSuchModel, NotInstalled, UserError
from inference.models.choosing import by_hand
from storage.jobs import AlreadyAccepted

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

LATE = {10062, 40060}  # unknown interaction, already acknowledged: nobody is waiting for this answer any more
UNUSABLE = N_("{file} is here, but I can't draw with it. {reason} {models} shows you all such files.")
APOLOGY = N_("Something went wrong on my side, and it was not your fault. Please try again in a moment.")


async def report(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the person in one sentence that only they see; log what is ours to mend."""
    cause = _worth_telling(error)
    if cause is not None:
        say = await _words(interaction)
        text = await _for_operator(interaction, say, cause) or sentence_of(say, cause)
        await tell(interaction, text, await _way_out(interaction, say, text, cause))


async def _way_out(
    interaction: discord.Interaction[Any], say: Words, text: str, cause: BaseException
) -> discord.ui.LayoutView | None:
    """The sentence with a button below it, where there is one that helps."""
    services: Services = interaction.client.services
    offer = services.catalog.offers.get(cause.name) if isinstance(cause, NotInstalled) else None
    if offer is None or not offer.draws or by_hand(services.config.models.hub, offer):
        return None
    operator = await interaction.client.is_owner(interaction.user)
    return _card.stacked(text, [discord.ui.ActionRow(_models.asking(say, offer, operator=operator))])


async def _for_operator(interaction: discord.Interaction[Any], say: Words, cause: BaseException) -> str:
    """What the operator is told of a model whose file is here and cannot be used; empty for everybody else."""
    services: Services = interaction.client.services
    remark = _models.unusable(services, cause.typed) if isinstance(cause, NoSuchModel) else None
    if remark is None or not await interaction.client.is_owner(interaction.user):
        return ""
    reason = say(remark.template, **remark.fields)
    file = quoted(Path(remark.path).name, 80)
    return say(UNUSABLE, file=file, reason=reason, models=services.mention_of("models"))


async def report_message(services: Services, message: discord.Message, error: BaseException) -> None:
    """The same for whoever wrote a message: a reply to it, which Discord makes once however often this is called."""
    cause = _worth_telling(error)
    if cause is None:
        return
    await answer(message, _card.sentence(sentence_of(await words_for(services, message), cause)))


async def answer(message: discord.Message, view: discord.ui.LayoutView) -> None:
    """Reply to a message with something that is no picture, once however often Discord delivers it."""
    nonce = f"genga-{number36(message.id)}-e"
    reference = message.to_reference(fail_if_not_exists=False)
    try:
        await message.channel.send(view=view, reference=reference, nonce=nonce, allowed_mentions=NO_PINGS)
    except (discord.HTTPException, *AWAY) as failure:
        log.warning("a message could not be answered: %s", failure)


def _worth_telling(error: BaseException) -> BaseException | None:
    """What went wrong, logged as far as it is ours to mend; None when nobody waits for an answer to it."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.HTTPException) and cause.code in LATE:
        log.warning("an answer came too late for Discord (code %s)", cause.code)
        return None
    if isinstance(cause, AlreadyAccepted):
        log.info("%s; the second delivery is ignored", cause)
        return None
    if not isinstance(cause, UserError):
        log.error("a command failed: %s", named(cause), exc_info=trace(cause))
    return cause


async def _words(interaction: discord.Interaction[Any]) -> Words:
    """The person's own language, or at least Discord's for them when the database is what failed."""
    try:
        return await words_for(interaction.client.services, interaction)
    except Exception:
        log.exception("a person's language could not be looked up")
        return Words(interaction.locale.value)


def sentence_of(say: Words, error: BaseException) -> str:
    """The sentence for an error: its own, or an apology."""
    if isinstance(error, GengaError):
        text = say(error.template, **error.fields)
        # A template may begin with a field: the name of a setting.
        return text[:1].upper() + text[1:]
    return say(APOLOGY)


async def tell(interaction: discord.Interaction, text: str, view: discord.ui.LayoutView | None = None) -> None:
    """A message that only this person sees, whatever was answered before: `text`, or `view` that says more than it."""
    shown = view or _card.sentence(text)
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(view=shown, ephemeral=True, allowed_mentions=NO_PINGS)
            return
        thinking = interaction.response.type is discord.InteractionResponseType.deferred_channel_message
        if thinking:
            # It may be public and goes, so that only the person sees what was wrong. But first it must be filled: till
            # then whatever is sent would become its content, and after its deletion be refused (10008). Filled with no
            # button: nobody may press one on what is about to go.
            await interaction.edit_original_response(view=_card.sentence(text), allowed_mentions=NO_PINGS)
        await interaction.followup.send(view=shown, ephemeral=True, allowed_mentions=NO_PINGS, wait=True)
        if thinking:
            await interaction.delete_original_response()
    except (discord.HTTPException, *AWAY) as error:
        log.warning("an error could not be told: %s", error)


async def setup(bot: "Genga") -> None:
    """Take over what discord.py would print."""

    async def on_error(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await report(interaction, error)

    bot.tree.error(on_error)
