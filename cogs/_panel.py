"""The /settings panel: one private message whose controls change one's own defaults and presets in place."""

import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, errors
from cogs._modals import ASPECTS, Form, Typed, add_technical_fields, technical_wish, text_field
from cogs._services import Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_for
from inference.errors import N_, Gone
from inference.prompts.compiled import compile_prompt
from inference.request import MAX_COUNT, MAX_PROMPT_CHARS, Aspect, Wish, resolve
from locales.words import languages
from storage import people, presets
from storage.people import Person
from storage.presets import Preset

AS_IT_COMES = "-"  # a select's value for "as the model likes it"
AS_DISCORD = "-"
SETTINGS: Mapping[str, str] = {
    "aspect": N_("shape"),
    "count": N_("pictures"),
    "steps": N_("steps"),
    "guidance": N_("guidance"),
    "sampler": N_("sampler"),
    "clip_skip": N_("clip skip"),
    "width": N_("width"),
    "height": N_("height"),
}


async def panel(services: Services, say: Words, person_id: int) -> ui.LayoutView:
    """The panel as it stands now."""
    person = await people.get(services.db, person_id)
    named = await presets.of_owner(services.db, person_id)
    rows = [
        _select("aspect", say("Shape"), _aspects(say, person.wish)),
        _select("count", say("How many"), _counts(say, person.wish)),
        _select("language", say("Language"), _languages(say, person)),
    ]
    if named:
        rows.append(_select("preset", say("Use a preset…"), _names(named)))
        rows.append(_select("forget", say("Delete a preset…"), _names(named)))
    buttons = {
        "negative": say("Negative prompt…"),
        "advanced": say("Advanced…"),
        "save": say("Save as preset…"),
        "ping": say("Stop notifying me") if person.ping else say("Notify me"),
        "reset": say("Reset"),
    }
    last = ui.ActionRow[ui.LayoutView]()
    for key, text in buttons.items():
        last.add_item(ui.Button[ui.LayoutView](label=text, custom_id=f"v1s:{key}"))
    return _card.stacked(_summary(say, person), [*rows, last])


def _summary(say: Words, person: Person) -> str:
    """What is set now, in one glance."""
    lines = [say("**Your settings**, used unless you say otherwise")]
    wish = person.wish
    chosen = {name: value for key, name in SETTINGS.items() if (value := getattr(wish, key)) is not None}
    if wish.aspect:
        chosen[SETTINGS["aspect"]] = say(ASPECTS[wish.aspect]).lower()
    told = [say("{what} {value}", what=name, value=value) for name, value in chosen.items()]
    lines.append(" · ".join(told) if told else say("Everything is as the model likes it best."))
    if wish.negative is not None:
        lines.append(say("Negative prompt: {text}", text=quoted(wish.negative) or "–"))
    if person.ping:
        lines.append(say("I'll let you know when a picture that took a while is ready."))
    else:
        lines.append(say("I won't let you know when a picture is ready."))
    return "\n".join(lines)


def _aspects(say: Words, wish: Wish) -> list[discord.SelectOption]:
    options = [(AS_IT_COMES, say("Shape: as the model likes it"))]
    options += [(aspect.value, say("Shape: {name}", name=say(name))) for aspect, name in ASPECTS.items()]
    return _options(options, wish.aspect.value if wish.aspect else AS_IT_COMES)


def _counts(say: Words, wish: Wish) -> list[discord.SelectOption]:
    options = [(str(count), say("Pictures at a time: {count}", count=count)) for count in range(1, MAX_COUNT + 1)]
    return _options(options, str(wish.count or 1))


def _languages(say: Words, person: Person) -> list[discord.SelectOption]:
    options = [(AS_DISCORD, say("Language: the same as Discord"))]
    options += [(code, say("Language: {name}", name=name)) for code, name in languages().items()]
    return _options(options, person.language or AS_DISCORD)


def _names(named: list[Preset]) -> list[discord.SelectOption]:
    return _options([(preset.name, preset.name) for preset in named], None)


def _options(values: list[tuple[str, str]], chosen: str | None) -> list[discord.SelectOption]:
    return [discord.SelectOption(label=label[:100], value=value, default=value == chosen) for value, label in values]


def _select(key: str, placeholder: str, options: list[discord.SelectOption]) -> ui.ActionRow[ui.LayoutView]:
    return ui.ActionRow(ui.Select(custom_id=f"v1s:{key}", placeholder=placeholder, options=options))


class SettingsButton(ui.DynamicItem[ui.Button[Any]], template=r"v1s:(?P<key>negative|advanced|save|ping|reset)"):
    """A button of the panel."""

    def __init__(self, button: ui.Button[Any], key: str) -> None:
        super().__init__(button)
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "SettingsButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open a form, turn a switch, or forget everything."""
        services: Services = interaction.client.services
        try:
            say = await words_for(services, interaction)
            if self.key == "reset":
                await people.set_wish(services.db, interaction.user.id, Wish())
                await refresh(services, say, interaction)
                return
            person = await people.get(services.db, interaction.user.id)
            if self.key == "ping":
                await people.set_ping(services.db, interaction.user.id, not person.ping)
                await refresh(services, say, interaction)
                return
            await interaction.response.send_modal(FORMS[self.key](services, say, person.wish, None))
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


