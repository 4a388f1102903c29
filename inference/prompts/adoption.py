"""Foreign settings as a wish that this bot can draw, and what had to become different for it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from inference.models.catalog import Catalog, Model, Offer
from inference.models.families import FLOW, NOVELAI, size_multiple
from inference.prompts.characters import in_one
from inference.prompts.loras import MAX_WEIGHT, WantedLora
from inference.prompts.reading import without_loras
from inference.prompts.sampler_names import a1111_name, full_name, match
from inference.prompts.settings import NoiseSource, Program, SaidLora, Settings
from inference.prompts.syntax import Syntax
from inference.remote.novelai.models import RemoteModel, drawn_with
from inference.request import MAX_SEED, Noise, Sampler, Wish

NO_STYLE: Final = "none"  # the words are taken as they are
_LEAST_HASH: Final = 8  # digits that are enough to tell files apart
_GUIDANCE: Final = (1.0, 30.0)
_MOST_GUIDANCE_SERVED: Final = 10.0  # NovelAI's service takes no more
_CLIP_SKIP: Final = (1, 4)
_STRENGTH: Final = (0.05, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was said, and what is drawn here instead; `here` is empty for what is left out. In signs and names only."""

    said: str
    here: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A wish with the settings, and how it differs from them."""

    wish: Wish
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """The model that settings name: as it is installed here, and as the catalogue knows it."""

    model: Model | None = None  # the very one
    offer: Offer | None = None
    service: RemoteModel | None = None  # the service's, whether it is here or not
    near: Model | None = None  # another that is here, and comes nearest


def recognised(settings: Settings, catalog: Catalog) -> Recognised:
    """Which of our models drew it, by the file's hash where the catalogue has one, else by its name."""
    if served := _served(settings, catalog):
        return served
    name = (settings.model or "").casefold()
    offer = next((each for each in catalog.known.values() if _is_of(each, settings.model_hash)), None)
    offer = offer or next((each for each in catalog.known.values() if name and name in each.known_as), None)
    for model in catalog.models.values():
        if offer is not None and model.checkpoint == offer.name:
            return Recognised(model=model, offer=offer)
    for model in catalog.models.values():
        names = (model.name, model.title, model.folder.stem if model.folder.suffix else model.folder.name)
        if name and name in {each.casefold() for each in names}:
            return Recognised(model=model, offer=offer)
    return Recognised(offer=offer)


def _served(settings: Settings, catalog: Catalog) -> Recognised | None:
    """What a picture of NovelAI's own models was drawn with; None for any other."""
    name = settings.model or ""
    found = drawn_with(name, (settings.model_hash or "") if settings.program is Program.NOVELAI else "")
    if found is None:
        return None
    here = catalog.models.get(found.model.name)
    if not found.exact:
        return Recognised(near=here)
    return Recognised(model=here, service=found.model)


def adopted(settings: Settings, model: Model, lora_of: Callable[[SaidLora], WantedLora | None]) -> Adopted:
    """The wish that comes nearest to `settings` on `model`; `lora_of` finds a LoRA here, None when there is none."""
    different: list[Difference] = []
    width, height = _size(settings, model, different)
    sampler = _sampler(settings, model, different)
    loras: list[WantedLora] = []
    for each in settings.loras:
        found = lora_of(each)
        if found is None:
            different.append(Difference(said=each.name))
        else:
            loras.append(_within_reach(found))
    seed = settings.seed
    if seed is not None and seed > MAX_SEED:
        different.append(Difference(said=f"seed {seed}"))
        seed = None
    if settings.hires is not None:
        different.append(Difference(said="hires fix"))
    most_guidance = _MOST_GUIDANCE_SERVED if model.family == NOVELAI else _GUIDANCE[1]
    steps = _clamped("steps", settings.steps, 1, model.max_steps, different)
    clip_skip = _clamped("clip skip", settings.clip_skip, *_CLIP_SKIP, different)
    wish = Wish(
        prompt=None if settings.prompt is None else without_loras(_said_to(model, settings, settings.prompt)),
        negative=None if settings.negative is None else _said_to(model, settings, settings.negative),
        model=model.name,
        width=width,
        height=height,
        steps=None if steps is None else int(steps),
        guidance=_clamped("CFG", settings.guidance, _GUIDANCE[0], most_guidance, different),
        sampler=sampler,
        clip_skip=None if clip_skip is None else int(clip_skip),
        seed=seed,
        strength=_clamped("strength", settings.strength, *_STRENGTH, different),
        loras=tuple(loras),
        noise=_noise(settings),
        eta_noise_delta=None if (settings.eta_noise_delta or 0) > MAX_SEED else settings.eta_noise_delta,
        guidance_rescale=settings.guidance_rescale,
        style=NO_STYLE,
        syntax=settings.syntax or (Syntax.NOVELAI if settings.program is Program.NOVELAI else Syntax.A1111),
    )
    return Adopted(wish=wish, differences=tuple(different))


