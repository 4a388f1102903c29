"""The job table, the only truth about work: accept, then guarded moves from state to state.

    accepting ─> queued ─> running ─> ready ─> sending ─> done
        │          ^ └───────┘ │        │         │
        └──────────┴───────────┴────────┴─────────┴─────> failed · refused · cancelled · abandoned

A move is one transaction whose UPDATE names the state it leaves; when no row changes, StaleJob is raised and nothing
happened. `abandoned` is reached only from accepting (the person never saw an acknowledgement), `cancelled` not from
sending. `pictures.keep` makes the move to ready, because the pictures' rows belong into the same transaction.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from sqlite3 import Row

from inference.errors import GengaError, QueueFull, QuotaReached, StorageFull
from inference.request import Request, from_json, to_json
from storage.database import Database, Transaction

Fact = str | int | float | bool | None


class State(StrEnum):
    """Where a job stands."""

    ACCEPTING = "accepting"  # in the table, not yet acknowledged to the person
    QUEUED = "queued"  # acknowledged: from here on it may not be lost
    RUNNING = "running"  # a worker draws it; `lease` says for which start of the bot
    READY = "ready"  # its pictures are kept
    SENDING = "sending"  # its message is being turned into the card
    DONE = "done"  # Discord answered
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    ABANDONED = "abandoned"  # never acknowledged

    @property
    def is_open(self) -> bool:
        """Whether work remains to be done."""
        return self in OPEN


OPEN = (State.ACCEPTING, State.QUEUED, State.RUNNING, State.READY, State.SENDING)
_OPEN_SQL = "state IN ('accepting', 'queued', 'running', 'ready', 'sending')"  # as in the partial indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many open jobs there may be."""

    per_person: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row as it was read; a move returns the new one. What people wrote stays out of its repr, so out of the log."""

    id: int
    state: State
    requester_id: int
    guild_id: int | None
    channel_id: int
    message_id: int | None
    interaction_id: int | None
    interaction_token: str | None = field(repr=False)  # a secret; gone when the job ends or after 15 minutes
    application_id: int | None
    private: bool
    locale: str
    context: Mapping[str, Fact]  # facts about the place that are needed later
    request: Request = field(repr=False)
    request_sha256: str
    parent_picture_id: int | None
    priority: int  # higher goes first; 0 is what people ask for, below it is background work
    cost_s: float  # estimated GPU-seconds
    lease: str | None  # the start of the bot (boot id) that runs it; set exactly while running
    attempt: int  # how often it was started
    deaths: int  # how often a worker died drawing it while the bot lived
    cancel_requested: bool
    error_kind: str | None  # a class name of inference.errors
    error_sentence: str | None  # its template, to be translated and filled with error_fields
    error_fields: Mapping[str, str | int | float]
    created_at: float
    updated_at: float
    started_at: float | None
    finished_at: float | None
    gpu_s: float | None


class StaleJob(Exception):
    """The job is no longer in the state, or under the lease, that this move leaves; nothing was changed."""

    def __init__(self, job_id: int, move: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} cannot become {move} now")


class AlreadyAccepted(Exception):
    """This interaction made a job before: Discord delivered it twice."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} came from the same interaction")


async def accept(
    db: Database,
    *,
    requester_id: int,
    guild_id: int | None,
    channel_id: int,
    interaction_id: int | None,
    interaction_token: str | None,
    private: bool,
    locale: str,
    request: Request,
    cost_s: float,
    limits: Limits,
    parent_picture_id: int | None = None,
    application_id: int | None = None,
    context: Mapping[str, Fact] | None = None,
    priority: int = 0,
) -> Job:
    """A new job in state accepting; the caps are checked in the transaction that inserts it.

    Raises QuotaReached, QueueFull, StorageFull (no room to keep what would be drawn) and AlreadyAccepted.
    """
    raise NotImplementedError


async def queued(db: Database, job_id: int, message_id: int | None, channel_id: int | None = None) -> Job:
    """The person saw the acknowledgement: accepting -> queued, with the message the job now lives in."""
    raise NotImplementedError


async def running(db: Database, job_id: int, lease: str) -> Job:
    """A worker takes it: queued -> running under `lease`. StaleJob also when its cancellation was requested."""
    raise NotImplementedError


async def requeue(db: Database, job_id: int, lease: str, *, died: bool = False) -> Job:
    """Back in its old place: running -> queued. `died` counts a worker's death; a bare shutdown counts nothing."""
    raise NotImplementedError


async def sending(db: Database, job_id: int) -> Job:
    """The card is about to be shown: ready -> sending."""
    raise NotImplementedError


async def done(db: Database, job_id: int) -> Job:
    """Discord answered: sending -> done."""
    raise NotImplementedError


async def failed(db: Database, job_id: int, error: GengaError) -> Job:
    """Any open state -> failed, with the sentence people are shown."""
    raise NotImplementedError


async def refused(db: Database, job_id: int, error: GengaError) -> Job:
    """Any open state -> refused, with the sentence people are shown."""
    raise NotImplementedError


async def cancelled(db: Database, job_id: int) -> Job:
    """Any open state but sending -> cancelled."""
    raise NotImplementedError


async def abandoned(db: Database, job_id: int) -> Job:
    """The person never saw an acknowledgement: accepting -> abandoned."""
    raise NotImplementedError


async def request_cancel(db: Database, job_id: int) -> bool:
    """Mark an open job that is not yet being sent; False when it is too late. Whoever runs it makes it cancelled."""
    raise NotImplementedError


async def get(db: Database, job_id: int) -> Job | None:
    """The job, or None."""
    raise NotImplementedError


async def by_message(db: Database, message_id: int) -> Job | None:
    """The newest job that lives in this message."""
    raise NotImplementedError


async def open_jobs(db: Database) -> list[Job]:
    """Every open job in the order of the queue: priority, then age."""
    raise NotImplementedError


async def open_of(db: Database, person_id: int) -> list[Job]:
    """A person's open jobs in the order of the queue."""
    raise NotImplementedError


async def recent_of(db: Database, person_id: int, *, limit: int = 25, before_id: int | None = None) -> list[Job]:
    """A person's finished jobs, newest first; `before_id` turns the page."""
    raise NotImplementedError


async def counts(db: Database) -> dict[State, int]:
    """How many jobs stand in each open state (zeros included)."""
    raise NotImplementedError


async def recover(db: Database, boot_id: str) -> list[Job]:
    """After a start: running jobs of other starts go back to queued, no death counted; all open jobs, in queue order."""
    raise NotImplementedError


async def forget_tokens(db: Database, older_than_s: float = 900.0) -> int:
    """Interaction tokens older than this are of no use to anyone but a thief: erase them and say how many."""
    raise NotImplementedError
