"""The forms: filled with what was asked before; a refused one comes back filled with what was typed."""

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, _lora_words, _session, errors
from cogs._loras import wanted_again
from cogs._parse import aspect_of, decimal_number, request_from, sampler_of, size_of, whole_number, wish_of
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_, UserError
from inference.request import MAX_PROMPT_CHARS, Aspect, Wish
from inference.samplers import TITLES
from storage.jobs import Job
from storage.loras import folded
from storage.pictures import Picture

DRAFT_GONE = N_("I was restarted and no longer have that draft. Press Edit on the picture, or use /imagine.")

ASPECTS = {Aspect.SQUARE: N_("Square"), Aspect.PORTRAIT: N_("Portrait"), Aspect.LANDSCAPE: N_("Landscape")}
KEEP_SIZE = "keep"
FORM_LIFE_S = 3600.0

Typed = Mapping[str, str]


class Form(ui.Modal):
    """A modal whose refused answers can be mended: `again(typed)` makes the same form filled with `typed`."""

    def __init__(self, services: Services, say: Words, title: str, again: "Callable[[Typed], Form]") -> None:
        # Discord does not tell when a form is dismissed; by its id, one that a restart forgot is recognised.
        form_id = f"{services.lease}:{secrets.token_hex(6)}"
        super().__init__(title=title[:45], timeout=FORM_LIFE_S, custom_id=form_id[-100:])
        self.services, self.say, self.again = services, say, again
        self.fields: dict[str, ui.TextInput[Any] | ui.RadioGroup[Any] | ui.Select[Any]] = {}

    def add(
        self, name: str, text: str, field: ui.TextInput[Any] | ui.RadioGroup[Any] | ui.Select[Any], hint: str = ""
    ) -> None:
        """A labelled field, found again under `name`."""
        self.fields[name] = field
        self.add_item(ui.Label(text=text[:45], description=hint[:100] or None, component=field))

    def typed(self) -> dict[str, str]:
        """What stands in the fields now."""
        return {name: _value(field) for name, field in self.fields.items()}

    async def on_error(self, interaction: discord.Interaction, error: Exception) -> None:
        """One sentence, and for what the person can mend a button that opens the form again as it was sent."""
        if not isinstance(error, UserError):
            await errors.report(interaction, error)
            return
        typed = self.typed()
        draft = self.services.drafts.keep(lambda: self.again(typed))
        text = errors.sentence_of(self.say, error)
        await errors.tell(interaction, text, _card.fixable(self.say, text, draft))


class EditModal(Form):
    """Prompt, negative prompt, aspect and seed of a job; sending it draws a child of the picture."""

    def __init__(
        self, services: Services, say: Words, job: Job, picture: Picture | None, typed: Typed | None = None
    ) -> None:
        super().__init__(
            services, say, say("Edit and draw again"), lambda typed: EditModal(services, say, job, picture, typed)
        )
        self.job, self.picture = job, picture
        request = job.request
        aspect = aspect_of(services, request)
        before = wish_of(request)
        said: Typed = typed or {
            "prompt": before.prompt or "",
            "negative": before.negative or "",
            "aspect": aspect or KEEP_SIZE,
            "seed": str(request.seed if picture is None or picture.seed is None else picture.seed),
            "loras": _lora_words.written(wanted_again(request)),
        }
        self.add("prompt", say("Prompt"), text_field("prompt", said["prompt"], long=True, required=True))
        self.add("negative", say("Negative prompt"), text_field("negative", said["negative"], long=True))
        self.add("aspect", say("Shape"), self._aspects(said["aspect"], keep=aspect is None))
        hint = say("-1 or empty = a new one each time")
        self.add("seed", say("Seed"), text_field("seed", said["seed"], limit=12), hint)
        hint = say("With their weights, like name:0.8, other:0.5")
        self.add("loras", say("LoRAs"), text_field("loras", said["loras"], limit=400), hint)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Draw what the form now says."""
        typed = self.typed()
        the_same = {folded(each.name): each.sha256 for each in self.job.request.loras}
        loras = _lora_words.read(typed["loras"])
        wish = dataclasses.replace(
            wish_of(self.job.request),
            prompt=typed["prompt"],
            negative=typed["negative"],
            seed=whole_number(N_("seed"), typed["seed"]),
            loras=tuple(dataclasses.replace(each, sha256=the_same.get(folded(each.name))) for each in loras),
        )
        if typed["aspect"] != KEEP_SIZE:
            wish = dataclasses.replace(wish, aspect=Aspect(typed["aspect"]), width=None, height=None)
        await draw_child(self.services, interaction, wish, self.job, self.picture)

    def _aspects(self, chosen: str, *, keep: bool) -> ui.RadioGroup[Any]:
        options = {aspect.value: self.say(name) for aspect, name in ASPECTS.items()}
        if keep:
            size = f"{self.job.request.width}×{self.job.request.height}"
            options[KEEP_SIZE] = self.say("Keep {size}", size=size)
        group: ui.RadioGroup[Any] = ui.RadioGroup(custom_id="aspect")
        for value, label in options.items():
            group.add_option(label=label, value=value, default=value == chosen)
        return group


class AdvancedModal(Form):
    """Steps, guidance, sampler, size, and strength (or clip skip where nothing is started from a picture)."""

    def __init__(
        self, services: Services, say: Words, job: Job, picture: Picture | None, typed: Typed | None = None
    ) -> None:
        super().__init__(
            services, say, say("Advanced settings"), lambda typed: AdvancedModal(services, say, job, picture, typed)
        )
        self.job, self.picture = job, picture
        request = job.request
        last = "clip_skip" if request.strength is None else "strength"
        said: Typed = typed or {
            "steps": str(request.steps),
            "guidance": f"{request.guidance:g}",
            "sampler": request.sampler.value,
            "size": f"{request.width}x{request.height}",
            last: f"{request.clip_skip if request.strength is None else request.strength:g}",
        }
        model = services.catalog.find(request.model)
        add_technical_fields(self, said, max_steps=model.max_steps)
        if last == "strength":
            self.add(
                last,
                say("Strength"),
                text_field(last, said[last], limit=6),
                say("0.05 keeps the picture, 1 forgets it"),
            )
        else:
            self.add(
                last, say("Clip skip"), text_field(last, said[last], limit=2), say("1 unless the model asks for 2")
            )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Draw the same wish with these settings, from the same seed."""
        typed = self.typed()
        wish = technical_wish(typed, wish_of(self.job.request))
        await draw_child(self.services, interaction, wish, self.job, self.picture)


