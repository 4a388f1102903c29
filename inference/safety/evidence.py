"""What is known of a text and of a picture, in the few steps that `policy.py` decides by.

Evidence is measured elsewhere (`text.py` reads prompts, `rater/` looks at pictures) and weighed only there. Nothing in
these classes repeats a word that was found. `None` always means: nobody looked, or whoever should have could not; the
policy takes it for the worst it could be.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


class Strength(IntEnum):
    """How much speaks for something."""

    NONE = 0
    WEAK = 1  # one indirect sign: a squashed spelling, a word with two meanings, a score between the thresholds
    STRONG = 2


class Rating(StrEnum):
    """How explicit a picture is, in the four steps of the Danbooru tags."""

    GENERAL = "general"
    SENSITIVE = "sensitive"
    QUESTIONABLE = "questionable"
    EXPLICIT = "explicit"


class AgeStatus(StrEnum):
    """Of a character or a LoRA: what its owner asserts, and a moderator may lock."""

    ADULT = "adult"
    MINOR = "minor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvidence:
    """Of the compiled prompt and negative prompt: exactly what the text encoder receives."""

    sexual: Strength
    young: Strength
    real_person: Strength
    blocked: bool = False  # a word of the operator's or the server's own list
    gore: Strength = Strength.NONE
    hate: Strength = Strength.NONE
    # Somebody wrote it: whole words in plain spelling, one sexual, another young or of a real person. The decision does
    # not hang on it; whether it is held against the person does.
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEvidence:
    """Of one finished or uploaded picture, from every rater that is installed; None: none of them can tell."""

    rating: Rating | None
    young: Strength | None  # apparent age; only a qualified tagger can tell
    photo: Strength | None  # how much it looks like a photograph, and so may show a real person
    rater: str = ""  # names and versions, for the row in `pictures` and the audit log
    scores: str = ""  # the numbers behind it, as JSON, for the row in `pictures`


class Reader(Protocol):
    """Reads prompts."""

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        """What the text encoder would receive, weighed; `blocked` are the server's own words, normalised."""
        ...


class Rater(Protocol):
    """Looks at pictures, in a process of its own."""

    @property
    def age_judged(self) -> bool:
        """Whether a tagger that may judge apparent age is installed, and reproduced its stored scores."""
        ...

    async def rate(self, png: bytes, /) -> PictureEvidence:
        """What a picture (PNG, or JPEG for a preview) shows. Never raises: what it cannot tell is None."""
        ...


UNSEEN = PictureEvidence(rating=None, young=None, photo=None)
