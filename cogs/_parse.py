"""From what people type, attach and press to a Wish or a request; nothing of Discord goes further in than this."""

import asyncio
import dataclasses
import secrets
from collections.abc import Sequence

import discord
import yarl

from cogs import _gate, _loras
from cogs._place import Where
from cogs._services import Services
from cogs._text import quoted
from inference.decoder import decode
from inference.errors import N_, BadImage, BadRequest, Gone, ModelMissing, NoSuchModel, NotInstalled
from inference.models.catalog import Model, Offer
from inference.models.choosing import by_hand
from inference.request import MAX_SEED, Aspect, DrawRequest, Request, Sampler, Wish, merged, reseeded, resolve
from storage import jobs, people, pictures, servers
from storage.jobs import Job
from storage.pictures import Picture

DOWNLOAD_S = 20.0
VARIATION_STRENGTH = {"subtle": 0.35, "strong": 0.65}

UNKNOWN_CONTROL = N_("I don't know that control any more. Open it again with its command.")
MAX_ID = 2**63 - 1  # what a row can hold; Discord's ids stay below it
ID_DIGITS = 19

STRENGTHS = {"light": 0.35, "medium": 0.55, "strong": 0.75}


async def request_from(services: Services, wish: Wish, person_id: int, server_id: int | None) -> DrawRequest:
    """The complete request: what the person left open comes from their settings, the server's, then the model's."""
    wish = _loras.taken_out(wish)
    defaults = await _defaults(services, person_id, server_id)
    model = _model_named(services, wish, *defaults)
    lists = await servers.word_lists(services.db, server_id)
    wanted = merged(wish, *defaults).loras or ()
    # In a thread: the fingerprint of its weights may have to be read from a slow disk.
    request = await asyncio.to_thread(resolve, wish, *defaults, model=model, lists=lists)
    return await _loras.brought(services, request, wanted, model, person_id, server_id)


async def model_for(services: Services, wish: Wish, person_id: int, server_id: int | None) -> Model:
    """The model that would draw `wish` for this person here; BadRequest when it names one that there is not."""
    return _model_named(services, wish, *await _defaults(services, person_id, server_id))


async def _defaults(services: Services, person_id: int, server_id: int | None) -> list[Wish]:
    """What the person set for themselves, then what their server did."""
    defaults = [(await people.get(services.db, person_id)).wish]
    if server_id is not None:
        defaults.append((await servers.get(services.db, server_id)).wish)
    return defaults


def _model_named(services: Services, *wishes: Wish) -> Model:
    named = next((each.model for each in wishes if each.model), services.config.drawing.model)
    # Somebody's own word, unlike the operator's setting: a name that is none is no failure of ours.
    if named == services.config.drawing.model:
        return services.catalog.find(named)
    meant = services.catalog.meant_by(named)
    if meant is None:
        if offer := services.catalog.offered_by(named):
            raise NotInstalled(name=offer.name, title=offer.title, template=_why_not(services, offer))
        if near := services.catalog.near(named):
            titles = ", ".join(quoted(title, 60) for title in near)
            raise NoSuchModel(named, template=NoSuchModel.with_near, model=quoted(named, 80), near=titles)
        raise NoSuchModel(named, model=quoted(named, 80))
    try:
        return services.catalog.find(meant)
    except ModelMissing as error:  # its file was taken away since the folders were looked through
        services.catalog.forget(meant)
        raise NoSuchModel(named, model=quoted(named, 80)) from error


def _why_not(services: Services, offer: Offer) -> str | None:
    """The sentence where asking for it would lead nowhere."""
    if not offer.draws:
        return NotInstalled.not_drawn
    return NotInstalled.by_hand if by_hand(services.config.models.hub, offer) else None


async def accepted_upload(
    services: Services, attachment: discord.Attachment, where: Where, request: Request
) -> tuple[Picture, str]:
    """A picture somebody attached, fetched at once (its link expires), decoded in the sandbox, rated and kept.

    With it its holes, where it has any: of them only the shape is kept.

    Raises BadImage with the reason, and Refused when `request` may not start from what is seen in it.
    """
    data = await fetched(services, attachment)
    decoded = await decode(data, limit_bytes=services.config.discord.max_upload_mib << 20)
    [looked] = await _gate.rate(services, [decoded.png])
    await _gate.enter(services, where, request, looked)
    kept = await pictures.keep_upload(
        services.db,
        owner_id=where.person_id,
        png=decoded.png,
        width=decoded.width,
        height=decoded.height,
        looked=looked,
    )
    return kept, decoded.holes


async def fetched(services: Services, attachment: discord.Attachment) -> bytes:
    """The bytes of a picture that somebody attached; BadImage when they are too many, or not to be had."""
    limit_mib = services.config.discord.max_upload_mib
    if attachment.size > limit_mib << 20:
        raise BadImage(template=N_("That file is over {limit} MiB. Please send a smaller picture."), limit=limit_mib)
    if yarl.URL(attachment.url).host not in services.config.discord.cdn_hosts:
        raise BadImage(
            template=N_("I can only use pictures that were attached here. Please attach yours to your message.")
        )
    if attachment.size == 0:
        raise BadImage(template=N_("That file is empty. Please attach the picture again."))
    try:
        async with asyncio.timeout(DOWNLOAD_S):
            return await attachment.read()
    except (discord.HTTPException, TimeoutError) as error:
        raise BadImage(template=N_("I couldn't fetch that attachment any more. Please attach it again.")) from error


