"""A WD14 tagger: `model.onnx` and `selected_tags.csv` in one folder, as SmilingWolf publishes them.

The picture goes in as it is (0-255, blue first, on a white square); out come probabilities, one for each line of the
list: the four rating heads first, then tags. Any tagger of this form may make a rating worse; only one that the
catalogue lists, and that says of the 50 drawings what it said where it was recorded, may say that nobody looks young.
"""

import csv
import hashlib
import io
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from inference.safety.evidence import Strength
from inference.safety.rater import pixels, scores, selftest, sessions
from inference.safety.rater.baseline import Damaged
from inference.safety.rater.messages import Fitness, Seen

HERE = Path(__file__).parent
MODEL, LIST = "model.onnx", "selected_tags.csv"
RATING = "9"  # the category of the rating heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A tagger of the catalogue."""

    name: str
    model: str  # sha256
    tags: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where in its output a tagger says what we want to know."""

    heads: Sequence[int]
    young: Sequence[int]
    hints: Sequence[int]
    photo: Sequence[int]
    count: int


class Tagger:
    """The network, loaded, with its place in the catalogue."""

    def __init__(self, folder: Path, *, threads: int, catalogue: Sequence[Entry], records: Path) -> None:
        model, tags = _file(folder, MODEL), _file(folder, LIST)
        hashes = hashlib.sha256(model).hexdigest(), hashlib.sha256(tags).hexdigest()
        self._entry = next((each for each in catalogue if (each.model, each.tags) == hashes), None)
        self.name = f"{self._entry.name if self._entry else 'tagger'}@{hashes[0][:8]}"
        self.columns = _columns(tags, folder)
        self._tags = tomllib.loads((HERE / "tags.toml").read_text(encoding="utf-8"))
        try:
            self._session = sessions.opened(model, threads=threads)
            self._side = self._session.get_inputs()[0].shape[1]
            found = len(self.scores(Image.new("RGB", (self._side, self._side), "white")))
        except Exception as error:  # onnxruntime raises what it likes; to the operator it is all the same
            raise Damaged(f"{folder / MODEL} is no WD14 tagger: {type(error).__name__}.") from error
        if found != self.columns.count:
            raise Damaged(f"{folder / LIST} has {self.columns.count} tags, and {MODEL} knows {found}.")
        self.fitness = self._judged(records)

    def scores(self, picture: Image.Image) -> np.ndarray:
        """A probability for each line of its list."""
        return sessions.run(self._session, pixels.padded(picture, self._side)[None])[0]

    def see(self, picture: Image.Image) -> Seen:
        """What it thinks of the picture."""
        found = self.scores(picture)
        if not np.isfinite(found).all():
            return Seen()
        young, photo = self._young(found), self._strength(found, "photo", self.columns.photo)
        # Who may not judge ages can still warn of one.
        if young is Strength.NONE and self.fitness is not Fitness.QUALIFIED:
            young = None
        heads = found[list(self.columns.heads)].tolist()
        told = [*heads, *(_highest(found, each) for each in (self.columns.young, self.columns.photo))]
        numbers = {"tagger": [round(score, 3) for score in told]}
        return Seen(rating=scores.of_heads(heads), young=young, photo=photo, scores=numbers)

    def _judged(self, records: Path) -> Fitness:
        """Whether it may say that nobody looks young."""
        if self._entry is None or not self.columns.young:
            return Fitness.UNKNOWN
        if not self._entry.record:
            return Fitness.UNRECORDED
        try:
            record = selftest.read(records / self._entry.record)
        except (OSError, ValueError, KeyError):
            return Fitness.UNRECORDED
        return Fitness.QUALIFIED if selftest.reproduces(record, self.scores) else Fitness.DIFFERENT

    def _young(self, found: np.ndarray) -> Strength:
        hint = _highest(found, self.columns.hints) >= self._tags["young"]["hinting"]
        return max(self._strength(found, "young", self.columns.young), Strength.WEAK if hint else Strength.NONE)

    def _strength(self, found: np.ndarray, of: str, columns: Sequence[int]) -> Strength:
        limits = self._tags[of]
        return scores.strength(_highest(found, columns), weak=limits["weak"], strong=limits["strong"])


def catalogue(file: Path = HERE / "taggers.toml") -> list[Entry]:
    """The taggers that may judge ages."""
    return [Entry(**each) for each in tomllib.loads(file.read_text(encoding="utf-8")).get("tagger", [])]


def _file(folder: Path, name: str) -> bytes:
    # Read once: what was hashed is what is loaded.
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise Damaged(f"{folder / name} cannot be read: {error.strerror}.") from error


def _columns(tags: bytes, folder: Path) -> Columns:
    """Where what stands; Damaged when the rating heads are not the four known ones, in their order."""
    wanted = tomllib.loads((HERE / "tags.toml").read_text(encoding="utf-8"))
    try:
        rows = list(csv.DictReader(io.StringIO(tags.decode("utf-8"))))
        heads = [at for at, row in enumerate(rows) if row["category"] == RATING]
        names = [row["name"] for row in rows]
    except (UnicodeDecodeError, KeyError, csv.Error) as error:
        raise Damaged(f"{folder / LIST} is no list of tags.") from error
    if [names[at] for at in heads] != [rating.value for rating in scores.ORDER]:
        raise Damaged(f"{folder / LIST} does not have the four ratings.")

    def at(*groups: str) -> list[int]:
        return [place for place, name in enumerate(names) if name in groups]

    young, photo = wanted["young"], wanted["photo"]
    return Columns(
        heads=heads, young=at(*young["tags"]), hints=at(*young["hints"]), photo=at(*photo["tags"]), count=len(rows)
    )


def _highest(found: np.ndarray, columns: Sequence[int]) -> float:
    return max((float(found[at]) for at in columns), default=0.0)
