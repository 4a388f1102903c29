"""Reports: what people told about a picture, or to whoever runs the bot; each is closed by a person."""

import time
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import Row

from inference.errors import N_, QuotaReached
from storage.database import Database, Transaction

MAX_REASON_CHARS = 1000
MOST_AN_HOUR = 5
HOUR_S = 3600.0

_COLUMNS = "id, job_id, guild_id, reporter_id, category, reason, state, entry_message_id, created_at"
GET = f"SELECT {_COLUMNS} FROM reports WHERE id = ?"
OF_JOB = f"SELECT {_COLUMNS} FROM reports WHERE job_id = ? ORDER BY id"
OPEN = f"SELECT {_COLUMNS} FROM reports WHERE state = 'open' ORDER BY id DESC LIMIT ?"
COUNT_OPEN = "SELECT count(*) FROM reports WHERE state = 'open' AND (?1 IS NULL OR guild_id = ?1)"
COUNT_RECENT = "SELECT count(*) FROM reports WHERE reporter_id = ? AND created_at > ?"
FROM = f"INSERT INTO reports ({_COLUMNS.removeprefix('id, ')}) VALUES (?, ?, ?, ?, ?, 'open', NULL, ?)"
MANY = N_("You have sent {limit} reports within the hour, and each is looked at. Please wait a little before the next.")


class Category(StrEnum):
    """What a report is about."""

    SEXUAL = "sexual"
    YOUNG = "young"
    REAL = "real"
    CRUEL = "cruel"
    OTHER = "other"
    APPEAL = "appeal"  # somebody asks for a person to look at a refusal or a pause


class State(StrEnum):
    """What became of a report."""

    OPEN = "open"
    REMOVED = "removed"
    ALLOWED = "allowed"
    KEPT = "kept"  # an appeal that changed nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One person's word on one job, or on none."""

    id: int
    job_id: int | None
    guild_id: int | None
    reporter_id: int
    category: Category
    reason: str
    state: State
    entry_message_id: int | None  # what tells the moderators of it
    created_at: float


async def file(
    db: Database,
    *,
    job_id: int | None,
    guild_id: int | None,
    reporter_id: int,
    reason: str,
    category: Category = Category.OTHER,
) -> Report:
    """Keep the report (reason cut to 1,000 characters); a second one by the same person on the same job replaces it.

    Raises QuotaReached for whoever reports too much.
    """
    replaced = (
        " ON CONFLICT (job_id, reporter_id) DO UPDATE SET reason = excluded.reason, category = excluded.category,"
        f" state = 'open', closed_at = NULL RETURNING {_COLUMNS}"
    )
    now = time.time()

    async def keep(tx: Transaction) -> Report:
        [count] = await tx.all(COUNT_RECENT, (reporter_id, now - HOUR_S))
        if count[0] >= MOST_AN_HOUR:
            raise QuotaReached(template=MANY, limit=MOST_AN_HOUR)
        said = (job_id, guild_id, reporter_id, category, reason[:MAX_REASON_CHARS], now)
        [row] = await tx.all(FROM + replaced, said)
        return _from_row(row)

    return await db.promised(keep)


async def get(db: Database, report_id: int) -> Report | None:
    """The report, or None."""
    row = await db.one(GET, (report_id,))
    return _from_row(row) if row else None


async def told(db: Database, report_id: int, message_id: int) -> None:
    """This message tells the moderators of it."""
    async with db.transaction() as tx:
        await tx.run("UPDATE reports SET entry_message_id = ? WHERE id = ?", (message_id, report_id))


async def close(db: Database, report_id: int, state: State) -> bool:
    """A person has looked at it; False when it was closed before."""
    sql = "UPDATE reports SET state = ?, closed_at = ? WHERE id = ? AND state = 'open'"
    async with db.transaction() as tx:
        return await tx.run(sql, (state, time.time(), report_id)) == 1


async def of_job(db: Database, job_id: int) -> list[Report]:
    """Reports on a job, oldest first."""
    return [_from_row(row) for row in await db.all(OF_JOB, (job_id,))]


async def still_open(db: Database, *, limit: int = 25) -> list[Report]:
    """Those nobody has looked at, newest first."""
    return [_from_row(row) for row in await db.all(OPEN, (limit,))]


async def count_open(db: Database, guild_id: int | None = None) -> int:
    """How many nobody has looked at, everywhere or of one server."""
    [row] = await db.all(COUNT_OPEN, (guild_id,))
    return row[0]


def _from_row(row: Row) -> Report:
    columns = dict(row)
    columns.update(category=Category(row["category"]), state=State(row["state"]))
    return Report(**columns)
