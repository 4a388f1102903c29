"""What comes off the wire and goes onto it."""
from dataclasses import dataclass
from typing import Any, TypeAlias

# Discord's JSON is as deep and open as it likes, and most of it is only passed through: the one place for Any.
Payload: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request's JSON and the files beside it, by their number n of `files[n]`."""

    payload: Payload
    files: "dict[int, Upload]"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody hands it over."""

    name: str
    data: bytes
    description: str | None = None
