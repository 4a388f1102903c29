"""What people ask for: a Wish may lack anything, a request lacks nothing and can be drawn again, byte for byte.

A request is a union tagged by `kind`, with a `version` in its JSON. A new kind of work (edit, upscale, tag, train ...)
is a new dataclass added to `Request`; old JSON always loads.
"""

import hashlib
import secrets
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from inference.errors import N_, BadRequest
from inference.models.catalog import Model
from inference.models.families import FLOW, NOVELAI, refuse_look, refuse_picture, size_multiple
from inference.prompts.loras import WantedLora
from inference.prompts.syntax import Syntax
from inference.prompts.wildcards import NO_LISTS, Lists, has_choices
from inference.prompts.written import MAX_PROMPT_CHARS as MAX_PROMPT_CHARS
from inference.prompts.written import written
from inference.safety.evidence import AgeStatus

_T = TypeVar("_T")
_N = TypeVar("_N", int, float)

MAX_SEED = 2**32 - 1
NEW_SEED = -1  # what A1111's people write for "any"
MAX_COUNT = 4


class Sampler(StrEnum):
    """The samplers a request may name; `samplers.py` has their titles, `sampling.py` knows what each one is."""

    EULER = "euler"
    EULER_A = "euler a"
    HEUN = "heun"
    DPM2 = "dpm2"
    DPM2_A = "dpm2 a"
    LMS = "lms"
    DPMPP_2M = "dpm++ 2m"
    DPMPP_2M_KARRAS = "dpm++ 2m karras"
    DPMPP_SDE = "dpm++ 2s sde"  # single steps of two calls each: what everybody calls DPM++ SDE
    DPMPP_SDE_KARRAS = "dpm++ sde karras"
    DPMPP_2M_SDE = "dpm++ sde"  # stored under this name before there was the other
    DPMPP_2M_SDE_KARRAS = "dpm++ 2m sde karras"
    DPMPP_3M_SDE = "dpm++ 3m sde"
    DPMPP_3M_SDE_KARRAS = "dpm++ 3m sde karras"
    DDIM = "ddim"
    UNIPC = "unipc"
    LCM = "lcm"
    TCD = "tcd"
    DEIS = "deis"
    PLMS = "plms"


class Noise(StrEnum):
    """Where a picture's noise comes from, and with it which program's picture it is to be."""

    CPU = "cpu"  # torch's generator on the processor: one seed is one picture on every card
    A1111 = "a1111"  # as on an NVIDIA card (Philox), at A1111's noise levels: its metadata redraws its pictures


class Aspect(StrEnum):
    """Shapes people choose from; the model's catalogue entry says how many pixels each one is."""

    SQUARE = "square"
    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


