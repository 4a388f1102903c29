"""Pictures: files named by their content, and rows that say who made them, when and from what.

A file is written before its row and removed after it, so a crash leaves at worst a file without a row, for `sweep`.
Only where a full disk has no room for that does a file that is to be deleted go first.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from sqlite3 import Row
from typing import Literal, Protocol, TypeVar

import failpoints
from inference.errors import Gone, StorageFull
from storage import favourites, files, jobs, thumbnails
from storage.database import Database, Transaction, Value
from storage.job import Job

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

PNG = "image/png"


class Drawn(Protocol):
    """What an engine hands over: one finished PNG."""

    @property
    def png(self) -> bytes: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def seed(self) -> int: ...


class Looked(Protocol):
    """What somebody who looked at a picture says of it; None is: cannot tell."""

    @property
    def rating(self) -> str | None: ...
    @property
    def young(self) -> int | None: ...
    @property
    def photo(self) -> int | None: ...
    @property
    def rater(self) -> str: ...
    @property
    def scores(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One row; the bytes are fetched with `read`."""

    id: int
    job_id: int | None  # None: an upload
    picture_index: int
    sha256: str
    width: int
    height: int
    size_bytes: int
    mime: str
    seed: int | None
    parent_id: int | None  # the picture this one was made from
    drawn_here: bool
    rating: str | None  # these five are the age gate's; None is unknown, which counts as the worst
    scores: str | None  # JSON
    detector_version: str | None
    young: int | None
    photo: int | None
    owner_id: int
    created_at: float
    deleted_at: float | None  # set: a tombstone, the file may be gone


COLUMNS = ", ".join(column.name for column in fields(Picture))
GET = f"SELECT {COLUMNS} FROM pictures WHERE id = ?"
OF_JOB = f"SELECT {COLUMNS} FROM pictures WHERE job_id = ? ORDER BY picture_index"
BY_SHA256 = (
    f"SELECT {COLUMNS} FROM pictures WHERE sha256 = ? AND deleted_at IS NULL ORDER BY drawn_here DESC, id LIMIT 1"
)
UPLOAD = (
    f"SELECT {COLUMNS} FROM pictures"
    " WHERE sha256 = ? AND deleted_at IS NULL AND owner_id = ? AND NOT drawn_here LIMIT 1"
)
LIVES = "SELECT 1 FROM pictures WHERE sha256 = ? AND deleted_at IS NULL LIMIT 1"
BURY = f"UPDATE pictures SET deleted_at = ? WHERE job_id = ? AND deleted_at IS NULL RETURNING {COLUMNS}"
BURY_ONE = "UPDATE pictures SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
ONLY_OF = (
    "SELECT DISTINCT sha256 FROM pictures AS mine WHERE {owner} = ? AND deleted_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM pictures WHERE sha256 = mine.sha256 AND deleted_at IS NULL AND {owner} IS NOT mine.{owner})"
)


async def keep(
    db: Database, job: Job, drawn: Sequence[Drawn], *, gpu_s: float | None = None, looked: Sequence[Looked] = ()
) -> list[Picture]:
    """The files, then in one transaction the rows, their parent link and the job's move running -> ready.

    `looked` is what is known of each; without it, nothing.

    `job` is the one `jobs.running` returned. Raises jobs.StaleJob (lease lost, nothing kept) and StorageFull; on a
    full disk the reserve is given up first, so that what was accepted is still delivered.
    """
    try:
        return await _keep(db, job, drawn, gpu_s, looked)
    except StorageFull:
        await asyncio.to_thread(db.reserve.release)
        return await _keep(db, job, drawn, gpu_s, looked)


async def _keep(
    db: Database, job: Job, drawn: Sequence[Drawn], gpu_s: float | None, looked: Sequence[Looked]
) -> list[Picture]:
    failpoints.passing("before_ready")
    async with db.files:
        sha256s = await asyncio.to_thread(lambda: [files.write(_root(db), each.png) for each in drawn])
        failpoints.passing("after_files")
        try:
            async with db.transaction() as tx:
                await jobs.ready(tx, job, gpu_s)
                seen = looked or [None] * len(drawn)
                kept = [await _insert_drawn(tx, job, i, sha256s[i], each, seen[i]) for i, each in enumerate(drawn)]
        except jobs.StaleJob:
            await remove_unnamed(db, sha256s)
            raise
    failpoints.passing("after_ready")
    return kept


async def keep_upload(
    db: Database, *, owner_id: int, png: bytes, width: int, height: int, looked: Looked | None = None
) -> Picture:
    """A picture that came from outside, already re-encoded as PNG; the same one of the same owner is kept once.

    Raises StorageFull, also while the reserve cannot be held.
    """
    if not await db.reserve.hold():
        raise StorageFull("the reserve cannot be held, so no upload is kept")
    async with db.files:
        sha256 = await asyncio.to_thread(files.write, _root(db), png)
        async with db.transaction() as tx:
            known = await tx.one(UPLOAD, (sha256, owner_id))
            if known is not None:
                return await _rated(tx, from_row(known), looked) if looked else from_row(known)
            return await _insert(
                tx,
                job_id=None,
                picture_index=0,
                sha256=sha256,
                width=width,
                height=height,
                size_bytes=len(png),
                drawn_here=False,
                owner_id=owner_id,
                **_evidence(looked),
            )


async def rated(db: Database, picture: Picture, looked: Looked) -> Picture:
    """Somebody looked at a picture once more: the row says from now on what they saw."""
    async with db.transaction() as tx:
        return await _rated(tx, picture, looked)


async def _rated(tx: Transaction, picture: Picture, looked: Looked) -> Picture:
    values = _evidence(looked)
    sets = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE pictures SET {sets} WHERE id = ? RETURNING {COLUMNS}"
    [row] = await tx.all(sql, (*values.values(), picture.id))
    return from_row(row)


