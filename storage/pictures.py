"""Pictures: files named by their content, and rows that say who made them, when, from what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.database import Database
from storage.jobs import Job


class Drawn(Protocol):
    """What an engine hands over: one finished PNG."""

    @property
    def png(self) -> bytes: ...
    @property
    def sha256(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One row; the bytes are fetched with `read`."""

    id: int
    job_id: int | None
    picture_index: int
    sha256: str
    width: int
    height: int
    bytes: int
    mime: str
    seed: int | None
    parent_id: int | None
    drawn_here: bool
    rating: str | None  # these four belong to the age gate
    scores: str | None
    detector_version: str | None
    age_status: str | None
    owner_id: int
    created_at: float
    deleted_at: float | None


async def keep(db: Database, job: Job, drawn: Sequence[Drawn], *, gpu_s: float | None = None) -> list[Picture]:
    """The files, then in one transaction the rows, their parent link and the job's move running -> ready.

    `job` is the one `jobs.running` returned. Raises jobs.StaleJob (lease lost, nothing kept) and StorageFull.
    """
    raise NotImplementedError


async def keep_upload(db: Database, *, owner_id: int, png: bytes, width: int, height: int) -> Picture:
    """A picture that came from outside, already re-encoded as PNG; the same one of the same owner is kept once."""
    raise NotImplementedError


async def read(db: Database, picture: Picture) -> bytes:
    """The file's bytes, checked against its sha256; Gone when it was deleted or is damaged."""
    raise NotImplementedError


async def get(db: Database, picture_id: int) -> Picture | None:
    """The row, tombstones too."""
    raise NotImplementedError


async def of_job(db: Database, job_id: int) -> list[Picture]:
    """A job's pictures by index, tombstones too."""
    raise NotImplementedError


async def by_sha256(db: Database, sha256: str) -> Picture | None:
    """A living picture with these bytes, one drawn here before one uploaded."""
    raise NotImplementedError


async def delete_of_job(db: Database, job_id: int) -> list[Picture]:
    """Make tombstones of a job's living pictures and return them; a file goes with its last living row."""
    raise NotImplementedError


async def sweep(db: Database, older_than_s: float = 3600.0) -> int:
    """At start: remove files that no living row names and half-written ones, and say how many."""
    raise NotImplementedError
