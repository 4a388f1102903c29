"""The word lists: read once at start, known by their hash, never printed."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

BUILT_IN = Path(__file__).with_name("lists.toml")
# An operator's file may only add to these; the other tables stand in place of the built-in ones.
_FLOOR = ("sexual", "young")
_KEYS = {
    "sexual": ("strong", "weak", "beside_young", "unless_everyday", "everyday", "idioms"),
    "young": ("strong", "weak", "older_strong", "older_weak"),
    "real_person": ("strong", "weak"),
    "gore": ("strong", "weak"),
    "hate": ("strong", "weak"),
    "neutral": ("phrases",),
}


class ListsUnreadable(Exception):
    """A list cannot be used; the message is one sentence for the operator and repeats no word of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Every list by table and key, what the operator refuses everywhere, and the fingerprint of all of it."""

    words: dict[tuple[str, str], tuple[str, ...]]
    blocked: frozenset[str]
    sha256: str


def read_lists(word_lists: str = "", blocked_words: str = "") -> Lists:
    """The built-in lists, the operator's file in the same form, and a plain file of one word or phrase a line.

    A line of the plain file that begins with # is a comment.

    Raises ListsUnreadable.
    """
    built_in = BUILT_IN.read_bytes()
    words = _tables(built_in, BUILT_IN.name)
    own = _bytes(word_lists, "word_lists") if word_lists else b""
    blocked = _bytes(blocked_words, "blocked_words") if blocked_words else b""
    for (table, key), added in _tables(own, f"The file {word_lists} of safety.word_lists").items():
        words[table, key] = (*words.get((table, key), ()), *added) if table in _FLOOR else added
    try:
        lines = blocked.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        said = f"The file {blocked_words} of safety.blocked_words cannot be read: it is not written in UTF-8."
        raise ListsUnreadable(said) from error
    digest = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in (built_in, own, blocked)))
    return Lists(
        words=words,
        blocked=frozenset(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")),
        sha256=digest.hexdigest(),
    )


def _bytes(file: str, setting: str) -> bytes:
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise ListsUnreadable(f"The file {file} of safety.{setting} cannot be read: {error.strerror}.") from error


def _tables(data: bytes, named: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Table and key -> words. Whatever has another form stops the start: a list that is half read protects nobody."""
    try:
        tables: dict[str, object] = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ListsUnreadable(f"{named} cannot be read: it is not written in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        # The error's own text would quote what stands there.
        raise ListsUnreadable(f"{named} cannot be read: it is not TOML.") from error
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for table, keys in tables.items():
        if table not in _KEYS or not isinstance(keys, dict):
            raise ListsUnreadable(f"{named} has a table that is none of: {', '.join(_KEYS)}.")
        for key, words in keys.items():  # pyright: ignore[reportUnknownVariableType]
            if key not in _KEYS[table]:
                raise ListsUnreadable(f"{named}: in [{table}] lists are called {', '.join(_KEYS[table])}.")
            if not isinstance(words, list):
                kind = _kind(words)  # pyright: ignore[reportUnknownArgumentType]
                said = f'{named}: {key} in [{table}] is {kind}, not a list. Write {key} = ["…", "…"].'
                raise ListsUnreadable(said)
            if not all(isinstance(word, str) and word.strip() for word in words):  # pyright: ignore[reportUnknownVariableType]
                raise ListsUnreadable(f"{named}: the lists in [{table}] hold words in quotes and nothing else.")
            found[table, key] = tuple(words)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _kind(value: object) -> str:
    """What stands there in place of a list, without its words."""
    match value:
        case str():
            return "a text"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case dict():
            return "a table"
        case _:
            return "a date or time"
