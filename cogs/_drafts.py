"""What is kept in memory for a while: refused forms, so that nothing anybody typed is lost, and open questions."""

import itertools
import secrets
from collections import OrderedDict
from collections.abc import Callable

import discord

KEPT = 500  # a draft is a few kilobytes; the oldest goes first

MakeForm = Callable[[], discord.ui.Modal]


class Drafts:
    """Refused forms by number; gone after a restart, which the Fix it button says."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[int, MakeForm] = OrderedDict()
        # From anywhere: a button of an earlier start must not meet a draft of this one.
        self._numbers = itertools.count(secrets.randbelow(2**60))

    def keep(self, form: MakeForm) -> int:
        """Remember how to open the form again."""
        number = next(self._numbers)
        self._drafts[number] = form
        if len(self._drafts) > KEPT:
            self._drafts.popitem(last=False)
        return number

    def get(self, number: int) -> MakeForm | None:
        """How to open it again, or None."""
        return self._drafts.get(number)


class Asking:
    """Interactions that were answered with a question, by its number, so that the question can be taken away again.

    After a restart it stays where it is, seen by one person alone.
    """

    def __init__(self) -> None:
        self._asked: OrderedDict[int, discord.Interaction] = OrderedDict()

    def keep(self, number: int, interaction: discord.Interaction) -> None:
        """Remember where the question stands."""
        self._asked[number] = interaction
        if len(self._asked) > KEPT:
            self._asked.popitem(last=False)

    def take(self, number: int) -> discord.Interaction | None:
        """Where it stands, once, or None."""
        return self._asked.pop(number, None)
