"""Words that people use in prompts: the common tags with their counts, and an ordinary dictionary.

How the two files were made stands in words/README.md.
"""

import gzip
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("words")


class Category(StrEnum):
    """What a tag is about, by the letter it has in the file."""

    GENERAL = "g"
    CHARACTER = "c"
    COPYRIGHT = "o"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as Danbooru spells it, with underscores, and how many pictures had it."""

    name: str
    category: Category
    count: int


@cache
def tags() -> tuple[Tag, ...]:
    """Every shipped tag, the commonest first."""
    rows = (line.split("\t") for line in _text("tags.tsv.gz").splitlines())
    return tuple(Tag(name, Category(category), int(count)) for name, category, count in rows)


@cache
def known_words() -> frozenset[str]:
    """What is a word or a piece of a name, and so is no misspelling of another: the dictionary and the words of tags.

    In small letters without marks. Of tags only words of four letters and more: the shorter ones are sounds.
    """
    return frozenset(re.findall(r"[a-z]{4,}", _text("tags.tsv.gz")) + _text("words.txt.gz").split())


def _text(file: str) -> str:
    return gzip.decompress((_FOLDER / file).read_bytes()).decode("ascii")
