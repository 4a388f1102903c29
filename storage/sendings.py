"""New messages about a job: when each was first and last tried, so that a crash in between makes none twice."""

import time
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import Row

from storage.database import Database

_COLUMNS = "job_id, kind, channel_id, first_at, last_at, message_id"
GET = f"SELECT {_COLUMNS} FROM sendings WHERE job_id = ? AND kind = ? AND channel_id = ?"
OF_JOB = f"SELECT {_COLUMNS} FROM sendings WHERE job_id = ? AND kind = ?"


class Kind(StrEnum):
    """What the message is for; a job has at most one of each in a channel."""

    ACKNOWLEDGEMENT = "acknowledgement"  # a reply to the message that asked
    CARD = "card"  # the result, where the job's own message cannot show it
    ENDING = "ending"  # a sentence, likewise
    PING = "ping"  # calls the owner of a finished card


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message that was tried; times are unix seconds."""

    job_id: int
    kind: Kind
    channel_id: int
    first_at: float  # of the attempts that share a nonce's life
    last_at: float
    message_id: int | None  # what came of it; None: unknown


async def get(db: Database, job_id: int, kind: Kind, channel_id: int) -> Sending | None:
    """What was tried before; None when nothing was."""
    row = await db.one(GET, (job_id, kind, channel_id))
    return _from_row(row) if row else None


async def of_job(db: Database, job_id: int, kind: Kind) -> list[Sending]:
    """The messages of this kind that were tried, wherever."""
    return [_from_row(row) for row in await db.all(OF_JOB, (job_id, kind))]


async def tried(db: Database, job_id: int, kind: Kind, channel_id: int, *, anew: bool = False) -> None:
    """An attempt begins now, committed before it does; `anew` starts the nonce's life from here."""
    sql = (
        "INSERT INTO sendings (job_id, kind, channel_id, first_at, last_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (job_id, kind, channel_id) DO UPDATE SET last_at = excluded.last_at"
    )
    if anew:
        sql += ", first_at = excluded.first_at"
    now = time.time()
    await db.promised(lambda tx: tx.run(sql, (job_id, kind, channel_id, now, now)))


async def sent(db: Database, job_id: int, kind: Kind, channel_id: int, message_id: int) -> None:
    """Discord has confirmed it, or it was found again."""
    sql = "UPDATE sendings SET message_id = ? WHERE job_id = ? AND kind = ? AND channel_id = ?"
    await db.promised(lambda tx: tx.run(sql, (message_id, job_id, kind, channel_id)))


def _from_row(row: Row) -> Sending:
    columns = dict(row)
    columns.update(kind=Kind(row["kind"]))
    return Sending(**columns)
