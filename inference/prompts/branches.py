"""What a prompt can come to mean: every branch of `[a|b]`, `{a|b}` and `[a:b:0.5]`, and what negative weights negate.

One linear pass and a budget: a prompt with more branches than anybody can read says so instead of growing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_VARIANTS = 64  # of one part of the prompt between two commas
MAX_DEPTH = 8
_BUDGET_CHARS = 64_000  # copied while the branches of one prompt are written out

_PIECES = re.compile(r"[\[\]{}()|:]|[^\[\]{}()|:]+")
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_NUMBER = re.compile(r"\s*\d*\.?\d+\s*")
_NEGATIVE_WEIGHT = re.compile(r":\s*-\s*\d*\.?\d+\s*$")
_NEGATIVE_PREFIX = re.compile(r"-\d*\.?\d+::([^:]*)")
_PICK = re.compile(r"\s*[\d-]+\$\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The parts of a prompt that branch, written out."""

    branches: tuple[str, ...] = ()
    negated: str = ""  # what stands under a negative weight, and so belongs to the other prompt
    complete: bool = True  # False: more branches than the budget allows, some were not written out


class _TooMany(Exception):
    """More branches than the budget allows."""


@dataclass(slots=True)
class _Budget:
    chars: int = _BUDGET_CHARS

    def spend(self, texts: list[str]) -> list[str]:
        self.chars -= sum(map(len, texts)) + 8 * len(texts)
        if self.chars < 0 or len(texts) > MAX_VARIANTS:
            raise _TooMany
        return texts


@dataclass(slots=True)
class _Group:
    """An open bracket: the options that are finished, and every form of the one being read."""

    opener: str
    options: list[list[str]] = field(default_factory=list[list[str]])
    current: list[str] = field(default_factory=lambda: [""])

    def append(self, endings: list[str], budget: _Budget) -> None:
        self.current = budget.spend([start + end for start in self.current for end in endings])

    def next_option(self) -> None:
        self.options.append(self.current)
        self.current = [""]

    def forms(self, budget: _Budget) -> list[str]:
        """What the closed group can stand for."""
        options = [*self.options, self.current]
        if self.opener == "(":
            return budget.spend([f"({form})" for option in options for form in option])
        if self.opener == "[" and len(options) > 1 and all(_NUMBER.fullmatch(form) for form in options[-1]):
            options[-1] = [""]  # [a:0.5], [a::0.5], [a:b:0.5]: the last part says when
        if self.opener == "{":
            options[0] = [_PICK.sub("", form) for form in options[0]]
        return budget.spend(list(dict.fromkeys(form for option in options for form in option)))


def read_branches(text: str) -> Readings:
    """Every branch of `text`, part by part."""
    negated = _negated(text) if ":" in text else ""
    if "|" not in text and ("[" not in text or ":" not in text):
        return Readings(negated=negated)
    budget, branches, complete = _Budget(), list[str](), True
    for part in _parts(text):
        if "|" in part or ("[" in part and ":" in part):
            try:
                forms = _forms(part, budget)
            except _TooMany:
                complete = False
                continue
            branches.extend(forms if len(forms) > 1 else ())
    return Readings(branches=tuple(branches), negated=negated, complete=complete)


def _parts(text: str) -> Iterator[str]:
    """`text` cut at the commas that stand outside of all brackets."""
    start = depth = 0
    for found in re.finditer(r"[\[{(,)}\]]", text):
        match found[0]:
            case "[" | "{" | "(":
                depth += 1
            case ",":
                if depth <= 0:
                    yield text[start : found.start()]
                    start = found.end()
            case _:
                depth -= 1
    yield text[start:]


def _forms(part: str, budget: _Budget) -> list[str]:
    stack = [_Group("")]
    for piece in _PIECES.findall(part):
        top = stack[-1]
        if piece in _CLOSING and len(stack) <= MAX_DEPTH:
            stack.append(_Group(piece))
        elif len(stack) > 1 and piece == _CLOSING[top.opener]:
            stack.pop()
            stack[-1].append(top.forms(budget), budget)
        elif (piece == "|" and (top.opener or len(stack) == 1)) or (piece == ":" and top.opener == "["):
            top.next_option()
        else:
            top.append([piece], budget)
    while len(stack) > 1:  # brackets that nobody closed
        top = stack.pop()
        stack[-1].append(top.forms(budget), budget)
    return stack[0].forms(budget)


def _negated(text: str) -> str:
    """What stands in `(words:-1)` and `-1::words::`."""
    found = [match[1] for match in _NEGATIVE_PREFIX.finditer(text)]
    opened: list[int] = []
    outermost: list[tuple[int, int]] = []
    for bracket in re.finditer(r"[()]", text):
        if bracket[0] == "(":
            opened.append(bracket.start())
        elif opened:
            start = opened.pop()
            # Only the last characters are looked at: a weight is short, and text may be long.
            if _NEGATIVE_WEIGHT.search(text, max(start, bracket.start() - 12), bracket.start()):
                while outermost and outermost[-1][0] > start:
                    outermost.pop()
                outermost.append((start, bracket.start()))
    return " , ".join([*found, *(text[start:end] for start, end in outermost)])
