"""One page of /history as a message: what was asked, what became of it, and what can be done with it.

Nothing is kept in memory: every control carries what it does, a job, and the page it stands on, as
`v1h:<verb>:<job in base 36>:<which>:<page>`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs import _card, _gate
from cogs._links import message_link
from cogs._obstacles import SENTENCES
from cogs._place import Where
from cogs._services import Services
from cogs._text import closed_up, number36, quoted
from cogs._thumbnails import thumbnail
from cogs._words import Words
from inference.errors import N_, Refused, Withheld
from storage import favourites, history, pictures, posts
from storage.history import Show
from storage.job import Delivered, Job, State
from storage.pictures import Picture

PAGE_SIZE = 4  # nine components each, of the forty a message may have
PROMPT_CHARS = 120
SELECT = "v1h:show"

NAMES: Mapping[Show, str] = {
    Show.ALL: N_("Everything"),
    Show.FAVOURITES: N_("Favourites"),
    Show.TROUBLE: N_("Failed or cancelled"),
    Show.PRIVATE: N_("Private"),
    Show.HERE: N_("This server"),
}
EMPTY: Mapping[Show, str] = {
    Show.ALL: N_("Nothing here yet. Draw your first picture with /imagine."),
    Show.FAVOURITES: N_("No favourites yet. Press ⭐ below a picture, or react to it with ⭐."),
    Show.TROUBLE: N_("Nothing went wrong so far."),
    Show.PRIVATE: N_("Nothing private yet. Use **private:True** with /imagine, or write to me directly."),
    Show.HERE: N_("You have not drawn anything in this server yet. Start with /imagine."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Where somebody is in their history."""

    which: Show = Show.ALL
    page: int = 1

    def control(self, verb: str, job_id: int = 0) -> str:
        """The custom_id of a control that stands here."""
        return f"v1h:{verb}:{number36(job_id)}:{self.which}:{self.page}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A finished job and what is left of it."""

    job: Job
    pictures: Sequence[Picture]  # the living ones
    small: bytes | None
    link: str | None  # to the message that shows it
    favourite: bool
    withheld: bool  # the gate does not let it be shown here
    covered: bool


async def shown(services: Services, say: Words, where: Where, leaf: Leaf) -> tuple[ui.LayoutView, Mapping[str, bytes]]:
    """A page and the small copies on it, as they may be shown in this place."""
    server_id = where.guild_id
    page = await history.page(
        services.db, where.person_id, leaf.which, number=leaf.page, size=PAGE_SIZE, server_id=server_id
    )
    leaf = Leaf(which=leaf.which, page=page.number)
    found = await asyncio.gather(*(_look(services, where, job) for job in page.jobs))
    head = say("**Your pictures** · page {page} of {pages}", page=page.number, pages=page.pages)
    if not found:
        head = say(EMPTY[leaf.which])
    entries = [_entry(say, each, leaf) for each in found]
    files = {file_name(each.job): each.small for each in found if each.small}
    return _card.catalogue(head, entries, _rows(say, leaf, page.pages, server_id)), files


def file_name(job: Job) -> str:
    """What the small copy is called."""
    return f"genga-{number36(job.id)}-small.webp"


async def _look(services: Services, where: Where, job: Job) -> _Found:
    person_id = where.person_id
    living = [each for each in await pictures.of_job(services.db, job.id) if each.deleted_at is None]
    own = job.requester_id == person_id
    places = [
        post
        for post in (await posts.of_job(services.db, job.id) if living else ())
        if not post.ephemeral and (own or post.guild_id is not None)  # not a link into somebody's direct messages
    ]
    link = message_link(places[0].guild_id, places[0].channel_id, places[0].message_id) if places else None
    starred = await favourites.picture_index(services.db, person_id, job.id)
    first = next((each for each in living if each.picture_index == starred), living[0] if living else None)
    small = await thumbnail(services, first) if first else None
    withheld = covered = False
    if living:
        try:
            covered = await _gate.show(services, where, job, living)
        except Refused:
            withheld, small = True, None
    return _Found(
        job=job, pictures=living, small=small, link=link, favourite=starred is not None, withheld=withheld,
        covered=covered,
    )  # fmt: skip


def _entry(say: Words, found: _Found, leaf: Leaf) -> _card.Entry:
    job = found.job
    buttons = [_button(say("Draw again"), "🔁", leaf.control("again", job.id))]
    if found.link:
        buttons.append(ui.Button(label=say("Open"), url=found.link))
    if found.pictures and not found.withheld:
        buttons.append(_button(say("DM me"), "✉️", leaf.control("dm", job.id)))
        star = say("Unfavourite") if found.favourite else say("Favourite")
        buttons.append(_button(star, "⭐", leaf.control("star", job.id)))
    return _card.Entry(
        text=f"{quoted(closed_up(job.request.prompt), PROMPT_CHARS)}\n{_facts(say, found)}",
        picture=file_name(job) if found.small else None,
        alt=closed_up(job.request.prompt),
        covered=found.covered,
        buttons=buttons,
    )


def _facts(say: Words, found: _Found) -> str:
    """When, by which seed, and how it ended where that is not a picture."""
    job = found.job
    seed = say("seed {seed}", seed=str(job.request.seed))
    parts = [f"#{number36(job.id)}", f"<t:{int(job.created_at)}:R>", seed]
    count, left = job.request.count, len(found.pictures)
    if 0 < left < count:
        parts.append(say("{came} of {count} pictures", came=left, count=count))
    elif count > 1:
        parts.append(say("{count} pictures", count=count))
    if found.favourite:
        parts.append("⭐")
    small_print = f"-# {' · '.join(parts)}"
    ending = _ending(say, found)
    return f"{ending}\n{small_print}" if ending else small_print


def _ending(say: Words, found: _Found) -> str:
    job = found.job
    if found.withheld:
        return say("Withheld: it can't be shown here.")
    if job.error_kind == Withheld.__name__ and found.pictures:
        return ""  # what was in the way then is so no more
    if job.error_sentence is not None:
        return say(job.error_sentence, **job.error_fields)
    if job.state is State.CANCELLED:
        return say("Cancelled.")
    if not found.pictures:
        return say("Deleted.")
    if job.delivered is Delivered.NOWHERE and job.obstacle:
        return say("Ready, but I couldn't show it to you.") + " " + say(SENTENCES[job.obstacle])
    return ""


def _rows(say: Words, leaf: Leaf, pages: int, server_id: int | None) -> list[ui.ActionRow[ui.LayoutView]]:
    offered = [which for which in Show if which is not Show.HERE or server_id is not None]
    options = [
        discord.SelectOption(label=say(NAMES[which])[:100], value=which.value, default=which is leaf.which)
        for which in offered
    ]
    rows = [ui.ActionRow[ui.LayoutView](ui.Select(custom_id=SELECT, options=options))]
    if pages > 1:
        back = _button(say("Newer"), "◀️", Leaf(which=leaf.which, page=leaf.page - 1).control("page"))
        onward = _button(say("Older"), "▶️", Leaf(which=leaf.which, page=leaf.page + 1).control("page"))
        back.disabled, onward.disabled = leaf.page == 1, leaf.page == pages
        rows.append(ui.ActionRow(back, onward))
    return rows


def _button(label: str, emoji: str, custom_id: str) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label, emoji=emoji, custom_id=custom_id)
