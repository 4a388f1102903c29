"""The catalogue of checkpoints: `catalog.toml` as typed entries; imports no torch and runs in the bot."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from inference.errors import ModelMissing

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("catalog.toml")


class Prediction(StrEnum):
    """What the network was trained to predict, by diffusers' names."""

    EPSILON = "epsilon"
    V = "v_prediction"


class Spacing(StrEnum):
    """Which timesteps a schedule takes, by diffusers' names."""

    LEADING = "leading"
    TRAILING = "trailing"
    LINSPACE = "linspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A checkpoint and everything one must know to draw well with it."""

    name: str
    title: str  # for people
    family: str  # the architecture: "sd15" ...
    path: str  # folder (diffusers layout) or .safetensors file, relative to the project or absolute
    sizes: Mapping[str, tuple[int, int]]  # aspect -> width, height in pixels
    min_side: int
    max_side: int
    steps: int
    max_steps: int
    guidance: float
    sampler: str
    clip_skip: int
    quality: str  # appended to every prompt when people leave quality tags on
    negative: str  # the default negative prompt
    licence: str
    use_restrictions: str = ""  # names the licence's rules of use that every person accepts; empty: there are none
    harmless: bool = False  # it learned from nothing but harmless drawings of our own, and can draw nothing else
    step_cost_s: float  # GPU-seconds of one guided step at the square size, a first guess until measured
    # None: what the files say, and where they say nothing, what the family is known for.
    prediction: Prediction | None = None
    zero_terminal_snr: bool | None = None
    spacing: Spacing | None = None
    guidance_rescale: float = 0.0  # phi of arXiv:2305.08891, section 3.4
    vae: str = ""  # path of another VAE, a folder or a .safetensors file; empty: the checkpoint's own

    @property
    def folder(self) -> Path:
        """Where the files lie: the folder, or the file itself."""
        path = Path(self.path)
        return path if path.is_absolute() else ROOT / path

    @property
    def sha256(self) -> str:
        """A fingerprint of the checkpoint's files, so that a request says which weights drew it."""
        return _folder_sha256(self.folder)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All checkpoints by name."""

    models: Mapping[str, Model]

    def find(self, name: str) -> Model:
        """The entry called `name`; ModelMissing if there is none or its files are absent."""
        model = self.models.get(name)
        if model is None or not model.folder.is_dir():
            raise ModelMissing(model=name)
        return model


def load_catalog(path: Path = FILE) -> Catalog:
    """Read the catalogue; pydantic.ValidationError names a wrong key."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["models"]
    adapter = TypeAdapter(Model)
    return Catalog({name: adapter.validate_python({"name": name, **table}) for name, table in tables.items()})


@cache
def _folder_sha256(folder: Path) -> str:
    """Hash of names, sizes and weight headers: exact where it matters, and quick even for gigabytes."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".safetensors", ".json", ".txt"}:
            digest.update(json.dumps([file.relative_to(folder).as_posix(), file.stat().st_size]).encode())
            with file.open("rb") as stream:
                digest.update(stream.read(1 << 20))
    return digest.hexdigest()
