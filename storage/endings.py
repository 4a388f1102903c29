"""How jobs that ended reached their people, and what is still to be said to whom."""

import time

from storage.database import Database
from storage.job import COLUMNS, Delivered, Job, Obstacle, from_row

UNSHOWN = (
    f"SELECT {COLUMNS} FROM jobs WHERE state IN ('failed', 'cancelled', 'refused') AND delivered IS NULL ORDER BY id"
)
UNTOLD_OF = (
    f"SELECT {COLUMNS} FROM jobs WHERE requester_id = ? AND delivered = 'nowhere' AND told_at IS NULL ORDER BY id"
)
PINGS_DUE = f"SELECT {COLUMNS} FROM jobs WHERE ping = 'due' ORDER BY id"


async def unshown(db: Database) -> list[Job]:
    """Jobs that ended without a picture, and whose message does not say so yet: the bot died in between."""
    return [from_row(row) for row in await db.all(UNSHOWN)]


async def shown(
    db: Database, job_id: int, delivered: Delivered, obstacle: Obstacle | None = None, *, ping: bool = False
) -> None:
    """The sentence of a job without a picture has reached its person in this way; `ping`: they are to be called."""
    # Whoever cancelled knows it; there is nothing to be told at another occasion.
    sql = (
        "UPDATE jobs SET delivered = ?, obstacle = ?, ping = ?, updated_at = ?,"
        " told_at = CASE WHEN state = 'cancelled' THEN ? ELSE told_at END WHERE id = ? AND delivered IS NULL"
    )
    now = time.time()
    async with db.transaction() as tx:
        await tx.run(sql, (delivered, obstacle, "due" if ping else None, now, now, job_id))


async def untold_of(db: Database, person_id: int) -> list[Job]:
    """A person's jobs that could be shown nowhere, and of which they have not heard yet."""
    return [from_row(row) for row in await db.all(UNTOLD_OF, (person_id,))]


async def told(db: Database, person_id: int) -> None:
    """They have heard of all of them now."""
    sql = "UPDATE jobs SET told_at = ? WHERE requester_id = ? AND delivered = 'nowhere' AND told_at IS NULL"
    async with db.transaction() as tx:
        await tx.run(sql, (time.time(), person_id))


async def pings_due(db: Database) -> list[Job]:
    """Finished jobs whose owner is still to be called."""
    return [from_row(row) for row in await db.all(PINGS_DUE)]


async def pinged(db: Database, job_id: int, *, reached: bool) -> None:
    """The owner was called, or cannot be."""
    async with db.transaction() as tx:
        await tx.run(
            "UPDATE jobs SET ping = ? WHERE id = ? AND ping = 'due'", ("sent" if reached else "dropped", job_id)
        )
