"""The /server panel as it stands: three pages about who and where, what, and moderation.

Nothing is kept in memory: every control carries what it changes and the page it stands on, as `v1g:<key>:<page>`
(buttons) and `v1gs:<key>:<page>` (selects); a part of many models is a number behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import discord
from discord import ui

from cogs import _card, _server_models
from cogs._server_models import Look
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_
from storage import reports, servers
from storage.servers import Editing, ServerRules

MOST_CHOSEN = 25  # what a select of Discord's takes
CHANNELS = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.voice, discord.ChannelType.forum]
LOG_CHANNELS = [discord.ChannelType.text]


class Page(StrEnum):
    """One of the panel's pages."""

    WHERE = "where"
    WHAT = "what"
    MODERATION = "moderation"


LISTS = "lists"  # the key of the button that opens the server's word lists
PAGES: Mapping[Page, str] = {
    Page.WHERE: N_("Who and where"),
    Page.WHAT: N_("What"),
    Page.MODERATION: N_("Moderation"),
}
# A rule that is on or off -> what its button says.
SWITCHES: Mapping[Page, Mapping[str, str]] = {
    Page.WHERE: {"private": N_("Private pictures: {state}"), "uploads": N_("Own files: {state}")},
    Page.WHAT: {
        "adult": N_("Adult pictures: {state}"),
        "spoiler": N_("Cover adult pictures: {state}"),
        "suggestive": N_("Suggestive: {state}"),
        "gore": N_("Gore: {state}"),
        "hate": N_("Hateful signs: {state}"),
        "real_people": N_("Real people: {state}"),
    },
    Page.MODERATION: {},
}
EDITING: Mapping[Editing, str] = {
    Editing.OWN: N_("May change: only own pictures"),
    Editing.DRAWN: N_("May change: own, and all I drew"),
    Editing.ALL: N_("May change: anybody's pictures"),
}
HEAD = N_("**This server's rules** · {page}")
DIRECT = N_(
    "-# Direct messages are nobody's server: these rules do not reach there, and I draw nothing for adults there."
)
ADULT = N_("Adult pictures come only in age-restricted channels, and only while all of these are so:")
NEEDS = (
    N_("my operator allows them: {state}"),
    N_("this server allows them: {state}"),
    N_("a tagger that can judge how old somebody looks is installed: {state}"),
)
READY = N_("**All of them are so:** I draw them in your age-restricted channels.")
SWITCHED_OFF = N_("**Not in this server** while the switch below is off.")
LOCKED = N_("**Not possible yet, so the switch is locked.** What is missing is up to my operator: ask them.")
OF_NO_USE = N_("**So I draw none, though the switch is on.** What is missing is up to my operator: ask them.")
OTHERS = N_("“Suggestive” is about ordinary channels. Gore, hateful signs and real people are about all channels.")
WORDS = N_("Blocked words and phrases: {count} of at most {limit}")
WAITING = N_("Pictures that each member may have waiting: {limit}")
DAILY = N_("Pictures for each member within a day: {limit}")
NO_LOG = N_("Reports go to my operator. Choose a channel, and they come there instead.")
WAIT = N_("Reports that wait for a decision: {count}")


async def panel(services: Services, say: Words, server_id: int, page: Page, look: Look | None = None) -> ui.LayoutView:
    """A page of the panel as it is now; of many models those that `look` says."""
    rules = await servers.rules(services.db, server_id)
    match page:
        case Page.WHERE:
            text, rows = say(DIRECT), _where(say, rules)
        case Page.WHAT:
            text = "\n".join([_adult(services, say, rules), *_server_models.told(services, say, rules)])
            rows = _what(services, say, rules, look or Look())
        case Page.MODERATION:
            text, rows = await _told(services, say, server_id, rules), _moderation(say, rules)
    head = say(HEAD, page=say(PAGES[page]))
    return _card.stacked(f"{head}\n{text}", [_pages(say, page), *rows])


def _pages(say: Words, page: Page) -> ui.ActionRow[ui.LayoutView]:
    blue, grey = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    return ui.ActionRow(
        *(
            _button(say(name), "turn", each, style=blue if each is page else grey, disabled=each is page)
            for each, name in PAGES.items()
        )
    )


def _where(say: Words, rules: ServerRules) -> list[ui.ActionRow[ui.LayoutView]]:
    page = Page.WHERE
    editing = [
        discord.SelectOption(label=say(name)[:100], value=each.value, default=each is rules.editing)
        for each, name in EDITING.items()
    ]
    return [
        _channels("channels", page, say("Channels I draw in: all"), rules.channels, CHANNELS, MOST_CHOSEN),
        _roles("roles", page, say("Roles I draw for: all"), rules.roles),
        _roles("private_roles", page, say("Roles that may ask privately: all"), rules.private_roles),
        _roles("upload_roles", page, say("Roles that may start from own files: all"), rules.upload_roles),
        ui.ActionRow(ui.Select(custom_id=_select_id("editing", page), options=editing)),
        _switches(say, rules, SWITCHES[page], page),
    ]


