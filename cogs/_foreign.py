"""What a picture from anywhere says of how it was made, told to whoever asks, and a form that draws with it."""

import asyncio
import io
from collections.abc import Iterable

import discord

from cogs import _adopting, _card
from cogs._adopting import Here
from cogs._foreign_form import SettingsForm
from cogs._parse import fetched
from cogs._rules import refuse_source
from cogs._services import Services
from cogs._sources import NO_PICTURE, Source
from cogs._text import NO_PINGS, block, quoted
from cogs._words import Words, words_for
from inference.decoder import texts_of
from inference.errors import N_, BadImage
from inference.prompts.infotext import infotext_of, line_of
from inference.prompts.picture_texts import read
from inference.prompts.settings import SaidLora

SAYS_NOTHING = N_(
    "This picture does not say how it was made. Copies that a program or website saved again have lost it; ask for the "
    "original file."
)
FILE = "settings.txt"
PROMPT_CHARS, NEGATIVE_CHARS, LINE_CHARS = 1400, 700, 500  # of a message; all of it stands in the file then
NAMES = 8

MADE_BY = N_("**Made with {program}**")
HERE = N_("Model: {model}. I have it: {title}.")
NOT_INSTALLED = N_("Model: {model}. I know it as {title}, but it is not installed here; {other} would draw instead.")
NOT_SERVED = N_(
    "Model: {model}. That is {title}, which only NovelAI's own service draws, and this bot does not use it; {other} "
    "would draw instead."
)
NOT_HERE = N_("Model: {model}. I don't have it; {other} would draw instead.")
NO_MODEL = N_("It does not name its model; {other} would draw.")
LORAS_HERE = N_("LoRAs that are here: {names}.")
LORAS_MISSING = N_("LoRAs that are not here: {names}. Add them with their files, or draw without.")
DIFFERENT = N_("Drawn here, this would be different: {differences}.")


async def tell(services: Services, interaction: discord.Interaction, source: Source) -> None:
    """Answer, to whoever asks alone, how an attached picture was made; BadImage when there is none."""
    if source.attachment is None:
        raise BadImage(template=NO_PICTURE)
    await refuse_source(services, interaction, None, source.posted_by)
    await interaction.response.defer(thinking=True, ephemeral=True)
    data = await fetched(services, source.attachment)
    texts = await texts_of(data, limit_bytes=services.config.discord.max_upload_mib << 20)
    settings = await asyncio.to_thread(read, texts)
    say = await words_for(services, interaction)
    if settings is None:
        view = _card.sentence(say(SAYS_NOTHING))
        await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        return
    found = await _adopting.here(services, settings, interaction.user.id, interaction.guild_id)
    draft = services.drafts.keep(lambda: SettingsForm(services, say, found))
    long = len(settings.prompt or "") > PROMPT_CHARS or len(settings.negative or "") > NEGATIVE_CHARS
    files = [discord.File(io.BytesIO(infotext_of(settings).encode("utf-8", "replace")), FILE)] if long else []
    view = _card.readable(say, _text(say, found), draft=draft, file=FILE if long else None)
    await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NO_PINGS)


def _text(say: Words, found: Here) -> str:
    """The prompt, the negative one and the settings, each to be copied; then what of it there is here."""
    settings = found.settings
    program = f"{settings.program} {quoted(settings.version, 40)}" if settings.version else settings.program.value
    lines = [say(MADE_BY, program=program)]
    if settings.prompt:
        lines.append(block(settings.prompt, PROMPT_CHARS))
    if settings.negative:
        lines += [say("Negative prompt:"), block(settings.negative, NEGATIVE_CHARS)]
    if line := line_of(settings):
        lines.append(block(line, LINE_CHARS))
    lines.append(_of_model(say, found))
    present = [each for each in settings.loras if each.name in found.loras]
    missing = [each for each in settings.loras if each.name not in found.loras]
    if present:
        lines.append(say(LORAS_HERE, names=_named(present)))
    if missing:
        lines.append(say(LORAS_MISSING, names=_named(missing)))
    if found.differences:
        lines.append("-# " + say(DIFFERENT, differences=found.differences))
    return "\n".join(lines)


def _of_model(say: Words, found: Here) -> str:
    known, named = found.recognised, quoted(found.settings.model or found.settings.model_hash or "", 80)
    if known.model is not None and known.model.name == found.model.name:
        return say(HERE, model=named or quoted(known.model.name), title=known.model.title)
    if known.service is not None:
        return say(NOT_SERVED, model=named, title=known.service.title, other=found.model.title)
    if known.offer is not None:
        return say(NOT_INSTALLED, model=named, title=known.offer.title, other=found.model.title)
    return say(NOT_HERE, model=named, other=found.model.title) if named else say(NO_MODEL, other=found.model.title)


def _named(loras: Iterable[SaidLora]) -> str:
    names = [quoted(f"{each.name}:{each.unet:g}", 60) for each in loras]
    return ", ".join(names[:NAMES]) + (", …" if len(names) > NAMES else "")