class Unreadable(ValueError):
    """Stored text that is no wish or request. It names the field, not what stands in it: prompts are never logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraUse:
    """A LoRA as a request names it: by its file's fingerprint; the name is for people."""

    name: str
    sha256: str
    unet: float = 1.0
    text: float = 1.0
    age: AgeStatus = AgeStatus.UNKNOWN  # of whom it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingUse:
    """A textual inversion: its name, in whatever letters the prompt has it, and its file's fingerprint."""

    word: str
    sha256: str
    age: AgeStatus = AgeStatus.UNKNOWN  # of whom it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person typed or pressed; a field that is None was not said."""

    prompt: str | None = None
    negative: str | None = None
    model: str | None = None
    aspect: Aspect | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: Sampler | None = None
    clip_skip: int | None = None
    seed: int | None = None  # NEW_SEED: a new one, whatever the defaults say
    count: int | None = None
    image: str | None = None  # sha256 of an accepted input picture
    holes: str | None = None  # in the picture, where it is drawn anew: see `holes.py`
    look: bool | None = None  # the picture is there for its look alone, and nothing starts from it
    strength: float | None = None  # how far img2img may move from it: 0 nothing, 1 everything; how much a look counts
    style: str | None = None  # the name of a preset: quality tags, negatives, looks
    loras: tuple[WantedLora, ...] | None = None
    noise: Noise | None = None
    syntax: Syntax | None = None
    eta_noise_delta: int | None = None  # A1111's ENSD
    guidance_rescale: float | None = None  # 0 switches it off, 1 takes all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """Text to image, or image to image when `image` is set. Picture i of it uses seed + i."""

    kind: Literal["draw"] = "draw"
    version: Literal[1] = 1
    prompt: str  # compiled: wildcards chosen, presets added, LoRAs taken out
    negative: str
    text_sha256: str  # of both; the worker draws nothing else
    model: str
    model_sha256: str
    width: int  # pixels, a multiple of what the family patches
    height: int
    steps: int
    guidance: float  # classifier-free guidance scale; 1 switches it off
    sampler: Sampler
    clip_skip: int
    seed: int
    count: int
    image: str | None = None
    strength: float | None = None
    parent: str | None = None  # sha256 of the picture this one is made from; known when the job is accepted
    # What a request from before these existed does not say, it does not have.
    typed: str = ""  # the prompt as it was typed, where that is not `prompt`: for forms and rerolls
    typed_negative: str | None = None
    style: str = ""
    syntax: Syntax = Syntax.PLAIN
    noise: Noise = Noise.CPU
    eta_noise_delta: int = 0  # A1111's ENSD: added to the seed of the noise that ancestral samplers draw
    guidance_rescale: float = 0.0  # phi of arXiv:2305.08891, section 3.4; 0 switches it off
    loras: tuple[LoraUse, ...] = ()
    embeddings: tuple[EmbeddingUse, ...] = ()
    holes: str = ""  # where `image` is drawn anew, by a service that can
    look: bool = False  # `image` is there for its look alone, which counts `strength`

    @property
    def starts_from_picture(self) -> bool:
        """Whether it is image to image."""
        return self.image is not None and not self.look


Request = DrawRequest
_codec: TypeAdapter[Request] = TypeAdapter(Request)


def to_json(request: Request) -> str:
    """The request as JSON text, with its kind and version."""
    return _codec.dump_json(request).decode()


def from_json(text: str | bytes) -> Request:
    """The request that `to_json` wrote, by this or any earlier version; Unreadable if it is none."""
    return read(_codec, text)


def read(codec: TypeAdapter[_T], text: str | bytes) -> _T:
    """What the JSON text says; Unreadable if that is none of `codec`'s."""
    try:
        return codec.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Unreadable(f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['type']}") from None


def text_sha256(prompt: str, negative: str) -> str:
    """The fingerprint of what reaches the text encoder."""
    return hashlib.sha256(f"{prompt}\0{negative}".encode()).hexdigest()


def steps_run(request: Request) -> int:
    """How many of its steps are really run: the share that `strength` leaves of them, one at least."""
    if not request.starts_from_picture or request.strength is None:
        return request.steps
    if request.noise is Noise.A1111:  # which runs one more
        return min(request.steps, int(request.steps * request.strength) + 1)
    return min(request.steps, max(1, int(request.steps * request.strength)))


def merged(wish: Wish, *defaults: Wish) -> Wish:
    """`wish`, with what it leaves open taken from the first of `defaults` that says it."""
    said = (wish, *defaults)
    values = {
        field.name: next((value for each in said if (value := getattr(each, field.name)) is not None), None)
        for field in fields(Wish)
    }
    # Shape is one idea: whoever says any of it says all of it.
    shape = next((each for each in said if each.aspect or each.width or each.height), wish)
    return replace(Wish(**values), aspect=shape.aspect, width=shape.width, height=shape.height)


