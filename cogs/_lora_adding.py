"""Somebody adds a LoRA or an embedding: fetched in pieces, looked into, its words judged like a prompt's, then kept."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import aiohttp
import discord
import yarl

from cogs import _gate, _terms
from cogs._member import is_operator
from cogs._place import Where, where_pressed
from cogs._rules import refuse_own_files
from cogs._services import Services
from cogs._text import shortened
from inference.errors import N_, BadRequest, BadWeights
from inference.models import pickles
from inference.models.civitai import read_link
from inference.models.header import TOO_LARGE, UPLOAD
from inference.models.lora.numbers import check_numbers
from inference.models.lora.upload import Upload, look_into
from inference.models.streaming import Written, to_file
from inference.safety.evidence import AgeStatus, Strength, TextEvidence
from storage import loras
from storage.loras import Kind, Lora, New, Quota

log = logging.getLogger(__name__)

FETCH_S, SILENT_S = 600.0, 30.0  # a whole file, and no single piece of it for so long
SUFFIX = ".safetensors"

SWITCHED_OFF = N_("Adding files is switched off here. The bot's operator can switch it on; {list} shows what there is.")
SWITCHED_OFF_BY_YOU = N_(
    "Adding files is switched off here. To switch it on, set {setting} in config.toml and start me again; {list} shows "
    "what there is."
)
NO_LINKS = N_("Links are switched off here. Attach the file instead.")
TERMS_FIRST = N_("Please accept my terms first: {terms}")
ONE_AT_A_TIME = N_("I am still busy with another file of yours. Please wait until that one is done.")
NOT_SAFETENSORS = N_("Only .safetensors files can be added. Choose another one.")
ONLY_ATTACHED = N_("I can only use files that were attached here. Please attach yours.")
EMPTY = N_("That file is empty. Please attach it again.")
NOT_FETCHED = N_("I couldn't fetch that file. Please attach it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What somebody wants to add: a file, or where Civitai has it."""

    attachment: discord.Attachment | None = None
    link: str = ""
    name: str = ""  # empty: as the file is called
    adults: bool = False  # they say that it shows only adults, or nobody


async def add(services: Services, interaction: discord.Interaction, offered: Offered) -> Lora:
    """Keep it; the interaction is deferred once nothing speaks against fetching it. Raises a UserError otherwise."""
    await refuse_to_add(services, interaction)
    where = where_pressed(interaction)
    if offered.attachment is not None:
        _refuse_attachment(services, offered.attachment)
        await loras.refuse_over(services.db, interaction.user.id, offered.attachment.size, quota_of(services))
    else:
        read_link(offered.link)
    if offered.name:
        loras.harmless_name(offered.name)
    async with _alone(services, interaction.user.id):
        await interaction.response.defer(thinking=True, ephemeral=True)
        written = await loras.begin(services.db)
        try:
            if offered.attachment is not None:
                kept = await added_file(services, where, offered, offered.attachment, written)
            else:
                kept = await added_link(services, where, offered, written)
        finally:
            await asyncio.to_thread(written.unlink, missing_ok=True)
    log.info("a %s was added: %s, %d bytes", kept.kind, kept.family or "of no known family", kept.size_bytes)
    return kept


async def added_file(
    services: Services,
    where: Where,
    offered: Offered,
    attachment: discord.Attachment,
    written: Path,
) -> Lora:
    """An attachment, kept; `written` is where it may be written."""
    came = await fetched(services, attachment.url, written)
    name = loras.harmless_name(offered.name or name_of(attachment.filename))
    new = await judged(services, where, written, came, name=name, adults=offered.adults)
    return await loras.keep(services.db, written, new, owner_id=where.person_id, quota=quota_of(services))


async def added_link(services: Services, where: Where, offered: Offered, written: Path) -> Lora:
    """What Civitai has, kept; `written` is where it may be written."""
    if services.civitai is None:
        raise BadRequest(template=NO_LINKS)
    published = await services.civitai.find(read_link(offered.link))
    await loras.refuse_over(services.db, where.person_id, published.size_bytes, quota_of(services))
    name = loras.harmless_name(offered.name or name_of(published.name))
    said = ", ".join((name, published.name, *published.words))
    await _gate.words(services, where, said)
    came = await services.civitai.fetch(published, written)
    adults = offered.adults and not published.adult
    new = await judged(services, where, written, came, name=name, adults=adults, said=said)
    new = dataclasses.replace(
        new,
        family=new.family or published.family,
        words=tuple(shortened(word, 80) for word in published.words[:10]) or new.words,
        version_id=published.version,
    )
    return await loras.keep(services.db, written, new, owner_id=where.person_id, quota=quota_of(services))


