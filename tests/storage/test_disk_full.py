"""A full disk: new work is refused in a sentence, accepted work is still delivered out of the reserve."""

import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inference.errors import DrawingFailed, StorageFull
from storage import (
    backups,
    endings,
    health,
    jobs,
    people,
    pictures,
    posts,
    privacy,
    reports,
    sendings,
    standing,
    thumbnails,
)
from storage.database import FILE_NAME, Database
from storage.health import Trouble
from storage.job import Delivered, Job, State
from storage.reserve import Reserve
from storage.restore import restore
from storage.sendings import Kind
from storage.unusable import DiskFull
from tests.storage.making import BOOT, Drawing, accept_job, draw_job, job_in, reread

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


Step = Callable[[Database, Job], Awaitable[object]]

# What is written about a job after it was accepted, and the state it is in before.
PROMISED: dict[str, tuple[State, Step]] = {
    "queued": (State.ACCEPTING, lambda db, job: jobs.queued(db, job.id, 30)),
    "running": (State.QUEUED, lambda db, job: jobs.running(db, job.id, BOOT)),
    "requeue": (State.RUNNING, lambda db, job: jobs.requeue(db, job.id, BOOT, died=True)),
    "ready": (State.RUNNING, lambda db, job: pictures.keep(db, job, [Drawing(png=b"x")])),
    "sending": (State.READY, lambda db, job: jobs.sending(db, job.id)),
    "done": (State.SENDING, lambda db, job: jobs.done(db, job.id)),
    "failed": (State.RUNNING, lambda db, job: jobs.failed(db, job.id, DrawingFailed())),
    "cancelled": (State.QUEUED, lambda db, job: jobs.cancelled(db, job.id)),
    "request_cancel": (State.QUEUED, lambda db, job: jobs.request_cancel(db, job.id)),
    "recover": (State.RUNNING, lambda db, _: jobs.recover(db, "boot-2")),
    "delete": (State.DONE, lambda db, job: pictures.delete_of_job(db, job.id)),
    "shown": (State.FAILED, lambda db, job: endings.shown(db, job.id, Delivered.MESSAGE)),
    "tried": (State.SENDING, lambda db, job: sendings.tried(db, job.id, Kind.CARD, 20)),
    "post": (State.SENDING, lambda db, job: posts.record(db, [a_post(job)])),
    "erase": (State.DONE, lambda db, job: privacy.erase(db, job.requester_id)),
    "strike": (State.DONE, lambda db, job: standing.floor_hit(db, job.requester_id)),
    "bar": (State.DONE, lambda db, job: standing.bar(db, job.requester_id, 10, standing.Bar.BLOCKED)),
    "report": (State.DONE, lambda db, job: reports.file(db, job_id=job.id, guild_id=10, reporter_id=2, reason="hm")),
}


def a_post(job: Job) -> posts.Post:
    return posts.Post(
        message_id=1, channel_id=20, guild_id=10, job_id=job.id, picture_index=0, sent_sha256="0" * 64, ephemeral=False
    )


@pytest.mark.parametrize("what", PROMISED)
async def test_what_follows_an_acceptance_is_written_in_the_room_of_the_reserve(
    db: Database, tmp_path: Path, what: str
) -> None:
    state, step = PROMISED[what]
    job = await job_in(db, state)
    db.reserve = GivingReserve(tmp_path / "reserve", 2**10)
    assert await db.reserve.hold()
    with room(0):
        await step(db, job)
    assert not (tmp_path / "reserve").exists()


async def test_new_work_leaves_the_reserve_to_what_was_accepted(db: Database) -> None:
    assert await db.reserve.hold()
    with room(0), pytest.raises(StorageFull):
        await accept_job(db)
    assert (db.folder / "reserve").exists()
    assert await jobs.open_jobs(db) == []


