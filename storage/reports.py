"""Reports: what people told the operator about a picture."""

import time
from dataclasses import dataclass

from storage.database import Database

MAX_REASON_CHARS = 1000

_COLUMNS = "id, job_id, reporter_id, reason, created_at"
OF_JOB = f"SELECT {_COLUMNS} FROM reports WHERE job_id = ? ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One person's word on one job."""

    id: int
    job_id: int
    reporter_id: int
    reason: str
    created_at: float


async def file(db: Database, *, job_id: int, reporter_id: int, reason: str) -> Report:
    """Keep the report (reason cut to 1,000 characters); a second one by the same person replaces the first's reason."""
    sql = (
        "INSERT INTO reports (job_id, reporter_id, reason, created_at) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (job_id, reporter_id) DO UPDATE SET reason = excluded.reason RETURNING {_COLUMNS}"
    )
    async with db.transaction() as tx:
        [row] = await tx.all(sql, (job_id, reporter_id, reason[:MAX_REASON_CHARS], time.time()))
    return Report(**dict(row))


async def of_job(db: Database, job_id: int) -> list[Report]:
    """Reports on a job, oldest first."""
    return [Report(**dict(row)) for row in await db.all(OF_JOB, (job_id,))]


async def recent(db: Database, *, limit: int = 25) -> list[Report]:
    """The newest reports of all."""
    rows = await db.all(f"SELECT {_COLUMNS} FROM reports ORDER BY id DESC LIMIT ?", (limit,))
    return [Report(**dict(row)) for row in rows]
