"""The catalogue of checkpoints: `catalog.toml` as typed entries; imports no torch and runs in the bot.

A `Model` can draw here and now. An `Offer` is a checkpoint that the catalogue knows: how it wants to draw, what its
licence asks, and where it comes from. What lies in the operator's folders becomes Models in `installed.py`.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from inference.errors import ModelMissing
from inference.models.folders import Item, Kind, Remark

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("catalog.toml")
CARD_GB = 8.0
_STRICT = ConfigDict(extra="forbid")

Size = tuple[int, int]  # width, height in pixels


class Prediction(StrEnum):
    """What the network was trained to predict, by diffusers' names."""

    EPSILON = "epsilon"
    V = "v_prediction"


class Spacing(StrEnum):
    """Which timesteps a schedule takes, by diffusers' names."""

    LEADING = "leading"
    TRAILING = "trailing"
    LINSPACE = "linspace"


class Fits(StrEnum):
    """Whether a card of 8 GB holds a checkpoint, with something left for the screen."""

    WHOLE = "yes"
    OFFLOADED = "with offload"  # parts of it wait in main memory
    NOT = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a checkpoint wants to draw."""

    family: str  # the architecture: "sd15" ...
    sizes: Mapping[str, Size]  # aspect -> native size
    min_side: int
    max_side: int
    steps: int
    max_steps: int
    guidance: float
    sampler: str
    clip_skip: int
    quality: str  # appended to every prompt when people leave quality tags on
    negative: str  # the default negative prompt
    step_cost_s: float  # GPU-seconds of one guided step at the square size, a first guess until measured
    # None: what the files say, and where they say nothing, what the family is known for.
    prediction: Prediction | None = None
    zero_terminal_snr: bool | None = None
    spacing: Spacing | None = None
    guidance_rescale: float = 0.0  # phi of arXiv:2305.08891, section 3.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Manner):
    """A checkpoint and everything one must know to draw well with it."""

    __pydantic_config__ = _STRICT

    name: str
    title: str  # for people
    path: str  # folder (diffusers layout) or .safetensors file, relative to the project or absolute; empty: a service
    licence: str  # its title, for people
    use_restrictions: str = ""  # names the licence's rules of use that every person accepts; empty: there are none
    harmless: bool = False  # it learned from nothing but harmless drawings of our own, and can draw nothing else
    narrow: bool = False  # narrower than its family: only LoRAs and embeddings made for itself fit
    vae: str = ""  # path of another VAE, a folder or a .safetensors file; empty: the checkpoint's own
    text_encoder: str = ""  # path of another checkpoint of the family, whose text encoders are taken where it has none
    checkpoint: str = ""  # the catalogue's name of what it is; empty: a file of the operator's that it does not know
    fetched_at_first_use: bool = False  # it is not here yet, and the operator lets it be fetched when it is drawn with

    @property
    def takes(self) -> str:
        """What the LoRAs and embeddings that fit were made for: its family, or itself alone."""
        return self.name if self.narrow else self.family

    @property
    def folder(self) -> Path:
        """Where the files lie: the folder, or the file itself."""
        return ROOT / self.path  # an absolute one stays what it is

    @property
    def is_there(self) -> bool:
        """Whether its folder or file is on this machine at this moment."""
        return not self.path or self.folder.exists()

    @property
    def sha256(self) -> str:
        """A fingerprint of the checkpoint's files, so that a request says which weights drew it."""
        if not self.path:
            return hashlib.sha256(self.name.encode()).hexdigest()  # a service says nothing of its weights
        if self.fetched_at_first_use and not self.is_there:
            return ""  # nobody knows before it is here; the worker says which weights drew
        path = self.folder
        try:
            facts = [path.stat(), *(file.stat() for file in _told_by(path))]
            return fingerprint(path, (sum(each.st_size for each in facts), sum(each.st_mtime_ns for each in facts)))
        except OSError as error:
            raise ModelMissing(str(error), model=self.title) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What a licence asks of whoever uses the model; the model's own page wins over it."""

    __pydantic_config__ = _STRICT

    name: str
    title: str
    conditions: str  # one sentence, translated where it is shown
    use_restrictions: str = ""
    commercial: bool = True  # False: its use, or that of its pictures, is for nothing commercial


