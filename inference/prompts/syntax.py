"""A prompt as A1111's and NovelAI's users write it, read once from left to right into a tree.

One pass over pieces that no input can make long to find, a stack of open brackets, and nothing that is ever read twice:
time grows with the text alone. Nothing is an error: what is no syntax stands for itself. What A1111 documents is in its
wiki ("Features": attention, prompt editing, alternating words, composable diffusion) and in the examples beside its
parser; the tests name them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

MAX_DEPTH = 8  # brackets within brackets; deeper ones are ordinary characters
MAX_WEIGHT = 2.0  # of anything, either sign
MAX_PARTS = 8  # between ANDs, each of which costs as much as a picture; further ANDs are words
MAX_CHANGES = 32  # brackets that change from step to step; further ones only weaken what they hold
ROUND = 1.1  # what ( ) multiplies by, and [ ] divides by
CURLY = 1.05  # the same of NovelAI's { } and [ ]

_NUMBER_CHARS = 12
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_PIECES = re.compile(r"\\.|[()\[\]:|]|[^\\()\[\]:|]+|\\", re.DOTALL)
_NOVELAI_PIECES = re.compile(r"\\.|[{}\[\]]|::|[^\\{}\[\]:]+|[:\\]", re.DOTALL)
_WORDS = re.compile(r"\b(BREAK|AND)\b")
_NOVELAI_WEIGHT = re.compile(r"(?:^|(?<=[^\w.]))[+-]?(?:\d+\.?\d*|\.\d+)$")
_CLOSING = {"(": ")", "[": "]", "{": "}", "::": "::"}


class Syntax(StrEnum):
    """How the words of a prompt are read."""

    PLAIN = "plain"  # as they stand, 75 tokens: what requests from before there was a syntax mean
    A1111 = "a1111"  # (word:1.2), [word], [a:b:0.5], [a|b], BREAK, AND, any length
    NOVELAI = "novelai"  # {word}, [word] and 1.3::word:: as NovelAI weighs them, any length


class Escaped(str):
    """A character that was written with a backslash: it stands for itself, and is never part of a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Break:
    """The rest begins in a new chunk."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """Words that count more or less; weights within weights multiply."""

    parts: tuple["Node", ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Switch:
    """`[before:after:at]`: one until a step, the other from there on."""

    before: tuple["Node", ...]
    after: tuple["Node", ...]
    at: float
    share: bool  # `at` was written with a point: a share of the steps, else a number of steps


@dataclass(frozen=True, slots=True)
class Turns:
    """`[a|b]`: another one at every step, in turn."""

    options: tuple[tuple["Node", ...], ...]


_BREAK = Break()
# Words stand in the tree as they are.
Node = str | Break | Weighted | Switch | Turns


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two ANDs, and how much it guides."""

    nodes: tuple[Node, ...]
    weight: float = 1.0


class _Open:
    """An open bracket: what it holds so far, cut at the colons and bars that stand in it directly."""

    __slots__ = ("bracket", "cut", "marks", "weight")

    def __init__(self, bracket: str, weight: float = 1.0) -> None:
        self.bracket = bracket
        self.weight = weight  # what it multiplies by when nothing else is said
        self.cut: list[list[Node]] = [[]]
        self.marks: list[str] = []

    def mark(self, mark: str) -> None:
        self.marks.append(mark)
        self.cut.append([])

    def number(self) -> float | None:
        """What stands behind the last colon, if that is a number alone."""
        last = self.cut[-1]
        if not self.marks or self.marks[-1] != ":" or len(last) != 1:
            return None
        return number_in(last[0]) if _is_words(last[0]) else None

    def joined(self, first: int = 0, last: int | None = None) -> tuple[Node, ...]:
        """The parts from `first` to before `last`, with the marks between them as characters."""
        if not self.marks:
            return tuple(self.cut[0])
        nodes: list[Node] = []
        for place, part in enumerate(self.cut[first:last], first):
            if place > first:
                nodes.append(self.marks[place - 1])
            nodes += part
        return tuple(nodes)


def parse(text: str, syntax: Syntax, *, several: bool = True) -> tuple[Part, ...]:
    """The tree of a prompt: one part, or one for each side of every AND where there may be `several`.

    A negative prompt has no AND. Plain syntax is one part with one text in it.
    """
    match syntax:
        case Syntax.PLAIN:
            return (Part((text,)),)
        case Syntax.A1111:
            return _Scanner(several=several).read(text)
        case Syntax.NOVELAI:
            return _NovelAI(several=False).read(text)


def number_in(text: str) -> float | None:
    """The number that `text` is, spaces around it aside; None when it is none or longer than anybody writes."""
    text = text.strip()
    return float(text) if len(text) <= _NUMBER_CHARS and _NUMBER.fullmatch(text) else None


def _is_words(node: Node) -> TypeGuard[str]:
    return isinstance(node, str) and not isinstance(node, Escaped)


def clipped(weight: float) -> float:
    """`weight` within what may be asked for."""
    return max(-MAX_WEIGHT, min(MAX_WEIGHT, weight))


