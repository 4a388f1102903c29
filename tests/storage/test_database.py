"""One writer, many coroutines: nobody's work may join, undo or outlive somebody else's transaction."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from inference.errors import StorageFull
from storage import jobs
from storage.database import FILE_NAME, Database, Transaction
from storage.unusable import NewerDatabase, UnusableDatabase
from tests.storage.making import accept_job

INSERT = "INSERT INTO servers (id, created_at, updated_at) VALUES (?, 0, 0)"


async def servers(db: Database) -> list[int]:
    return [row["id"] for row in await db.all("SELECT id FROM servers ORDER BY id")]


async def insert(db: Database, server_id: int) -> None:
    async with db.transaction() as tx:
        await tx.run(INSERT, (server_id,))


async def test_both_connections_have_the_settings_that_keep_data_safe(db: Database) -> None:
    async with db.transaction() as tx:
        found = {
            name: (await tx.all(f"PRAGMA {name}"))[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "cell_size_check")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "cell_size_check": 1,
    }
    [row] = await db.all("PRAGMA foreign_keys")
    assert row[0] == 1
    assert db.sqlite_version == sqlite3.sqlite_version


async def test_the_reading_connection_cannot_write(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await db.all(INSERT, (1,))


async def test_an_exception_undoes_the_whole_transaction(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await tx.run(INSERT, (1,))
            await tx.run(INSERT, (2,))
            raise ZeroDivisionError
    assert await servers(db) == []
    await insert(db, 3)
    assert await servers(db) == [3]


async def test_a_foreign_rollback_takes_nothing_of_mine(db: Database) -> None:
    begun = asyncio.Event()

    async def fails() -> None:
        async with db.transaction() as tx:
            await tx.run(INSERT, (1,))
            begun.set()
            await asyncio.sleep(0.02)
            raise ZeroDivisionError

    failing = asyncio.create_task(fails())
    await begun.wait()
    await insert(db, 2)  # on a shared connection without turns it would join, and vanish with, the open transaction
    with pytest.raises(ZeroDivisionError):
        await failing
    assert await servers(db) == [2]


async def test_a_foreign_commit_keeps_nothing_half_done(db: Database) -> None:
    async def half(server_id: int) -> None:
        async with db.transaction() as tx:
            await tx.run(INSERT, (server_id,))
            await asyncio.sleep(0)
            raise ZeroDivisionError

    results = await asyncio.gather(
        *(half(i) if i % 2 else insert(db, i) for i in range(20)),
        return_exceptions=True,
    )
    assert [isinstance(result, ZeroDivisionError) for result in results] == [bool(i % 2) for i in range(20)]
    assert await servers(db) == list(range(0, 20, 2))


def commits(db: Database) -> int:
    """How many transactions lie in the write-ahead log: the last frame of each names the database's size."""
    log = (db.folder / f"{FILE_NAME}-wal").read_bytes()
    page_bytes = int.from_bytes(log[8:12], "big")
    return sum(log[at + 4 : at + 8] != bytes(4) for at in range(32, len(log), 24 + page_bytes))


async def test_those_that_wait_together_share_a_commit(db: Database) -> None:
    await insert(db, 99)
    before = commits(db)
    await asyncio.gather(*(insert(db, i) for i in range(50)))
    assert await servers(db) == [*range(50), 99]
    assert commits(db) - before <= 4


async def test_whoever_waits_no_longer_leaves_the_others_their_commit(db: Database) -> None:
    tasks = [asyncio.create_task(insert(db, i)) for i in range(20)]
    await asyncio.sleep(0)
    for task in tasks[10:]:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*tasks[:10]), 30)
    assert set(range(10)) <= set(await servers(db))
    await asyncio.wait_for(insert(db, 99), 30)


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_nobody_waits_for_ever_for_a_commit_that_never_comes(tmp_path: Path, how: str) -> None:
    written, may_end = asyncio.Event(), asyncio.Event()

    async def write(db: Database) -> None:
        async with db.transaction() as tx:
            await tx.run("UPDATE people SET locale = 'vi'")
            written.set()
            await may_end.wait()

    async with Database.open(tmp_path) as db:
        writing = asyncio.create_task(write(db))
        await written.wait()
        if how == "cancelled":
            may_end.set()
            while not (committing := [each for each in asyncio.all_tasks() if each.get_name() == "commit"]):  # noqa: ASYNC110
                await asyncio.sleep(0)
            committing[0].cancel()
    may_end.set()
    await asyncio.wait([writing], timeout=20)
    writing.cancel()  # as the end of the loop does
    await asyncio.wait([writing], timeout=20)
    assert writing.done() and (writing.cancelled() or isinstance(writing.exception(), ValueError | RuntimeError))


async def test_nobody_is_told_that_something_is_kept_before_it_is(db: Database) -> None:
    async def kept_when_told(server_id: int) -> bool:
        await insert(db, server_id)
        with closing(sqlite3.connect(db.folder / FILE_NAME)) as foreign:
            return foreign.execute("SELECT 1 FROM servers WHERE id = ?", (server_id,)).fetchone() == (1,)

    assert all(await asyncio.gather(*(kept_when_told(i) for i in range(50))))


