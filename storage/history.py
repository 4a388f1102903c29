"""A person's finished work, page by page: what /history shows."""

from dataclasses import dataclass
from enum import StrEnum

from storage.database import Database
from storage.job import COLUMNS, Job, from_row


class Show(StrEnum):
    """Which of their jobs a person wants to see."""

    ALL = "all"
    FAVOURITES = "favourites"  # other people's among them
    TROUBLE = "trouble"  # failed, refused, cancelled, shown nowhere
    PRIVATE = "private"  # only they saw the picture
    HERE = "here"  # from this server


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some jobs, newest first; `number` counts from 1 and lies within `pages`."""

    jobs: list[Job]
    number: int
    pages: int


# The states stand as in the schema's partial index, which only then serves these queries.
_FINISHED = "requester_id = ? AND state IN ('done', 'failed', 'cancelled', 'refused')"
_WHICH = {
    Show.ALL: "",
    Show.TROUBLE: " AND (state <> 'done' OR delivered = 'nowhere')",
    Show.PRIVATE: " AND (private OR guild_id IS NULL)",
    Show.HERE: " AND guild_id = ?",
}
COUNT = {which: f"SELECT count(*) FROM jobs WHERE {_FINISHED}{condition}" for which, condition in _WHICH.items()}
PAGE = {
    which: f"SELECT {COLUMNS} FROM jobs WHERE {_FINISHED}{condition} ORDER BY id DESC LIMIT ? OFFSET ?"
    for which, condition in _WHICH.items()
}
COUNT[Show.FAVOURITES] = "SELECT count(*) FROM favourites WHERE person_id = ?"
PAGE[Show.FAVOURITES] = (
    f"SELECT {COLUMNS} FROM favourites JOIN jobs ON jobs.id = favourites.job_id"
    " WHERE person_id = ? ORDER BY added_at DESC, job_id DESC LIMIT ? OFFSET ?"
)


async def page(db: Database, person_id: int, which: Show, *, number: int, size: int, server_id: int | None) -> Page:
    """One page of a person's finished jobs or favourites; a number past the end gives the last page."""
    who = (person_id, server_id) if which is Show.HERE else (person_id,)
    [count] = await db.all(COUNT[which], who)
    pages = max(1, -(-count[0] // size))
    number = min(max(1, number), pages)
    rows = await db.all(PAGE[which], (*who, size, (number - 1) * size))
    return Page(jobs=[from_row(row) for row in rows], number=number, pages=pages)
