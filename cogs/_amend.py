"""A picture's prompt changed by a few words that somebody wrote in reply to it: “make her hair red, no hat”.

Only what is plain is understood; anything else is put behind the old prompt as it was said.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("amend.toml")
MAX_CHARS = 300
PARTS = re.compile(r"[,;]+|[.!?]+(?: |$)| (?:and|but) ", re.IGNORECASE)


class Words(BaseModel):
    """What is plain enough to be understood; the file says what each kind is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    colours: frozenset[str]
    exclusive: tuple[frozenset[str], ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    between: tuple[str, ...]
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """The new prompts, and what is different in them."""

    prompt: str
    negative: str
    added: list[str]
    replaced: list[str]  # by something added
    unwanted: list[str]


def amended(prompt: str, negative: str, said: str) -> Amended:
    """`prompt` and `negative` as they become when somebody wants `said` of the picture."""
    tags, avoided = _tags(prompt), _tags(negative)
    added: list[str] = []
    replaced: list[str] = []
    shunned: list[str] = []
    for part in _parts(said):
        unwanted = _behind("without", part)
        thing = _plain(unwanted) if unwanted else _colour_first(_plain(part))
        if thing.casefold() in words().before + words().after:  # “please” and nothing else
            continue
        gone = [tag for tag in tags if (_names(thing, tag) if unwanted else _displaces(thing, tag))]
        tags = [tag for tag in tags if tag not in gone]
        if unwanted:
            avoided.append(thing)
            shunned += gone or [thing]
            continue
        replaced += gone
        if thing.casefold() not in map(str.casefold, tags):
            tags.append(thing)
            added.append(thing)
    avoided = [tag for tag in dict.fromkeys(avoided) if tag not in added]
    return Amended(
        prompt=", ".join(tags), negative=", ".join(avoided), added=added, replaced=replaced, unwanted=shunned
    )


def _parts(said: str) -> list[str]:
    """What is said one by one; what is too long for a few words is left whole."""
    spaced = " ".join(said.replace("\n", ", ").split())
    if len(spaced) > MAX_CHARS:
        return [spaced]
    return [part.strip() for part in PARTS.split(spaced) if part.strip()]


def _displaces(new: str, old: str) -> bool:
    """Whether both cannot be true: hair of two colours, day and night."""
    new, old = new.casefold(), old.casefold()
    if new == old:
        return False
    if any(new in group and old in group for group in words().exclusive):
        return True
    both = new.split(), old.split()
    return both[0][-1] == both[1][-1] and all(words().colours & {*each} for each in both)


def _names(thing: str, tag: str) -> bool:
    """“blue hat” is named by “hat” and by “blue hat”."""
    return f" {tag.casefold()}".endswith(f" {thing.casefold()}")


def _plain(said: str) -> str:
    """`said` without the words around what is meant; all of it when they are all there is."""
    kept = said
    while shorter := _behind("before", kept) or _ahead_of("after", kept):
        kept = shorter
    return kept


def _colour_first(said: str) -> str:
    """“hair red” and “hair should be red” as “red hair”; anything else as it is."""
    start, _, colour = said.rpartition(" ")
    noun = _ahead_of("between", start) or start
    if colour.casefold() not in words().colours or len(noun.split()) != 1:
        return said
    return f"{colour} {noun}"


def _behind(kind: str, said: str) -> str:
    """What follows the words of this kind that `said` begins with; empty when it begins with none."""
    found = re.match(rf"(?:{_any(kind)})\s+(.+)", said, re.IGNORECASE | re.DOTALL)
    return found[1] if found else ""


def _ahead_of(kind: str, said: str) -> str:
    """What stands before the words of this kind that `said` ends with; empty when it ends with none."""
    found = re.fullmatch(rf"(.+?)\s+(?:{_any(kind)})", said, re.IGNORECASE | re.DOTALL)
    return found[1] if found else ""


@cache
def _any(kind: str) -> str:
    """A pattern for the words of a kind, the longest first."""
    said: tuple[str, ...] = getattr(words(), kind)
    return "|".join(re.escape(each) for each in sorted(said, key=len, reverse=True))


def _tags(prompt: str) -> list[str]:
    return [tag.strip() for tag in prompt.split(",") if tag.strip()]


@cache
def words() -> Words:
    """The file beside this one."""
    return Words.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
