"""How jobs that ended reached their people, and what is still to be said to whom."""

import json
import time

from inference.errors import GengaError
from storage.database import Database, Value
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
    how = (delivered, obstacle, "due" if ping else None, now, now, job_id)
    await db.promised(lambda tx: tx.run(sql, how))


async def forgotten(db: Database, error: GengaError) -> int:
    """Every message of ours is gone for good: what was to be drawn or said there ends untold; how many jobs did.

    What nobody had drawn yet fails with `error`; all of it stands in the history.
    """
    now = time.time()
    gone: tuple[Value, ...] = (Delivered.NOWHERE, Obstacle.MESSAGE_GONE, now, now)
    said: tuple[Value, ...] = (type(error).__name__, error.template, json.dumps(error.fields), now)
    unseen = "delivered = ?, obstacle = ?, told_at = ?, updated_at = ?"
    closed = f"{unseen}, finished_at = ?, interaction_token = NULL, lease = NULL"
    async with db.transaction() as tx:
        await tx.run("UPDATE jobs SET ping = 'dropped' WHERE ping = 'due'")
        await tx.run(
            f"UPDATE jobs SET {unseen} WHERE state IN ('failed', 'cancelled', 'refused') AND delivered IS NULL", gone
        )
        await tx.run(
            "UPDATE jobs SET state = 'abandoned', interaction_token = NULL, updated_at = ?, finished_at = ?"
            " WHERE state = 'accepting'", (now, now)
        )  # fmt: skip
        kept = await tx.run(
            f"UPDATE jobs SET state = 'done', {closed} WHERE state IN ('ready', 'sending')", (*gone, now)
        )
        return kept + await tx.run(
            f"UPDATE jobs SET state = 'failed', error_kind = ?, error_sentence = ?, error_fields = ?, finished_at = ?,"
            f" {unseen}, interaction_token = NULL, lease = NULL WHERE state IN ('queued', 'running')", (*said, *gone)
        )  # fmt: skip


async def untold_of(db: Database, person_id: int) -> list[Job]:
    """A person's jobs that could be shown nowhere, and of which they have not heard yet."""
    return [from_row(row) for row in await db.all(UNTOLD_OF, (person_id,))]


async def told(db: Database, person_id: int) -> None:
    """They have heard of all of them now."""
    sql = "UPDATE jobs SET told_at = ? WHERE requester_id = ? AND delivered = 'nowhere' AND told_at IS NULL"
    await db.promised(lambda tx: tx.run(sql, (time.time(), person_id)))


async def pings_due(db: Database) -> list[Job]:
    """Finished jobs whose owner is still to be called."""
    return [from_row(row) for row in await db.all(PINGS_DUE)]


async def pinged(db: Database, job_id: int, *, reached: bool) -> None:
    """The owner was called, or cannot be."""
    sql = "UPDATE jobs SET ping = ? WHERE id = ? AND ping = 'due'"
    await db.promised(lambda tx: tx.run(sql, ("sent" if reached else "dropped", job_id)))
