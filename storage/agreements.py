"""Which terms people accepted, and what they asked for before they did."""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inference.request import Request, from_json, to_json
from storage.database import Database
from storage.job import Fact

KEPT_EACH = 5  # of what one person asked for and has not accepted the terms for
LIFE_S = 86400.0

OF_PERSON = "SELECT text, accepted_at FROM agreements WHERE person_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What waits for its person to accept the terms."""

    id: int
    person_id: int
    request: Request
    private: bool
    parent_picture_id: int | None
    context: Mapping[str, Fact]


async def of_person(db: Database, person_id: int) -> dict[str, float]:
    """The terms somebody accepted, and when."""
    return {row["text"]: row["accepted_at"] for row in await db.all(OF_PERSON, (person_id,))}


async def accept(db: Database, person_id: int, texts: Collection[str]) -> None:
    """The person accepted these, now or before."""
    sql = "INSERT OR IGNORE INTO agreements (person_id, text, accepted_at) VALUES (?, ?, ?)"
    async with db.transaction() as tx:
        for text in texts:
            await tx.run(sql, (person_id, text, time.time()))


async def keep(
    db: Database,
    person_id: int,
    request: Request,
    *,
    private: bool,
    parent_picture_id: int | None,
    context: Mapping[str, Fact],
) -> int:
    """Remember what somebody asked for, and return its number; of several the oldest are forgotten."""
    sql = (
        "INSERT INTO asked (person_id, request, private, parent_picture_id, context, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
    )
    row = (person_id, to_json(request), private, parent_picture_id, json.dumps(dict(context)), time.time())
    too_many = (
        "DELETE FROM asked WHERE person_id = ? AND id NOT IN"
        " (SELECT id FROM asked WHERE person_id = ? ORDER BY id DESC LIMIT ?)"
    )
    async with db.transaction() as tx:
        [kept] = await tx.all(sql, row)
        await tx.run(too_many, (person_id, person_id, KEPT_EACH))
    return kept["id"]


async def whose(db: Database, number: int) -> int | None:
    """Who asked for what is kept under this number; None when nothing is."""
    row = await db.one("SELECT person_id FROM asked WHERE id = ?", (number,))
    return row["person_id"] if row else None


async def take(db: Database, person_id: int, number: int) -> Asked | None:
    """What this person asked for, taken out; None when it was begun before, is forgotten, or is somebody else's."""
    sql = "DELETE FROM asked WHERE id = ? AND person_id = ? RETURNING *"
    async with db.transaction() as tx:
        row = await tx.one(sql, (number, person_id))
    if row is None:
        return None
    return Asked(
        id=row["id"],
        person_id=row["person_id"],
        request=from_json(row["request"]),
        private=bool(row["private"]),
        parent_picture_id=row["parent_picture_id"],
        context=json.loads(row["context"]),
    )


async def forget_old(db: Database, older_than_s: float = LIFE_S) -> int:
    """Forget what nobody came back for, and say how much."""
    async with db.transaction() as tx:
        return await tx.run("DELETE FROM asked WHERE created_at < ?", (time.time() - older_than_s,))
