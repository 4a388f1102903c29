"""Which file a name means: one that fits the model, and where two have the same name, the one in the folder named too.

`add_detail` is whichever of several was made for the model that draws; `ComfyUI/add_detail` is the one below that
folder. Commands, completions and what is read from pictures all ask here.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inference.models.clashes import telling
from inference.safety.evidence import AgeStatus
from storage.loras import Kind, Lora, folded

_SEPARATORS = re.compile(r"[,:<>/\\]")


class Whose(StrEnum):
    """Why somebody may use it."""

    OWN = "own"
    SHARED = "shared"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A LoRA or embedding that somebody may use."""

    name: str
    kind: Kind
    sha256: str
    family: str  # empty: nobody knows
    words: tuple[str, ...]
    size_bytes: int
    age: AgeStatus
    whose: Whose
    lora: Lora | None = None  # its row; None: the operator's
    path: Path | None = None  # where the operator's lies; its `sha256` is a quick fingerprint, see `_by_content`
    folders: tuple[str, ...] = ()  # the way to the operator's, from the folder that config.toml names
    broken: bool = False  # its numbers are none; only known once it was read
    apart: str = ""  # of these as many as tell it from others of its name

    @property
    def label(self) -> str:
        """What people call it to mean this one, whatever the model."""
        return f"{self.apart}/{self.name}" if self.apart else self.name

    def fits(self, family: str) -> bool:
        """Whether it may be used with models that take those of this family, as far as anybody knows."""
        return self.family in {"", family}


def writable(name: str) -> str:
    """The name without what stands between LoRAs and their weights, so that it can be written among others."""
    return " ".join(_SEPARATORS.sub(" ", name).split()) or name


def told_apart(known: Sequence[Known]) -> list[Known]:
    """The same, the operator's with the folder before the name where others have that too."""
    alike: dict[str, list[Known]] = {}
    for each in known:
        alike.setdefault(folded(each.name), []).append(each)
    return [_apart(each, alike[folded(each.name)]) for each in known]


def called(known: Iterable[Known], name: str, family: str = "") -> Known | None:
    """What `name`, with folders before it or without, means to a model of this family, or to anybody.

    One that fits, the first in the order of `known` with regard to whose they are, and of these rather the one that
    says that it fits. Where none does, the first: whoever asks says so.
    """
    alike = so_called(known, name)
    fitting = [each for each in alike if each.fits(family) and not each.broken] if family else []
    if not fitting:
        return alike[0] if alike else None
    whose = fitting[0].whose
    sure = (each for each in fitting if each.whose is whose and each.family == family)
    return next(sure, fitting[0])


def so_called(known: Iterable[Known], name: str) -> list[Known]:
    """All of this name, in the folders that stand before it."""
    *folders, wanted = (folded(writable(part)) for part in name.replace("\\", "/").split("/"))
    found = [each for each in known if folded(writable(each.name)) == wanted and _leads_through(each.folders, folders)]
    # `a/style` is the one directly in it, even where another lies in `a/b`.
    return sorted(
        found, key=lambda each: bool(folders) and [folded(writable(folder)) for folder in each.folders] != folders
    )


def name_for(known: Iterable[Known], one: Known, family: str) -> str:
    """The shortest name that means this very one to a model of `family`."""
    return one.name if called(known, one.name, family) is one else one.label


def names_for(known: Sequence[Known], family: str) -> list[str]:
    """All names of what fits a model of `family`; of everything while that is empty, for no model is chosen."""
    known = [each for each in known if not each.broken]
    if not family:
        return [each.label for each in known]
    fitting = [each for each in known if each.fits(family)]
    return list(dict.fromkeys(name_for(known, each, family) for each in fitting))


def _apart(one: Known, alike: Sequence[Known]) -> Known:
    others = [each.folders for each in alike if each is not one]
    way = telling(one.folders, others) if others and one.folders else ""
    return dataclasses.replace(one, apart="/".join(writable(folder) for folder in way.split("/")))


def _leads_through(way: Sequence[str], folders: Sequence[str]) -> bool:
    """Whether these folders lie on the way, in their order."""
    left = iter(folded(writable(each)) for each in way)
    return all(folder in left for folder in folders)
