"""What the bot and its rater say to each other, in the frames of `inference.messages`.

The bot sends one `Setup`; then each picture is a frame of bare bytes. The rater answers `Opened`, and every picture
with one `Seen`.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from pydantic import TypeAdapter

from inference.safety.evidence import Rating, Strength

LENGTH = struct.Struct(">I")
MAX_PICTURE_BYTES = 256 << 20  # no PNG that the bot keeps comes near it


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which nsfwjs score on a picture counts as one of the three upper ratings."""

    sensitive: float
    questionable: float
    explicit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The first message a rater gets."""

    thresholds: Thresholds
    tagger: str  # the folder of a tagger; empty: there is none
    threads: int = 0  # for a tagger; 0 = as many as the machine has


class Fitness(StrEnum):
    """Whether a tagger may judge apparent ages, and if not, why."""

    QUALIFIED = "qualified"
    UNKNOWN = "unknown"  # its files are none that the catalogue lists
    UNRECORDED = "unrecorded"  # listed, and nobody has recorded yet what it says of the 50 pictures
    DIFFERENT = "different"  # here it says something else of them than where they were recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The rater is up, or why it cannot be."""

    name: str = ""  # names and versions of all that look
    fitness: Fitness | None = None  # None: there is no tagger
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One picture, as the policy's evidence has it; all None when it could not be looked at."""

    rating: Rating | None = None
    young: Strength | None = None
    photo: Strength | None = None
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])  # by who said them


SETUP = TypeAdapter(Setup)
OPENED = TypeAdapter(Opened)
SEEN = TypeAdapter(Seen)


def framed_picture(png: bytes) -> bytes:
    """The frame of a picture."""
    return LENGTH.pack(len(png)) + png


def receive_picture(stream: BinaryIO) -> bytes | None:
    """The next picture, None when there will be none."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    length = LENGTH.unpack(head)[0]
    png = stream.read(length) if length <= MAX_PICTURE_BYTES else b""
    return png if len(png) == length else None
