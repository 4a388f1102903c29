"""The operator's folders of models, used in place: what lies in them, told by the folders' own names; imports no torch.

A1111's and Forge's `models` have `Stable-diffusion`, `Lora`, `VAE`, `ESRGAN` ..., ComfyUI's `checkpoints`, `loras`,
`vae`, `upscale_models` ...; embeddings lie beside `models` in the former. In a tree that has such folders only these
are looked through, since beside them lies a whole program. Any other folder is looked through as it is, and what its
files are, their own keys say (`recognise.py`). Nothing is opened here.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from inference.models.pickles import PICKLES

MAX_DEPTH = 8
MAX_ENTRIES = 50_000
WEIGHTS = ".safetensors"
PACKED = ".gguf"
INDEXES = frozenset({"model_index.json", "modular_model_index.json"})  # of a checkpoint in diffusers' layout
BESIDE = ".vae"  # `name.vae.safetensors` is the VAE of `name.safetensors`


class Kind(StrEnum):
    """What files are for."""

    CHECKPOINT = "checkpoint"
    LORA = "lora"
    VAE = "vae"
    EMBEDDING = "embedding"
    CONTROLNET = "controlnet"
    UPSCALER = "upscaler"


# A folder's name in small letters -> what lies in it.
NAMES: Mapping[str, Kind] = {
    **dict.fromkeys(("stable-diffusion", "checkpoints", "diffusers", "diffusion_models", "unet"), Kind.CHECKPOINT),
    **dict.fromkeys(("lora", "loras", "lycoris"), Kind.LORA),
    "vae": Kind.VAE,
    "embeddings": Kind.EMBEDDING,
    "controlnet": Kind.CONTROLNET,
    **dict.fromkeys(
        ("esrgan", "realesrgan", "upscale_models", "swinir", "dat", "hat", "bsrgan", "scunet"), Kind.UPSCALER
    ),
}
# What is found, and counted, but used by nothing so far.
NOT_YET = frozenset({Kind.CONTROLNET, Kind.UPSCALER})
# Where a tree keeps such folders, from its root.
_SHELVES = ("", "models", "extensions/sd-webui-controlnet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file, or a folder in diffusers' layout, that may hold weights."""

    path: Path
    kind: Kind | None  # as its folder's name says; None: the name says nothing
    bytes: int  # 0 for a folder
    mtime_ns: int

    @property
    def stem(self) -> str:
        """Its name, without the ending of a file."""
        return self.path.stem if self.bytes else self.path.name

    @property
    def is_pickle(self) -> bool:
        """Whether it is of a kind that can run programs, and so is never opened."""
        return self.path.suffix.lower() in PICKLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A folder, or part of one, that could not be looked through."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What the operator should know of a file or folder; `blocks` where it cannot be used because of that."""

    path: str
    template: str  # a sentence to be translated, and what fills it
    fields: Mapping[str, str | int | float]
    blocks: bool = True


