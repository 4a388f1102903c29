"""The forms that start from a picture somebody pointed at in a message's menu."""

import dataclasses

import discord

from cogs import _session
from cogs._modals import Form, Typed, radio, text_field
from cogs._parse import STRENGTHS, request_from, wish_of
from cogs._services import Services
from cogs._sources import Source, draw_from
from cogs._words import Words
from inference.errors import N_
from inference.request import Wish

HOW_FAR = {"light": N_("A little"), "medium": N_("Quite a bit"), "strong": N_("A lot")}
START, SETTINGS = "start", "settings"


class EditImageForm(Form):
    """Say what the picture should become, and how far it may go."""

    def __init__(self, services: Services, say: Words, source: Source, typed: Typed | None = None) -> None:
        super().__init__(
            services, say, say("Edit this picture"), lambda typed: EditImageForm(services, say, source, typed)
        )
        self.source = source
        before = (wish_of(source.job.request).prompt or "") if source.job else ""
        said: Typed = typed or {"prompt": before, "how": "medium"}
        field = text_field("prompt", said["prompt"], long=True, required=True)
        self.add("prompt", say("What should it show?"), field, say("Describe the whole picture, in tags or words"))
        options = {value: say(label) for value, label in HOW_FAR.items()}
        self.add("how", say("How much may change?"), radio("how", options, said["how"]))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Image to image from the picture."""
        typed = self.typed()
        wish = wish_of(self.source.job.request) if self.source.job else Wish()
        wish = dataclasses.replace(
            wish, prompt=typed["prompt"], look=None, strength=STRENGTHS[typed["how"]], seed=None, count=None
        )
        await draw_from(self.services, interaction, self.source, wish, private=self.source.private)


class UseAsForm(Form):
    """Use a picture for a new one: as its start, or for its settings and seed where we know them."""

    def __init__(self, services: Services, say: Words, source: Source, typed: Typed | None = None) -> None:
        super().__init__(
            services,
            say,
            say("Use this picture as…"),
            lambda typed: UseAsForm(services, say, source, {"role": START, **typed}),
        )
        self.source = source
        said: Typed = typed or {"prompt": "", "role": START}
        if source.job is not None:
            roles = {START: say("A picture to start from"), SETTINGS: say("Its settings and seed, with new words")}
            self.add("role", say("Use it as"), radio("role", roles, said["role"]))
        self.add("prompt", say("What to draw"), text_field("prompt", said["prompt"], long=True, required=True))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Draw from it, or like it."""
        typed = self.typed()
        if typed.get("role", START) == START or self.source.job is None:
            wish = Wish(prompt=typed["prompt"])
            await draw_from(self.services, interaction, self.source, wish, private=self.source.private)
            return
        wish = dataclasses.replace(wish_of(self.source.job.request), prompt=typed["prompt"], count=None)
        request = await request_from(self.services, wish, interaction.user.id, interaction.guild_id)
        source = self.source
        await _session.begin(self.services, interaction, request, private=source.private, parent=source.picture)
