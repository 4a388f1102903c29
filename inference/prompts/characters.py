"""Several people in one prompt, as NovelAI's models draw them: `scene | somebody | somebody else @B3`."""

from dataclasses import dataclass
from typing import Final

MAX_CHARACTERS: Final = 6
_MIDDLES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the grid's columns and rows
_COLUMNS: Final = "ABCDE"
_BAR: Final = " | "


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """Somebody in the picture, described apart; V4 and later."""

    prompt: str
    negative: str = ""
    at: tuple[float, float] | None = None  # of the picture's width and height; None: wherever it fits


def characters(prompt: str, negative: str) -> tuple[str, str, tuple[Character, ...]]:
    """`scene | somebody | somebody else`, the same bars in the negative prompt, and where each one is.

    A place is written behind its words as the service's own grid has it: `girl, red hair @B3`, columns A to E from the
    left, rows 1 to 5 from the top. Bars within brackets are alternation, and cut nothing.
    """
    scene, *people = cut(prompt)
    avoided, *theirs = cut(negative)
    theirs += [""] * len(people)
    found = [_character(words, other) for words, other in zip(people, theirs, strict=False)]
    return scene, avoided, tuple(each for each in found if each.prompt)[:MAX_CHARACTERS]


def cut(text: str) -> list[str]:
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


def joined(scene: str, people: list[str]) -> str:
    """The opposite of `cut`, without bars that nothing stands behind."""
    while people and not people[-1]:
        people = people[:-1]
    return _BAR.join([scene, *people])


def in_one(text: str) -> str:
    """`text` for a model that knows of no characters: no bars, no places."""
    scene, *people = cut(text)
    return ", ".join(filter(None, (scene, *(_character(each, "").prompt for each in people)))) if people else text


def cell_of(x: float, y: float) -> str:
    """The name of the grid's cell around a place: “B3”."""
    column, row = (min(4, max(0, int(each * 5))) for each in (x, y))
    return f"{_COLUMNS[column]}{row + 1}"


def _character(words: str, negative: str) -> Character:
    before, at, cell = words.rpartition("@")
    cell = cell.strip().upper()
    if at and len(cell) == 2 and cell[0] in _COLUMNS and cell[1] in "12345":
        place = (_MIDDLES[_COLUMNS.index(cell[0])], _MIDDLES[int(cell[1]) - 1])
        return Character(prompt=before.strip(" ,"), negative=negative, at=place)
    return Character(prompt=words, negative=negative)