async def test_a_disk_that_is_full_for_one_is_said_to_all_whose_work_it_takes(db: Database) -> None:
    async with db.transaction() as tx:
        [[pages]] = await tx.all("PRAGMA page_count")
        await tx.run(f"PRAGMA max_page_count = {pages}")

    async def greedy() -> None:
        async with db.transaction() as tx:
            for i in range(1000, 11_000):
                await tx.run(INSERT, (i,))

    outcomes = await asyncio.gather(insert(db, 1), greedy(), insert(db, 2), return_exceptions=True)
    assert isinstance(outcomes[1], StorageFull)
    kept = await servers(db)
    assert [number for number, outcome in ((1, outcomes[0]), (2, outcomes[2])) if outcome is None] == kept
    assert all(outcome is None or isinstance(outcome, StorageFull) for outcome in outcomes)
    async with db.transaction() as tx:
        await tx.run("PRAGMA max_page_count = 1000000")
    await insert(db, 3)
    assert 3 in await servers(db)


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(db: Database) -> None:
    begun = asyncio.Event()

    async def waits() -> None:
        async with db.transaction() as tx:
            await tx.run(INSERT, (1,))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(waits())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(insert(db, 2), 30)
    assert await servers(db) == [2]


async def test_a_begin_cancelled_while_it_waits_is_rolled_back_when_it_comes_through(db: Database) -> None:
    with sqlite3.connect(db.folder / FILE_NAME, isolation_level=None) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(insert(db, 1))
        await asyncio.sleep(0.05)  # its BEGIN now waits in the connection's thread, where no cancellation reaches it
        task.cancel()
        await asyncio.sleep(0.05)
        foreign.execute("ROLLBACK")
    foreign.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(insert(db, 2), 30)
    assert await servers(db) == [2]


@pytest.mark.parametrize("pauses", range(0, 30, 2))
async def test_cancelled_at_any_moment_it_is_done_wholly_or_not_at_all(db: Database, pauses: int) -> None:
    async def pair() -> None:
        async with db.transaction() as tx:
            await tx.run(INSERT, (1,))
            await tx.run(INSERT, (2,))

    task = asyncio.create_task(pair())
    for _ in range(pauses):
        await asyncio.sleep(0.0002)
    task.cancel()
    task.cancel()
    [outcome] = await asyncio.gather(task, return_exceptions=True)
    kept = await servers(db)
    assert kept in ([], [1, 2])
    assert outcome is not None or kept == [1, 2]
    await asyncio.wait_for(insert(db, 3), 30)
    assert await servers(db) == [*kept, 3]


async def test_a_transaction_inside_a_transaction_is_an_error_instead_of_a_deadlock(db: Database) -> None:
    with pytest.raises(RuntimeError, match="for ever"):
        async with db.transaction() as tx:
            await tx.run(INSERT, (1,))
            await insert(db, 2)
    assert await servers(db) == []


async def test_a_full_disk_is_said_in_our_own_words_and_only_what_was_promised_costs_the_reserve(db: Database) -> None:
    async def greedy(tx: Transaction) -> None:
        [[pages]] = await tx.all("PRAGMA page_count")
        await tx.run(f"PRAGMA max_page_count = {pages}")
        for i in range(10_000):
            await tx.run(INSERT, (i,))

    await accept_job(db)
    assert (db.folder / "reserve").stat().st_size == 4096
    with pytest.raises(StorageFull):
        async with db.transaction() as tx:
            await greedy(tx)
    assert await servers(db) == []
    assert (db.folder / "reserve").exists()
    with pytest.raises(StorageFull):
        await db.promised(greedy)
    assert await servers(db) == []
    assert not (db.folder / "reserve").exists()


async def test_a_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    async with Database.open(tmp_path) as db:
        await insert(db, 1)
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(NewerDatabase, match="newer Genga"):
        async with Database.open(tmp_path):
            pass
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        assert raw.execute("SELECT id FROM servers").fetchall() == [(1,)]
    raw.close()


async def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(UnusableDatabase, match="another program"):
        async with Database.open(tmp_path):
            pass
    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"these bytes are no database, and there are enough of them to be sure " * 20)
    with pytest.raises(UnusableDatabase, match="cannot be used"):
        async with Database.open(tmp_path):
            pass


async def test_a_folder_with_signs_that_mean_something_in_a_uri_works(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "what? 100% #1") as db:
        await insert(db, 1)
        assert await servers(db) == [1]


WRITER = """
import asyncio, sys
from pathlib import Path
from storage.database import Database

async def main():
    async with Database.open(Path(sys.argv[1])) as db:
        for i in range(1, 100000):
            async with db.transaction() as tx:
                await tx.run("INSERT INTO servers (id, created_at, updated_at) VALUES (?, 0, 0)", (2 * i,))
                await tx.run("INSERT INTO servers (id, created_at, updated_at) VALUES (?, 0, 0)", (2 * i + 1,))
            print(i, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_what_was_committed_survives_kill_minus_nine(tmp_path: Path, repository: Path) -> None:
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("Windows has no SIGKILL")
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], cwd=repository, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 40:
                break
        child.kill()
        committed = 40 + len(child.stdout.read().splitlines())
    async with Database.open(tmp_path) as db:
        kept = await servers(db)
        assert len(kept) in (2 * committed, 2 * committed + 2)  # killed between COMMIT and print: one pair more
        assert kept == list(range(2, len(kept) + 2))
        assert [row[0] for row in await db.all("PRAGMA integrity_check")] == ["ok"]
        assert await jobs.open_jobs(db) == []
