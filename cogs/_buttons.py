"""Every control of every card: a custom_id carries a verb, a job and an index, and the verb's handler answers it.

Nothing is kept in memory, so a control works after any restart and on a message of any age. A new button is a handler
in `HANDLERS` and a `_card.control(verb, ...)` on the card.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import (
    _examples,
    _finding,
    _gate,
    _history_controls,
    _installing,
    _lora_controls,
    _member,
    _models_controls,
    _originals,
    _panel,
    _picture_hint,
    _privacy_controls,
    _reports,
    _server_controls,
    _terms_button,
    _verbs,
    errors,
)
from cogs._parse import UNKNOWN_CONTROL
from cogs._place import where_pressed
from cogs._presses import Key
from cogs._services import Services
from inference.errors import Gone

Handler = Callable[[Services, discord.Interaction, int, int], Awaitable[None]]

HANDLERS: Mapping[str, Handler] = {
    "cancel": _verbs.cancel,
    "retry": _verbs.retry,
    "reroll": _verbs.reroll,
    "vary": _verbs.vary,
    "subtle": _verbs.subtle,
    "strong": _verbs.strong,
    "edit": _verbs.edit,
    "advanced": _verbs.advanced,
    "fix": _verbs.fix,
    "pick": _verbs.pick,
    "info": _verbs.info,
    "favourite": _verbs.favourite,
    "report": _verbs.report,
    "share": _verbs.share,
    "delete": _verbs.delete,
    "original": _originals.original,
}
# They show no picture: what they draw anew, the gate is asked for as for any request.
SHOW_NOTHING = {"cancel", "retry", "edit", "delete", "fix"}
OF_NO_JOB = {"fix"}
ONCE = {"retry", "reroll", "subtle", "strong", "share"}  # each press of these makes one more: a double click makes one
TEMPLATE = r"v1:(?P<verb>[a-z]+):(?P<job>[0-9a-z]{1,12}):(?P<index>[0-9]{1,2})"


class Control(ui.DynamicItem[ui.Button[Any]], template=TEMPLATE):
    """A button of ours, made again from its custom_id when somebody presses it."""

    def __init__(self, button: ui.Button[Any], verb: str, job_id: int, index: int) -> None:
        super().__init__(button)
        self.verb, self.job_id, self.index = verb, job_id, index

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "Control":
        """Read the custom_id; nothing in it is trusted beyond being a verb and two numbers."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("a control is a button")
        return cls(item, match["verb"], int(match["job"], 36), int(match["index"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer the press; whatever goes wrong is told by `cogs/errors.py`."""
        try:
            if self.verb not in HANDLERS:
                raise Gone(template=UNKNOWN_CONTROL)
            handler = HANDLERS[self.verb]
            services: Services = interaction.client.services
            if self.verb in ONCE and services.presses.is_second(self._key(interaction), _taken_at_s(interaction)):
                await interaction.response.defer()
                return
            if self.verb not in OF_NO_JOB:
                shows = self.verb not in SHOW_NOTHING
                await _gate.press(services, where_pressed(interaction), self.job_id, shows=shows)
            await handler(services, interaction, self.job_id, self.index)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            interaction.client.services.presses.forget(self._key(interaction))
            await errors.report(interaction, error)

    def _key(self, interaction: discord.Interaction[Any]) -> Key:
        message_id = interaction.message.id if interaction.message else 0
        return interaction.user.id, message_id, f"{self.verb}:{self.job_id}:{self.index}"


def _taken_at_s(interaction: discord.Interaction[Any]) -> float:
    """When Discord took the press, which its id says."""
    return interaction.created_at.timestamp()


KNOWN: tuple[type[ui.DynamicItem[Any]], ...] = (
    Control,
    _panel.SettingsButton,
    _panel.SettingsSelect,
    _examples.ExampleButton,
    _history_controls.HistoryButton,
    _history_controls.HistorySelect,
    _picture_hint.PictureButton,
    _terms_button.AcceptButton,
    _server_controls.ServerButton,
    _server_controls.ServerSelect,
    _member.MemberButton,
    _reports.ReportButton,
    _privacy_controls.PrivacyButton,
    _lora_controls.LoraButton,
    _models_controls.ModelsButton,
    _models_controls.ModelsSelect,
    _finding.FindButton,
    _installing.InstallButton,
)
# An older version's controls, and what somebody made up, hear a sentence too.
_KNOWN_IDS = "|".join(re.sub(r"\?P<\w+>", "?:", each.__discord_ui_compiled_template__.pattern) for each in KNOWN)


class UnknownControl(ui.DynamicItem[ui.Item[Any]], template=rf"(?!(?:{_KNOWN_IDS})$)v1[a-z]*:.*"):
    """A control that no version of ours would make, or not this one."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "UnknownControl":
        """There is nothing to read."""
        del interaction, match
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say so."""
        await errors.report(interaction, Gone(template=UNKNOWN_CONTROL))


ITEMS = (*KNOWN, UnknownControl)
