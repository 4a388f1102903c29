"""Prompts as the service reads them: its own weights instead of A1111's.

`{word}` counts 1.05 times as much and `[word]` 1/1.05 times (all versions); from V4 on `1.3::word::` weighs outright.
What changes from step to step is said as it begins, because the service has no such thing.
"""

import math
from collections.abc import Iterable

from inference.prompts.syntax import Break, Node, Switch, Syntax, Turns, Weighted, parse

_ROUND = 1.05


def worded(text: str, syntax: Syntax, *, version: int) -> str:
    """`text` in the service's syntax; what is written in it already stays as it is."""
    if syntax is not Syntax.A1111:
        return text
    return " ".join("".join(_of(part.nodes, 1.0, version)) for part in parse(text, syntax, several=False)).strip()


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