def _said_to(model: Model, settings: Settings, words: str) -> str:
    """NovelAI's bars between characters stay for a model that knows them; elsewhere they would be drawn as words."""
    return in_one(words) if settings.program is Program.NOVELAI and model.family != NOVELAI else words


def hashes_agree(one: str | None, other: str | None) -> bool:
    """Whether two fingerprints, each written with as many digits as somebody liked, may be of the same file."""
    if not one or not other or min(len(one), len(other)) < _LEAST_HASH:
        return False
    return one.lower().startswith(other.lower()) or other.lower().startswith(one.lower())


def _is_of(offer: Offer, model_hash: str | None) -> bool:
    return any(hashes_agree(file.sha256, model_hash) for file in offer.files)


def _size(settings: Settings, model: Model, different: list[Difference]) -> tuple[int | None, int | None]:
    """The size, made to fit what the model draws, in its own proportions as far as they go."""
    width, height = settings.width, settings.height
    if width is None or height is None:
        return None, None
    shrink = min(1.0, model.max_side / max(width, height))
    grow = max(1.0, model.min_side / (shrink * min(width, height)))
    multiple = size_multiple(model.family)
    lowest, highest = math.ceil(model.min_side / multiple) * multiple, model.max_side // multiple * multiple
    sides = [min(highest, max(lowest, round(side * shrink * grow / multiple) * multiple)) for side in (width, height)]
    if [width, height] != sides:
        different.append(Difference(said=f"{width}×{height}", here=f"{sides[0]}×{sides[1]}"))
    return sides[0], sides[1]


def _sampler(settings: Settings, model: Model, different: list[Difference]) -> Sampler | None:
    """Ours of that name, or the nearest; None for the usual one, where the model has no other or none comes near."""
    if not settings.sampler:
        return None
    found = match(settings.sampler, settings.schedule)
    said, usual = full_name(settings.sampler, settings.schedule), Sampler(model.sampler)
    if model.family in FLOW:
        if found is None or found.sampler is not usual:
            different.append(Difference(said=said, here=a1111_name(usual)))
        return None
    if found is None or not found.exact:
        different.append(Difference(said=said, here=a1111_name(found.sampler if found else usual)))
    return found.sampler if found else None


def _clamped(
    name: str, value: float | None, lowest: float, highest: float, different: list[Difference]
) -> float | None:
    if value is None or lowest <= value <= highest:
        return value
    nearest = min(max(value, lowest), highest)
    different.append(Difference(said=f"{name} {value:g}", here=f"{nearest:g}"))
    return nearest


def _within_reach(lora: WantedLora) -> WantedLora:
    def near(weight: float) -> float:
        return min(max(weight, -MAX_WEIGHT), MAX_WEIGHT)

    return WantedLora(name=lora.name, unet=near(lora.unet), text=near(lora.text), sha256=lora.sha256)


_NOISE: Final[Mapping[NoiseSource, Noise]] = {
    NoiseSource.CPU: Noise.CPU,
    NoiseSource.GPU: Noise.A1111,
    NoiseSource.NV: Noise.A1111,
}


def _noise(settings: Settings) -> Noise | None:
    """A1111 draws its noise on the graphics card unless it says otherwise."""
    if settings.noise is not None:
        return _NOISE[settings.noise]
    return Noise.A1111 if settings.program is Program.A1111 and settings.seed is not None else None