async def refuse_to_add(services: Services, interaction: discord.Interaction) -> None:
    """A UserError where this person may add nothing here."""
    if not services.config.loras.uploads:
        shown = services.mention_of("lora", "list")
        if await is_operator(interaction):
            raise BadRequest(template=SWITCHED_OFF_BY_YOU, setting="`loras.uploads = true`", list=shown)
        raise BadRequest(template=SWITCHED_OFF, list=shown)
    await refuse_own_files(services, interaction)
    if await _terms.missing(services, interaction.user.id, services.config.drawing.model):
        raise BadRequest(template=TERMS_FIRST, terms=services.mention_of("terms"))


async def judged(
    services: Services,
    where: Where,
    file: Path,
    came: Written,
    *,
    name: str,
    adults: bool,
    said: str = "",
) -> New:
    """What the fetched file is; BadWeights when it is nothing we take, Refused for what its words say."""
    found = await asyncio.to_thread(look_into, file)
    await asyncio.to_thread(check_numbers, file, UPLOAD)
    texts = ", ".join(filter(None, (said or name, found.says)))
    read = await _gate.words(services, where, texts)
    return New(
        name=name,
        kind=Kind(found.kind),
        sha256=came.sha256,
        size_bytes=came.size_bytes,
        family=found.family,
        words=_shown_words(found),
        age=age_of(read, adults=adults).value,
    )


async def fetched(services: Services, url: str, into: Path) -> Written:
    """An attachment of Discord's, written to `into`."""
    timeout = aiohttp.ClientTimeout(total=FETCH_S, sock_connect=SILENT_S, sock_read=SILENT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise BadWeights(f"HTTP {answer.status}", template=NOT_FETCHED)
            pieces = answer.content.iter_chunked(1 << 16)
            return await to_file(pieces, into, limit_mib=services.config.loras.max_mib)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise BadWeights(type(error).__name__, template=NOT_FETCHED) from error


def age_of(read: TextEvidence, *, adults: bool) -> AgeStatus:
    """Of whom it shows: what its own words say comes before what its owner does."""
    if read.young is Strength.STRONG:
        return AgeStatus.MINOR
    doubtful = read.young is not Strength.NONE or read.real_person is not Strength.NONE
    return AgeStatus.ADULT if adults and not doubtful else AgeStatus.UNKNOWN


def quota_of(services: Services) -> Quota:
    """How much one person may keep."""
    config = services.config.loras
    return Quota(files=config.per_person, total_mib=config.per_person_mib)


def name_of(filename: str) -> str:
    """A name that may be kept, made of a file's."""
    stem = PurePosixPath(filename).name.removesuffix(SUFFIX)
    plain = "".join(char if char.isalnum() or char in "-_." else " " for char in stem)
    return shortened(" ".join(plain.strip(" -_.").split()), loras.MAX_NAME_CHARS).rstrip("…") or "LoRA"


def _refuse_attachment(services: Services, attachment: discord.Attachment) -> None:
    """BadWeights for what can be told before anything is fetched."""
    url, discord_is_here = yarl.URL(attachment.url), services.config.discord
    ending = PurePosixPath(attachment.filename.lower()).suffix
    if ending in pickles.PICKLES:
        raise pickles.refused()
    if ending != SUFFIX:
        raise BadWeights(template=NOT_SAFETENSORS)
    if attachment.size > services.config.loras.max_mib << 20:
        raise BadWeights(template=TOO_LARGE, limit=services.config.loras.max_mib)
    if attachment.size == 0:
        raise BadWeights(template=EMPTY)
    secure = url.scheme == "https" or discord_is_here.is_loopback
    if url.host not in discord_is_here.cdn_hosts or not secure:
        raise BadWeights(template=ONLY_ATTACHED)


@contextlib.asynccontextmanager
async def _alone(services: Services, person_id: int) -> AsyncGenerator[None]:
    """One file of a person at a time: a hundred at once would fill the disk before any of them is counted."""
    if person_id in services.adding:
        raise BadRequest(template=ONE_AT_A_TIME)
    services.adding.add(person_id)
    try:
        with services.seeing_through():
            yield
    finally:
        services.adding.discard(person_id)


def _shown_words(found: Upload) -> tuple[str, ...]:
    return tuple(shortened(word, 80) for word in found.words[:10])
