"""Servers: what their admins chose for everyone there."""

import time
from dataclasses import dataclass, field

from inference.request import Wish
from storage import wish as wishes
from storage.database import Database, Value

GET = "SELECT id, language, wish FROM servers WHERE id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server's settings; one we have no row for has the defaults."""

    id: int
    language: str | None = None
    wish: Wish = field(default_factory=Wish)  # what fills the gaps that the person's own wish leaves


async def get(db: Database, server_id: int) -> Server:
    """The server; defaults when nothing was ever set."""
    row = await db.one(GET, (server_id,))
    if row is None:
        return Server(id=server_id)
    return Server(id=row["id"], language=row["language"], wish=wishes.from_json(row["wish"]))


async def set_wish(db: Database, server_id: int, wish: Wish) -> None:
    """Replace the server's defaults."""
    await _set(db, server_id, "wish", wishes.to_json(wish))


async def set_language(db: Database, server_id: int, language: str | None) -> None:
    """Choose the language of public messages; None follows the person."""
    await _set(db, server_id, "language", language)


async def _set(db: Database, server_id: int, column: str, value: Value) -> None:
    """`column` is one of this module's own names, never what somebody typed."""
    sql = (
        f"INSERT INTO servers (id, {column}, created_at, updated_at) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}, updated_at = excluded.updated_at"
    )
    now = time.time()
    async with db.transaction() as tx:
        await tx.run(sql, (server_id, value, now, now))