@dataclass(slots=True)
class Shelves:
    """What was found, in the order of the folders and their names."""

    items: list[Item] = field(default_factory=list[Item])
    unread: list[Unread] = field(default_factory=list[Unread])
    empty: list[Path] = field(default_factory=list[Path])
    packed: list[Path] = field(default_factory=list[Path])  # in a form whose numbers nothing here reads
    _seen: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    _entries: int = 0

    def found(self, kind: Kind | None) -> Iterator[Item]:
        """The safetensors files and folders of one kind."""
        return (item for item in self.items if item.kind is kind and not item.is_pickle)

    @property
    def pickles(self) -> Iterator[Item]:
        """What has to be converted before it can be used, has not been, and would be of use then."""
        done = {item.path for item in self.items if not item.is_pickle}
        return (
            item
            for item in self.items
            if item.is_pickle and item.kind not in NOT_YET and item.path.with_suffix(WEIGHTS) not in done
        )

    def add_root(self, root: Path, *, whole: bool = False) -> None:
        """Look through a tree of A1111, Forge or ComfyUI, or through a plain folder.

        `whole`: even where some folders have such names, the others are looked through too.
        """
        if not _is_folder(root):
            self.unread.append(Unread(path=root, why="there is no such folder"))
            return
        kind = NAMES.get(root.name.casefold())
        shelves = [] if kind else list(_shelves(root))
        for shelf, shelf_kind in shelves:
            self._walk(shelf, shelf_kind, 1)
        if whole or not shelves:
            self._walk(root, kind, 0)
        else:
            self._add_loose(root)

    def add_file(self, path: Path) -> None:
        """A single checkpoint that the settings name; an absent one is unread."""
        try:
            self._add(path, path.stat(), Kind.CHECKPOINT)
        except OSError as error:
            self.unread.append(Unread(path=path, why=_why(error)))

    def _walk(self, folder: Path, kind: Kind | None, depth: int) -> None:
        """All that lies in `folder`, once, however links lead to it."""
        if depth > MAX_DEPTH or self._is_seen(folder):
            return
        entries = self._listed(folder)
        if _is_one(folder, {each.name for each in entries}):
            self.items.append(Item(path=folder, kind=kind, bytes=0, mtime_ns=_newest(entries)))
            return
        for entry in entries:
            facts = self._facts(entry)
            if facts is None:
                continue
            if stat.S_ISDIR(facts.st_mode):
                below = kind or NAMES.get(entry.name.casefold())
                self._walk(Path(entry.path), below, depth + 1)
            else:
                self._add(Path(entry.path), facts, kind)

    def _add_loose(self, root: Path) -> None:
        """The files that lie in a tree's root itself."""
        for entry in self._listed(root):
            facts = self._facts(entry)
            if facts is not None and not stat.S_ISDIR(facts.st_mode) and entry.name.lower().endswith(WEIGHTS):
                self._add(Path(entry.path), facts, None)

    def _add(self, path: Path, facts: os.stat_result, kind: Kind | None) -> None:
        suffix = path.suffix.lower()
        if stat.S_ISDIR(facts.st_mode):
            self.items.append(Item(path=path, kind=kind, bytes=0, mtime_ns=facts.st_mtime_ns))
        elif suffix == PACKED and stat.S_ISREG(facts.st_mode) and kind not in NOT_YET:
            self.packed.append(path)
        elif not stat.S_ISREG(facts.st_mode) or (suffix != WEIGHTS and suffix not in PICKLES):
            return
        elif not facts.st_size:
            self.empty.append(path)
        else:
            is_vae = kind is not Kind.UPSCALER and path.stem.casefold().endswith(BESIDE)
            self.items.append(
                Item(path=path, kind=Kind.VAE if is_vae else kind, bytes=facts.st_size, mtime_ns=facts.st_mtime_ns)
            )

    def _listed(self, folder: Path) -> list[os.DirEntry[str]]:
        """What lies directly in a folder, by name, hidden things aside, within the bound for all folders together."""
        try:
            with os.scandir(folder) as listing:
                entries: list[os.DirEntry[str]] = []
                for entry in listing:
                    if self._entries >= MAX_ENTRIES:
                        self.unread.append(Unread(path=folder, why="there are too many files"))
                        break
                    self._entries += 1
                    if not entry.name.startswith("."):
                        entries.append(entry)
        except OSError as error:
            self.unread.append(Unread(path=folder, why=_why(error)))
            return []
        return sorted(entries, key=lambda entry: entry.name.casefold())

    def _facts(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        """What an entry, or what it links to, is; None where a link leads nowhere or in a circle."""
        try:
            return entry.stat()
        except OSError as error:
            if not entry.is_symlink():
                self.unread.append(Unread(path=Path(entry.path), why=_why(error)))
            return None

    def _is_seen(self, folder: Path) -> bool:
        try:
            facts = folder.stat()
        except OSError as error:
            self.unread.append(Unread(path=folder, why=_why(error)))
            return True
        where = (facts.st_dev, facts.st_ino)
        known = where in self._seen
        self._seen.add(where)
        return known


def look_through(own: Path, others: Sequence[Path], files: Sequence[Path] = ()) -> Shelves:
    """Everything in the bot's own folder (it need not exist), in `others`, and the single `files`; blocks."""
    shelves = Shelves()
    if _is_folder(own):
        shelves.add_root(own, whole=True)
    for root in others:
        shelves.add_root(root)
    for file in files:
        shelves.add_file(file)
    return shelves


def _shelves(root: Path) -> Iterator[tuple[Path, Kind]]:
    """The folders of a tree whose names say what is in them."""
    for shelf in _SHELVES:
        try:
            with os.scandir(root / shelf) as listing:
                named = sorted(entry.name for entry in listing if entry.name.casefold() in NAMES)
        except OSError:
            continue  # that shelf is not there; the root itself is listed, and complained about, elsewhere
        for name in named:
            if _is_folder(root / shelf / name):
                yield root / shelf / name, NAMES[name.casefold()]
        if shelf.startswith("extensions") and _is_folder(root / shelf / "models"):
            yield root / shelf / "models", Kind.CONTROLNET


def _is_one(folder: Path, names: set[str]) -> bool:
    """Whether a folder is a single thing in diffusers' layout: a checkpoint, or one part such as a VAE."""
    if names & INDEXES or ("unet" in names and _is_file(folder / "unet" / "config.json")):
        return True
    return "config.json" in names and any(name.startswith("diffusion_pytorch_model.") for name in names)


def _newest(entries: Sequence[os.DirEntry[str]]) -> int:
    """When a folder in diffusers' layout was last changed, as far as its own entries tell."""
    times = [0]
    for entry in entries:
        try:
            times.append(entry.stat().st_mtime_ns)
        except OSError:
            continue
    return max(times)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
