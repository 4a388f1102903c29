"""Posts: a message leads to its pictures, and a job to its messages."""

import sqlite3

import pytest

from storage import posts
from storage.database import Database
from storage.posts import Post
from tests.storage.making import draw_job


def post(job_id: int, message_id: int, index: int = 0, sent: str = "a" * 64) -> Post:
    return Post(
        message_id=message_id,
        channel_id=20,
        guild_id=None,
        job_id=job_id,
        picture_index=index,
        sent_sha256=sent,
        ephemeral=True,
    )


async def test_a_message_leads_to_all_it_shows_and_a_job_to_all_its_messages(db: Database) -> None:
    job = await draw_job(db, b"one", b"two")
    card = [post(job.id, 500, index) for index in (0, 1)]
    share = post(job.id, 501, 1)
    await posts.record(db, [*card, share])
    assert await posts.by_message(db, 500) == card
    assert await posts.of_job(db, job.id) == [*card, share]
    assert await posts.by_message(db, 502) == []


async def test_showing_it_again_in_the_same_message_renews_the_row(db: Database) -> None:
    job = await draw_job(db, b"one")
    await posts.record(db, [post(job.id, 500)])
    await posts.record(db, [post(job.id, 500, sent="b" * 64)])
    assert await posts.by_message(db, 500) == [post(job.id, 500, sent="b" * 64)]


async def test_a_post_of_a_job_that_does_not_exist_is_refused_with_all_its_company(db: Database) -> None:
    job = await draw_job(db, b"one")
    with pytest.raises(sqlite3.IntegrityError):
        await posts.record(db, [post(job.id, 500), post(404, 500)])
    assert await posts.by_message(db, 500) == []
