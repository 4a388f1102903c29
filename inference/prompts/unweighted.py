"""Prompts for families whose text encoders take no weights: the marks go, the words stay.

Such models read sentences, so only what cannot be meant otherwise is a mark: `(word:1.2)`, `((word))`, `[[word]]`,
`[a:b:0.5]`, `[a|b]`, `{word}`, `1.2::word::`, `\\(` and a BREAK of its own. A bracket by itself is punctuation. What
would change from step to step is said as it begins. One pass from left to right.
"""

import re
from dataclasses import dataclass
from typing import Final

from inference.prompts.syntax import MAX_DEPTH, number_in

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_PIECES: Final = re.compile(r"\\.|[()\[\]{}]|[^\\()\[\]{}]+|\\", re.DOTALL)
_WEIGHS: Final = re.compile(r"(?<![\w.:])[+-]?(?:\d{1,3}\.?\d{0,6}|\.\d{1,6})::")
_ENDS: Final = re.compile(r"\s?::")
# Alone among small letters: "BREAK TIME" is what a sign says.
_BREAK: Final = re.compile(r"""(?<![A-Z"'“] )(?<!["'“])\bBREAK\b(?! [A-Z]{2})(?!["'”])""")
_MOST: Final = 10.0  # no weight is larger; a time or a share of something is


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something between brackets, or words."""

    text: str
    bare: str = ""  # without its brackets, where it stands in some
    marked: bool = False  # it was a mark, and so is a pair of brackets right around it


def unweighted(text: str) -> str:
    """`text` as such a model should read it; the very same where there is no mark in it."""
    if _WEIGHS.search(text):
        text = _ENDS.sub("", _WEIGHS.sub("", text))
    open_: list[tuple[str, list[_Piece]]] = [("", [])]
    for found in _PIECES.finditer(text):
        piece = found[0]
        if piece in _CLOSES.values() and len(open_) <= MAX_DEPTH:
            open_.append((piece, []))
        elif piece in _CLOSES and open_[-1][0] == _CLOSES[piece]:
            bracket, inside = open_.pop()
            open_[-1][1].append(_closed(bracket, piece, inside))
        elif len(piece) == 2 and piece[1] in "()[]{}\\":
            open_[-1][1].append(_Piece(piece[1]))
        else:
            open_[-1][1].append(_Piece(piece))
    parts: list[str] = []
    for bracket, pieces in open_:  # what was never closed is a character
        parts += [bracket, *(piece.text for piece in pieces)]
    first, *others = _BREAK.split("".join(parts))
    return ", ".join(filter(None, (part.strip(", \n\t") for part in (first, *others)))) if others else first


def _closed(bracket: str, closing: str, inside: list[_Piece]) -> _Piece:
    """A pair of brackets and what stands in it."""
    if len(inside) == 1 and (inside[0].bare or inside[0].marked):  # brackets right within brackets
        bare = inside[0].bare or inside[0].text
        return _Piece(bare, marked=True)
    words = "".join(piece.text for piece in inside)
    if bracket == "{":
        return _Piece(words, marked=True)
    kept = _weighed(words) if bracket == "(" else _first(words)
    return _Piece(f"{bracket}{words}{closing}", bare=words) if kept is None else _Piece(kept, marked=True)


def _weighed(words: str) -> str | None:
    """What `(words:1.2)` weighs; None where the end is no weight: `(at 10:30)`, `(4:3)`."""
    before, colon, number = words.rpartition(":")
    weight = number_in(number) if colon else None
    if weight is None or abs(weight) > _MOST or not before.strip():
        return None
    share = before[-1].isdigit() and "." not in number
    if share:
        return None
    return before if weight > 0 else ""  # what should not be there is not asked for


def _first(words: str) -> str | None:
    """What `[a:b:0.5]`, `[b:5]`, `[a::0.5]` and `[a|b]` begin with, or come to from nothing; None for anything else."""
    if "|" in words:
        return words.partition("|")[0].strip()
    before, colon, number = words.rpartition(":")
    if not colon or number_in(number) is None:
        return None
    first, _, second = before.partition(":")
    return first if first.strip() else second
