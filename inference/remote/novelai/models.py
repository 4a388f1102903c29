"""The service's models as typed entries, and as entries of the catalogue."""

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

    @property
    def inpainting(self) -> str:
        """The model that redraws what is masked."""
        return f"{self.id}-inpainting"

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
