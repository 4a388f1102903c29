"""People: the language Discord reports for them, what they prefer, and their named presets."""

from dataclasses import dataclass
from enum import StrEnum

from inference.request import Wish
from storage.database import Database

MAX_PRESETS = 25  # as many as one Discord select shows


class Verbosity(StrEnum):
    """How much a card says."""

    MINIMAL = "minimal"
    NORMAL = "normal"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person's settings; someone we never met has the defaults."""

    id: int
    locale: str | None = None  # last one Discord reported
    language: str | None = None  # chosen in /settings, stronger than the locale
    verbosity: Verbosity = Verbosity.NORMAL
    wish: Wish = Wish()  # what fills the gaps of their wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A wish with a name."""

    name: str
    wish: Wish


async def seen(db: Database, person_id: int, locale: str) -> Person:
    """Call at every interaction: remembers the locale (written only when it changed) and returns the person."""
    raise NotImplementedError


async def get(db: Database, person_id: int) -> Person:
    """The person; defaults when never seen."""
    raise NotImplementedError


async def set_wish(db: Database, person_id: int, wish: Wish) -> None:
    """Replace what fills the gaps of their wishes."""
    raise NotImplementedError


async def set_language(db: Database, person_id: int, language: str | None) -> None:
    """Choose a language; None follows Discord again."""
    raise NotImplementedError


async def set_verbosity(db: Database, person_id: int, verbosity: Verbosity) -> None:
    """Choose how much cards say."""
    raise NotImplementedError


async def save_preset(db: Database, owner_id: int, name: str, wish: Wish) -> None:
    """Save or overwrite; BadRequest when the name is empty or over 50 characters, or there are 25 already."""
    raise NotImplementedError


async def presets_of(db: Database, owner_id: int) -> list[Preset]:
    """A person's presets by name."""
    raise NotImplementedError


async def preset(db: Database, owner_id: int, name: str) -> Preset | None:
    """One preset; upper and lower case are the same."""
    raise NotImplementedError


async def delete_preset(db: Database, owner_id: int, name: str) -> bool:
    """Delete it; False when there was none."""
    raise NotImplementedError