async def job_and_picture(services: Services, job_id: int, index: int) -> tuple[Job, Picture]:
    """A finished job and one of its pictures; Gone when either was deleted."""
    job = await jobs.get(services.db, job_id)
    kept = await pictures.of_job(services.db, job_id) if job else []
    picture = next((each for each in kept if each.picture_index == index and each.deleted_at is None), None)
    if job is None or picture is None:
        raise Gone()
    return job, picture


def ids_in(values: Sequence[str], *, least: int = 0, most: int = 25) -> tuple[int, ...]:
    """The ids that a control sends or carries; Gone where one cannot be an id."""
    if not least <= len(values) <= most or any(len(each) > ID_DIGITS or not each.isdecimal() for each in values):
        raise Gone(template=UNKNOWN_CONTROL)
    ids = tuple(int(each) for each in values)
    if any(each > MAX_ID for each in ids):
        raise Gone(template=UNKNOWN_CONTROL)
    return ids


async def rerolled(services: Services, request: DrawRequest, server_id: int | None) -> DrawRequest:
    """The same wish with another seed, its wildcards chosen anew."""
    lists = await servers.word_lists(services.db, server_id)
    return reseeded(request, _another_seed(request), services.catalog.models.get(request.model), lists)


def varied(request: DrawRequest, picture: Picture, how: str) -> DrawRequest:
    """A neighbour of one picture: image to image from it, `how` far, with the same words and another seed."""
    return dataclasses.replace(
        request,
        seed=_another_seed(request),
        count=1,
        image=picture.sha256,
        look=False,
        holes="",
        strength=VARIATION_STRENGTH[how],
        width=picture.width,
        height=picture.height,
    )


def _another_seed(request: DrawRequest) -> int:
    return secrets.randbelow(MAX_SEED - request.count)


def wish_of(request: DrawRequest) -> Wish:
    """A complete request as a wish again, to be changed and resolved anew: its words as they were typed."""
    return Wish(
        prompt=request.typed or request.prompt,
        negative=request.negative if request.typed_negative is None else request.typed_negative,
        model=request.model,
        width=request.width,
        height=request.height,
        steps=request.steps,
        guidance=request.guidance,
        sampler=request.sampler,
        clip_skip=request.clip_skip,
        seed=request.seed,
        count=request.count,
        image=request.image,
        look=request.look or None,
        holes=request.holes or None,
        strength=request.strength,
        style=request.style,
        loras=_loras.wanted_again(request),
        noise=request.noise,
        syntax=request.syntax,
        eta_noise_delta=request.eta_noise_delta,
        guidance_rescale=request.guidance_rescale,
    )


def aspect_of(services: Services, request: DrawRequest) -> Aspect | None:
    """The aspect whose size this is, or None for a size of its own."""
    sizes = services.catalog.find(request.model).sizes
    return next((aspect for aspect in Aspect if sizes[aspect] == (request.width, request.height)), None)


def nearest_aspect(picture: Picture) -> Aspect:
    """The shape that cuts least off a picture from outside."""
    ratio = picture.width / picture.height
    if 0.87 < ratio < 1.15:
        return Aspect.SQUARE
    return Aspect.LANDSCAPE if ratio > 1 else Aspect.PORTRAIT


def whole_number(what: str, text: str) -> int | None:
    """The number typed into a form, None for an empty field; BadRequest when it is none."""
    if not text.strip():
        return None
    try:
        return int(text.strip())
    except ValueError:
        raise BadRequest(
            template=N_("{what} must be a whole number, not “{value}”."), what=what, value=text.strip()[:40]
        ) from None


def decimal_number(what: str, text: str) -> float | None:
    """The number typed into a form, with a point or a comma, None for an empty field."""
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise BadRequest(
            template=N_("{what} must be a number, not “{value}”."), what=what, value=text.strip()[:40]
        ) from None


def size_of(text: str) -> tuple[int | None, int | None]:
    """“256x320” as width and height, nothing for an empty field; BadRequest otherwise."""
    if not text.strip():
        return None, None
    width, times, height = text.strip().lower().replace("×", "x").partition("x")
    if not (times and width.strip().isdecimal() and height.strip().isdecimal()) or len(text) > 20:
        raise BadRequest(template=N_("Please write the size like 256x320, not “{value}”."), value=text.strip()[:40])
    return int(width), int(height)


def sampler_of(text: str) -> Sampler:
    """The sampler chosen in a form; BadRequest for a name that is none."""
    try:
        return Sampler(text)
    except ValueError:
        raise BadRequest(
            template=N_("There is no sampler “{value}”. Choose one from the list."), value=text[:40]
        ) from None