def resolve(wish: Wish, *defaults: Wish, model: Model, lists: Lists = NO_LISTS) -> DrawRequest:
    """Fill what `wish` leaves open from `defaults` (the person's, then the server's), then from the model's entry.

    `lists` are the server's word lists. Raises BadRequest with a sentence that names the limit.
    """
    full = merged(wish, *defaults)
    wanted = secrets.randbelow(MAX_SEED) if full.seed is None or full.seed == NEW_SEED else full.seed
    seed = _within(N_("seed"), wanted, 0, MAX_SEED)
    said = written(
        full.prompt or "", _or(full.negative, model.negative), style=full.style, syntax=full.syntax, model=model,
        seed=seed, lists=lists,
    )  # fmt: skip
    if not said.prompt and full.image is None:
        raise BadRequest(template=N_("Please say what to draw, for example: 1girl, blue hair, smile."))
    width, height = _size(full, model)
    if full.look:
        refuse_look(model.family, model.title)
    elif full.image is not None:
        refuse_picture(model.family, model.title)
    look = bool(full.look) and full.image is not None
    holes = (full.holes or "") if full.image is not None and not look and model.family == NOVELAI else ""
    usual = 1.0 if holes else 0.6
    strength = None if full.image is None else _within(N_("strength"), _or(full.strength, usual), 0.05, 1.0)
    return DrawRequest(
        prompt=said.prompt,
        negative=said.negative,
        text_sha256=text_sha256(said.prompt, said.negative),
        typed=said.typed,
        typed_negative=said.typed_negative,
        style=said.style,
        syntax=said.syntax,
        model=model.name,
        model_sha256=model.sha256,
        width=width,
        height=height,
        steps=_within(N_("steps"), _or(full.steps, model.steps), 1, model.max_steps),
        guidance=_within(N_("guidance"), _or(full.guidance, model.guidance), 1.0, 30.0),
        # Flow matching has one sampler, whatever somebody prefers elsewhere.
        sampler=(None if model.family in FLOW else full.sampler) or Sampler(model.sampler),
        clip_skip=_within(N_("clip skip"), _or(full.clip_skip, model.clip_skip), 1, 4),
        seed=seed,
        count=_within(N_("count"), _or(full.count, 1), 1, MAX_COUNT),
        image=full.image,
        holes=holes,
        look=look,
        strength=strength,
        noise=full.noise or Noise.CPU,
        eta_noise_delta=_within(N_("ENSD"), _or(full.eta_noise_delta, 0), 0, MAX_SEED),
        guidance_rescale=_within(N_("guidance rescale"), _or(full.guidance_rescale, model.guidance_rescale), 0.0, 1.0),
    )


def reseeded(request: DrawRequest, seed: int, model: Model | None, lists: Lists = NO_LISTS) -> DrawRequest:
    """The same wish from another seed: the choices in what was typed are made anew, by `model`'s presets.

    Words stay as they are where there is nothing to choose, or where the model is gone.
    """
    request = replace(request, seed=seed)
    prompt = request.typed or request.prompt
    negative = request.negative if request.typed_negative is None else request.typed_negative
    typed = request.typed or request.typed_negative is not None
    if model is None or not typed or not (has_choices(prompt) or has_choices(negative)):
        return request
    said = written(prompt, negative, style=request.style, syntax=request.syntax, model=model, seed=seed, lists=lists)
    return replace(
        request, prompt=said.prompt, negative=said.negative, text_sha256=text_sha256(said.prompt, said.negative),
        typed=said.typed, typed_negative=said.typed_negative,
    )  # fmt: skip


def _size(full: Wish, model: Model) -> tuple[int, int]:
    """Width and height in pixels: said outright, or the model's size for the aspect."""
    native = model.sizes[full.aspect or Aspect.SQUARE]
    width, height = _or(full.width, native[0]), _or(full.height, native[1])
    for side in (width, height):
        if not model.min_side <= side <= model.max_side:
            template = N_("{side} pixels is outside what {model} draws; use {lowest} to {highest}.")
            raise BadRequest(
                template=template, side=side, model=model.title, lowest=model.min_side, highest=model.max_side
            )
    multiple = size_multiple(model.family)
    return width // multiple * multiple, height // multiple * multiple


def _or(value: _T | None, otherwise: _T) -> _T:
    return otherwise if value is None else value


def _within(what: str, value: _N, lowest: _N, highest: _N) -> _N:
    """`value` when it lies in the range, else BadRequest naming the range (NaN lies in none)."""
    if not lowest <= value <= highest:
        template = N_("{what} must be between {lowest} and {highest}; you asked for {value}.")
        raise BadRequest(template=template, what=what, lowest=lowest, highest=highest, value=value)
    return value
