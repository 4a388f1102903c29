"""The audit log: which decision was made when, for whom, by which rule and scores; never a prompt, never a picture.

After a month a row names nobody any more: ids give way to hashes whose key is thrown away, so that what the same
person did in one month still counts as one, and nobody can find out who it was.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row

from storage import pseudonyms
from storage.database import Database, Transaction

PLAIN_DAYS = 30
KEEP_DAYS = 365

Score = str | int | float | bool | None

_COLUMNS = "id, at, person_id, guild_id, moment, rule, decision, scores, detector"
RECENT = f"SELECT {_COLUMNS} FROM audit ORDER BY id DESC LIMIT ?"
NAMED = "SELECT id, person_id, guild_id FROM audit WHERE at < ? AND (person_id IS NOT NULL OR guild_id IS NOT NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One decision; without ids once it is old."""

    id: int
    at: float
    person_id: int | None
    guild_id: int | None
    moment: str  # when it was asked: at acceptance, before sending, …
    rule: str
    decision: str
    scores: Mapping[str, Score]
    detector: str


async def record(
    db: Database,
    *,
    person_id: int | None,
    guild_id: int | None,
    moment: str,
    rule: str,
    decision: str,
    scores: Mapping[str, Score],
    detector: str = "",
) -> None:
    """Write one decision down. `scores` are numbers and short names; what somebody typed does not belong there."""
    sql = (
        "INSERT INTO audit (at, person_id, guild_id, moment, rule, decision, scores, detector)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    said = (moment, rule, decision, json.dumps(dict(scores), sort_keys=True), detector)
    async with db.transaction() as tx:
        await tx.run(sql, (time.time(), person_id, guild_id, *said))


async def recent(db: Database, *, limit: int = 25) -> list[Entry]:
    """The newest decisions."""
    return [_from_row(row) for row in await db.all(RECENT, (limit,))]


async def tidy(db: Database, *, plain_days: int = PLAIN_DAYS, keep_days: int = KEEP_DAYS) -> None:
    """Take the ids out of rows that are old, and remove those that are older still."""
    db.keys = await asyncio.to_thread(pseudonyms.read, db.folder)  # a month-old key is replaced
    now = time.time()
    async with db.transaction() as tx:
        await tx.run("DELETE FROM audit WHERE at < ?", (now - keep_days * 86400,))
        for row in await tx.all(NAMED, (now - plain_days * 86400,)):
            await _take_ids_out(tx, row, db.keys)


async def pseudonymise(tx: Transaction, person_id: int, keys: pseudonyms.Keys) -> None:
    """Part of `privacy.erase`: the person's rows name nobody from now on."""
    rows = await tx.all("SELECT id, person_id, guild_id FROM audit WHERE person_id = ?", (person_id,))
    for row in rows:
        await _take_ids_out(tx, row, keys)


async def _take_ids_out(tx: Transaction, row: Row, keys: pseudonyms.Keys) -> None:
    person, guild = (None if row[one] is None else keys.passing_hash(row[one]) for one in ("person_id", "guild_id"))
    sql = (
        "UPDATE audit SET person_id = NULL, guild_id = NULL, person_hash = coalesce(?, person_hash),"
        " guild_hash = coalesce(?, guild_hash) WHERE id = ?"
    )
    await tx.run(sql, (person, guild, row["id"]))


def _from_row(row: Row) -> Entry:
    columns = dict(row)
    columns.update(scores=json.loads(row["scores"]))
    return Entry(**columns)
