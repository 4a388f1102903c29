"""What comes off the wire and goes onto it."""

from dataclasses import dataclass
from typing import Any, TypeAlias

# Discord's JSON is as deep and open as it likes, and most of it is only passed through: the one place for Any.
Payload: TypeAlias = dict[str, Any]
Node: TypeAlias = Any
"""Anything inside a payload: an object, a list, a text, a number, a truth or null."""


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


def listed(payload: Payload | None, key: str) -> list[Payload]:
    """The list of objects under a key; empty when it is missing or null."""
    return (payload or {}).get(key) or []


def strings(payload: Payload | None, key: str) -> list[str]:
    """The list under a key, each as text (ids come as text or as numbers); empty when it is missing or null."""
    found: list[Node] = (payload or {}).get(key) or []
    return [str(one) for one in found]


def nested(payload: Payload | None, key: str) -> Payload:
    """The object under a key; empty when it is missing or null."""
    return (payload or {}).get(key) or {}


def number(payload: Payload, key: str, default: int) -> int:
    """The number under a key; the default when it is missing or null, which clients send for "not set"."""
    value = payload.get(key)
    return default if value is None else value
