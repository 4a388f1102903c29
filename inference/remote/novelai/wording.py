"""Prompts as the service reads them: its own weights instead of A1111's, and characters apart from the scene.

`{word}` counts 1.05 times as much and `[word]` 1/1.05 times (all versions); from V4 on `1.3::word::` weighs outright.
What changes from step to step is said as it begins, because the service has no such thing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from inference.prompts.syntax import Break, Node, Switch, Syntax, Turns, Weighted, parse

MAX_CHARACTERS = 6
_ROUND = 1.05
_MIDDLES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the grid's columns and rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """Somebody in the picture, described apart; V4 and later."""

    prompt: str
    negative: str = ""
    at: tuple[float, float] | None = None  # of the picture's width and height; None: wherever it fits


def worded(text: str, syntax: Syntax, *, version: int) -> str:
    """`text` in the service's syntax; what is written in it already stays as it is."""
    if syntax is not Syntax.A1111:
        return text
    return " ".join("".join(_of(part.nodes, 1.0, version)) for part in parse(text, syntax, several=False)).strip()


def characters(prompt: str, negative: str) -> tuple[str, str, tuple[Character, ...]]:
    """`scene | somebody | somebody else`, the same bars in the negative prompt, and where each one is.

    A place is written behind its words as the service's own grid has it: `girl, red hair @B3`, columns A to E from the
    left, rows 1 to 5 from the top. Bars within brackets are alternation, and cut nothing.
    """
    scene, *people = _cut(prompt)
    avoided, *theirs = _cut(negative)
    theirs += [""] * len(people)
    found = [_character(words, other) for words, other in zip(people, theirs, strict=False)]
    return scene, avoided, tuple(each for each in found if each.prompt)[:MAX_CHARACTERS]


def _character(words: str, negative: str) -> Character:
    before, at, cell = words.rpartition("@")
    cell = cell.strip().upper()
    if at and len(cell) == 2 and cell[0] in "ABCDE" and cell[1] in "12345":
        place = (_MIDDLES["ABCDE".index(cell[0])], _MIDDLES[int(cell[1]) - 1])
        return Character(prompt=before.strip(" ,"), negative=negative, at=place)
    return Character(prompt=words, negative=negative)


def _cut(text: str) -> list[str]:
    """`text` at the bars outside of all brackets."""
    parts, depth, start = list[str](), 0, 0
    for place, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        elif char == "|" and not depth:
            parts.append(text[start:place].strip(" ,"))
            start = place + 1
    return [*parts, text[start:].strip(" ,")]


def _of(nodes: Iterable[Node], weight: float, version: int) -> Iterable[str]:
    for node in nodes:
        match node:
            case Break():
                yield ", "
            case Weighted(parts, own):
                yield from _of(parts, weight * own, version)
            case Switch(before, after):
                yield from _of(before or after, weight, version)
            case Turns(options):
                yield from _of(options[0], weight, version)
            case str():
                yield _weighed(node, weight, version)


def _weighed(words: str, weight: float, version: int) -> str:
    """`words` with their weight; spaces and commas at their ends stay outside of it."""
    bare = words.strip(" ,")
    if not bare or math.isclose(weight, 1.0, abs_tol=1e-3):
        return words
    start = words.index(bare)
    return words[:start] + _in_brackets(bare, weight, version) + words[start + len(bare) :]


def _in_brackets(words: str, weight: float, version: int) -> str:
    if version >= 4:
        return f"{weight:.4g}::{words} ::"
    if weight <= 0:
        return ""  # V3 cannot take anything away in a prompt
    times = round(math.log(weight) / math.log(_ROUND))
    return "{" * times + words + "}" * times if times >= 0 else "[" * -times + words + "]" * -times
