"""Models by what they are called: in an order that people read, and found by a part of a name."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from inference.errors import N_
from inference.models.catalog import Model, Offer

MAX_TYPED_CHARS = 80
NONE_CALLED = N_("No model here is called like {typed}. Try a shorter part of its name.")

Named = TypeVar("Named", bound=Model | Offer)


def natural(title: str) -> list[str | int]:
    """What to sort titles by: v2 comes before v10, whatever is a capital."""
    parts = re.split(r"([0-9]+)", title.casefold())
    return [int(part) if at % 2 else part for at, part in enumerate(parts)]


def in_order(models: Iterable[Named]) -> list[Named]:
    """By title, then by name."""
    return sorted(models, key=lambda each: (natural(each.title), each.name))


def called(ordered: Sequence[Named], typed: str) -> list[Named]:
    """Those whose title or name begins with it, then those that hold it."""
    wanted = typed.casefold()
    names = [(each, (each.title.casefold(), each.name)) for each in ordered]
    found = [(each, said) for each, said in names if any(wanted in name for name in said)]
    return [each for each, _ in sorted(found, key=lambda one: not any(name.startswith(wanted) for name in one[1]))]
