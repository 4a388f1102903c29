"""Favourites: a person's own list of finished jobs, whoever asked for them; a deleted picture is nobody's favourite."""

import time

from storage.database import Database, Transaction

GET = "SELECT picture_index FROM favourites WHERE person_id = ? AND job_id = ?"
_PUT = (
    "INSERT INTO favourites (person_id, job_id, picture_index, added_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (person_id, job_id) DO UPDATE SET picture_index = excluded.picture_index"
)
_REMOVE = "DELETE FROM favourites WHERE person_id = ? AND job_id = ?"
_LIVING = (
    "SELECT picture_index FROM pictures WHERE job_id = ? AND deleted_at IS NULL"
    " ORDER BY picture_index <> ?, picture_index LIMIT 1"
)


async def add(db: Database, person_id: int, job_id: int, picture_index: int = 0) -> bool:
    """Put it on the person's list, or change which picture is meant; False when its pictures are gone.

    Where that one alone is gone, the first that is left is meant.
    """
    async with db.transaction() as tx:
        return await _add(tx, person_id, job_id, picture_index)


async def turn(db: Database, person_id: int, job_id: int, picture_index: int) -> bool | None:
    """Take it off the list when this picture is on it, else put it there: whether it is on the list now.

    One transaction, so that of two presses at once each does its part. None when its pictures are gone.
    """
    async with db.transaction() as tx:
        if await tx.run(_REMOVE + " AND picture_index = ?", (person_id, job_id, picture_index)):
            return False
        return await _add(tx, person_id, job_id, picture_index) or None


async def remove(db: Database, person_id: int, job_id: int) -> bool:
    """Take it off the person's list; False when it was not on it."""
    async with db.transaction() as tx:
        return await tx.run(_REMOVE, (person_id, job_id)) == 1


async def picture_index(db: Database, person_id: int, job_id: int) -> int | None:
    """Which picture of the job is the person's favourite; None when the job is not on their list."""
    row = await db.one(GET, (person_id, job_id))
    return row["picture_index"] if row else None


async def forget(tx: Transaction, job_id: int, picture_index: int | None = None) -> None:
    """Part of `pictures.delete_of_job`, or of `delete` for one picture: take it off everybody's list."""
    sql = "DELETE FROM favourites WHERE job_id = ? AND picture_index = coalesce(?, picture_index)"
    await tx.run(sql, (job_id, picture_index))


async def _add(tx: Transaction, person_id: int, job_id: int, picture_index: int) -> bool:
    living = await tx.one(_LIVING, (job_id, picture_index))
    if living is None:
        return False
    await tx.run(_PUT, (person_id, job_id, living["picture_index"], time.time()))
    return True
