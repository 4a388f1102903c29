"""Writes down what a rater says of the 50 drawings: `python -m inference.safety.rater.record [FOLDER]`.

Without a folder the baseline's record is renewed; with a tagger's folder a new record is written, for the catalogue
(`taggers.toml`). It is no way to qualify a tagger for oneself: a record made on the machine that it is to vouch for
says nothing, so it counts only once it has been looked at and added to the catalogue. `--draw` draws the pictures
anew, which makes every record worthless.
"""

import argparse
import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from inference.safety.rater import selftest, tagger
from inference.safety.rater.baseline import FOLDER, Baseline
from inference.safety.rater.messages import Thresholds

FIRST_SEED = 440_000
MOST_TELLING = 24  # columns of a tagger whose scores differ most between the drawings


def main() -> None:
    """Draw, or record the baseline, or record a tagger."""
    parser = argparse.ArgumentParser(prog="python -m inference.safety.rater.record", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="of a tagger; left out: the baseline")
    parser.add_argument("--draw", action="store_true", help="draw the pictures anew")
    parser.add_argument("--save", type=Path, help="where to; otherwise where the catalogue looks for it")
    options = parser.parse_args()
    if options.draw:
        print(f"{selftest.SHEET}: SHA-256 {draw()}")
    elif options.folder is None:
        selftest.write(of_baseline(), options.save or FOLDER / "scores.json")
    else:
        looking = tagger.Tagger(options.folder, threads=0, catalogue=tagger.catalogue(), records=tagger.HERE)
        selftest.write(of_tagger(looking), options.save or Path(f"{looking.name.split('@')[0]}.json"))


def draw() -> str:
    """Draw the pictures into the sheet; its sha256."""
    from mini.artist import compose
    from mini.artist import draw as drawn

    sheet = Image.new("RGB", (selftest.A_ROW * selftest.SIDE, selftest.COUNT // selftest.A_ROW * selftest.SIDE))
    for at in range(selftest.COUNT):
        picture = Image.fromarray(drawn(compose(FIRST_SEED + at), selftest.SIDE).pixels)
        sheet.paste(picture, (at % selftest.A_ROW * selftest.SIDE, at // selftest.A_ROW * selftest.SIDE))
    out = io.BytesIO()
    # Few colours make a small file, and a drawing loses nothing by it.
    sheet.quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    selftest.SHEET.write_bytes(out.getvalue())
    return hashlib.sha256(out.getvalue()).hexdigest()


def of_baseline() -> selftest.Record:
    """All five classes of nsfwjs."""
    network = Baseline(Thresholds(sensitive=1, questionable=1, explicit=1))
    rows = [network.scores(each).tolist() for each in selftest.drawings()]
    return selftest.Record(columns=range(5), scores=rows)


def of_tagger(network: tagger.Tagger) -> selftest.Record:
    """Everything that is read of a tagger, and what it is surest of: on harmless drawings the former is all near 0."""
    rows = np.stack([network.scores(each) for each in selftest.drawings()])
    places = network.columns
    telling = np.argsort(rows.var(axis=0))[::-1][:MOST_TELLING]
    columns = sorted({*places.heads, *places.young, *places.hints, *places.photo, *telling.tolist()})
    return selftest.Record(columns=columns, scores=rows[:, columns].tolist())


if __name__ == "__main__":
    main()
