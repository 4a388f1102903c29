"""A full disk: new work is refused in a sentence, accepted work is still delivered out of the reserve."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inference.errors import StorageFull
from storage import jobs, pictures
from storage.database import Database
from storage.job import State
from storage.reserve import Reserve
from tests.storage.making import Drawing, accept_job, job_in, reread

resource = pytest.importorskip("resource")  # not on Windows


def set_room(size_bytes: int) -> None:
    """No file may grow over this: the operating system's own way to say that there is no room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@contextmanager
def room(size_bytes: int) -> Generator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    set_room(size_bytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class GivingReserve(Reserve):
    """Giving it up makes room for one more large file, as on a real disk."""

    def release(self) -> bool:
        set_room(8 * 2**20)
        return super().release()


async def test_no_work_is_accepted_while_the_reserve_cannot_be_held(db: Database, tmp_path: Path) -> None:
    db.reserve = Reserve(tmp_path / "reserve", 16 * 2**20)
    with room(4 * 2**20):
        with pytest.raises(StorageFull):
            await accept_job(db)
        with pytest.raises(StorageFull):
            await pictures.keep_upload(db, owner_id=1, png=b"x", width=1, height=1)
    assert await jobs.open_jobs(db) == []
    assert not (tmp_path / "reserve").exists()
    await accept_job(db)  # there is room again
    assert (tmp_path / "reserve").stat().st_size == 16 * 2**20


async def test_a_picture_without_room_is_refused_whole(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    with room(2 * 2**20), pytest.raises(StorageFull):
        await pictures.keep(db, job, [Drawing(png=b"small"), Drawing(png=bytes(3 * 2**20))])
    assert await pictures.of_job(db, job.id) == []
    assert (await reread(db, job.id)).state is State.RUNNING
    assert not list((db.folder / "pictures").glob("*/*.tmp"))


async def test_the_reserve_is_given_up_so_that_an_accepted_job_is_still_delivered(db: Database, tmp_path: Path) -> None:
    db.reserve = GivingReserve(tmp_path / "reserve", 2**20)
    job = await job_in(db, State.RUNNING)
    assert (tmp_path / "reserve").exists()
    with room(2 * 2**20):
        await pictures.keep(db, job, [Drawing(png=bytes(3 * 2**20))])
    assert not (tmp_path / "reserve").exists()
    assert (await reread(db, job.id)).state is State.READY