@dataclass(frozen=True, slots=True, kw_only=True)
class Family(Manner):
    """What all checkpoints of an architecture share, where nothing better is known of one."""

    __pydantic_config__ = _STRICT

    title: str
    draws: bool  # whether this version of Genga has an engine for it
    licence: Licence
    vram_gb: float  # 10^9 bytes of graphics memory it takes, estimated
    offload_gb: float  # the same with the parts that rest in main memory
    more_sizes: Sequence[Size] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFile:
    """One file of a checkpoint as its publisher has it."""

    __pydantic_config__ = _STRICT

    path: str  # within the repository
    bytes: int
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{8,64})?$")] = ""  # as many of its digits as are known
    repository: str = ""  # another one than the checkpoint's

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, kw_only=True)  # two classes with slots cannot both be above Offer
class _Source:
    """Where something is published, and what is asked of whoever takes it."""

    name: str
    title: str
    form: Literal["file", "folder"]  # one file, or diffusers' folders (all of the repository's, unless files are named)
    bytes: int  # to be downloaded, in all
    licence: Licence
    huggingface: str = ""  # repository ids; empty: not there, or not known
    modelscope: str = ""
    civitai: int = 0  # version id
    revision: str = "main"  # "main": no fixed one is known
    files: Sequence[OfferFile] = ()
    page: str = ""  # empty: the repository's
    names: Sequence[str] = ()  # further file names, without their ending, by which people have it
    safetensors_builds: Sequence[str] = ()  # other people's repositories, where the publisher has a pickle only
    note: str = ""  # for the operator: what is not verified, what to look out for

    @property
    def link(self) -> str:
        """The page that says what is allowed."""
        return self.page or f"https://huggingface.co/{self.huggingface}"

    @property
    def known_as(self) -> frozenset[str]:
        """Every file name that means it, small letters, without the ending."""
        own = (self.name, *(PurePosixPath(each.path).stem for each in self.files if self.form == "file"))
        return frozenset(each.casefold() for each in (*own, *self.names))

    @property
    def needs_converting(self) -> bool:
        """Whether the publisher's file is a pickle, which only the operator's own command reads."""
        return any(not each.path.endswith(".safetensors") for each in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vae(_Source):
    """A decoder that may stand in place of a checkpoint's own."""

    __pydantic_config__ = _STRICT

    families: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(_Source, Manner):
    """A checkpoint that the catalogue knows."""

    __pydantic_config__ = _STRICT

    about: str  # what it is good at, translated where it is shown
    draws: bool
    vram_gb: float
    offload_gb: float
    more_sizes: Sequence[Size] = ()
    vae: str = ""  # a name of `Catalog.vaes`; empty: its own

    @property
    def fits_8gb(self) -> Fits:
        """Whether a card of 8 GB holds it, by the estimates."""
        if self.vram_gb < CARD_GB:
            return Fits.WHOLE
        return Fits.OFFLOADED if self.offload_gb < CARD_GB else Fits.NOT

    def model(self, *, name: str, path: Path, vae: str = "") -> Model:
        """The entry of an installed copy."""
        manner = {each.name: getattr(self, each.name) for each in fields(Manner)}
        return Model(
            name=name, title=self.title, path=str(path), vae=vae, checkpoint=self.name, licence=self.licence.title,
            use_restrictions=self.licence.use_restrictions, **manner,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A LoRA or embedding of the operator's, for everybody; all its words are a stranger's."""

    name: str  # of its file, without the ending: what `<lora:name:1>` calls
    kind: Kind
    path: Path
    sha256: str  # a fingerprint as a Model's: name, size, first MiB
    bytes: int
    family: str  # empty: it does not tell
    words: tuple[str, ...]  # that bring out what it learned
    says: str  # all that it says of itself, for whoever judges it
    folders: tuple[str, ...] = ()  # the way to it, from the folder that the operator named


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(slots=True)
class Catalog:
    """What can draw here, what could, and other VAEs, all by name.

    The bot has one, which everybody holds; when the operator's folders are looked through again, `take` puts the new
    entries in place at once.
    """

    models: Mapping[str, Model]
    offers: Mapping[str, Offer] = field(default_factory=_nothing)  # known and not installed
    known: Mapping[str, Offer] = field(default_factory=_nothing)  # every checkpoint of `catalog.toml`
    families: Mapping[str, Family] = field(default_factory=_nothing)
    licences: Mapping[str, Licence] = field(default_factory=_nothing)
    vaes: Mapping[str, Vae] = field(default_factory=_nothing)
    files: Mapping[Kind, Sequence[Item]] = field(default_factory=_nothing)  # all of the operator's, by their use
    companions: Sequence[Companion] = ()  # the LoRAs and embeddings among them
    remarks: Sequence[Remark] = ()  # what the operator should know of them

    def find(self, name: str) -> Model:
        """The entry called `name`; ModelMissing if there is none, or its files are absent and stay so."""
        model = self.models.get(name)
        if model is None or not (model.is_there or model.fetched_at_first_use):
            raise ModelMissing(model=model.title if model else name)
        return model

    def loadable(self, name: str) -> Model | None:
        """The entry called `name`, unless its files are still to come."""
        model = self.models.get(name)
        return None if model is None or (model.fetched_at_first_use and not model.is_there) else model

    def to_come(self) -> set[str]:
        """The names of what is fetched at its first use, and of the VAEs that come along."""
        coming = [self.known[each.checkpoint] for each in self.models.values() if each.fetched_at_first_use]
        return {name for each in coming for name in (each.name, each.vae) if name}

    def meant_by(self, text: str) -> str | None:
        """The name of the one model that `text` is the name or title of, however it is written; None without one."""
        if text in self.models:
            return text
        wanted = letters(text)
        found = [name for name, model in self.models.items() if wanted in {letters(name), letters(model.title)}]
        return found[0] if len(found) == 1 else None

    def offered_by(self, text: str) -> Offer | None:
        """The one that is not installed and has `text` as its name or title, however it is written."""
        wanted = letters(text)
        found = [each for each in self.offers.values() if wanted in {letters(each.name), letters(each.title)}]
        return found[0] if len(found) == 1 else None

    def near(self, text: str) -> list[str]:
        """Titles of those that begin with `text` or hold it, then of those that look like it, the nearest first."""
        wanted = letters(text)[:80]
        called = {each.title: (letters(each.title), letters(each.name)) for each in self.models.values()}
        holding = [title for title, names in called.items() if wanted and any(wanted in each for each in names)]
        holding.sort(key=lambda title: not any(each.startswith(wanted) for each in called[title]))
        titles = {names[0]: title for title, names in called.items()}
        alike = get_close_matches(wanted, titles, n=3, cutoff=0.7)
        return list(dict.fromkeys([*holding, *(titles[each] for each in alike)]))[:3]

    def take(self, other: "Catalog") -> None:
        """Have from now on what `other` has."""
        for each in fields(self):
            setattr(self, each.name, getattr(other, each.name))

    def forget(self, name: str) -> None:
        """Offer that model no longer, until the folders are looked through again."""
        self.models = {other: model for other, model in self.models.items() if other != name}


def letters(text: str) -> str:
    """What of a name or title counts where people type it."""
    return "".join(char for char in text.casefold() if char.isalnum())


def load_catalog(path: Path = FILE) -> Catalog:
    """Read the catalogue: the models that ship with the bot, and all that is known.

    pydantic.ValidationError names a wrong key; KeyError a family, licence or VAE that is none.
    """
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    licences = {name: _licence.validate_python({"name": name, **table}) for name, table in _tables(read, "licences")}
    families = {
        name: _family.validate_python({"family": name, **table, "licence": licences[table["licence"]]})
        for name, table in _tables(read, "families")
    }
    vaes = {
        name: _vae.validate_python({"name": name, **table, "licence": licences[table["licence"]]})
        for name, table in _tables(read, "vaes")
    }
    known = {name: offer_of(name, table, families, licences) for name, table in _tables(read, "checkpoints")}
    for offer in known.values():
        if offer.vae and offer.family not in vaes[offer.vae].families:
            raise KeyError(f"{offer.name}: {offer.vae} is for others")
    models = {name: _model.validate_python({"name": name, **table}) for name, table in _tables(read, "models")}
    return Catalog(models, offers=known, known=known, families=families, licences=licences, vaes=vaes)


_model = TypeAdapter(Model)
_licence = TypeAdapter(Licence)
_family = TypeAdapter(Family)
_vae = TypeAdapter(Vae)
_offer = TypeAdapter(Offer)


def _tables(read: Mapping[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    return list(read.get(name, {}).items())


def offer_of(
    name: str, table: Mapping[str, Any], families: Mapping[str, Family], licences: Mapping[str, Licence]
) -> Offer:
    """A checkpoint's entry: what its table leaves open is its family's; KeyError for such as are none."""
    family = families[table["family"]]
    shared = {each.name: getattr(family, each.name) for each in fields(Family) if each.name != "title"}
    return _offer.validate_python({**shared, "name": name, **table, "licence": licences[table["licence"]]})


@cache
def fingerprint(path: Path, age: tuple[int, int]) -> str:
    """Hash of names, sizes and weight headers: exact where it matters, and quick even for gigabytes.

    `age` is not read: what was replaced has another, and is hashed again.
    """
    del age
    digest = hashlib.sha256()
    for file in _told_by(path):
        name = file.name if file == path else file.relative_to(path).as_posix()
        digest.update(json.dumps([name, file.stat().st_size]).encode())
        with file.open("rb") as stream:
            digest.update(stream.read(1 << 20))
    return digest.hexdigest()


def _told_by(path: Path) -> list[Path]:
    """The file itself, or the files of a folder that say what it is."""
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix.lower() in {".safetensors", ".json", ".txt"})
