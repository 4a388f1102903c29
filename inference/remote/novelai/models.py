"""The service's models as typed entries, and as entries of the catalogue."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from inference.models.catalog import Model
from inference.models.families import NOVELAI, size_multiple

FILE = Path(__file__).with_name("models.toml")
SIZES = {"square": (1024, 1024), "portrait": (832, 1216), "landscape": (1216, 832)}
LARGEST_SIDE = 1920
MAX_STEPS = 50
STEP_S = 0.35  # a guess: some ten seconds a picture, which the line learns from
LICENCE = "NovelAI's terms of service"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteModel:
    """One model of the service."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    title: str
    id: str  # as the service names it
    version: Literal[3, 4]  # which form its parameters have; 4 is that of V4.5 too
    steps: int
    guidance: float
    sampler: str
    noise_schedule: str
    quality: str  # the service appends nothing itself: its clients do
    negative: str
    builds: tuple[str, ...]  # its pictures say which of them drew

    @property
    def inpainting(self) -> str:
        """The model that redraws what is masked."""
        return f"{self.id.removesuffix('-preview')}-inpainting"

    def entry(self) -> Model:
        """The catalogue's entry: no files, no GPU."""
        return Model(
            name=self.name, title=self.title, family=NOVELAI, path="", sizes=SIZES, min_side=size_multiple(NOVELAI),
            max_side=LARGEST_SIDE, steps=self.steps, max_steps=MAX_STEPS, guidance=self.guidance, sampler=self.sampler,
            clip_skip=1, quality=self.quality, negative=self.negative, licence=LICENCE, step_cost_s=STEP_S,
        )  # fmt: skip


@cache
def remote_models() -> Mapping[str, RemoteModel]:
    """All of them by our own name."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    adapter = TypeAdapter(RemoteModel)
    return {name: adapter.validate_python({"name": name, **table}) for name, table in tables.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWith:
    """The model that a picture of the service's names; `exact`: the very one, else the one that comes nearest."""

    model: RemoteModel
    exact: bool


_NAMES = re.compile(r"(?:novelai|nai)(?: |-)(?:diffusion )?v?(3|4|4\.5)(?: (full|curated))?")
_OLD = "stable diffusion xl"  # what V3, which is one, calls itself


def drawn_with(name: str, build: str) -> DrawnWith | None:
    """By what a picture says: “NovelAI Diffusion V4.5” and `4bde2a90`, “nai-diffusion-4-5-full”, one of our own names.

    None for a name that is not of the service's models.
    """
    models = remote_models()
    for model in models.values():
        if build and build.casefold() in model.builds:
            return DrawnWith(model=model, exact=True)
    plain = " ".join(name.casefold().split()).removesuffix("-inpainting")
    for model in models.values():
        if plain in {model.name, model.id, model.id.removesuffix("-preview"), model.title.casefold()}:
            return DrawnWith(model=model, exact=True)
    if plain == _OLD and build:
        return DrawnWith(model=models["nai-v3"], exact=False)
    found = _NAMES.fullmatch(plain)
    if found is None:
        return None
    version, kind = found[1].replace(".", "-"), found[2]
    if version == "3":
        return DrawnWith(model=models["nai-v3"], exact=True)
    # Each version came twice, and of a build that nobody knows only the version is sure.
    model = models[f"nai-v{version}-curated" if kind == "curated" else f"nai-v{version}"]
    return DrawnWith(model=model, exact=kind is not None or not build)
