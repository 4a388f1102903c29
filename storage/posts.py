"""Posts: every message that ever showed a picture, so that a reply to it, or its deletion, finds the picture."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from sqlite3 import Row

from storage.database import Database, Transaction

_COLUMNS = "message_id, channel_id, guild_id, job_id, picture_index, sent_sha256, ephemeral"
BY_MESSAGE = f"SELECT {_COLUMNS} FROM posts WHERE message_id = ? ORDER BY job_id, picture_index"
OF_JOB = f"SELECT {_COLUMNS} FROM posts WHERE job_id = ? ORDER BY created_at, message_id, picture_index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One picture in one message; a card with four pictures is four of these."""

    message_id: int
    channel_id: int
    guild_id: int | None
    job_id: int
    picture_index: int
    sent_sha256: str  # of the bytes sent: a smaller copy's differ from the kept picture's
    ephemeral: bool


async def record(db: Database, posts: Sequence[Post]) -> None:
    """Remember these; showing the same picture in the same message again only renews the row."""
    sql = (
        f"INSERT INTO posts ({_COLUMNS}, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, job_id, picture_index) DO UPDATE SET sent_sha256 = excluded.sent_sha256"
    )

    async def keep(tx: Transaction) -> None:
        for post in posts:
            place = (post.message_id, post.channel_id, post.guild_id)
            shown = (post.job_id, post.picture_index, post.sent_sha256, post.ephemeral)
            await tx.run(sql, (*place, *shown, time.time()))

    await db.promised(keep)


async def forget(db: Database, job_id: int, picture_index: int) -> None:
    """No message shows this picture any more."""
    sql = "DELETE FROM posts WHERE job_id = ? AND picture_index = ?"
    await db.promised(lambda tx: tx.run(sql, (job_id, picture_index)))


async def by_message(db: Database, message_id: int) -> list[Post]:
    """What a message shows, by picture index; empty when it is none of ours."""
    return [from_row(row) for row in await db.all(BY_MESSAGE, (message_id,))]


async def of_job(db: Database, job_id: int) -> list[Post]:
    """Everywhere a job's pictures were shown, oldest first."""
    return [from_row(row) for row in await db.all(OF_JOB, (job_id,))]


def from_row(row: Row) -> Post:
    """The post in a row of any query that has its columns."""
    columns = {each.name: row[each.name] for each in fields(Post)}
    columns.update(ephemeral=bool(row["ephemeral"]))
    return Post(**columns)
