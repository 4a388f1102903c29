"""What a person types after "/", taken apart: `/imagine prompt:1girl, blue hair seed:7 image:@file.png`."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from playground.json_types import Payload, listed, nested

GROUPS = (1, 2)
# Where A1111's text begins in what somebody pasted: everything behind belongs to it, “ADetailer model: …” too.
PASTED = re.compile(r"\b(?:Negative prompt:|Steps:\s*[0-9]+,)")


class NotOffered(ValueError):
    """A command that this person does not see in this place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command, the subcommands below it, and the options as text, in the order typed."""

    command: Payload
    path: tuple[Payload, ...]
    values: dict[str, str]

    @property
    def options(self) -> list[Payload]:
        """The options that can be filled in."""
        return (self.path[-1] if self.path else self.command).get("options") or []


def parse(text: str, commands: list[Payload], locale: str = "en-US") -> Typed:
    """A value runs to the next ` name:` that names one of the command's own options, so it may hold commas and colons.

    A name counts once, behind a space and written as it is, in its default form or the person's language; none does in
    A1111's text, which people paste whole: from “Negative prompt:” or “Steps: 20,” on. ValueError where Discord's
    client would not send.
    """
    command, rest = _command(text.strip().removeprefix("/"), commands, locale)
    path: list[Payload] = []
    here = command
    while any(one["type"] in GROUPS for one in listed(here, "options")):
        here, rest = _child(here, rest, locale)
        path.append(here)
    names = {alias: one["name"] for one in listed(here, "options") for alias in _names(one, locale)}
    return Typed(command=command, path=tuple(path), values=_values(rest, names, command["name"]))


def near_misses(text: str, commands: list[Payload], locale: str = "en-US") -> list[tuple[str, str]]:
    """Words before a colon that almost name an option, with that option: most likely mistyped, but Discord sends them.

    ValueError where Discord's client would not send at all.
    """
    call = parse(text, commands, locale)
    names = [name for one in call.options for name in _names(one, locale)]
    starts = (start for value in call.values.values() for start in re.finditer(r"(?<!\S)([^\s:=<(\[{]+)[:=]", value))
    words = [str(start[1]) for start in starts if not PASTED.search(start.string, 0, start.end())]
    close = [(word, get_close_matches(word.casefold(), names, n=1, cutoff=0.75)) for word in words]
    return [(word, found[0]) for word, found in close if found]


def _command(text: str, commands: list[Payload], locale: str) -> tuple[Payload, str]:
    first, _, rest = text.partition(" ")
    for command in commands:
        if first in _names(command, locale):
            return command, rest
    known = ", ".join(f"/{command['name']}" for command in commands) or "none"
    raise NotOffered(f"/{first} is not offered here; offered: {known}")


def _child(parent: Payload, rest: str, locale: str) -> tuple[Payload, str]:
    first, _, rest = rest.strip().partition(" ")
    for option in parent["options"]:
        if first in _names(option, locale):
            return option, rest
    raise ValueError(f"{parent['name']} needs one of: {', '.join(one['name'] for one in parent['options'])}")


def _names(item: Payload, locale: str) -> set[str]:
    return {item["name"], nested(item, "name_localizations").get(locale) or item["name"]}


def _values(text: str, names: dict[str, str], command: str) -> dict[str, str]:
    if not text.strip():
        return {}
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"
    pasted = PASTED.search(text)
    starts: dict[str, re.Match[str]] = {}
    for start in re.finditer(rf"(?:^|(?<=\s))({alternatives}):", text[: pasted.start()] if pasted else text):
        starts.setdefault(names[start[1]], start)
    if not starts or text[: next(iter(starts.values())).start()].strip():
        known = ", ".join(f"{name}:" for name in names) or "none"
        raise ValueError(f"/{command}: {text.split()[0]!r} names no option; options: {known}")
    ends = [*(start.start() for start in starts.values()), len(text)][1:]
    return {name: text[start.end() : end].strip() for (name, start), end in zip(starts.items(), ends, strict=True)}