class _Scanner:
    """A1111's syntax."""

    pieces = _PIECES

    def __init__(self, *, several: bool) -> None:
        self.several = several
        self.stack = [_Open("")]
        self.buried = dict.fromkeys(_CLOSING.values(), 0)  # open brackets beyond the depth, by what closes them
        self.changes = 0
        self.parts: list[Part] = []

    def read(self, text: str) -> tuple[Part, ...]:
        for piece in self.pieces.findall(text):
            if piece[0] == "\\":
                if len(piece) > 1:
                    self.stack[-1].cut[-1].append(Escaped(piece[1]))
            else:
                self.take(piece)
        self.end_part()
        return tuple(self.parts)

    def take(self, piece: str) -> None:
        """One piece: a bracket, a mark or words."""
        if piece == "(":
            self.open("(", ROUND)
        elif piece == ")":
            self.close("(")
        elif piece == "[":
            self.open("[", 1 / ROUND)
        elif piece == "]":
            self.close("[")
        elif piece == ":" or (piece == "|" and self.stack[-1].bracket == "["):
            self.stack[-1].mark(piece)
        elif "BREAK" in piece or "AND" in piece:
            self.words(piece)
        else:
            self.text(piece)

    def words(self, piece: str) -> None:
        """Words, with BREAK and AND among them."""
        before = ""
        for place, each in enumerate(_WORDS.split(piece)):
            if place % 2 == 0:
                before = each
                self.text(each)
            elif each == "BREAK":
                self.breaks(before)
            elif self.several and len(self.stack) == 1 and len(self.parts) < MAX_PARTS - 1:
                self.end_part(more=True)
            else:
                self.text(each)

    def text(self, text: str) -> None:
        nodes = self.stack[-1].cut[-1]
        if nodes and nodes[-1] == _BREAK:
            text = text.lstrip()
        if text:
            nodes.append(text)

    def breaks(self, before: str) -> None:
        """A new chunk; the spaces around the word go with it."""
        nodes = self.stack[-1].cut[-1]
        if before and nodes and _is_words(nodes[-1]):
            nodes[-1:] = [kept] if (kept := nodes[-1].rstrip()) else []
        nodes.append(_BREAK)

    def open(self, bracket: str, weight: float) -> None:
        if len(self.stack) > MAX_DEPTH:
            self.buried[_CLOSING[bracket]] += 1
            self.text(bracket)
        else:
            self.stack.append(_Open(bracket, weight))

    def close(self, bracket: str) -> None:
        """Close the nearest such bracket, and with it whatever is still open inside; nothing open: a character."""
        closing = _CLOSING[bracket]
        if self.buried[closing]:
            self.buried[closing] -= 1
            self.text(closing)
        elif self.stack[-1].bracket != bracket and all(each.bracket != bracket for each in self.stack):
            self.text(closing)
        else:
            while self.stack[-1].bracket != bracket:
                self.give_up()
            closed = self.stack.pop()
            self.stack[-1].cut[-1].append(self.meaning(closed))

    def give_up(self) -> None:
        """A bracket that nobody closed weighs what follows it all the same."""
        left = self.stack.pop()
        self.stack[-1].cut[-1].append(Weighted(left.joined(), left.weight))

    def meaning(self, closed: _Open) -> Node:
        if not closed.marks:
            return Weighted(tuple(closed.cut[0]), closed.weight)
        number = closed.number()
        if closed.bracket == "(":
            if number is not None:
                return Weighted(closed.joined(0, -1), clipped(number))
        elif closed.bracket == "[" and self.changes < MAX_CHANGES:
            if (change := _change(closed, number)) is not None:
                self.changes += 1
                return change
        return Weighted(closed.joined(), closed.weight)

    def end_part(self, *, more: bool = False) -> None:
        """An AND, or the end."""
        while len(self.stack) > 1:
            self.give_up()
        whole = self.stack.pop()
        self.stack.append(_Open(""))
        number = whole.number() if more or self.parts else None
        if number is None:
            self.parts.append(Part(whole.joined()))
        else:
            self.parts.append(Part(whole.joined(0, -1), clipped(number)))


def _change(closed: _Open, number: float | None) -> Switch | Turns | None:
    """What `[ ]` with marks in it means; None when it is neither editing nor alternation."""
    colons = [place for place, mark in enumerate(closed.marks) if mark == ":"]
    if number is not None and len(colons) <= 2:
        last = closed.cut[-1][0]
        share = isinstance(last, str) and "." in last
        middle = colons[0] + 1 if len(colons) == 2 else 0
        before = closed.joined(0, middle) if middle else ()
        return Switch(before, closed.joined(middle, -1), number, share)
    if not colons:
        return Turns(tuple(tuple(part) for part in closed.cut))
    return None


class _NovelAI(_Scanner):
    """NovelAI's: curly brackets strengthen, square ones weaken, and a number before `::` weighs up to the next `::`."""

    pieces = _NOVELAI_PIECES

    def take(self, piece: str) -> None:
        if piece in ("{", "["):
            self.open(piece, CURLY if piece == "{" else 1 / CURLY)
        elif piece in ("}", "]"):
            self.close("{" if piece == "}" else "[")
        elif piece == "::":
            self.weigh()
        else:
            self.text(piece)

    def weigh(self) -> None:
        nodes = self.stack[-1].cut[-1]
        before = nodes[-1] if nodes else None
        if before is not None and _is_words(before):
            # Only its last characters are looked at: a weight is short, and text may be long.
            if found := _NOVELAI_WEIGHT.search(before[-_NUMBER_CHARS - 1 :]):
                kept = before[: len(before) - len(found[0])]
                nodes[-1:] = [kept] if kept else []
                self.open("::", clipped(float(found[0])))
                return
        if any(each.bracket == "::" for each in self.stack):
            self.close("::")

    def open(self, bracket: str, weight: float) -> None:
        if bracket == "::" and len(self.stack) > MAX_DEPTH:
            return  # too deep: it weighs nothing, and whatever closes it is no character either
        super().open(bracket, weight)

    def meaning(self, closed: _Open) -> Node:
        return Weighted(closed.joined(), closed.weight)


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node of a tree, whatever it stands in first."""
    for node in nodes:
        yield node
        match node:
            case Weighted():
                yield from walk(node.parts)
            case Switch():
                yield from walk(node.before)
                yield from walk(node.after)
            case Turns():
                for option in node.options:
                    yield from walk(option)
            case _:
                pass
