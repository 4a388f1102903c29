"""The process that looks at pictures: `python -m inference.safety.rater.child PARENT_PID`, one picture after the other.

It goes nowhere: once the networks are loaded and tested it can open no file, no socket and no process any more, so a
picture that took it over would gain nothing but wrong ratings, until the bot replaces it.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from inference import host
from inference.messages import framed, receive_blocking
from inference.safety.rater import pixels, scores, selftest, tagger
from inference.safety.rater.baseline import FOLDER, Baseline, Damaged
from inference.safety.rater.messages import OPENED, SEEN, SETUP, Opened, Seen, Setup, receive_picture

ROOM_BYTES = 2 << 30  # of memory, beside the networks, for pictures and what is made of them
BASELINE_EVERY = 5  # at start it looks at so many fewer of the drawings: its file is ours, and known by its hash


class Looking(Protocol):
    """Whatever has an opinion of a picture."""

    name: str

    def see(self, picture: Image.Image) -> Seen: ...


def main() -> None:
    """Open what is installed, say so, then rate pictures until the bot goes."""
    host.die_with(int(sys.argv[1]))
    out = _only_ours()
    setup = receive_blocking(SETUP, sys.stdin.buffer)
    if setup is None:
        return
    looking, opened = open_all(setup)
    if looking:  # whatever is loaded only when it is needed is loaded now: later no file can be opened
        see(selftest.SHEET.read_bytes(), looking)
    host.limit_this_process(memory_bytes=host.mapped_bytes() + ROOM_BYTES, cpu_s=None)
    out.write(framed(OPENED, opened))
    out.flush()
    while looking and (png := receive_picture(sys.stdin.buffer)) is not None:
        out.write(framed(SEEN, see(png, looking)))
        out.flush()


def open_all(setup: Setup) -> tuple[list[Looking], Opened]:
    """Every network that is installed, loaded and tested; none if one of them cannot be used."""
    try:
        baseline = Baseline(setup.thresholds)
        record = selftest.read(FOLDER / "scores.json")
        if not selftest.reproduces(record, baseline.scores, every=BASELINE_EVERY):
            return [], Opened(error="onnxruntime works out wrong numbers here; install Genga's packages again.")
        if not setup.tagger:
            return [baseline], Opened(name=baseline.name)
        known, records = tagger.catalogue(), tagger.HERE / "records"
        second = tagger.Tagger(Path(setup.tagger), threads=setup.threads, catalogue=known, records=records)
        return [baseline, second], Opened(name=f"{baseline.name}+{second.name}", fitness=second.fitness)
    except Damaged as error:
        return [], Opened(error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator is told and nothing is rated
        return [], Opened(error=f"The rater cannot be loaded: {type(error).__name__}.")


def see(png: bytes, looking: list[Looking]) -> Seen:
    """What they all think of a picture; nothing when it cannot be opened or one of them fails."""
    try:
        picture = pixels.read(png)
        return scores.worst(each.see(picture) for each in looking)
    except Exception as error:  # noqa: BLE001 - what is not known counts as the worst
        sys.stderr.write(f"a picture could not be rated: {type(error).__name__}\n")
        return Seen()


def _only_ours() -> BinaryIO:
    """Standard output for our messages alone; what anything prints goes into the log."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ours


if __name__ == "__main__":
    main()
