"""LoRAs as people write them in one line, `flat colours:0.8, other:0.5`, and what that line may go on with."""

import math
from collections.abc import Iterable, Sequence

from cogs._text import quoted, shortened
from inference.errors import N_, BadRequest
from inference.prompts.loras import MAX_WEIGHT
from inference.request import WantedLora
from storage.loras import folded

MAX_CHOICE_CHARS = 100  # what Discord takes as one choice
WEIGHTS = ("0.6", "0.8", "1")

BAD_WEIGHT = N_("Please write a LoRA like name:0.8, with a weight from -{most} to {most}, not “{said}”.")

TWICE = N_("{name} stands there twice, with different weights. Name it once, with the weight you mean.")


def read(line: str) -> tuple[WantedLora, ...]:
    """The LoRAs of a line; BadRequest where a weight is none, or one stands there with two."""
    return once_each(_one(part) for part in line.split(",") if part.strip())


def once_each(loras: Iterable[WantedLora]) -> tuple[WantedLora, ...]:
    """The same, each name once; BadRequest where somebody wants it with different weights."""
    found: dict[str, WantedLora] = {}
    for each in loras:
        before = found.setdefault(folded(each.name), each)
        if (before.unet, before.text) != (each.unet, each.text):
            raise BadRequest(template=TWICE, name=quoted(each.name, 60))
    return tuple(found.values())


def written(loras: Iterable[WantedLora]) -> str:
    """The line that `read` reads back."""
    return ", ".join(one_written(each.name, each.unet, each.text) for each in loras)


def one_written(name: str, unet: float, text: float) -> str:
    """One with its weight; the text encoders' own follows where it is another one."""
    return f"{name}:{unet:g}" if unet == text else f"{name}:{unet:g}:{text:g}"


def completions(typed: str, names: Sequence[str]) -> list[str]:
    """What the line may become: its last name completed, or the weight behind a name that stands there."""
    before, comma, last = typed.rpartition(",")
    head = f"{before.strip()}, " if comma else ""
    name, colon, weight = last.strip().partition(":")
    taken = {folded(part.partition(":")[0]) for part in before.split(",")}
    if colon:
        found = [f"{each}:{number}" for each in names if folded(each) == folded(name) for number in WEIGHTS]
        found = [each for each in found if each.endswith(f":{weight.strip()}")] or found
        found = [f"{name.strip()}:{weight.strip()}", *found] if _is_weight(weight) else found
    else:
        wanted = folded(name)
        near = [each for each in names if folded(each).startswith(wanted)]
        near += [each for each in names if wanted in folded(each) and each not in near]
        found = [each for each in near if folded(each) not in taken]
    return [line for each in dict.fromkeys(found) if len(line := head + each) <= MAX_CHOICE_CHARS]


def within_reach(lora: WantedLora) -> WantedLora:
    """The same; BadRequest when a weight is too large to be meant."""
    if not all(math.isfinite(weight) and abs(weight) <= MAX_WEIGHT for weight in (lora.unet, lora.text)):
        raise _bad_weight(one_written(lora.name, lora.unet, lora.text))
    return lora


def _bad_weight(said: str) -> BadRequest:
    return BadRequest(template=BAD_WEIGHT, most=f"{MAX_WEIGHT:g}", said=shortened(said.strip(), 60))


def _one(part: str) -> WantedLora:
    name, *weights = (each.strip() for each in part.split(":"))
    if not name or len(weights) > 2 or not all(map(_is_weight, weights)):
        raise _bad_weight(part)
    numbers = [float(each) for each in weights] or [1.0]
    return within_reach(WantedLora(name=name, unet=numbers[0], text=numbers[-1]))


def _is_weight(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
