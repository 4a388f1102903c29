"""Copies of the database: whole, of one moment, while others write; and back in place with nothing mixed up."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from inference.errors import StorageFull
from storage import jobs, loras, pictures
from storage.backups import back_up, copies, is_due
from storage.database import FILE_NAME, Database
from storage.job import State
from storage.restore import UNKNOWN_NUMBERS, restore
from storage.unusable import DamagedDatabase, NewerDatabase, UnusableDatabase
from tests.storage.making import BOOT, ROOMY, accept_job, add_lora, draw_job


def read(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def numbers(file: Path) -> set[int]:
    return {row[0] for row in read(file, "SELECT id FROM jobs") if isinstance(row[0], int)}


async def some_jobs(folder: Path, count: int) -> Path:
    """A database with so many jobs in it, closed again."""
    async with Database.open(folder, reserve_bytes=4096) as db:
        for _ in range(count):
            await accept_job(db)
    return folder / FILE_NAME


async def test_every_job_accepted_before_a_copy_began_is_in_it(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "data", reserve_bytes=4096) as db:
        accepted: list[int] = []
        enough = asyncio.Event()

        async def accept_without_end() -> None:
            while True:
                job = await accept_job(db)
                await jobs.queued(db, job.id, 30)
                accepted.append(job.id)
                if len(accepted) > 50:
                    enough.set()

        async with asyncio.TaskGroup() as group:
            people = [group.create_task(accept_without_end()) for _ in range(4)]
            await enough.wait()
            known: list[list[int]] = []
            for _ in range(5):
                known.append(list(accepted))
                await asyncio.to_thread(back_up, db.folder / FILE_NAME, keep=9)
            for person in people:
                person.cancel()
        assert len(accepted) > len(known[0]), "people went on while the copies were made"

    made = copies(tmp_path / "data" / FILE_NAME)
    assert len(made) == 5
    for copy, before in zip(made, known, strict=True):
        elsewhere = tmp_path / copy.stem / FILE_NAME
        restore(copy, elsewhere)
        assert set(before) <= numbers(elsewhere)
        async with Database.open(elsewhere.parent, reserve_bytes=4096) as db:
            assert {job.id for job in await jobs.recover(db, BOOT)} == numbers(elsewhere)


async def test_only_the_newest_copies_stay_and_the_next_one_waits_its_hours(tmp_path: Path) -> None:
    file = await some_jobs(tmp_path, 1)
    assert is_due(file, 24)
    assert not is_due(file, 0), "0 switches copies off"
    made = [back_up(file, keep=2) for _ in range(4)]
    assert copies(file) == made[-2:]
    assert not is_due(file, 24)
    a_day_ago = time.time() - 24 * 3600
    for copy in copies(file):
        os.utime(copy, (a_day_ago, a_day_ago))
    assert is_due(file, 24)
    assert [path for path in made[-1].parent.iterdir() if path.suffix == ".tmp"] == []


async def test_a_copy_never_takes_the_room_that_accepted_jobs_need(tmp_path: Path) -> None:
    file = await some_jobs(tmp_path, 1)
    with pytest.raises(StorageFull):
        back_up(file, keep=2, spare_bytes=2**60)
    assert copies(file) == []


async def test_restoring_and_restoring_what_was_replaced_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    file = folder / FILE_NAME
    async with Database.open(folder, reserve_bytes=4096) as db:
        first = await draw_job(db, b"the first picture")
        copy = await asyncio.to_thread(back_up, file, keep=5)
        second = await draw_job(db, b"the second picture")
    done = restore(copy, file)
    assert (done.jobs, done.open_jobs) == (1, 1)
    assert done.replaced is not None
    assert numbers(file) == {first.id}
    async with Database.open(folder, reserve_bytes=4096) as db:
        assert await pictures.sweep(db, older_than_s=0) == 0, "the second picture lies with the database that knows it"
        third = await accept_job(db)
        assert third.id > second.id, "a number that stands on an old message is not given again"

    restore(done.replaced, file)
    assert numbers(file) == {first.id, second.id}
    async with Database.open(folder, reserve_bytes=4096) as db:
        for job, png in ((first, b"the first picture"), (second, b"the second picture")):
            [picture] = await pictures.of_job(db, job.id)
            assert await pictures.read(db, picture) == png


async def test_a_picture_deleted_since_the_copy_stays_deleted(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        job = await draw_job(db, b"a picture", b"another one")
        copy = await asyncio.to_thread(back_up, tmp_path / FILE_NAME, keep=5)
        await pictures.delete_of_job(db, job.id)
    restore(copy, tmp_path / FILE_NAME)
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        assert all(picture.deleted_at for picture in await pictures.of_job(db, job.id))


async def test_lora_files_go_aside_and_come_back_with_the_database_that_knows_them(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    file = folder / FILE_NAME
    async with Database.open(folder, reserve_bytes=4096) as db:
        kept = await add_lora(db, 1, "kept", b"kept")
        removed = await add_lora(db, 1, "removed", b"removed since")
        await loras.share(db, removed, 10)
        copy = await asyncio.to_thread(back_up, file, keep=5)
        await loras.remove(db, removed.id, 1)
        added = await add_lora(db, 1, "added", b"added since")
    done = restore(copy, file)
    assert done.replaced is not None
    async with Database.open(folder, reserve_bytes=4096) as db:
        assert await loras.of_owner(db, 1) == [kept], "what was removed since the copy stays removed"
        assert await loras.shared_with(db, 10) == []
        assert await loras.sweep(db, older_than_s=0) == 0, "the new file lies with the database that knows it"
        assert await loras.path(db, kept.sha256)

    restore(done.replaced, file)
    async with Database.open(folder, reserve_bytes=4096) as db:
        assert await loras.of_owner(db, 1) == [added, kept]
        path = await loras.path(db, added.sha256)
        assert path is not None and path.read_bytes() == b"added since"
    # In another folder the files come from beside the copy; one that is no longer what its name says does not.
    beside = shutil.copytree(folder / "loras", tmp_path / "moved" / "loras")
    (beside / f"{kept.sha256}.safetensors").write_bytes(b"something else")
    moved = Path(shutil.copy(done.replaced, beside.parent))
    restore(moved, tmp_path / "other" / FILE_NAME)
    async with Database.open(tmp_path / "other", reserve_bytes=4096) as db:
        assert await loras.of_owner(db, 1) == [added]
        assert [path.name for path in (tmp_path / "other" / "loras").iterdir()] == [f"{added.sha256}.safetensors"]


async def test_a_copy_from_before_there_were_loras_is_restored_too(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        await add_lora(db, 1, "added", b"added since")
    old = tmp_path / "old.sqlite3"
    shutil.copy(tmp_path / FILE_NAME, old)
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript("DROP TABLE lora_shares; DROP TABLE loras; PRAGMA user_version = 6;")
    done = restore(old, tmp_path / FILE_NAME)
    assert done.replaced is not None and not list((tmp_path / "loras").iterdir())
    assert [path.read_bytes() for path in (done.replaced.parent / "loras").iterdir()] == [b"added since"]


async def test_the_last_commits_of_a_killed_bot_are_set_aside_with_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    file = folder / FILE_NAME
    killed = tmp_path / "killed" / FILE_NAME
    killed.parent.mkdir()
    async with Database.open(folder, reserve_bytes=4096) as db:
        await accept_job(db)
        copy = await asyncio.to_thread(back_up, file, keep=5)
        await accept_job(db)
        for suffix in ("", "-wal", "-shm"):  # what a killed bot leaves
            part = file.with_name(file.name + suffix)
            killed.with_name(part.name).write_bytes(part.read_bytes())
    assert killed.with_name(f"{FILE_NAME}-wal").stat().st_size > 0
    done = restore(copy, killed)
    assert numbers(killed) == {1}
    assert not killed.with_name(f"{FILE_NAME}-wal").exists()
    assert done.replaced is not None
    assert numbers(done.replaced) == {1, 2}


async def test_a_damaged_database_is_replaced_and_its_unknown_numbers_are_jumped_over(tmp_path: Path) -> None:
    file = await some_jobs(tmp_path, 3)
    copy = back_up(file, keep=5)
    file.write_bytes(b"no database at all" * 1000)
    restore(copy, file)
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        assert (await accept_job(db)).id == 3 + UNKNOWN_NUMBERS + 1


async def test_what_is_no_database_of_ours_or_damaged_or_newer_is_not_restored(tmp_path: Path) -> None:
    file = await some_jobs(tmp_path / "data", 2)
    copy = back_up(file, keep=5)
    before = file.read_bytes()

    text = tmp_path / "notes.txt"
    text.write_text("not a database")
    damaged = tmp_path / "damaged.sqlite3"
    content = bytearray(copy.read_bytes())
    content[4096 * 2 : 4096 * 4] = bytes(4096 * 2)
    damaged.write_bytes(content)
    for unusable in (text, damaged):
        with pytest.raises(DamagedDatabase, match="it is damaged"):
            restore(unusable, file)
    with pytest.raises(UnusableDatabase, match="There is no file"):
        restore(tmp_path / "nowhere", file)
    foreign = tmp_path / "foreign.sqlite3"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.executescript("CREATE TABLE recipes (x); PRAGMA user_version = 1;")
    with pytest.raises(UnusableDatabase, match=r"no database of Genga's"):
        restore(foreign, file)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerDatabase, match="update Genga first"):
        restore(copy, file)
    assert file.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


async def test_an_open_job_of_a_copy_goes_on(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        job = await accept_job(db, limits=ROOMY)
        await jobs.queued(db, job.id, 30)
        await jobs.running(db, job.id, BOOT)
        copy = await asyncio.to_thread(back_up, tmp_path / FILE_NAME, keep=5)
    restore(copy, tmp_path / FILE_NAME)
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        [again] = await jobs.recover(db, "boot-2")
        assert (again.id, again.state, again.deaths) == (job.id, State.QUEUED, 0)


# Forks a process for each step; the n-th kills itself just before the n-th thing it does to files. Prints how many.
KILLER = """
import os, shutil, signal, sys
from pathlib import Path
from storage.restore import restore

