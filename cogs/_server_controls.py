"""What the controls of /server do. Whoever presses is asked anew for Manage Server, and the rules are read anew."""

import dataclasses
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _member, _server, errors
from cogs._finding import FindForm
from cogs._modals import Form, Typed, text_field
from cogs._parse import UNKNOWN_CONTROL, ids_in, whole_number
from cogs._server import LISTS, LOCKED, SWITCHES, Page, adult_possible
from cogs._server_models import FIND, SELECT, TURN, Look, chosen_anew
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words, words_for
from inference.errors import N_, BadRequest, Gone, NotYours
from inference.prompts.wildcards import lines_of, lists_in
from storage import servers
from storage.servers import Editing, ServerRules

FOR_ADMINS = N_("Only members who may manage this server can see and change its rules.")
NOT_OF_HERE = N_("That channel or role is not in this server any more. Please choose again.")
OF_CHANNELS = {"channels", "log_channel"}
OF_ROLES = {"roles", "private_roles", "upload_roles"}
MOST_EACH = 1000
OUT_OF_RANGE = N_("A limit is a whole number from 1 to {most}; empty means none of its own.")

Change = Callable[[ServerRules], ServerRules]


def ruled_server(interaction: discord.Interaction[Any]) -> int:
    """The server whose rules this person may change; NotYours for anybody else."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotYours(template=FOR_ADMINS)
    return interaction.guild_id


PLACE = r":(?P<key>[a-z_]+):(?P<page>where|what|moderation)(:(?P<part>[0-9]{1,4}))?"


class ServerButton(ui.DynamicItem[ui.Button[Any]], template=f"v1g{PLACE}"):
    """A switch, a form, or another page."""

    def __init__(self, button: ui.Button[Any], key: str, page: Page, look: Look) -> None:
        super().__init__(button)
        self.key, self.page, self.look = key, page, look

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ServerButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["key"], Page(match["page"]), Look(part=int(match["part"] or 1)))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it says, if this person may."""
        services: Services = interaction.client.services
        try:
            server_id = ruled_server(interaction)
            say = await words_for(services, interaction)
            if self.page is Page.MODERATION and self.key in FORMS:
                rules = await servers.rules(services.db, server_id)
                await interaction.response.send_modal(FORMS[self.key](services, say, rules, None))
            elif self.page is Page.WHAT and self.key == FIND:

                async def show(found: discord.Interaction, typed: str) -> None:
                    await refresh(services, say, found, Page.WHAT, Look(typed=typed))

                await interaction.response.send_modal(FindForm(services, say, show))
            elif self.page is Page.WHAT and self.key == LISTS:
                rules = await servers.rules(services.db, server_id)
                await interaction.response.send_modal(ListsForm(services, say, rules, None))
            elif self.page is Page.MODERATION and self.key == "list":
                await _send_list(services, say, interaction, server_id)
            elif self.key in SWITCHES[self.page]:
                await servers.change_rules(services.db, server_id, _turned(services, self.key))
                await refresh(services, say, interaction, self.page)
            elif self.key == TURN:
                await refresh(services, say, interaction, self.page, self.look)
            else:
                raise Gone(template=UNKNOWN_CONTROL)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


class ServerSelect(ui.DynamicItem[ui.Item[Any]], template=f"v1gs{PLACE}"):
    """Channels, roles, models, whose pictures may be changed, or a member."""

    def __init__(self, select: ui.Item[Any], key: str, page: Page, look: Look) -> None:
        super().__init__(select)
        self.key, self.page, self.look = key, page, look
        self.shown = [option.value for option in select.options] if isinstance(select, ui.Select) else []

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ServerSelect":
        """Read the custom_id."""
        del interaction
        return cls(item, match["key"], Page(match["page"]), Look(part=int(match["part"] or 1)))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take over the choice, if this person may."""
        services: Services = interaction.client.services
        try:
            server_id = ruled_server(interaction)
            say = await words_for(services, interaction)
            chosen = [str(value) for value in (interaction.data or {}).get("values", [])]
            if self.key == "member":
                [person_id] = ids_in(chosen, least=1, most=1)
                await _member.open_panel(services, say, interaction, server_id, person_id)
                return
            if self.key == SELECT:
                change = _models(services, self.shown, chosen)
            elif self.key in CHOICES:
                _must_be_here(interaction, self.key, chosen)
                change = CHOICES[self.key](chosen)
            else:
                raise Gone(template=UNKNOWN_CONTROL)
            await servers.change_rules(services.db, server_id, change)
            await refresh(services, say, interaction, self.page, self.look)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def refresh(
    services: Services, say: Words, interaction: discord.Interaction, page: Page, look: Look | None = None
) -> None:
    """Show the panel as it now is, in the same message."""
    view = await _server.panel(services, say, ruled_server(interaction), page, look)
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


def _must_be_here(interaction: discord.Interaction[Any], key: str, chosen: list[str]) -> None:
    """BadRequest when a chosen channel or role is not this server's: nothing of it goes elsewhere."""
    if key not in OF_CHANNELS | OF_ROLES:
        return
    guild, ids = interaction.guild, ids_in(chosen)
    if guild is None or not all((guild.get_channel if key in OF_CHANNELS else guild.get_role)(each) for each in ids):
        raise BadRequest(template=NOT_OF_HERE)


