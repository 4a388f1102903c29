"""What a rater must say of 50 drawn pictures, so that a machine on which it says something else is noticed.

The pictures lie in `drawings.png`, ten in a row: drawn once by `mini.artist` (clothed adults), kept as pixels so that
nothing that draws has a say in whether the test passes. `record.py` made them.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SHEET = Path(__file__).with_name("drawings.png")
SHEET_SHA256 = "1bcd61401811f2f15cecfd84ac3539405ad908d3516ba24288b8da115291365e"
COUNT, SIDE, A_ROW = 50, 128, 10
TOLERANCE = 0.02  # of a score in [0, 1]: processors and versions of onnxruntime round differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Scores in these columns of a network's output, a row for each drawing."""

    columns: Sequence[int]
    scores: Sequence[Sequence[float]]


def drawings() -> list[Image.Image]:
    """All 50."""
    sheet = Image.open(SHEET).convert("RGB")
    corners = ((at % A_ROW * SIDE, at // A_ROW * SIDE) for at in range(COUNT))
    return [sheet.crop((left, top, left + SIDE, top + SIDE)) for left, top in corners]


def is_intact() -> bool:
    """Whether the drawings are those that the records were made with."""
    return hashlib.sha256(SHEET.read_bytes()).hexdigest() == SHEET_SHA256


def read(file: Path) -> Record:
    """A record; ValueError, KeyError or OSError when there is none."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return Record(columns=found["columns"], scores=found["scores"])


def write(record: Record, file: Path) -> None:
    """The record as JSON, a drawing a line."""
    rows = ",\n".join(json.dumps([round(score, 4) for score in row]) for row in asdict(record)["scores"])
    file.write_text(f'{{"columns": {json.dumps(list(record.columns))}, "scores": [\n{rows}\n]}}\n', encoding="utf-8")


def reproduces(record: Record, scores: Callable[[Image.Image], np.ndarray], *, every: int = 1) -> bool:
    """Whether the network says of the drawings (of every so many of them) what the record says."""
    if not is_intact() or len(record.scores) != COUNT or not record.columns:
        return False
    columns = list(record.columns)
    for drawing, wanted in list(zip(drawings(), record.scores, strict=True))[::every]:
        found = scores(drawing)
        if max(columns) >= len(found) or len(wanted) != len(columns):
            return False
        # Written so that a score that is no number counts as different.
        if not bool(np.all(np.abs(found[columns] - np.array(wanted)) <= TOLERANCE)):
            return False
    return True
