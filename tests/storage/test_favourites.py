"""Favourites are each person's own and go with the picture."""

import asyncio

import pytest

from storage import favourites, history, pictures
from storage.database import Database
from storage.history import Show
from tests.storage.making import draw_job

ME, OTHER = 1, 2


async def listed(db: Database, person_id: int) -> list[int]:
    page = await history.page(db, person_id, Show.FAVOURITES, number=1, size=10, server_id=None)
    return [job.id for job in page.jobs]


async def test_each_person_has_a_list_of_their_own_last_added_first(db: Database) -> None:
    mine = await draw_job(db, b"mine")
    theirs = await draw_job(db, b"theirs", requester_id=OTHER)
    assert await favourites.add(db, ME, theirs.id)
    assert await favourites.add(db, ME, mine.id)
    assert await favourites.add(db, OTHER, theirs.id)
    assert await listed(db, ME) == [mine.id, theirs.id]
    assert await listed(db, OTHER) == [theirs.id]
    assert await favourites.remove(db, ME, mine.id)
    assert not await favourites.remove(db, ME, mine.id)
    assert await listed(db, ME) == [theirs.id]


async def test_the_picture_that_was_meant_is_remembered(db: Database) -> None:
    job = await draw_job(db, b"first", b"second")
    assert await favourites.picture_index(db, ME, job.id) is None
    await favourites.add(db, ME, job.id)
    assert await favourites.picture_index(db, ME, job.id) == 0
    await favourites.add(db, ME, job.id, 1)
    assert await favourites.picture_index(db, ME, job.id) == 1
    assert await listed(db, ME) == [job.id]


@pytest.mark.parametrize("person_id", [ME, OTHER])
async def test_a_deleted_picture_is_nobodys_favourite(db: Database, person_id: int) -> None:
    job = await draw_job(db, b"a picture")
    await favourites.add(db, person_id, job.id)
    await pictures.delete_of_job(db, job.id)
    assert await listed(db, person_id) == []
    assert not await favourites.add(db, person_id, job.id)
    assert await listed(db, person_id) == []


async def test_where_the_first_of_several_was_deleted_the_next_is_put_on_the_list(db: Database) -> None:
    job = await draw_job(db, b"first", b"second", b"third")
    await pictures.delete(db, (await pictures.of_job(db, job.id))[0])
    assert await favourites.add(db, ME, job.id)
    assert await favourites.picture_index(db, ME, job.id) == 1
    assert await favourites.add(db, ME, job.id, 2)
    assert await favourites.picture_index(db, ME, job.id) == 2


async def test_of_two_presses_at_once_each_does_its_part(db: Database) -> None:
    job = await draw_job(db, b"mine", b"too")
    starred = await asyncio.gather(*(favourites.turn(db, ME, job.id, 0) for _ in range(4)))
    assert sorted(starred, key=bool) == [False, False, True, True]
    assert await favourites.picture_index(db, ME, job.id) is None
    assert await favourites.turn(db, ME, job.id, 1)
    assert await favourites.turn(db, ME, job.id, 0)  # another picture of the same job takes its place
    await pictures.delete_of_job(db, job.id)
    assert await favourites.turn(db, ME, job.id, 0) is None
