"""The pages of /history."""

import pytest

from inference.errors import DrawingFailed
from storage import history, jobs
from storage.database import Database
from storage.history import Show
from storage.job import Job, State
from tests.storage.making import ROOMY, a_request, job_in

ME, OTHER = 1, 2


async def failed_job(db: Database, *, server_id: int | None, private: bool = False, person_id: int = ME) -> Job:
    job = await jobs.accept(
        db, requester_id=person_id, guild_id=server_id, channel_id=20, interaction_id=None, interaction_token=None,
        private=private, locale="en-GB", request=a_request(), cost_s=1.0, limits=ROOMY,
    )  # fmt: skip
    return await jobs.failed(db, job.id, DrawingFailed())


async def shown(db: Database, which: Show, *, number: int = 1, server_id: int | None = 10) -> list[int]:
    page = await history.page(db, ME, which, number=number, size=50, server_id=server_id)
    return [job.id for job in page.jobs]


async def test_only_finished_work_of_ones_own_is_shown_newest_first(db: Database) -> None:
    mine = [(await job_in(db, state)).id for state in State]
    finished = [State.DONE, State.FAILED, State.CANCELLED, State.REFUSED]
    wanted = [job_id for job_id, state in zip(mine, State, strict=True) if state in finished]
    await failed_job(db, server_id=10, person_id=OTHER)
    assert await shown(db, Show.ALL) == wanted[::-1]
    assert await shown(db, Show.TROUBLE) == wanted[:0:-1]


async def test_private_work_and_work_from_one_place_can_be_looked_for(db: Database) -> None:
    here = await failed_job(db, server_id=10)
    hidden = await failed_job(db, server_id=10, private=True)
    direct = await failed_job(db, server_id=None)
    elsewhere = await failed_job(db, server_id=11)
    assert await shown(db, Show.ALL) == [elsewhere.id, direct.id, hidden.id, here.id]
    assert await shown(db, Show.PRIVATE) == [direct.id, hidden.id]
    assert await shown(db, Show.HERE) == [hidden.id, here.id]
    assert await shown(db, Show.HERE, server_id=None) == []


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (2, 2), (3, 3), (99, 3), (0, 1)])
async def test_a_page_that_is_not_there_gives_the_nearest(db: Database, asked: int, given: int) -> None:
    made = [(await failed_job(db, server_id=10)).id for _ in range(5)]
    page = await history.page(db, ME, Show.ALL, number=asked, size=2, server_id=None)
    assert (page.number, page.pages) == (given, 3)
    assert [job.id for job in page.jobs] == made[::-1][2 * given - 2 : 2 * given]


async def test_nothing_at_all_is_one_empty_page(db: Database) -> None:
    page = await history.page(db, ME, Show.ALL, number=1, size=4, server_id=None)
    assert (page.jobs, page.number, page.pages) == ([], 1, 1)
