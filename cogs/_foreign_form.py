"""The form behind *Use these settings*: filled with what a picture says, and drawn as a wish of one's own."""

import dataclasses

import discord

from cogs import _session
from cogs._adopting import Here
from cogs._modals import Form, Typed, text_field
from cogs._parse import request_from, size_of, whole_number
from cogs._services import Services
from cogs._session import Note
from cogs._words import Words
from inference.errors import N_
from inference.prompts.sampler_names import a1111_name

FROM = N_("With the settings of a picture made with {program}.")
FROM_BUT = N_("With the settings of a picture made with {program}. Different here: {differences}.")


class SettingsForm(Form):
    """Prompt, negative prompt, size and seed; everything else is taken as the picture says it."""

    def __init__(self, services: Services, say: Words, found: Here, typed: Typed | None = None) -> None:
        super().__init__(
            services, say, say("Use these settings"), lambda typed: SettingsForm(services, say, found, typed)
        )
        self.found = found
        wish = found.adopted.wish
        said: Typed = typed or {
            "prompt": wish.prompt or "",
            "negative": wish.negative or "",
            "size": f"{wish.width}x{wish.height}" if wish.width else "",
            "seed": "" if wish.seed is None else str(wish.seed),
        }
        along = say("{settings} come along", settings=_along(say, found))
        self.add("prompt", say("Prompt"), text_field("prompt", said["prompt"], long=True, required=True), along)
        self.add("negative", say("Negative prompt"), text_field("negative", said["negative"], long=True))
        self.add("size", say("Size"), text_field("size", said["size"], limit=12), say("Width x height in pixels"))
        hint = say("-1 or empty = a new one each time")
        self.add("seed", say("Seed"), text_field("seed", said["seed"], limit=12), hint)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Draw it."""
        typed = self.typed()
        width, height = size_of(typed["size"])
        wish = dataclasses.replace(
            self.found.adopted.wish,
            prompt=typed["prompt"],
            negative=typed["negative"],
            width=width,
            height=height,
            seed=whole_number(N_("seed"), typed["seed"]),
        )
        request = await request_from(self.services, wish, interaction.user.id, interaction.guild_id)
        await _session.begin(self.services, interaction, request, private=False, note=_note(self.found))


def _along(say: Words, found: Here) -> str:
    """What the form has no field for, in names and signs."""
    wish = found.adopted.wish
    parts = [found.model.title, *(f"{each.name}:{each.unet:g}" for each in wish.loras or ())]
    if wish.sampler:
        parts.append(a1111_name(wish.sampler))
    if wish.steps:
        parts.append(say("{steps} steps", steps=wish.steps))
    return ", ".join(parts)


def _note(found: Here) -> Note:
    program = found.settings.program.value
    if not found.differences:
        return {"note": FROM, "program": program}
    return {"note": FROM_BUT, "program": program, "differences": found.differences}
