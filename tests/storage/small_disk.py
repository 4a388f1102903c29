"""`python -m tests.storage.small_disk DISK`: what became of a bot's data while its disk, of 4 MiB, was full."""

import asyncio
import sys
from pathlib import Path

from inference.errors import StorageFull
from storage import backups, health, jobs, pictures, thumbnails
from storage.database import FILE_NAME, Database
from storage.job import State
from storage.unusable import DiskFull
from tests.storage.making import BOOT, Drawing, accept_job, draw_job, reread

RESERVE_BYTES = 2**20
PICTURE = bytes(range(256)) * 400


def fill(disk: Path) -> None:
    """Not a byte is left."""
    with (disk / "somebody-elses").open("ab", buffering=0) as file:
        for size_bytes in (2**16, 2**12, 1):
            try:
                while file.write(bytes(size_bytes)) == size_bytes:
                    pass
            except OSError:
                continue


async def refused(db: Database) -> bool:
    """Whether new work is."""
    try:
        await accept_job(db)
    except StorageFull:
        return True
    return False


async def work_on_a_full_disk(disk: Path, folder: Path) -> None:
    """Accepted work is finished, new work is refused, and deleting works to the last byte."""
    async with Database.open(folder, reserve_bytes=RESERVE_BYTES) as db:
        old = [await draw_job(db, PICTURE + bytes([number])) for number in range(6)]
        [first] = await pictures.of_job(db, old[0].id)
        job = await jobs.queued(db, (await accept_job(db)).id, 30)
        fill(disk)
        await thumbnails.keep(db, first.sha256, PICTURE)
        job = await jobs.running(db, job.id, BOOT)
        await pictures.keep(db, job, [Drawing(png=PICTURE * 2)])
        await jobs.sending(db, job.id)
        await jobs.done(db, job.id)
        assert not (folder / "reserve").exists()
        fill(disk)
        assert await refused(db)
        for each in old:
            assert len(await pictures.delete_of_job(db, each.id)) == 1
            fill(disk)
        assert (await reread(db, job.id)).state is State.DONE


async def start_on_a_full_disk(disk: Path, folder: Path) -> None:
    """Without room nothing is called damaged; with a reserve it starts, and goes on with what was accepted."""
    (disk / "somebody-elses").unlink()
    async with Database.open(folder, reserve_bytes=RESERVE_BYTES):
        pass  # an end with nothing left beside the database, so that the next start needs room for that
    fill(disk)
    found = health.examine(folder)
    assert found is not None
    assert found.trouble is health.Trouble.NO_ROOM, found
    try:
        async with Database.open(folder, reserve_bytes=RESERVE_BYTES):
            raise AssertionError("there was room")
    except DiskFull:
        pass
    (disk / "somebody-elses").unlink()
    async with Database.open(folder, reserve_bytes=RESERVE_BYTES) as db:
        job = await jobs.queued(db, (await accept_job(db)).id, 30)
    fill(disk)
    assert (folder / "reserve").exists()
    async with Database.open(folder, reserve_bytes=RESERVE_BYTES) as db:
        assert job.id in [each.id for each in await jobs.recover(db, BOOT)]
        assert await refused(db)
    assert not (folder / "reserve").exists()
    assert backups.damage(folder / FILE_NAME) is None


if __name__ == "__main__":
    DISK = Path(sys.argv[1])
    asyncio.run(work_on_a_full_disk(DISK, DISK / "data"))
    asyncio.run(start_on_a_full_disk(DISK, DISK / "data"))
