"""Prompts for people who do not know what to ask for: examples, and small scenes whose parts go together, by lot."""

import random
import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PARTS = Path(__file__).with_name("surprise.toml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Theme(_Part):
    """A place, and what people wear and how they look there; an empty `worn` is nothing in particular."""

    background: str
    times: tuple[str, ...]
    garments: tuple[str, ...]
    worn: tuple[str, ...]
    expressions: tuple[str, ...]


class Parts(_Part):
    """The examples, and everything a surprise is put together from."""

    examples: tuple[str, ...]
    colours: tuple[tuple[str, str, str], ...]  # hair, eyes, garment
    styles: dict[str, tuple[str, ...]]  # by who is drawn
    no_room: dict[str, frozenset[str]]  # by who or by hair style
    themes: tuple[Theme, ...]


def surprise(seed: int) -> str:
    """The prompt number `seed`, the same one every time."""
    dice, parts = random.Random(seed), read_parts()
    theme = dice.choice(parts.themes)
    garment = dice.choice(theme.garments)
    # Only women wear dresses in the pictures that the model has learned from.
    who = "1girl" if garment == "dress" else dice.choice(list(parts.styles))
    style = dice.choice(parts.styles[who])
    hair, eyes, colour = dice.choice(parts.colours)
    no_room = parts.no_room.get(who, frozenset()) | parts.no_room.get(style, frozenset())
    worn = dice.choice([each for each in theme.worn if each not in no_room])
    expression = dice.choice(theme.expressions)
    eyes = "" if expression.endswith("eyes") else f"{eyes} eyes"  # closed ones have no colour
    said = (who, f"{hair} hair", style, eyes, expression, f"{colour} {garment}", worn, theme.background)
    return ", ".join(each for each in (*said, dice.choice(theme.times)) if each)


@cache
def read_parts() -> Parts:
    """The file beside this one."""
    return Parts.model_validate(tomllib.loads(PARTS.read_text(encoding="utf-8")))