def _what(services: Services, say: Words, rules: ServerRules, look: Look) -> list[ui.ActionRow[ui.LayoutView]]:
    page, switches = Page.WHAT, list(SWITCHES[Page.WHAT].items())
    locked = {"adult"} if not rules.adult and not adult_possible(services) else set[str]()
    rows = [_switches(say, rules, dict(part), page, locked) for part in (switches[:3], switches[3:])]
    select = _server_models.select(services, say, rules, look, page)
    buttons = _server_models.buttons(services, say, look, page)
    return [*rows, select, ui.ActionRow(*buttons, _button(say("Word lists…"), LISTS, page))]


def _adult(services: Services, say: Words, rules: ServerRules) -> str:
    """What adult pictures still need, what follows from it, and what the other switches are about."""
    states = (services.operator_adult, rules.adult, services.age_judged)
    needs = [f"- {say(need, state=_yes(say, state))}" for need, state in zip(NEEDS, states, strict=True)]
    if adult_possible(services):
        so = READY if rules.adult else SWITCHED_OFF
    else:
        so = OF_NO_USE if rules.adult else LOCKED
    return "\n".join([say(ADULT), *needs, say(so), "", say(OTHERS), say(DIRECT)])


def adult_possible(services: Services) -> bool:
    """Whether the server's own switch is all that is missing."""
    return services.operator_adult and services.age_judged


def _moderation(say: Words, rules: ServerRules) -> list[ui.ActionRow[ui.LayoutView]]:
    page = Page.MODERATION
    chosen = (rules.log_channel,) if rules.log_channel else ()
    buttons = ui.ActionRow[ui.LayoutView](
        _button(say("Add blocked words…"), "block", page),
        _button(say("Remove blocked words…"), "unblock", page, disabled=not rules.blocked),
        _button(say("Blocked words as a file"), "list", page, disabled=not rules.blocked),
        _button(say("Limits…"), "limits", page),
    )
    member = ui.UserSelect[ui.LayoutView](
        custom_id=_select_id("member", page), placeholder=say("A member: mute, or allow again…")
    )
    return [
        _channels("log_channel", page, say("Channel for reports: none yet"), chosen, LOG_CHANNELS, 1),
        ui.ActionRow(member),
        buttons,
    ]


async def _told(services: Services, say: Words, server_id: int, rules: ServerRules) -> str:
    usual = services.limits.per_person
    waiting = say("{limit}, as everywhere", limit=usual) if rules.open_each is None else str(rules.open_each)
    daily = say("no limit") if rules.daily_each is None else str(rules.daily_each)
    lines = [
        say(WORDS, count=len(rules.blocked), limit=servers.MAX_BLOCKED),
        say(WAITING, limit=waiting),
        say(DAILY, limit=daily),
        say(WAIT, count=await reports.count_open(services.db, server_id)) if rules.log_channel else say(NO_LOG),
    ]
    return "\n".join([*lines, say(DIRECT)])


def _switches(
    say: Words, rules: ServerRules, switches: Mapping[str, str], page: Page, locked: Collection[str] = ()
) -> ui.ActionRow[ui.LayoutView]:
    labels = {key: say(label, state=_on(say, getattr(rules, key))) for key, label in switches.items()}
    return ui.ActionRow(*(_button(label, key, page, disabled=key in locked) for key, label in labels.items()))


def _channels(
    key: str, page: Page, placeholder: str, chosen: Sequence[int], kinds: list[discord.ChannelType], most: int
) -> ui.ActionRow[ui.LayoutView]:
    defaults = [discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.channel) for each in chosen]
    select = ui.ChannelSelect[ui.LayoutView](
        custom_id=_select_id(key, page), placeholder=placeholder, min_values=0, max_values=most, channel_types=kinds,
        default_values=defaults,
    )  # fmt: skip
    return ui.ActionRow(select)


def _roles(key: str, page: Page, placeholder: str, chosen: Sequence[int]) -> ui.ActionRow[ui.LayoutView]:
    defaults = [discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.role) for each in chosen]
    select = ui.RoleSelect[ui.LayoutView](
        custom_id=_select_id(key, page), placeholder=placeholder, min_values=0, max_values=MOST_CHOSEN,
        default_values=defaults,
    )  # fmt: skip
    return ui.ActionRow(select)


def _button(
    label: str,
    key: str,
    page: Page,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label[:80], custom_id=f"v1g:{key}:{page}", style=style, disabled=disabled)


def _select_id(key: str, page: Page) -> str:
    return f"v1gs:{key}:{page}"


def _on(say: Words, state: bool) -> str:
    return say("on") if state else say("off")


def _yes(say: Words, state: bool) -> str:
    return say("yes") if state else say("not yet")
