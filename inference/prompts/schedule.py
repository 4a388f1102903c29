"""What of a prompt stands at which step: prompt editing and alternation, written out.

What never changes is joined once, and a step only picks from a few pieces; no prompt has more texts than steps.
Fractions and counts as A1111 reads them: `[a:b:0.5]` changes after half of the steps, `[a:b:5]` after five, and a
number with a point is always a share, so `1.0` is never reached.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inference.prompts.syntax import Break, Node, Part, Switch, Syntax, Turns, Weighted, clipped, parse

BETWEEN = ", "  # how chunks and ANDs are parted where a text is written as one line


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one weight that are cut into tokens together."""

    text: str
    weight: float = 1.0
    breaks: bool = False  # no words, but the start of a new chunk


@dataclass(frozen=True, slots=True)
class _Fixed:
    """Runs that stand or fall together."""

    runs: tuple[Run, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Change:
    """Pieces of which one stands at a time."""

    options: tuple[tuple["_Piece", ...], ...]
    at: int | None  # the first option up to this step; None: in turn

    def at_step(self, step: int) -> tuple["_Piece", ...]:
        if self.at is None:
            return self.options[step % len(self.options)]
        return self.options[0 if step < self.at else 1]


_Piece = _Fixed | _Change


@dataclass(frozen=True, slots=True)
class Schedule:
    """One part of a prompt (there are several where it has AND) over all steps."""

    weight: float
    texts: tuple[tuple[_Fixed, ...], ...]
    at: tuple[int, ...]  # of every step, counted from 0, which of `texts` stands there

    def runs(self, text: int) -> tuple[Run, ...]:
        """One of the texts; neighbours of one weight are one run, as they are cut into tokens together."""
        return _merged(run for fixed in self.texts[text] for run in fixed.runs)

    def text(self, text: int) -> str:
        """One of the texts as a line of words."""
        return "".join(fixed.text for fixed in self.texts[text])


def schedules(prompt: str, syntax: Syntax, steps: int, *, several: bool = True) -> tuple[Schedule, ...]:
    """`prompt` over `steps` steps; more than one schedule where it has AND and there may be `several`."""
    return tuple(_schedule(part, steps) for part in parse(prompt, syntax, several=several))


def shown_texts(prompt: str, syntax: Syntax, steps: int, *, several: bool = True) -> tuple[str, ...]:
    """Every different text that is shown to an encoder at any step, without its syntax; at most `steps` of them."""
    parts = schedules(prompt, syntax, steps, several=several)
    together = dict.fromkeys(zip(*(part.at for part in parts), strict=True))
    return tuple(
        dict.fromkeys(
            BETWEEN.join(part.text(text) for part, text in zip(parts, texts, strict=True)) for texts in together
        )
    )


def negated_text(prompt: str, syntax: Syntax, steps: int) -> str:
    """The words that stand under a negative weight at any step, and so belong to the other prompt."""
    found: dict[str, None] = {}
    for part in schedules(prompt, syntax, steps):
        for text in range(len(part.texts)):
            found.update(dict.fromkeys(run.text for run in part.runs(text) if run.weight * part.weight < 0))
    return BETWEEN.join(found)


def _schedule(part: Part, steps: int) -> Schedule:
    pieces = _pieces(part.nodes, 1.0, steps)
    known: dict[tuple[int, ...], int] = {}
    texts: list[tuple[_Fixed, ...]] = []
    at: list[int] = []
    for step in range(steps):
        standing: list[_Fixed] = []
        _stand(pieces, step, standing)
        key = tuple(map(id, standing))
        if key not in known:
            known[key] = len(texts)
            texts.append(tuple(standing))
        at.append(known[key])
    return Schedule(part.weight, tuple(texts), tuple(at))


def _stand(pieces: Sequence[_Piece], step: int, standing: list[_Fixed]) -> None:
    for piece in pieces:
        if isinstance(piece, _Fixed):
            standing.append(piece)
        else:
            _stand(piece.at_step(step), step, standing)


def _pieces(nodes: Iterable[Node], weight: float, steps: int) -> tuple[_Piece, ...]:
    """The tree with its weights multiplied out: fixed pieces, and changes between them."""
    found: list[_Piece] = []
    runs: list[Run] = []
    _collect(nodes, weight, steps, found, runs)
    _fix(found, runs)
    return tuple(found)


def _collect(nodes: Iterable[Node], weight: float, steps: int, found: list[_Piece], runs: list[Run]) -> None:
    for node in nodes:
        match node:
            case str():
                runs.append(Run(node, clipped(weight)))
            case Break():
                runs.append(Run("", breaks=True))
            case Weighted():
                _collect(node.parts, weight * node.weight, steps, found, runs)
            case Switch():
                _fix(found, runs)
                at = min(steps, int(node.at * steps if node.share else node.at))
                options = (_pieces(node.before, weight, steps), _pieces(node.after, weight, steps))
                found.append(_Change(options, at))
            case Turns():
                _fix(found, runs)
                found.append(_Change(tuple(_pieces(each, weight, steps) for each in node.options), None))


def _fix(found: list[_Piece], runs: list[Run]) -> None:
    """Close the runs that were collected."""
    if runs:
        text = "".join(BETWEEN if run.breaks else run.text for run in runs)
        found.append(_Fixed(_merged(runs), text))
        runs.clear()


def _merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    merged: list[Run] = []
    texts: list[str] = []
    for run in runs:
        if merged and not run.breaks and not merged[-1].breaks and merged[-1].weight == run.weight:
            texts.append(run.text)
            continue
        if len(texts) > 1:
            merged[-1] = Run("".join(texts), merged[-1].weight)
        merged.append(run)
        texts = [run.text]
    if len(texts) > 1:
        merged[-1] = Run("".join(texts), merged[-1].weight)
    return tuple(merged)
