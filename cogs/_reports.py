"""Reports on their way to people: an entry in the server's log channel, or a direct message to the operator.

The entry says what moderators may know: of a public card its words and where it is, of a private one the category and
the job's number. Who reported is nobody's business; who appeals is.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from cogs import _card, errors
from cogs._delivery import direct_channel
from cogs._links import message_link
from cogs._member import is_operator, stands
from cogs._obstacles import AWAY
from cogs._parse import UNKNOWN_CONTROL
from cogs._removal import remove_messages
from cogs._services import Services
from cogs._text import NO_PINGS, closed_up, number36, quoted
from cogs._words import Words, words_of
from inference.errors import N_, Gone, NotYours
from storage import jobs, pictures, posts, reports, servers, standing
from storage.jobs import Job
from storage.reports import Category, Report, State
from storage.standing import EVERYWHERE, Bar, Kind, Standing

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

CATEGORIES: Mapping[Category, str] = {
    Category.SEXUAL: N_("Too sexual for the place"),
    Category.YOUNG: N_("Somebody looks too young in it"),
    Category.REAL: N_("A real person"),
    Category.CRUEL: N_("Cruel or hateful"),
    Category.OTHER: N_("Something else"),
    Category.APPEAL: N_("Please look again"),
}
ENDINGS: Mapping[State, str] = {
    State.REMOVED: N_("**Removed.** {person} decided."),
    State.ALLOWED: N_("**Allowed.** {person} decided."),
    State.KEPT: N_("**It stays as it is.** {person} decided."),
}
REPORT_GONE = N_("That report is gone, or somebody has looked at it already.")
FOR_MODERATORS = N_("Only moderators of this server, and my operator, can decide about reports.")
REASON = N_("What is wrong: {reason}")
APPEAL = N_("They write: {reason}")
PRIVATE = N_("A private picture: its words are not shown to moderators.")


async def tell(services: Services, report: Report) -> None:
    """Show the report where people decide about it; it stays in the table whatever happens here."""
    rules = await servers.rules(services.db, report.guild_id)
    if report.guild_id is not None and rules.log_channel is not None:
        server = services.client.get_guild(report.guild_id)
        # One of this very server: no setting sends words of its members anywhere else.
        place = server.get_channel(rules.log_channel) if server else None
        if server and isinstance(place, discord.TextChannel):
            say = Words(server.preferred_locale.value)
            if await _send(services, place, await entry(services, say, report), report):
                return
    for owner_id in await operators(services):
        say = await words_of(services, owner_id)
        try:
            place = await direct_channel(services.client, owner_id)
        except (discord.HTTPException, *AWAY) as error:
            log.info("report %s: the operator takes no direct message: %s", report.id, error)
            continue
        await _send(services, place, await entry(services, say, report), report)


async def _send(services: Services, place: discord.abc.Messageable, view: ui.LayoutView, report: Report) -> bool:
    try:
        sent = await place.send(view=view, allowed_mentions=NO_PINGS)
    except (discord.HTTPException, *AWAY) as error:
        log.warning("report %s could not be shown: %s", report.id, error)
        return False
    await reports.told(services.db, report.id, sent.id)
    return True


async def operators(services: Services) -> list[int]:
    """Whoever runs the bot, as Discord knows it; nobody where it cannot be asked."""
    try:
        application = await services.client.application_info()
    except (discord.HTTPException, *AWAY) as error:
        log.warning("who the operator is cannot be found out: %s", error)
        return []
    team = application.team.members if application.team else [application.owner]
    own_id = services.client.user.id if services.client.user else 0
    return [person.id for person in team if person.id != own_id]


async def entry(services: Services, say: Words, report: Report, *, decided_by: int = 0) -> ui.LayoutView:
    """The report as moderators see it, with its buttons while nobody has decided."""
    job = await jobs.get(services.db, report.job_id) if report.job_id is not None else None
    about = await _named(services, say, job) if job else ""
    head = " · ".join(filter(None, [say("**Report {number}**", number=number36(report.id)),
                                    say(CATEGORIES[report.category]), about]))  # fmt: skip
    lines = [head, *await _facts(services, say, report, job)]
    person_id = _concerned(report, job)
    found = await _standing(services, person_id, report.guild_id) if person_id is not None else None
    if found:
        lines.append(stands(say, found, f"<@{person_id}>"))
    if report.state is not State.OPEN:
        return _card.stacked("\n".join([*lines, say(ENDINGS[report.state], person=f"<@{decided_by}>")]), [])
    return _card.stacked("\n".join(lines), [_buttons(say, report, muted=bool(found and found.kind is Kind.BLOCKED))])


async def _standing(services: Services, person_id: int, guild_id: int | None) -> Standing:
    """As those may know it who decide: of a server's moderators nobody learns what somebody did elsewhere."""
    if guild_id is None:
        return await standing.standing(services.db, person_id, None)
    return await standing.standing_by(services.db, person_id, guild_id)


async def _named(services: Services, say: Words, job: Job) -> str:
    """The picture's number, to click where moderators may see the picture."""
    name = say("picture #{job}", job=number36(job.id))
    shown = [post for post in await posts.of_job(services.db, job.id) if not post.ephemeral and post.guild_id]
    if _is_private(job) or not shown:
        return name
    return f"[{name}]({message_link(shown[0].guild_id, shown[0].channel_id, shown[0].message_id)})"


