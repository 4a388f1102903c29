"""Posts: every message that ever showed a picture, so that a reply to it, or its deletion, finds the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Database


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
    raise NotImplementedError


async def by_message(db: Database, message_id: int) -> list[Post]:
    """What a message shows, by picture index; empty when it is none of ours."""
    raise NotImplementedError


async def of_job(db: Database, job_id: int) -> list[Post]:
    """Everywhere a job's pictures were shown, oldest first."""
    raise NotImplementedError
