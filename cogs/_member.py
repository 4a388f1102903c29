"""One member as moderators see them: how they stand here, and three buttons; for the operator three more."""

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from cogs import _card, errors
from cogs._parse import UNKNOWN_CONTROL, ids_in
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words, words_for
from inference.errors import N_, Gone, NotYours
from storage import standing
from storage.standing import EVERYWHERE, Bar, Kind, Standing

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

FOR_MODERATORS = N_("Only members who may manage this server can do that.")
STANDS: Mapping[Kind, str] = {
    Kind.GOOD: N_("{person} may draw here like everybody."),
    Kind.NO_ADULT: N_("{person} may draw here, but nothing for adults."),
    Kind.COOLING: N_("{person} has a pause from drawing until <t:{until}:f>, after requests that I never draw."),
    Kind.BLOCKED: N_("{person} is muted: I draw nothing for them."),
}
YOU_STAND: Mapping[Kind, str] = {
    Kind.NO_ADULT: N_("**You draw here like everybody, but nothing for adults.**"),
    Kind.COOLING: N_("**You have a pause until <t:{until}:f>**, after requests that I never draw."),
    Kind.BLOCKED: N_("**You are muted:** I draw nothing for you."),
}
BY_OPERATOR = N_("That holds everywhere; only my operator can lift it.")
BY_YOU = N_("That holds everywhere; you can lift it, as my operator.")
# Verb -> what its button says, and what it bars; None lifts.
HERE: Mapping[str, tuple[str, Bar | None]] = {
    "mute": (N_("Mute here"), Bar.BLOCKED),
    "tame": (N_("No adult pictures here"), Bar.NO_ADULT),
    "allow": (N_("Allow again here"), None),
}
ALL: Mapping[str, tuple[str, Bar | None]] = {
    "muteall": (N_("Mute everywhere"), Bar.BLOCKED),
    "tameall": (N_("No adult pictures anywhere"), Bar.NO_ADULT),
    "allowall": (N_("Allow again everywhere"), None),
}


async def open_panel(
    services: Services, say: Words, interaction: discord.Interaction[Any], server_id: int, person_id: int
) -> None:
    """A private message about this member."""
    view = await panel(services, say, interaction, server_id, person_id)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def panel(
    services: Services, say: Words, interaction: discord.Interaction[Any], server_id: int, person_id: int
) -> ui.LayoutView:
    """How they stand here, and what can be done."""
    operator = await is_operator(interaction)
    # What somebody did elsewhere, or in private, is no server's business.
    stands_so = standing.standing if operator else standing.standing_by
    found = await stands_so(services.db, person_id, server_id)
    good = found.kind is Kind.GOOD
    rows = [_row(say, HERE, person_id, nothing_to_lift=good)]
    if operator:
        rows.append(_row(say, ALL, person_id, nothing_to_lift=good))
    return _card.stacked(stands(say, found, f"<@{person_id}>"), rows)


def stands(say: Words, found: Standing, person: str) -> str:
    """How somebody stands, in a sentence or two; only the operator is shown what holds everywhere."""
    text = say(STANDS[found.kind], person=person, until=int(found.until or 0))
    return f"{text}\n{say(BY_YOU)}" if found.everywhere and found.kind is not Kind.GOOD else text


def you_stand(say: Words, found: Standing) -> str:
    """The same to the person themself; nothing where they stand as everybody does."""
    if found.kind is Kind.GOOD:
        return ""
    text = say(YOU_STAND[found.kind], until=int(found.until or 0))
    return f"{text}\n{say(BY_OPERATOR)}" if found.everywhere else text


async def is_operator(interaction: discord.Interaction[Any]) -> bool:
    """Whether this is the application's owner or one of its team; asked of Discord once."""
    bot: Genga = interaction.client
    return await bot.is_owner(interaction.user)


def _row(
    say: Words, verbs: Mapping[str, tuple[str, Bar | None]], person_id: int, *, nothing_to_lift: bool
) -> ui.ActionRow[ui.LayoutView]:
    buttons = (
        ui.Button[ui.LayoutView](
            label=say(label)[:80], custom_id=f"v1m:{verb}:{person_id}", disabled=bars is None and nothing_to_lift
        )
        for verb, (label, bars) in verbs.items()
    )
    return ui.ActionRow(*buttons)


class MemberButton(ui.DynamicItem[ui.Button[Any]], template=r"v1m:(?P<verb>[a-z]+):(?P<person>[0-9]{1,19})"):
    """Bars somebody, or lifts that again."""

    def __init__(self, button: ui.Button[Any], verb: str, person: str) -> None:
        super().__init__(button)
        self.verb, self.person = verb, person

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "MemberButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"], match["person"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, if this person may, and show how the member stands now."""
        services: Services = interaction.client.services
        try:
            if interaction.guild_id is None or not interaction.permissions.manage_guild:
                raise NotYours(template=FOR_MODERATORS)
            if self.verb in ALL and not await is_operator(interaction):
                raise NotYours(template=FOR_MODERATORS)
            if self.verb not in {**ALL, **HERE}:
                raise Gone(template=UNKNOWN_CONTROL)
            [person_id] = ids_in([self.person])
            where = EVERYWHERE if self.verb in ALL else interaction.guild_id
            what: Bar | None = {**ALL, **HERE}[self.verb][1]
            if what is None:
                await standing.lift(services.db, person_id, where)
            else:
                await standing.bar(services.db, person_id, where, what)
            log.info("a member's standing was changed: %s", self.verb)
            say = await words_for(services, interaction)
            view = await panel(services, say, interaction, interaction.guild_id, person_id)
            await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)
