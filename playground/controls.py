"""Buttons and selects as a person finds them in a message."""

from dataclasses import dataclass

from playground.component_rules import BUTTON, SELECTS, walk
from playground.json_types import Payload, listed, nested, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    label: str
    custom_id: str | None
    disabled: bool
    style: int
    emoji: str | None
    url: str | None

    def is_called(self, name: str) -> bool:
        """By its label, its emoji, both, or its custom_id."""
        return name in (self.custom_id, self.label, self.emoji, f"{self.emoji} {self.label}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    label: str
    value: str
    default: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    custom_id: str
    kind: int
    """The component type: 3 takes one of `options`, 5 to 8 take people, roles and channels."""
    placeholder: str | None
    options: tuple[Option, ...]
    disabled: bool
    least: int
    most: int
    chosen: tuple[str, ...] = ()
    """The values, or the ids of people, roles and channels, that are chosen already."""
    channel_types: tuple[int, ...] = ()
    """The kinds of channels it takes; empty: all."""

    def is_called(self, name: str) -> bool:
        """By its custom_id, its placeholder or one of its options."""
        return name in (self.custom_id, self.placeholder, *(option.label for option in self.options))


def buttons_of(components: list[Payload]) -> list[Button]:
    """Every button, in reading order."""
    return [
        Button(
            label=c.get("label") or "", custom_id=c.get("custom_id"), disabled=bool(c.get("disabled")),
            style=c["style"], emoji=nested(c, "emoji").get("name"), url=c.get("url"),
        )
        for _, c in walk(components)
        if c.get("type") == BUTTON
    ]  # fmt: skip


def selects_of(components: list[Payload]) -> list[Select]:
    """Every select, in reading order."""
    return [
        Select(
            custom_id=c["custom_id"], kind=c["type"], placeholder=c.get("placeholder"), options=options_of(c),
            disabled=bool(c.get("disabled")), least=number(c, "min_values", 1), most=number(c, "max_values", 1),
            chosen=_chosen(c), channel_types=tuple(c.get("channel_types") or ()),
        )
        for _, c in walk(components)
        if c.get("type") in SELECTS
    ]  # fmt: skip


def _chosen(select: Payload) -> tuple[str, ...]:
    ids = tuple(str(one["id"]) for one in listed(select, "default_values"))
    return ids or tuple(option.value for option in options_of(select) if option.default)


def options_of(component: Payload) -> tuple[Option, ...]:
    """The options of a select, radio group or checkbox group."""
    return tuple(
        Option(
            label=one["label"], value=one["value"], default=bool(one.get("default")), description=one.get("description")
        )
        for one in listed(component, "options")
    )


def choose(options: tuple[Option, ...], wanted: str, where: str) -> str:
    """The value of the option with that label or value; ValueError names those there are."""
    for option in options:
        if wanted in (option.value, option.label):
            return option.value
    raise ValueError(f"{where}: {wanted!r} is not among {', '.join(one.label for one in options)}")


def usable_button(buttons: list[Button], name: str) -> Button:
    """The one button of that name that can be pressed; else a ValueError that says why not."""
    named = [button for button in buttons if button.custom_id and button.is_called(name)]
    if len(named) != 1:
        raise ValueError(f"{len(named)} buttons are called {name!r}; there are {[one.label for one in buttons]}")
    if named[0].disabled:
        raise ValueError(f"the button {name!r} is disabled")
    return named[0]


def usable_select(selects: list[Select], name: str, count: int) -> Select:
    """The one select of that name that takes `count` values; else a ValueError that says why not."""
    named = [select for select in selects if select.is_called(name)]
    if len(named) != 1:
        raise ValueError(f"{len(named)} selects are called {name!r}; there are {[one.custom_id for one in selects]}")
    if named[0].disabled:
        raise ValueError(f"the select {name!r} is disabled")
    if not named[0].least <= count <= named[0].most:
        raise ValueError(f"{name!r} takes {named[0].least} to {named[0].most} values")
    return named[0]
