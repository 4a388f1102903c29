"""What is drawn and what is not: one pure function from facts to a decision; it never repeats the words it found.

Two rules stand above all settings. Anything sexual together with anything young is refused always. And what is not
known counts as the worst it could be. For now adult content is refused everywhere, age-restricted channels included.
"""

import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_WORDS = Path(__file__).with_name("words.toml")


class Rating(StrEnum):
    """How explicit a picture is, in the four steps of the Danbooru tags."""

    GENERAL = "general"
    SENSITIVE = "sensitive"
    QUESTIONABLE = "questionable"
    EXPLICIT = "explicit"
    UNKNOWN = "unknown"  # nobody looked, or the one who should have failed: counts as explicit


class Rule(StrEnum):
    """Which rule refused; for the log and for counting, never shown to people."""

    FLOOR = "floor"  # sexual and young: nowhere, ever
    ADULT = "adult"  # sexual, where that is not allowed
    OPERATOR = "operator"  # a word of the operator's own list
    PICTURE = "picture"  # the finished picture is not fit for the place


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words looked for, normalised."""

    sexual: frozenset[str]
    young: frozenset[str]
    blocked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision rests on."""

    prompt: str  # compiled: exactly what the text encoder receives
    negative: str
    age_restricted: bool | None = None  # the place; None = not known, and so not restricted
    picture: Rating | None = None  # of the finished or uploaded picture; None = there is none yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Drawn and shown, or refused by `rule`."""

    allowed: bool
    rule: Rule | None = None


def judge(facts: Facts, words: Words) -> Decision:
    """Whether this may be drawn, or once there is a picture, shown."""
    text = _spaced(facts.prompt)
    sexual = _any(text, words.sexual) or _is_adult(facts.picture)
    young = _any(text, words.young)
    if sexual and young:
        return Decision(allowed=False, rule=Rule.FLOOR)
    if _is_adult(facts.picture):
        return Decision(allowed=False, rule=Rule.PICTURE)
    if sexual:
        return Decision(allowed=False, rule=Rule.ADULT)
    if _any(text, words.blocked) or _any(_spaced(facts.negative), words.blocked):
        return Decision(allowed=False, rule=Rule.OPERATOR)
    return Decision(allowed=True)


def read_words(blocked_words: str = "") -> Words:
    """The built-in lists and the operator's file, one word or phrase a line; OSError if that cannot be read."""
    lists = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    own = Path(blocked_words).read_text(encoding="utf-8").splitlines() if blocked_words else []
    return Words(sexual=_normalised(lists["sexual"]), young=_normalised(lists["young"]), blocked=_normalised(own))


def _is_adult(picture: Rating | None) -> bool:
    return picture in {Rating.QUESTIONABLE, Rating.EXPLICIT, Rating.UNKNOWN}


def _normalised(words: Iterable[str]) -> frozenset[str]:
    return frozenset(spaced for word in words if (spaced := _spaced(word)).strip())


def _spaced(text: str) -> str:
    """`text` in lower case and compatible spelling, with one space in place of whatever separates words.

    It begins and ends with a space, so that ` word ` is found only where it stands alone.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return f" {' '.join(''.join(char if char.isalnum() else ' ' for char in plain).split())} "


def _any(text: str, words: frozenset[str]) -> bool:
    return any(word in text for word in words)
