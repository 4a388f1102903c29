"""Named styles: quality tags, looks and what goes against them, added to a prompt tag by tag."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from inference.errors import N_, BadRequest

_FILE = Path(__file__).with_name("styles.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a style adds."""

    about: str  # for people
    prompt: str = ""
    negative: str = ""
    quality: bool = True  # and the model's own quality tags, where it has some


USUAL = Style(about="")  # what nobody chose: the model's quality tags and nothing else


@cache
def styles() -> Mapping[str, Style]:
    """Every style by its name."""
    adapter = TypeAdapter(dict[str, Style])
    return adapter.validate_python(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def style_called(name: str | None) -> Style:
    """The style of this name, the usual one for none; BadRequest for a name that is none."""
    if not name:
        return USUAL
    found = styles().get(name)
    if found is None:
        template = N_("There is no style {style}. There are: {styles}")
        raise BadRequest(template=template, style=name[:40], styles=", ".join(styles()))
    return found


def with_tags(text: str, tags: str) -> str:
    """`text` with those of `tags` behind it that do not stand there yet."""
    standing = {tag.strip().casefold() for tag in text.split(",")}
    new = [tag for each in tags.split(",") if (tag := each.strip()) and tag.casefold() not in standing]
    if not new:
        return text
    return ", ".join([*([text.rstrip(", ")] if text.strip(", ") else []), *new])
