"""Presets: a person's wishes with names."""

import time
from dataclasses import dataclass

from inference.errors import N_, BadRequest
from inference.request import Wish
from storage import wish as wishes
from storage.database import Database

MAX_PRESETS = 25  # as many as one Discord select shows
MAX_NAME_CHARS = 50

OF_OWNER = "SELECT name, wish FROM presets WHERE owner_id = ? ORDER BY name"
GET = "SELECT name, wish FROM presets WHERE owner_id = ? AND name = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A wish with a name."""

    name: str
    wish: Wish


async def save(db: Database, owner_id: int, name: str, wish: Wish) -> None:
    """Save, or overwrite the one of this name; BadRequest for a name of no or over 50 characters, or a 26th preset."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_CHARS:
        template = N_("A preset's name has 1 to {limit} characters. Choose another name.")
        raise BadRequest(template=template, limit=MAX_NAME_CHARS)
    sql = (
        "INSERT INTO presets (owner_id, name, wish, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (owner_id, name) DO UPDATE SET wish = excluded.wish, updated_at = excluded.updated_at"
    )
    now = time.time()
    async with db.transaction() as tx:
        await tx.run(sql, (owner_id, name, wishes.to_json(wish), now, now))
        [row] = await tx.all("SELECT count(*) FROM presets WHERE owner_id = ?", (owner_id,))
        if row[0] > MAX_PRESETS:
            template = N_("You already have {limit} presets. Delete one first, or save under the name of an old one.")
            raise BadRequest(template=template, limit=MAX_PRESETS)


async def of_owner(db: Database, owner_id: int) -> list[Preset]:
    """A person's presets by name."""
    rows = await db.all(OF_OWNER, (owner_id,))
    return [Preset(name=row["name"], wish=wishes.from_json(row["wish"])) for row in rows]


async def get(db: Database, owner_id: int, name: str) -> Preset | None:
    """One preset, or None; upper and lower case (of a to z) are the same."""
    row = await db.one(GET, (owner_id, name.strip()))
    return Preset(name=row["name"], wish=wishes.from_json(row["wish"])) if row else None


async def delete(db: Database, owner_id: int, name: str) -> bool:
    """Delete it; False when there was none."""
    async with db.transaction() as tx:
        return await tx.run("DELETE FROM presets WHERE owner_id = ? AND name = ?", (owner_id, name.strip())) == 1
