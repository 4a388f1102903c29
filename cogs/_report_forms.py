"""The form of a report, and that of somebody who asks for a second look at a decision about them."""

import logging
from collections.abc import Mapping

import discord

from cogs import _reports
from cogs._modals import Form, Typed, radio, text_field
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_, BadRequest
from storage import jobs, reports
from storage.reports import Category

log = logging.getLogger(__name__)

THANKS = N_("Thank you. A person will look at it.")
NO_REASON = N_("Only spaces stand there. Please write what a person should know, and send it again.")
APPEALED = N_("Thank you. A person will look at it; /privacy shows what came of it.")


class ReportForm(Form):
    """Say what is wrong with a picture of ours, or with anything else."""

    def __init__(self, services: Services, say: Words, job_id: int | None, typed: Typed | None = None) -> None:
        title = say("Report this picture") if job_id is not None else say("Report something")
        super().__init__(services, say, title, lambda typed: ReportForm(services, say, job_id, typed))
        self.job_id = job_id
        said: Mapping[str, str] = typed or {"category": Category.OTHER, "reason": ""}
        options = {each.value: say(name) for each, name in _reports.CATEGORIES.items() if each is not Category.APPEAL}
        self.add("category", say("What is it about?"), radio("category", options, said["category"]))
        field = text_field("reason", said["reason"], long=True, required=True, limit=reports.MAX_REASON_CHARS)
        self.add("reason", say("What is wrong with it?"), field, say("Whoever looks into it reads this, not your name"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep the report, tell who has to look at it, and thank for it."""
        reason, db = _reason(self), self.services.db
        job = await jobs.get(db, self.job_id) if self.job_id is not None else None
        report = await reports.file(
            db, job_id=job.id if job else None, guild_id=job.guild_id if job else None,
            reporter_id=interaction.user.id, reason=reason, category=Category(self.typed()["category"]),
        )  # fmt: skip
        log.info("report %s about job %s", report.id, self.job_id)
        await interaction.response.send_message(self.say(THANKS), ephemeral=True)
        await _reports.tell(self.services, report)


class AppealForm(Form):
    """Ask a person to look at a pause or a mute; `server_id` is where it holds, None everywhere."""

    def __init__(self, services: Services, say: Words, server_id: int | None, typed: Typed | None = None) -> None:
        super().__init__(
            services, say, say("Ask a person to look"), lambda typed: AppealForm(services, say, server_id, typed)
        )
        self.server_id = server_id
        field = text_field("reason", typed["reason"] if typed else "", long=True, required=True, limit=1000)
        self.add("reason", say("What should they know?"), field, say("They see who asks, and what you write here"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep it and tell who decides."""
        report = await reports.file(
            self.services.db, job_id=None, guild_id=self.server_id, reporter_id=interaction.user.id,
            reason=_reason(self), category=Category.APPEAL,
        )  # fmt: skip
        log.info("report %s: somebody asks for a second look", report.id)
        await interaction.response.send_message(self.say(APPEALED), ephemeral=True)
        await _reports.tell(self.services, report)


def _reason(form: Form) -> str:
    """What they wrote; BadRequest where that is nothing, which comes back with a button that opens the form again."""
    reason = form.typed()["reason"].strip()
    if not reason:
        raise BadRequest(template=NO_REASON)
    return reason
