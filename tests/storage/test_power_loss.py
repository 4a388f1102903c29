"""A power cut leaves the write-ahead log cut off anywhere: what was told to somebody before the cut is there."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from storage import jobs
from storage.database import FILE_NAME, Database
from tests.storage.making import accept_job

CUTS = 400


async def test_wherever_the_log_is_cut_every_commit_before_the_cut_is_there(tmp_path: Path) -> None:
    dice = random.Random(4)
    async with Database.open(tmp_path / "data", reserve_bytes=4096) as db:
        log = db.folder / f"{FILE_NAME}-wal"
        answered: list[tuple[int, int]] = []  # (a job somebody was told of, the log's size by then)
        for _ in range(60):
            job = await accept_job(db)
            await jobs.queued(db, job.id, 30)
            answered.append((job.id, log.stat().st_size))
        shutil.copy(db.folder / FILE_NAME, tmp_path / "main")
        whole = log.read_bytes()
    for number in range(CUTS):
        # Half of the cuts also leave rubbish where the disk had promised room but not yet written.
        cut = dice.randrange(len(whole) + 1)
        rubbish = dice.randbytes(dice.randrange(1, 9000)) if number % 2 else b""
        kept = read_after(tmp_path / str(number), tmp_path / "main", whole[:cut] + rubbish)
        assert {job for job, size in answered if size <= cut} <= kept


def read_after(folder: Path, main: Path, log: bytes) -> set[int]:
    """The queued jobs that the next start finds, in a file that is in order."""
    folder.mkdir()
    shutil.copy(main, folder / FILE_NAME)
    (folder / f"{FILE_NAME}-wal").write_bytes(log)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # only this reading needs to be quick
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = {int(row[0]) for row in connection.execute("SELECT id FROM jobs WHERE state = 'queued'")}
    shutil.rmtree(folder)
    return kept
