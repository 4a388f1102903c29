"""Compile typed prompt text to its final form; one linear pass, no regular expression that could be made to hang."""

import unicodedata
from collections.abc import Iterable, Iterator

from inference.errors import N_, BadRequest

# Format and control characters are invisible: they hide words from the safety rules and mean nothing to a text encoder.
_MAX_MARKS = 8  # on one letter; normalising takes the square of their number, and no script needs more
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def compile_prompt(text: str, *, limit_chars: int) -> str:
    """`text` normalised (NFC), without invisible characters, with single spaces; BadRequest when it is too long."""
    visible = (" " if char.isspace() else char for char in text)
    kept = (char for char in visible if unicodedata.category(char) not in _INVISIBLE)
    compiled = " ".join(unicodedata.normalize("NFC", "".join(_with_few_marks(kept))).split())
    if len(compiled) > limit_chars:
        template = N_("That prompt has {length} characters; {limit} is the most I can read. Please shorten it.")
        raise BadRequest(template=template, length=len(compiled), limit=limit_chars)
    return compiled


def _with_few_marks(chars: Iterable[str]) -> Iterator[str]:
    """`chars` without the combining marks that follow eight others."""
    marks = 0
    for char in chars:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MAX_MARKS:
            yield char