def add_technical_fields(form: Form, said: Typed, *, max_steps: int) -> None:
    """The four fields that every advanced form has."""
    say = form.say
    hint = say("1 to {most}; more is slower and finer", most=max_steps)
    form.add("steps", say("Steps"), text_field("steps", said["steps"], limit=4), hint)
    hint = say("How closely to follow the prompt; 1 to 30")
    form.add("guidance", say("Guidance scale (CFG)"), text_field("guidance", said["guidance"], limit=6), hint)
    form.add("sampler", say("Sampler"), sampler_select(said["sampler"]))
    form.add("size", say("Size"), text_field("size", said["size"], limit=12), say("Width x height in pixels"))


def technical_wish(typed: Typed, wish: Wish) -> Wish:
    """`wish` with the technical fields as typed; an empty field means: as the model likes it."""
    width, height = size_of(typed["size"])
    return dataclasses.replace(
        wish,
        steps=whole_number(N_("steps"), typed["steps"]),
        guidance=decimal_number(N_("guidance"), typed["guidance"]),
        sampler=sampler_of(typed["sampler"]) if typed["sampler"] else None,
        width=width,
        height=height,
        clip_skip=whole_number(N_("clip skip"), typed["clip_skip"]) if "clip_skip" in typed else wish.clip_skip,
        strength=decimal_number(N_("strength"), typed["strength"]) if "strength" in typed else wish.strength,
    )


async def draw_child(
    services: Services, interaction: discord.Interaction, wish: Wish, job: Job, picture: Picture | None
) -> None:
    """Draw `wish` as a child of `picture`, private where its parent was."""
    request = await request_from(services, wish, interaction.user.id, interaction.guild_id)
    await _session.begin(services, interaction, request, private=job.private, parent=picture)


def sampler_select(chosen: str) -> ui.Select[Any]:
    """All samplers, with the present one chosen."""
    select: ui.Select[Any] = ui.Select(custom_id="sampler", required=False)
    for sampler, title in TITLES.items():
        select.add_option(label=title, value=sampler.value, default=sampler.value == chosen)
    return select


def text_field(
    name: str, value: str, *, long: bool = False, required: bool = False, limit: int = 0
) -> ui.TextInput[Any]:
    """A field for text, filled with `value`."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    # Longer than a prompt may be: the bot's own sentence says more than a field that takes no more characters.
    most = limit or MAX_PROMPT_CHARS * 2
    return ui.TextInput(custom_id=name, style=style, default=value[:most] or None, required=required, max_length=most)


def radio(name: str, options: dict[str, str], chosen: str) -> ui.RadioGroup[Any]:
    """A choice of one: value -> label."""
    group: ui.RadioGroup[Any] = ui.RadioGroup(custom_id=name)
    for value, label in options.items():
        group.add_option(label=label, value=value, default=value == chosen)
    return group


def _value(field: ui.TextInput[Any] | ui.RadioGroup[Any] | ui.Select[Any]) -> str:
    if isinstance(field, ui.Select):
        return field.values[0] if field.values else ""
    return field.value or ""