def _turned(services: Services, key: str) -> Change:
    def turned(rules: ServerRules) -> ServerRules:
        if key == "adult" and not rules.adult and not adult_possible(services):
            raise BadRequest(template=LOCKED)
        return dataclasses.replace(rules, **{key: not getattr(rules, key)})

    return turned


def _ids(key: str) -> Callable[[list[str]], Change]:
    def choice(chosen: list[str]) -> Change:
        ids = ids_in(chosen)
        return lambda rules: dataclasses.replace(rules, **{key: ids})

    return choice


def _models(services: Services, shown: list[str], chosen: list[str]) -> Change:
    if not services.catalog.models.keys() >= {*chosen}:  # left out, they would leave a list that means all of them
        raise Gone(template=UNKNOWN_CONTROL)
    return lambda rules: dataclasses.replace(rules, models=chosen_anew(services, rules, {*shown, *chosen}, chosen))


def _editing(chosen: list[str]) -> Change:
    if chosen not in [[each.value] for each in Editing]:
        raise Gone(template=UNKNOWN_CONTROL)
    editing = Editing(chosen[0])
    return lambda rules: dataclasses.replace(rules, editing=editing)


def _log_channel(chosen: list[str]) -> Change:
    channel = next(iter(ids_in(chosen, most=1)), None)
    return lambda rules: dataclasses.replace(rules, log_channel=channel)


CHOICES: Mapping[str, Callable[[list[str]], Change]] = {
    "channels": _ids("channels"),
    "roles": _ids("roles"),
    "private_roles": _ids("private_roles"),
    "upload_roles": _ids("upload_roles"),
    "editing": _editing,
    "log_channel": _log_channel,
}


async def _send_list(services: Services, say: Words, interaction: discord.Interaction, server_id: int) -> None:
    """The server's own list, for whoever may change it."""
    words = "\n".join(sorted((await servers.rules(services.db, server_id)).blocked))
    file = discord.File(io.BytesIO(f"{words}\n".encode()), "blocked-words.txt")
    text = say("This server's blocked words, one a line.")
    await interaction.response.send_message(text, file=file, ephemeral=True, allowed_mentions=NO_PINGS)


class WordsForm(Form):
    """Words and phrases to add to the server's list, or to take off it."""

    def __init__(self, services: Services, say: Words, typed: Typed | None, *, adds: bool) -> None:
        title = say("Add blocked words") if adds else say("Remove blocked words")
        super().__init__(services, say, title, lambda typed: WordsForm(services, say, typed, adds=adds))
        self.adds = adds
        field = text_field("words", typed["words"] if typed else "", long=True, required=True, limit=4000)
        self.add("words", say("One word or phrase a line"), field, say("Nothing with them is drawn in this server"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Change the list."""
        lines = self.typed()["words"].splitlines()
        found = servers.additions(lines) if self.adds else servers.literals(lines)

        def change(rules: ServerRules) -> ServerRules:
            blocked = servers.literals(rules.blocked | found) if self.adds else rules.blocked - found
            return dataclasses.replace(rules, blocked=blocked)

        await servers.change_rules(self.services.db, ruled_server(interaction), change)
        await refresh(self.services, self.say, interaction, Page.MODERATION)


class LimitsForm(Form):
    """How much each member may ask for."""

    def __init__(self, services: Services, say: Words, rules: ServerRules, typed: Typed | None) -> None:
        super().__init__(
            services, say, say("Limits for each member"), lambda typed: LimitsForm(services, say, rules, typed)
        )
        now = {"open_each": str(rules.open_each or ""), "daily_each": str(rules.daily_each or "")}
        said = typed or now
        hint = say("A whole number; empty for no limit of this server's own")
        for name, label in (("open_each", say("Pictures waiting")), ("daily_each", say("Pictures a day"))):
            self.add(name, label, text_field(name, said[name], limit=6), hint)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep them."""
        typed = self.typed()
        limits = {name: whole_number(N_("limit"), typed[name]) for name in ("open_each", "daily_each")}
        if any(each is not None and not 1 <= each <= MOST_EACH for each in limits.values()):
            raise BadRequest(template=OUT_OF_RANGE, most=MOST_EACH)
        await servers.change_rules(
            self.services.db, ruled_server(interaction), lambda rules: dataclasses.replace(rules, **limits)
        )
        await refresh(self.services, self.say, interaction, Page.MODERATION)


class ListsForm(Form):
    """The server's own word lists, for __name__ in prompts."""

    def __init__(self, services: Services, say: Words, rules: ServerRules, typed: Typed | None) -> None:
        super().__init__(services, say, say("Word lists"), lambda typed: ListsForm(services, say, rules, typed))
        now = typed["lists"] if typed else lines_of(rules.lists)
        hint = say("hair: red hair | blue hair; in prompts __hair__ is one of them")
        self.add("lists", say("One list a line"), text_field("lists", now, long=True, limit=4000), hint)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep them in place of those before."""
        lists = lists_in(self.typed()["lists"])
        await servers.change_rules(
            self.services.db, ruled_server(interaction), lambda rules: dataclasses.replace(rules, lists=lists)
        )
        await refresh(self.services, self.say, interaction, Page.WHAT)


FORMS: Mapping[str, Callable[[Services, Words, ServerRules, Typed | None], Form]] = {
    "block": lambda services, say, _, typed: WordsForm(services, say, typed, adds=True),
    "unblock": lambda services, say, _, typed: WordsForm(services, say, typed, adds=False),
    "limits": LimitsForm,
}