async def test_a_file_goes_before_its_row_where_only_that_makes_room(db: Database) -> None:
    mine, other = await draw_job(db, b"mine", b"both"), await draw_job(db, b"both")
    with room(0), pytest.raises(StorageFull):  # here it makes none: the limit stays
        await pictures.delete_of_job(db, mine.id)
    left = {path.read_bytes() for path in (db.folder / "pictures").glob("??/*")}
    assert left == {b"both"}, "which another job still shows"
    assert len(await pictures.delete_of_job(db, mine.id)) == 2
    [kept] = await pictures.of_job(db, other.id)
    assert await pictures.read(db, kept) == b"both"


async def test_where_only_one_picture_goes_its_file_alone_makes_room(db: Database) -> None:
    job = await draw_job(db, b"mine", b"stays")
    [mine, _] = await pictures.of_job(db, job.id)
    with room(0), pytest.raises(StorageFull):
        await pictures.delete(db, mine)
    assert {path.read_bytes() for path in (db.folder / "pictures").glob("??/*")} == {b"stays"}


async def test_the_files_of_whoever_wants_to_be_forgotten_go_before_their_rows(db: Database) -> None:
    mine, other = await draw_job(db, b"mine", b"both"), await draw_job(db, b"both", requester_id=2)
    with room(0), pytest.raises(StorageFull):
        await privacy.erase(db, mine.requester_id)
    assert {path.read_bytes() for path in (db.folder / "pictures").glob("??/*")} == {b"both"}
    await privacy.erase(db, mine.requester_id)
    assert await jobs.get(db, mine.id) is None
    [kept] = await pictures.of_job(db, other.id)
    assert await pictures.read(db, kept) == b"both"


async def test_what_is_only_convenient_is_left_out(db: Database) -> None:
    job = await draw_job(db, b"drawn")
    [picture] = await pictures.of_job(db, job.id)
    with room(0):
        await thumbnails.keep(db, picture.sha256, b"small")
        assert (await people.seen(db, 5, "vi")).locale == "vi"
    assert await thumbnails.read(db, picture.sha256) is None
    assert not list((db.folder / "thumbnails").glob("??/*"))
    assert (await people.get(db, 5)).locale is None


async def test_a_database_that_finds_no_room_is_not_called_damaged(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=1):
        pass
    with room(0):
        found = health.examine(tmp_path)
        with pytest.raises(DiskFull, match=r"The disk is full at .*\. Free some space and start again"):
            async with Database.open(tmp_path, reserve_bytes=1):
                pass
    assert found is not None
    assert found.trouble is Trouble.NO_ROOM
    async with Database.open(tmp_path, reserve_bytes=1) as db:
        await accept_job(db)


async def test_a_copy_without_room_is_neither_made_nor_restored(db: Database, tmp_path: Path) -> None:
    job = await draw_job(db, b"drawn")
    file = db.folder / FILE_NAME
    copy = backups.back_up(file, keep=5, spare_bytes=0)
    with room(0), pytest.raises(StorageFull, match=r"There is no room at .* for a copy of the database: it takes"):
        backups.back_up(file, keep=5, spare_bytes=0)
    target = tmp_path / "other" / FILE_NAME
    async with Database.open(target.parent, reserve_bytes=1) as other:
        await accept_job(other)
        await accept_job(other)
    with room(0), pytest.raises(StorageFull, match=f"The disk is full at {target.parent}: .* is not restored"):
        restore(copy, target)
    assert not [*file.parent.glob("backups/*.tmp"), *target.parent.glob("backups/*")]
    async with Database.open(target.parent, reserve_bytes=1) as other:
        assert len(await jobs.open_jobs(other)) == 2
    assert restore(copy, target).jobs == job.id


def test_on_a_small_disk_that_fills_up_all_of_this_is_so(tmp_path: Path, repository: Path) -> None:
    unshare = shutil.which("unshare") or "false"  # a mount that nobody else sees, and that goes with the process
    mount = 'mount -t tmpfs -o size=4m none "$1"'
    own = [unshare, "-rm", "sh", "-c", f'{mount} && shift && exec "$@"', "sh", str(tmp_path)]
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no disk of one's own can be made here")
    command = [*own, sys.executable, "-m", "tests.storage.small_disk", str(tmp_path)]
    ran = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