def _is_private(job: Job) -> bool:
    return job.private or job.guild_id is None


async def _facts(services: Services, say: Words, report: Report, job: Job | None) -> list[str]:
    """What was said, as far as moderators may know it."""
    if job is None:
        about = APPEAL if report.category is Category.APPEAL else REASON
        return [say(about, reason=quoted(report.reason, reports.MAX_REASON_CHARS))]
    if _is_private(job):
        return [say(PRIVATE)]
    prompt = quoted(closed_up(job.request.prompt), 600)
    return [say(REASON, reason=quoted(report.reason, 600)), say("Asked for with: {prompt}", prompt=prompt)]


def _concerned(report: Report, job: Job | None) -> int | None:
    """Whose standing this is about: who asked for the picture, or who appeals."""
    if job is not None:
        return job.requester_id
    return report.reporter_id if report.category is Category.APPEAL else None


def _offered(report: Report) -> tuple[str, ...]:
    """What can be decided about it."""
    return ("remove", "mute", "allow") if report.job_id is not None else ("allow", "keep")


def _buttons(say: Words, report: Report, *, muted: bool) -> ui.ActionRow[ui.LayoutView]:
    red, grey = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    labels = {
        "remove": say("Remove"),
        "mute": say("Mute"),
        "allow": say("Allow"),
        "keep": say("Leave as it is"),
    }
    buttons = (
        ui.Button[ui.LayoutView](
            label=labels[verb], style=red if verb == "remove" else grey, disabled=muted and verb == "mute",
            custom_id=f"v1r:{verb}:{number36(report.id)}",
        )
        for verb in _offered(report)
    )  # fmt: skip
    return ui.ActionRow(*buttons)


async def _remove(services: Services, interaction: discord.Interaction[Any], report: Report, job: Job | None) -> None:
    del interaction
    if job is not None:
        await pictures.delete_of_job(services.db, job.id)
        await remove_messages(services, job.id)
    await reports.close(services.db, report.id, State.REMOVED)


async def _mute(services: Services, interaction: discord.Interaction[Any], report: Report, job: Job | None) -> None:
    if job is not None:
        where = await _reach(interaction, report)
        await standing.bar(services.db, job.requester_id, where, Bar.BLOCKED)


async def _allow(services: Services, interaction: discord.Interaction[Any], report: Report, job: Job | None) -> None:
    person_id = _concerned(report, job)
    if person_id is not None:
        await standing.lift(services.db, person_id, await _reach(interaction, report))
    await reports.close(services.db, report.id, State.ALLOWED)


async def _keep(services: Services, interaction: discord.Interaction[Any], report: Report, job: Job | None) -> None:
    del interaction, job
    await reports.close(services.db, report.id, State.KEPT)


async def _reach(interaction: discord.Interaction[Any], report: Report) -> int:
    """A server's moderators decide for their server; what is about no server is the operator's."""
    if report.guild_id is not None:
        return report.guild_id
    if not await is_operator(interaction):
        raise NotYours(template=FOR_MODERATORS)
    return EVERYWHERE


Verb = Callable[[Services, discord.Interaction[Any], Report, Job | None], Awaitable[None]]
VERBS: Mapping[str, Verb] = {"remove": _remove, "mute": _mute, "allow": _allow, "keep": _keep}


class ReportButton(ui.DynamicItem[ui.Button[Any]], template=r"v1r:(?P<verb>[a-z]+):(?P<report>[0-9a-z]{1,12})"):
    """A decision about a report."""

    def __init__(self, button: ui.Button[Any], verb: str, report_id: int) -> None:
        super().__init__(button)
        self.verb, self.report_id = verb, report_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "ReportButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"], int(match["report"], 36))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was decided, by somebody who may, and say so in the entry."""
        bot: Genga = interaction.client
        services = bot.services
        try:
            report = await reports.get(services.db, self.report_id)
            await _must_decide(interaction, report)
            if report is None or report.state is not State.OPEN:
                raise Gone(template=REPORT_GONE)
            if self.verb not in _offered(report):
                raise Gone(template=UNKNOWN_CONTROL)
            await interaction.response.defer()
            job = await jobs.get(services.db, report.job_id) if report.job_id is not None else None
            await VERBS[self.verb](services, interaction, report, job)
            log.info("report %s: %s", report.id, self.verb)
            report = await reports.get(services.db, self.report_id)
            if report is not None:
                view = await entry(services, Words(_locale(interaction)), report, decided_by=interaction.user.id)
                await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


async def _must_decide(interaction: discord.Interaction[Any], report: Report | None) -> None:
    """Moderators of the very server, in the very entry that tells of it; the operator anywhere."""
    if await is_operator(interaction):
        return
    here = report is not None and interaction.guild_id is not None and report.guild_id == interaction.guild_id
    message_id = interaction.message.id if interaction.message else 0
    # None: the entry was sent a moment ago, and that is about to be written down.
    in_its_entry = report is not None and report.entry_message_id in {None, message_id}
    if not (here and in_its_entry and interaction.permissions.manage_messages):
        raise NotYours(template=FOR_MODERATORS)


def _locale(interaction: discord.Interaction[Any]) -> str:
    """The entry stands in the server's language, in private in one's own."""
    server = interaction.guild
    return server.preferred_locale.value if server else interaction.locale.value
