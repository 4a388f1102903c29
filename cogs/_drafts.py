"""Forms that were refused, kept for a while, so that nothing anybody typed is lost."""

import itertools
from collections import OrderedDict
from collections.abc import Callable

import discord

KEPT = 500  # a draft is a few kilobytes; the oldest goes first

MakeForm = Callable[[], discord.ui.Modal]


class Drafts:
    """Refused forms by number; gone after a restart, which the Fix it button says."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[int, MakeForm] = OrderedDict()
        self._numbers = itertools.count(1)

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