root, template = Path(sys.argv[1]), Path(sys.argv[2])
limit, killed = 0, True
while killed:
    limit += 1
    folder = root / str(limit)
    shutil.copytree(template, folder)
    child = os.fork()
    if child == 0:
        left = limit
        def count(event, arguments):
            global left
            if event.startswith(("os.", "open", "sqlite3.", "shutil.")):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        restore(folder / "copy.sqlite3", folder / "genga.sqlite3")
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
print(limit)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
async def test_killed_at_any_step_a_restore_leaves_the_old_database_or_the_new_one(
    tmp_path: Path, repository: Path
) -> None:
    template = tmp_path / "template"
    async with Database.open(tmp_path / "data", reserve_bytes=4096) as db:
        await draw_job(db, b"a picture")
        copy = await asyncio.to_thread(back_up, tmp_path / "data" / FILE_NAME, keep=5)
        await draw_job(db, b"another one")
        await add_lora(db, 1, "added", b"added since")
        shutil.copytree(tmp_path / "data", template)  # as a killed bot leaves it: the last commits are in the -wal
        shutil.copy(copy, template / "copy.sqlite3")
    root = tmp_path / "killed"
    command = [sys.executable, "-c", KILLER, root, template]
    printed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    steps = int(printed.stdout)
    found = [numbers(root / str(limit) / FILE_NAME) for limit in range(1, steps + 1)]
    assert found[0] == {1, 2}
    assert found[-1] == {1}
    assert {*map(frozenset, found)} == {frozenset({1}), frozenset({1, 2})}
    for limit in range(1, steps + 1):
        file = root / str(limit) / FILE_NAME
        assert read(file, "PRAGMA integrity_check") == [("ok",)]
        if found[limit - 1] == {1}:
            [replaced] = file.parent.glob(f"backups/replaced-*/{FILE_NAME}")
            assert numbers(replaced) == {1, 2}
            assert len(list(replaced.parent.glob("pictures/??/*.png"))) == 1
            assert len(list(replaced.parent.glob("loras/*"))) == 1
