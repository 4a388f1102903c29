"""What a check found: how bad it is, in one sentence, and what to do about it; and how findings are printed."""

import os
import sys
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is: mark, mark where the terminal has no such letters, colour."""

    GOOD = ("✓", "+", 32)
    WORTH_KNOWING = ("!", "!", 33)
    BROKEN = ("✗", "x", 31)

    def mark(self) -> str:
        """What stands before the sentence, coloured where somebody looks at a terminal."""
        letter, plain, colour = self.value
        shown = letter if _can_show(letter) else plain
        coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        return f"\033[{colour}m{shown}\033[0m" if coloured else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report; `remedy` is what to do next, where there is something to do."""

    level: Level
    sentence: str
    remedy: str = ""


def good(sentence: str) -> Finding:
    """All is well here."""
    return Finding(level=Level.GOOD, sentence=sentence)


def worth_knowing(sentence: str, remedy: str = "") -> Finding:
    """The bot runs, but not as well as it could."""
    return Finding(level=Level.WORTH_KNOWING, sentence=sentence, remedy=remedy)


def broken(sentence: str, remedy: str) -> Finding:
    """The bot does not run, or does not use what is there."""
    return Finding(level=Level.BROKEN, sentence=sentence, remedy=remedy)


def show(finding: Finding) -> None:
    """Print it at once: the next check may take a while."""
    print(f"{finding.level.mark()} {finding.sentence}")
    if finding.remedy:
        print(f"  → {finding.remedy}" if _can_show("→") else f"  -> {finding.remedy}")
    sys.stdout.flush()


def _can_show(letter: str) -> bool:
    try:
        letter.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