def _evidence(looked: Looked | None) -> dict[str, Value]:
    if looked is None:
        return {}
    by, scores = looked.rater or None, looked.scores or None
    evidence: dict[str, Value] = {"rating": looked.rating, "young": looked.young, "photo": looked.photo}
    return evidence | {"detector_version": by, "scores": scores}


async def _insert_drawn(
    tx: Transaction, job: Job, index: int, sha256: str, drawn: Drawn, looked: Looked | None
) -> Picture:
    return await _insert(
        tx,
        job_id=job.id,
        picture_index=index,
        sha256=sha256,
        width=drawn.width,
        height=drawn.height,
        size_bytes=len(drawn.png),
        seed=drawn.seed,
        parent_id=job.parent_picture_id,
        drawn_here=True,
        owner_id=job.requester_id,
        **_evidence(looked),
    )


async def _insert(tx: Transaction, **columns: Value) -> Picture:
    columns |= {"mime": PNG, "created_at": time.time()}
    places = ", ".join("?" * len(columns))
    sql = f"INSERT INTO pictures ({', '.join(columns)}) VALUES ({places}) RETURNING {COLUMNS}"
    [row] = await tx.all(sql, tuple(columns.values()))
    return from_row(row)


async def read(db: Database, picture: Picture) -> bytes:
    """The file's bytes, checked against its sha256; Gone when it was deleted or is damaged."""
    if picture.deleted_at is not None:
        raise Gone
    content = await asyncio.to_thread(files.read, _root(db), picture.sha256)
    if content is None:
        # Deleted since the row was read, or lost outside; only the second is worth the operator's attention.
        if await db.one(LIVES, (picture.sha256,)):
            _log.error("the file of picture %d is missing or damaged", picture.id)
        raise Gone
    return content


async def get(db: Database, picture_id: int) -> Picture | None:
    """The row, tombstones too."""
    row = await db.one(GET, (picture_id,))
    return from_row(row) if row else None


async def of_job(db: Database, job_id: int) -> list[Picture]:
    """A job's pictures by index, tombstones too."""
    return [from_row(row) for row in await db.all(OF_JOB, (job_id,))]


async def by_sha256(db: Database, sha256: str) -> Picture | None:
    """A living picture with these bytes, one drawn here before one uploaded."""
    row = await db.one(BY_SHA256, (sha256,))
    return from_row(row) if row else None


async def delete_of_job(db: Database, job_id: int) -> list[Picture]:
    """Make tombstones of a job's living pictures and return them; a file goes with its last living row."""

    async def bury(tx: Transaction) -> list[Picture]:
        deleted = [from_row(row) for row in await tx.all(BURY, (time.time(), job_id))]
        await favourites.forget(tx, job_id)
        return deleted

    async with db.files:
        deleted = await buried(db, "job_id", job_id, bury)
        await remove_unnamed(db, {picture.sha256 for picture in deleted})
    return sorted(deleted, key=lambda picture: picture.picture_index)


async def delete(db: Database, picture: Picture) -> None:
    """Make a tombstone of one picture of several; its file goes with its last living row."""

    async def bury(tx: Transaction) -> None:
        await tx.run(BURY_ONE, (time.time(), picture.id))
        if picture.job_id is not None:
            await favourites.forget(tx, picture.job_id, picture.picture_index)

    async with db.files:
        await buried(db, "id", picture.id, bury)
        await remove_unnamed(db, {picture.sha256})


async def buried(
    db: Database, owner: Literal["id", "job_id", "owner_id"], number: int, bury: Callable[[Transaction], Awaitable[_T]]
) -> _T:
    """What `bury`, which takes the rows of all pictures of this job or person, or this one, makes of it.

    The caller holds `files`.

    Where a full disk has not even room to write down that they are gone, their files go first and make some.
    """
    try:
        return await db.promised(bury)
    except StorageFull:
        await _remove(db, [row["sha256"] for row in await db.all(ONLY_OF.format(owner=owner), (number,))])
    return await db.promised(bury)


async def sweep(db: Database, older_than_s: float = 3600.0) -> int:
    """Remove files that no living row names, half-written ones and uploads without a job; say how many files."""
    unused = """
        UPDATE pictures SET deleted_at = ? WHERE drawn_here = 0 AND deleted_at IS NULL AND created_at < ?
        AND NOT EXISTS (SELECT 1 FROM jobs WHERE parent_picture_id = pictures.id)
        AND NOT EXISTS (SELECT 1 FROM asked WHERE parent_picture_id = pictures.id)
    """
    now = time.time()
    async with db.transaction() as tx:
        await tx.run(unused, (now, now - older_than_s))
    async with db.files:
        rows = await db.all("SELECT DISTINCT sha256 FROM pictures WHERE deleted_at IS NULL")
        living = {row["sha256"] for row in rows}
        await thumbnails.sweep(db, living)
        return await asyncio.to_thread(files.sweep, _root(db), living, older_than_s)


async def remove_unnamed(db: Database, sha256s: Collection[str]) -> None:
    """Remove the files of those that no living row names any more; the caller holds `files`."""
    await _remove(db, [sha256 for sha256 in sha256s if not await db.one(LIVES, (sha256,))])


async def _remove(db: Database, sha256s: Collection[str]) -> None:
    await asyncio.to_thread(files.remove, _root(db), sha256s)
    await thumbnails.remove(db, sha256s)


def _root(db: Database) -> Path:
    return db.folder / "pictures"


def from_row(row: Row) -> Picture:
    """The picture in a row of COLUMNS."""
    columns = dict(row)
    columns.update(drawn_here=bool(row["drawn_here"]))
    return Picture(**columns)