class SettingsSelect(ui.DynamicItem[ui.Select[Any]], template=r"v1s:(?P<key>aspect|count|language|preset|forget)"):
    """A select of the panel."""

    def __init__(self, select: ui.Select[Any], key: str) -> None:
        super().__init__(select)
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "SettingsSelect":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Select):
            raise TypeError("this control is a select")
        return cls(item, match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take over the choice and show the panel anew."""
        services: Services = interaction.client.services
        try:
            await CHOICES[self.key](services, interaction.user.id, self.item.values[0])
            say = await words_for(services, interaction)  # the choice may have been the language
            await refresh(services, say, interaction)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def refresh(services: Services, say: Words, interaction: discord.Interaction) -> None:
    """Show the panel as it now is, in the same message."""
    view = await panel(services, say, interaction.user.id)
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def _choose_aspect(services: Services, person_id: int, value: str) -> None:
    aspect = None if value == AS_IT_COMES else Aspect(value)
    await people.change_wish(
        services.db, person_id, lambda wish: dataclasses.replace(wish, aspect=aspect, width=None, height=None)
    )


async def _choose_count(services: Services, person_id: int, value: str) -> None:
    await people.change_wish(services.db, person_id, lambda wish: dataclasses.replace(wish, count=int(value)))


async def _choose_language(services: Services, person_id: int, value: str) -> None:
    await people.set_language(services.db, person_id, None if value == AS_DISCORD else value)


async def _use_preset(services: Services, person_id: int, name: str) -> None:
    preset = await presets.get(services.db, person_id, name)
    if preset is None:
        raise Gone(template=N_("That preset is gone. Open /settings again to see the ones you have."))
    await people.set_wish(services.db, person_id, preset.wish)


async def _forget_preset(services: Services, person_id: int, name: str) -> None:
    await presets.delete(services.db, person_id, name)


CHOICES: Mapping[str, Callable[[Services, int, str], Awaitable[None]]] = {
    "aspect": _choose_aspect,
    "count": _choose_count,
    "language": _choose_language,
    "preset": _use_preset,
    "forget": _forget_preset,
}


class NegativeForm(Form):
    """The negative prompt that is used when none is said."""

    def __init__(self, services: Services, say: Words, wish: Wish, typed: Typed | None) -> None:
        super().__init__(
            services, say, say("Your negative prompt"), lambda typed: NegativeForm(services, say, wish, typed)
        )
        said: Typed = typed or {"negative": wish.negative or ""}
        field = text_field("negative", said["negative"], long=True)
        self.add("negative", say("What to avoid"), field, say("Empty = what the model suggests"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep it."""
        negative = compile_prompt(self.typed()["negative"], limit_chars=MAX_PROMPT_CHARS) or None
        await people.change_wish(
            self.services.db, interaction.user.id, lambda wish: dataclasses.replace(wish, negative=negative)
        )
        await refresh(self.services, self.say, interaction)


class TechnicalForm(Form):
    """Steps, guidance, sampler, size and clip skip that are used when none are said."""

    def __init__(self, services: Services, say: Words, wish: Wish, typed: Typed | None) -> None:
        super().__init__(
            services, say, say("Your advanced settings"), lambda typed: TechnicalForm(services, say, wish, typed)
        )
        self.model = services.catalog.find(wish.model or services.config.drawing.model)
        said: Typed = typed or {
            "steps": _shown(wish.steps),
            "guidance": _shown(wish.guidance),
            "sampler": wish.sampler.value if wish.sampler else "",
            "size": f"{wish.width}x{wish.height}" if wish.width and wish.height else "",
            "clip_skip": _shown(wish.clip_skip),
        }
        add_technical_fields(self, said, max_steps=self.model.max_steps)
        field = text_field("clip_skip", said["clip_skip"], limit=2)
        self.add("clip_skip", say("Clip skip"), field, say("1 unless the model asks for 2"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep them if a picture could be drawn with them; else say which one is off."""
        typed = self.typed()

        def change(wish: Wish) -> Wish:
            wish = technical_wish(typed, wish)
            resolve(dataclasses.replace(wish, prompt="1girl"), model=self.model)
            return wish

        await people.change_wish(self.services.db, interaction.user.id, change)
        await refresh(self.services, self.say, interaction)


class PresetForm(Form):
    """A name for the settings as they are."""

    def __init__(self, services: Services, say: Words, wish: Wish, typed: Typed | None) -> None:
        super().__init__(services, say, say("Save as preset"), lambda typed: PresetForm(services, say, wish, typed))
        self.wish = wish
        field = text_field("name", typed["name"] if typed else "", required=True, limit=50)
        self.add("name", say("Name"), field, say("A preset of the same name is replaced"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep it."""
        await presets.save(self.services.db, interaction.user.id, self.typed()["name"], self.wish)
        await refresh(self.services, self.say, interaction)


FORMS: Mapping[str, Callable[[Services, Words, Wish, Typed | None], Form]] = {
    "negative": NegativeForm,
    "advanced": TechnicalForm,
    "save": PresetForm,
}


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
