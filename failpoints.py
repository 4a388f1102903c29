"""Named places where a test has this process killed: "after_queued:2" is SIGKILL at the second passing of that place.

Every arrow of the job machine has one on either side of its commit, `before_STATE` and `after_STATE`; `after_files`
lies between a result's files and their rows, `after_shown` between Discord's answer and its being written down.
storage/ and cogs/ both pass them and may not know each other, so this lies beside config.py. Unarmed it does nothing.
"""

import os
import signal
from dataclasses import dataclass

VARIABLE = "GENGA_TEST_FAILPOINT"


@dataclass(slots=True)
class _Armed:
    """The one place that kills, and how many passings are left; a global, or half the functions would carry it."""

    place: str = ""
    left: int = 0


_armed = _Armed()


def arm(text: str) -> None:
    """From now on the place named in `text` kills, at its first passing or at the one after the colon."""
    place, _, passings = text.partition(":")
    _armed.place, _armed.left = place, int(passings or 1)


def passing(place: str) -> None:
    """Die here if this is the place."""
    if place != _armed.place:
        return
    _armed.left -= 1
    if not _armed.left:
        os.kill(os.getpid(), signal.SIGKILL)
