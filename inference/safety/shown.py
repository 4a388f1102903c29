"""A request as the gate reads it: its prompts as they were typed, and every text that an encoder is shown at any step.

A word can be split by brackets (`mo(un)tain`, `[mo:x:5]untain`), by a backslash, or stand at a few steps only. Of
everything that is read, the worst counts, sign by sign.
"""

import dataclasses
from collections.abc import Iterable, Sequence

from inference.prompts.schedule import BETWEEN, negated_text, shown_texts
from inference.prompts.syntax import Syntax
from inference.request import Request, steps_run
from inference.safety.evidence import Reader, Strength, TextEvidence

MOST_TEXTS = 64  # of one prompt
MOST_CHARS = 64_000  # in all of them; beyond either, it counts as a weak sign of everything that matters


def takes_long(request: Request) -> bool:
    """Whether it may have dozens of texts, so that reading it is work for a thread."""
    return request.syntax is Syntax.A1111 and "[" in request.prompt + request.negative


def drawn_words(request: Request) -> str:
    """All that is drawn at any step, as typed and as shown, what the negative prompt negates included."""
    if request.syntax is Syntax.PLAIN:
        return request.prompt
    steps = steps_run(request)
    shown = shown_texts(request.prompt, request.syntax, steps)
    return BETWEEN.join([request.prompt, *shown, negated_text(request.negative, request.syntax, steps)])


def read_shown(reader: Reader, request: Request, blocked: frozenset[str] = frozenset()) -> TextEvidence:
    """The evidence in all that `request` shows to a text encoder; `blocked` are the server's own literals."""
    prompt, negative = request.prompt, request.negative
    found = [reader.read(prompt, negative, blocked)]
    if request.syntax is Syntax.PLAIN:
        return found[0]
    steps = steps_run(request)
    drawn = shown_texts(prompt, request.syntax, steps)
    avoided = shown_texts(negative, request.syntax, steps, several=False)
    # What the other prompt negates belongs to this one.
    drawn = _with(drawn, negated_text(negative, request.syntax, steps))
    avoided = _with(avoided, negated_text(prompt, request.syntax, steps))
    drawn, avoided, complete = _within_bounds(drawn, avoided)
    found += [reader.read(text, negative, blocked) for text in drawn if text != prompt]
    found += [reader.read(prompt, text, blocked) for text in avoided if text != negative]
    return worst(found, complete=complete)


def worst(found: Iterable[TextEvidence], *, complete: bool = True) -> TextEvidence:
    """The most that any of them shows, sign by sign; a weak sign of what matters where they are not `complete`."""
    each = [{field.name: getattr(one, field.name) for field in dataclasses.fields(one)} for one in found]
    most = TextEvidence(**{name: max(one[name] for one in each) for name in each[0]})
    if complete:
        return most
    return dataclasses.replace(most, sexual=max(most.sexual, Strength.WEAK), young=max(most.young, Strength.WEAK))


def _with(texts: Sequence[str], negated: str) -> Sequence[str]:
    return [f"{text}{BETWEEN}{negated}" for text in texts] if negated else texts


def _within_bounds(*sides: Sequence[str]) -> tuple[Sequence[str], Sequence[str], bool]:
    """As many of each side as are read, and whether that is all of them."""
    kept: list[list[str]] = []
    left = MOST_CHARS
    for texts in sides:
        kept.append([])
        for text in texts[:MOST_TEXTS]:
            left -= len(text)
            if left >= 0:
                kept[-1].append(text)
    complete = left >= 0 and all(len(texts) <= MOST_TEXTS for texts in sides)
    return kept[0], kept[1], complete
