"""Everything of one person: to be handed over, or to be gone for good.

What bars somebody stays after `erase`, known by a keyed hash alone; of everything else no row, no file and no byte in
the database's own files is left. Copies in the folder backups are older and go when newer ones replace them.
"""

import asyncio
from dataclasses import dataclass
from sqlite3 import Row

from inference.errors import StorageFull
from storage import audit, loras, standing
from storage.database import Database, Transaction
from storage.job import COLUMNS as JOB_COLUMNS
from storage.pictures import COLUMNS as PICTURE_COLUMNS
from storage.pictures import Picture, buried, remove_unnamed
from storage.pictures import from_row as picture_from_row

_JOB = ", ".join(name for name in JOB_COLUMNS.split(", ") if name not in {"interaction_token", "lease"})
_OWN_JOBS = "(SELECT id FROM jobs WHERE requester_id = ?)"
_OWN_LORAS = "(SELECT id FROM loras WHERE owner_id = ?)"
# Table -> its rows of one person; the number of ? is how often the id is needed.
ROWS = {
    "people": "SELECT * FROM people WHERE id = ?",
    "agreements": "SELECT * FROM agreements WHERE person_id = ?",
    "asked": "SELECT * FROM asked WHERE person_id = ?",
    "presets": "SELECT * FROM presets WHERE owner_id = ?",
    "favourites": "SELECT * FROM favourites WHERE person_id = ?",
    "loras": "SELECT * FROM loras WHERE owner_id = ? ORDER BY id",
    "lora_shares": f"SELECT * FROM lora_shares WHERE lora_id IN {_OWN_LORAS}",
    "jobs": f"SELECT {_JOB} FROM jobs WHERE requester_id = ? ORDER BY id",
    "pictures": f"SELECT {PICTURE_COLUMNS} FROM pictures WHERE owner_id = ? ORDER BY id",
    "posts": f"SELECT * FROM posts WHERE job_id IN {_OWN_JOBS}",
    "sendings": f"SELECT * FROM sendings WHERE job_id IN {_OWN_JOBS}",
    "reports": "SELECT id, job_id, category, reason, state, created_at FROM reports WHERE reporter_id = ?",
    "model_requests": "SELECT model, state, created_at FROM model_requests WHERE person_id = ?",
    "strikes": "SELECT at, until FROM strikes WHERE person_id = ?",
    "bars": "SELECT server_id, kind, made_at FROM bars WHERE person_id = ?",
    "audit": "SELECT at, guild_id, moment, rule, decision, scores, detector FROM audit WHERE person_id = ?",
}
REMOVE = (
    "INSERT OR IGNORE INTO removals (message_id, channel_id)"
    f" SELECT message_id, channel_id FROM posts WHERE job_id IN {_OWN_JOBS} AND NOT ephemeral"
)
NEWEST = 2**63 - 1  # no picture's id is above it
PICTURES = (
    f"SELECT {PICTURE_COLUMNS} FROM pictures WHERE owner_id = ? AND id < ? AND deleted_at IS NULL ORDER BY id DESC"
)
# In this order: what points at something goes before it.
ERASE = (
    REMOVE,
    "DELETE FROM asked WHERE person_id = ?",
    "DELETE FROM reports WHERE reporter_id = ?",
    "DELETE FROM model_requests WHERE person_id = ?",
    "DELETE FROM favourites WHERE person_id = ?",
    "DELETE FROM presets WHERE owner_id = ?",
    "DELETE FROM loras WHERE owner_id = ?",
    "DELETE FROM agreements WHERE person_id = ?",
    "DELETE FROM pictures WHERE owner_id = ?",
    "DELETE FROM jobs WHERE requester_id = ?",
    "DELETE FROM people WHERE id = ?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How much there is of somebody."""

    jobs: int
    pictures: int
    size_bytes: int
    loras: int  # and embeddings
    loras_bytes: int
    since: float | None


async def held(db: Database, person_id: int) -> Held:
    """How much is kept of this person."""
    sql = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM pictures WHERE owner_id = ? AND deleted_at IS NULL"
    [shown] = await db.all(sql, (person_id,))
    [asked] = await db.all("SELECT count(*), min(created_at) FROM jobs WHERE requester_id = ?", (person_id,))
    [own] = await db.all("SELECT count(*), coalesce(sum(size_bytes), 0) FROM loras WHERE owner_id = ?", (person_id,))
    return Held(
        jobs=asked[0],
        pictures=shown[0],
        size_bytes=shown[1],
        loras=own[0],
        loras_bytes=own[1],
        since=asked[1],
    )


async def rows(db: Database, person_id: int) -> dict[str, list[dict[str, str | int | float | None]]]:
    """Every row about this person, by table; no tokens."""
    return {table: [_plain(row) for row in await db.all(sql, (person_id,))] for table, sql in ROWS.items()}


async def living_pictures(db: Database, person_id: int, *, before: int = NEWEST) -> list[Picture]:
    """Their pictures and uploads with ids below `before`, newest first."""
    return [picture_from_row(row) for row in await db.all(PICTURES, (person_id, before))]


async def erase(db: Database, person_id: int) -> None:
    """Nothing of the person is left but what bars them, by hash; call again should it be interrupted.

    The messages that show their pictures are noted in `removals`, by nothing but their ids.
    """

    async def bury(tx: Transaction) -> tuple[list[str], list[str]]:
        named = await tx.all("SELECT DISTINCT sha256 FROM pictures WHERE owner_id = ?", (person_id,))
        own = await tx.all("SELECT sha256 FROM loras WHERE owner_id = ?", (person_id,))
        for sql in ERASE:
            await tx.run(sql, (person_id,))
        await standing.pseudonymise(tx, person_id, db.keys.lasting_hash(person_id))
        await audit.pseudonymise(tx, person_id, db.keys)
        return [row["sha256"] for row in named], [row["sha256"] for row in own]

    async with db.files:
        named, own = await buried(db, "owner_id", person_id, bury)
        await remove_unnamed(db, named)  # the same bytes may be somebody else's picture too
        await loras.remove_unnamed(db, own)
    try:
        await db.scrub()
    except StorageFull:  # what was deleted is overwritten all the same; only the log keeps it a while longer
        await asyncio.sleep(0)


def _plain(row: Row) -> dict[str, str | int | float | None]:
    return {name: value for name, value in dict(row).items() if not isinstance(value, bytes)}
