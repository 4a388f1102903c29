"""Pictures: rows and files stay together, through failures, sharing and deletion."""

import asyncio
import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inference.errors import Gone
from storage import favourites, files, jobs, pictures
from storage.database import Database
from storage.job import State
from tests.storage.making import BOOT, Drawing, draw_job, job_in, reread


def names(db: Database) -> list[str]:
    return sorted(path.name for path in (db.folder / "pictures").glob("*/*"))


def name_of(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}.png"


def make_old(path: Path) -> None:
    long_ago = time.time() - 7200
    os.utime(path, (long_ago, long_ago))


async def test_kept_pictures_come_back_byte_for_byte_with_their_facts(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    drawn = [Drawing(png=b"first", seed=7), Drawing(png=b"second", seed=8, width=320)]
    kept = await pictures.keep(db, job, drawn, gpu_s=1.25)
    assert [await pictures.read(db, picture) for picture in kept] == [b"first", b"second"]
    assert [(one.picture_index, one.seed, one.width, one.size_bytes) for one in kept] == [
        (0, 7, 256, 5),
        (1, 8, 320, 6),
    ]
    assert all(one.drawn_here and one.owner_id == 1 and one.mime == "image/png" for one in kept)
    assert kept == await pictures.of_job(db, job.id)
    after = await reread(db, job.id)
    assert (after.state, after.gpu_s, after.lease) == (State.READY, 1.25, None)


async def test_a_picture_that_cannot_have_its_row_takes_the_whole_result_with_it(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    with pytest.raises(Exception, match="CHECK constraint failed"):
        await pictures.keep(db, job, [Drawing(png=b"good"), Drawing(png=b"bad", width=0)])
    assert await pictures.of_job(db, job.id) == []
    assert (await reread(db, job.id)).state is State.RUNNING
    await pictures.keep(db, job, [Drawing(png=b"good")])
    assert (await reread(db, job.id)).state is State.READY


async def test_a_result_that_lost_its_lease_leaves_neither_row_nor_file(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    await jobs.requeue(db, job.id, BOOT, died=True)
    again = await jobs.running(db, job.id, BOOT)
    with pytest.raises(jobs.StaleJob):
        await pictures.keep(db, job, [Drawing(png=b"from the attempt before")])
    assert names(db) == []
    await pictures.keep(db, again, [Drawing(png=b"from this one")])
    assert names(db) == [name_of(b"from this one")]


async def test_keeping_cancelled_at_any_moment_is_whole_or_nothing(db: Database) -> None:
    for pause in range(12):
        job = await job_in(db, State.RUNNING)
        task = asyncio.create_task(pictures.keep(db, job, [Drawing(png=b"%d" % i) for i in range(3)]))
        await asyncio.sleep(pause * 0.002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        kept = await pictures.of_job(db, job.id)
        state = (await reread(db, job.id)).state
        assert (len(kept), state) in ((0, State.RUNNING), (3, State.READY))
        for picture in kept:
            await pictures.read(db, picture)


async def test_a_child_names_its_parent_even_after_the_parent_was_deleted(db: Database) -> None:
    parent_job = await draw_job(db, b"parent")
    [parent] = await pictures.of_job(db, parent_job.id)
    child_job = await draw_job(db, b"child", parent_picture_id=parent.id)
    await pictures.delete_of_job(db, parent_job.id)
    [child] = await pictures.of_job(db, child_job.id)
    assert child.parent_id == parent.id
    tombstone = await pictures.get(db, parent.id)
    assert tombstone is not None and tombstone.deleted_at is not None
    assert await pictures.read(db, child) == b"child"


async def test_a_deleted_picture_is_gone_from_the_disk_and_says_so(db: Database) -> None:
    job = await draw_job(db, b"one", b"two")
    before = await pictures.of_job(db, job.id)
    deleted = await pictures.delete_of_job(db, job.id)
    assert [picture.id for picture in deleted] == [picture.id for picture in before]
    assert names(db) == []
    for picture in (before[0], deleted[0]):  # whether or not the reader knew
        with pytest.raises(Gone):
            await pictures.read(db, picture)
    assert await pictures.delete_of_job(db, job.id) == []
    assert await pictures.by_sha256(db, before[0].sha256) is None


async def test_one_picture_of_several_is_deleted_and_nobodys_favourite_any_more(db: Database) -> None:
    job = await draw_job(db, b"one", b"two")
    one, two = await pictures.of_job(db, job.id)
    await favourites.add(db, 1, job.id, 0)
    await favourites.add(db, 2, job.id, 1)
    await pictures.delete(db, one)
    assert names(db) == [name_of(b"two")]
    assert [each.deleted_at is None for each in await pictures.of_job(db, job.id)] == [False, True]
    assert [await favourites.picture_index(db, person, job.id) for person in (1, 2)] == [None, 1]
    assert await pictures.read(db, two) == b"two"
    await pictures.delete(db, one)  # pressed twice
    assert [picture.id for picture in await pictures.delete_of_job(db, job.id)] == [two.id]


async def test_a_file_shared_by_two_rows_goes_with_the_second(db: Database) -> None:
    first, second = await draw_job(db, b"same"), await draw_job(db, b"same")
    await pictures.delete_of_job(db, first.id)
    [still] = await pictures.of_job(db, second.id)
    assert await pictures.read(db, still) == b"same"
    await pictures.delete_of_job(db, second.id)
    assert names(db) == []


async def test_deleting_and_keeping_the_same_content_at_once_never_loses_a_living_file(db: Database) -> None:
    for _ in range(10):
        old, job = await draw_job(db, b"same"), await job_in(db, State.RUNNING)
        await asyncio.gather(
            pictures.delete_of_job(db, old.id),
            pictures.keep(db, job, [Drawing(png=b"same")]),
        )
        [kept] = await pictures.of_job(db, job.id)
        assert await pictures.read(db, kept) == b"same"
        await pictures.delete_of_job(db, job.id)


async def test_a_damaged_file_is_never_handed_out(db: Database) -> None:
    job = await draw_job(db, b"whole")
    [picture] = await pictures.of_job(db, job.id)
    files.path_of(db.folder / "pictures", picture.sha256).write_bytes(b"hole")
    with pytest.raises(Gone):
        await pictures.read(db, picture)
    repaired = await draw_job(db, b"whole")  # drawing it again puts the right bytes back
    assert [await pictures.read(db, one) for one in await pictures.of_job(db, repaired.id)] == [b"whole"]


async def test_an_upload_is_kept_once_per_owner_and_known_as_an_upload(db: Database) -> None:
    first = await pictures.keep_upload(db, owner_id=1, png=b"upload", width=64, height=48)
    again = await pictures.keep_upload(db, owner_id=1, png=b"upload", width=64, height=48)
    other = await pictures.keep_upload(db, owner_id=2, png=b"upload", width=64, height=48)
    assert again == first
    assert other.id != first.id
    assert not first.drawn_here and first.job_id is None
    assert names(db) == [name_of(b"upload")]


async def test_of_equal_bytes_the_picture_drawn_here_is_found_first(db: Database) -> None:
    upload = await pictures.keep_upload(db, owner_id=2, png=b"same", width=256, height=256)
    found = await pictures.by_sha256(db, upload.sha256)
    assert found == upload
    await draw_job(db, b"same")
    found = await pictures.by_sha256(db, upload.sha256)
    assert found is not None and found.drawn_here


async def test_the_sweep_takes_old_orphans_and_half_written_files_only(db: Database) -> None:
    root = db.folder / "pictures"
    await draw_job(db, b"living")
    living = files.path_of(root, hashlib.sha256(b"living").hexdigest())
    old_orphan, young_orphan = (files.path_of(root, files.write(root, content)) for content in (b"old", b"young"))
    half = old_orphan.with_name("half.1234abcd.tmp")
    half.write_bytes(b"ha")
    for path in (living, old_orphan, half):
        make_old(path)
    assert await pictures.sweep(db) == 2
    assert living.exists() and young_orphan.exists()
    assert not old_orphan.exists() and not half.exists()


async def test_a_claimed_attempt_of_another_job_does_not_help(db: Database) -> None:
    job, other = await job_in(db, State.RUNNING), await job_in(db, State.QUEUED)
    with pytest.raises(jobs.StaleJob):
        await pictures.keep(db, replace(job, id=other.id), [Drawing(png=b"x")])
    assert await pictures.of_job(db, other.id) == []
