"""What a picture or a text says of how it was drawn, whichever program wrote it; every field may be missing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inference.prompts.syntax import Syntax

MAX_CHARS: Final = 131_072  # of a text that is read at all; the longest graphs people share have about half
MAX_LORAS: Final = 64
MAX_EXTRA: Final = 200


class Program(StrEnum):
    """Who wrote it down, as people call it."""

    GENGA = "Genga"
    A1111 = "A1111"  # and Forge, SD.Next, and whoever else writes its infotext
    COMFYUI = "ComfyUI"
    NOVELAI = "NovelAI"
    INVOKEAI = "InvokeAI"
    SWARMUI = "SwarmUI"
    FOOOCUS = "Fooocus"


class NoiseSource(StrEnum):
    """Where its noise came from."""

    CPU = "CPU"
    GPU = "GPU"  # A1111 on an NVIDIA card
    NV = "NV"  # the same numbers, drawn on the processor


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLora:
    """A LoRA by its name, without folder and ending; `hash` is as many digits of a fingerprint as were written."""

    name: str
    unet: float = 1.0
    text: float = 1.0
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidEmbedding:
    """A textual inversion by the word that stands for it."""

    word: str
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hires:
    """A second, larger pass after the first."""

    scale: float | None = None
    width: int | None = None  # pixels
    height: int | None = None
    steps: int | None = None
    upscaler: str = ""
    strength: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a picture was drawn, as far as it is said; nothing here is checked against what any model can do."""

    program: Program
    prompt: str | None = None  # with its syntax, `<lora:name:weight>` included
    negative: str | None = None
    steps: int | None = None
    sampler: str | None = None  # in A1111's words
    schedule: str | None = None  # "Karras" ...; None: the sampler's name says it, or nothing does
    guidance: float | None = None
    guidance_rescale: float | None = None
    seed: int | None = None  # up to 2**64 - 1
    width: int | None = None  # pixels
    height: int | None = None
    strength: float | None = None  # of image to image: 0 nothing, 1 everything
    clip_skip: int | None = None  # as A1111 counts: 1 is the last layer
    model: str | None = None  # without folder and ending
    model_hash: str | None = None  # hexadecimal, lower case
    vae: str | None = None
    noise: NoiseSource | None = None
    eta: float | None = None
    eta_noise_delta: int | None = None  # A1111's ENSD
    hires: Hires | None = None
    loras: tuple[SaidLora, ...] = ()
    embeddings: tuple[SaidEmbedding, ...] = ()
    syntax: Syntax | None = None  # None: as the program always reads it
    version: str | None = None  # of the program
    extra: tuple[tuple[str, str], ...] = ()  # whatever else was written, in its order
