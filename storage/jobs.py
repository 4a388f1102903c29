"""The job table, the only truth about work: accept, then guarded moves from state to state.

    accepting ─> queued <─> running ─> ready ─> sending ─> done
        └──────────┴───────────┴─────────┴─────────┴─────> failed · refused · cancelled · abandoned

A move is one transaction whose UPDATE names the state it leaves; when no row changes, StaleJob is raised and nothing
happened. `abandoned` is reached only from accepting (the person never saw an acknowledgement), `cancelled` not from
sending. `pictures.keep` makes the move to ready, because the pictures' rows belong into the same transaction. On a full
disk every move may take from the reserve, but `accept` may not.
"""

import hashlib
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import failpoints
from inference.errors import GengaError, QueueFull, QuotaReached, StorageFull
from inference.request import Request, to_json
from storage.database import Database, Transaction, Value
from storage.job import COLUMNS, OPEN, Delivered, Fact, Job, Known, Obstacle, State, from_row

TOKEN_LIFE_S = 900.0  # Discord's own

# In this very form it also stands in the schema's partial indexes, which only then serve these queries.
_IS_OPEN = "state IN ('accepting', 'queued', 'running', 'ready', 'sending')"
GET = f"SELECT {COLUMNS} FROM jobs WHERE id = ?"
BY_MESSAGE = f"SELECT {COLUMNS} FROM jobs WHERE message_id = ? ORDER BY id DESC LIMIT 1"
OPEN_JOBS = f"SELECT {COLUMNS} FROM jobs WHERE {_IS_OPEN} ORDER BY priority DESC, id"
OPEN_OF = f"SELECT {COLUMNS} FROM jobs WHERE requester_id = ? AND {_IS_OPEN} ORDER BY priority DESC, id"
RECENT_OF = (
    f"SELECT {COLUMNS} FROM jobs WHERE requester_id = ? AND id < ?"
    " AND state IN ('done', 'failed', 'cancelled', 'refused') ORDER BY id DESC LIMIT ?"
)
COUNT_OPEN_OF = f"SELECT count(*) FROM jobs WHERE requester_id = ? AND {_IS_OPEN}"
COUNT_OPEN = f"SELECT count(*), total(cost_s) FROM jobs WHERE {_IS_OPEN}"
COUNTS = f"SELECT state, count(*) AS jobs FROM jobs WHERE {_IS_OPEN} GROUP BY state"
OPEN_IN = f"SELECT count(*) FROM jobs WHERE requester_id = ? AND guild_id = ? AND {_IS_OPEN}"
# The states stand as in the schema's other partial index; an open job's pictures are counted as if they were there.
PICTURES_IN = (
    "SELECT coalesce(sum(json_extract(request, '$.count')), 0) FROM jobs WHERE requester_id = ? AND guild_id = ?"
    " AND created_at > ? AND state IN ('done', 'failed', 'cancelled', 'refused') AND state = 'done'"
)
OPEN_PICTURES_IN = (
    "SELECT coalesce(sum(json_extract(request, '$.count')), 0) FROM jobs WHERE requester_id = ? AND guild_id = ?"
    f" AND {_IS_OPEN}"
)
FORGET_TOKENS = "UPDATE jobs SET interaction_token = NULL WHERE interaction_token IS NOT NULL AND created_at < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many open jobs there may be."""

    per_person: int
    total: int


class StaleJob(Exception):
    """The job is no longer in the state, or under the lease, that this move leaves; nothing was changed."""

    def __init__(self, job_id: int, move: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} cannot become {move} now")


class AlreadyAccepted(Exception):
    """This interaction, or message, made a job before: Discord delivered it twice."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id} came from the same interaction or message")


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
    source_message_id: int | None = None,
    context: Mapping[str, Fact] | None = None,
    priority: int = 0,
    known: Known | None = None,
) -> Job:
    """A new job in state accepting; the caps are checked in the transaction that inserts it.

    Raises QuotaReached, QueueFull, StorageFull (no room to keep what would be drawn) and AlreadyAccepted.
    """
    if not await db.reserve.hold():
        raise StorageFull("the reserve cannot be held, so nothing new is accepted")
    columns: dict[str, Value] = {
        "state": State.ACCEPTING,
        "requester_id": requester_id,
        "guild_id": guild_id,
        "channel_id": channel_id,
        "interaction_id": interaction_id,
        "interaction_token": interaction_token,
        "application_id": application_id,
        "source_message_id": source_message_id,
        "private": private,
        "locale": locale,
        "context": json.dumps(dict(context or {})),
        **_stored(request),
        "parent_picture_id": parent_picture_id,
        "priority": priority,
        "provenance": known.provenance if known else None,
        "evidence": json.dumps(dict(known.evidence)) if known else None,
        "cost_s": cost_s,
        **dict.fromkeys(("created_at", "updated_at"), time.time()),
    }
    async with db.transaction() as tx:
        await _refuse_repeated(tx, interaction_id, source_message_id)
        await refuse_over(tx, requester_id, limits)
        return await _insert(tx, columns)


def _stored(request: Request) -> dict[str, Value]:
    text = to_json(request)
    return {"request": text, "request_sha256": hashlib.sha256(text.encode()).hexdigest()}


async def _insert(tx: Transaction, columns: Mapping[str, Value]) -> Job:
    places = ", ".join("?" * len(columns))
    sql = f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({places}) RETURNING {COLUMNS}"
    [row] = await tx.all(sql, tuple(columns.values()))
    return from_row(row)


async def _refuse_repeated(tx: Transaction, interaction_id: int | None, source_message_id: int | None) -> None:
    sql = "SELECT id FROM jobs WHERE interaction_id = ? OR source_message_id = ?"
    row = await tx.one(sql, (interaction_id, source_message_id))
    if row is not None:
        raise AlreadyAccepted(row["id"])


async def refuse_over(source: Transaction | Database, requester_id: int, limits: Limits) -> None:
    """QuotaReached or QueueFull when one more job would be over a cap; inside `accept` it is the last word."""
    [own] = await source.all(COUNT_OPEN_OF, (requester_id,))
    if own[0] >= limits.per_person:
        raise QuotaReached(limit=limits.per_person)
    [every] = await source.all(COUNT_OPEN)
    if every[0] >= limits.total:
        # Until all of it is drawn: the promise that is kept even when everybody waits for a free place.
        raise QueueFull(limit=limits.total, minutes=max(1, math.ceil(every[1] / 60)))


async def queued(db: Database, job_id: int, message_id: int | None, channel_id: int | None = None) -> Job:
    """The person saw the acknowledgement: accepting -> queued, with the message the job now lives in."""
    sql = (
        "UPDATE jobs SET state = 'queued', message_id = ?, channel_id = coalesce(?, channel_id), updated_at = ?"
        f" WHERE id = ? AND state = 'accepting' RETURNING {COLUMNS}"
    )
    return await _move(db, job_id, State.QUEUED, sql, (message_id, channel_id, time.time(), job_id))


async def running(db: Database, job_id: int, lease: str) -> Job:
    """A worker takes it: queued -> running under `lease`. StaleJob also when its cancellation was requested."""
    sql = (
        "UPDATE jobs SET state = 'running', lease = ?, attempt = attempt + 1, started_at = ?, updated_at = ?"
        f" WHERE id = ? AND state = 'queued' AND NOT cancel_requested RETURNING {COLUMNS}"
    )
    now = time.time()
    return await _move(db, job_id, State.RUNNING, sql, (lease, now, now, job_id))


async def requeue(db: Database, job_id: int, lease: str, *, died: bool = False) -> Job:
    """Back in its old place: running -> queued. `died` counts a worker's death; a bare shutdown counts nothing."""
    sql = (
        "UPDATE jobs SET state = 'queued', lease = NULL, deaths = deaths + ?, updated_at = ?"
        f" WHERE id = ? AND state = 'running' AND lease = ? RETURNING {COLUMNS}"
    )
    return await _move(db, job_id, State.QUEUED, sql, (died, time.time(), job_id, lease))


async def ready(tx: Transaction, job: Job, gpu_s: float | None) -> Job:
    """Part of `pictures.keep`: running -> ready, only for the very attempt that `job` is."""
    sql = (
        "UPDATE jobs SET state = 'ready', lease = NULL, gpu_s = ?, updated_at = ?"
        f" WHERE id = ? AND state = 'running' AND lease = ? AND attempt = ? RETURNING {COLUMNS}"
    )
    row = await tx.one(sql, (gpu_s, time.time(), job.id, job.lease, job.attempt))
    if row is None:
        raise StaleJob(job.id, State.READY)
    return from_row(row)


async def remembered(db: Database, job: Job, facts: Mapping[str, Fact]) -> Job:
    """The job with more facts in its context; StaleJob when it is gone."""
    sql = f"UPDATE jobs SET context = json_patch(context, ?) WHERE id = ? RETURNING {COLUMNS}"
    row = await db.promised(lambda tx: tx.one(sql, (json.dumps(dict(facts)), job.id)))
    if row is None:
        raise StaleJob(job.id, job.state)
    return from_row(row)


async def sending(db: Database, job_id: int) -> Job:
    """The card is about to be shown: ready -> sending. StaleJob also when its cancellation was requested."""
    sql = (
        "UPDATE jobs SET state = 'sending', updated_at = ?"
        f" WHERE id = ? AND state = 'ready' AND NOT cancel_requested RETURNING {COLUMNS}"
    )
    return await _move(db, job_id, State.SENDING, sql, (time.time(), job_id))


async def done(
    db: Database,
    job_id: int,
    *,
    delivered: Delivered = Delivered.MESSAGE,
    obstacle: Obstacle | None = None,
    message_id: int | None = None,
    channel_id: int | None = None,
    ping: bool = False,
) -> Job:
    """Its picture was shown, or there is no way to show it: sending -> done.

    `message_id` and `channel_id` are where it now stands, if not where it waited; `ping`: its owner is to be called.
    """
    sql = (
        "UPDATE jobs SET state = 'done', interaction_token = NULL, updated_at = ?, finished_at = ?, delivered = ?,"
        " obstacle = ?, message_id = coalesce(?, message_id), channel_id = coalesce(?, channel_id), ping = ?"
        f" WHERE id = ? AND state = 'sending' RETURNING {COLUMNS}"
    )
    now = time.time()
    how = (delivered, obstacle, message_id, channel_id, "due" if ping else None)
    return await _move(db, job_id, State.DONE, sql, (now, now, *how, job_id))


async def failed(db: Database, job_id: int, error: GengaError) -> Job:
    """Any open state -> failed, with the sentence people are shown."""
    return await _end_with(db, job_id, State.FAILED, error)


async def refused(db: Database, job_id: int, error: GengaError) -> Job:
    """Any open state -> refused, with the sentence people are shown."""
    return await _end_with(db, job_id, State.REFUSED, error)


async def _end_with(db: Database, job_id: int, state: State, error: GengaError) -> Job:
    sql = (
        "UPDATE jobs SET state = ?, lease = NULL, interaction_token = NULL, updated_at = ?, finished_at = ?,"
        " error_kind = ?, error_sentence = ?, error_fields = ?"
        f" WHERE id = ? AND {_IS_OPEN} RETURNING {COLUMNS}"
    )
    said = (type(error).__name__, error.template, json.dumps(error.fields))
    now = time.time()
    return await _move(db, job_id, state, sql, (state, now, now, *said, job_id))


async def cancelled(db: Database, job_id: int) -> Job:
    """Any open state but sending -> cancelled."""
    sql = (
        "UPDATE jobs SET state = 'cancelled', lease = NULL, interaction_token = NULL, updated_at = ?,"
        " finished_at = ? WHERE id = ? AND state IN ('accepting', 'queued', 'running', 'ready')"
        f" RETURNING {COLUMNS}"
    )
    now = time.time()
    return await _move(db, job_id, State.CANCELLED, sql, (now, now, job_id))


async def abandoned(db: Database, job_id: int) -> Job:
    """The person never saw an acknowledgement: accepting -> abandoned."""
    sql = (
        "UPDATE jobs SET state = 'abandoned', interaction_token = NULL, updated_at = ?, finished_at = ?"
        f" WHERE id = ? AND state = 'accepting' RETURNING {COLUMNS}"
    )
    now = time.time()
    return await _move(db, job_id, State.ABANDONED, sql, (now, now, job_id))


async def _move(db: Database, job_id: int, state: State, sql: str, params: tuple[Value, ...]) -> Job:
    failpoints.passing(f"before_{state}")
    row = await db.promised(lambda tx: tx.one(sql, params))
    if row is None:
        raise StaleJob(job_id, state)
    failpoints.passing(f"after_{state}")
    return from_row(row)


async def request_cancel(db: Database, job_id: int) -> bool:
    """Mark an open job that is not yet being sent; False when it is too late. Whoever runs it makes it cancelled."""
    sql = (
        "UPDATE jobs SET cancel_requested = 1, updated_at = ?"
        " WHERE id = ? AND state IN ('accepting', 'queued', 'running', 'ready')"
    )
    return await db.promised(lambda tx: tx.run(sql, (time.time(), job_id))) == 1


async def get(db: Database, job_id: int) -> Job | None:
    """The job, or None."""
    row = await db.one(GET, (job_id,))
    return from_row(row) if row else None


async def by_message(db: Database, message_id: int) -> Job | None:
    """The newest job that lives in this message."""
    row = await db.one(BY_MESSAGE, (message_id,))
    return from_row(row) if row else None


async def open_jobs(db: Database) -> list[Job]:
    """Every open job in the order of the queue: priority, then age."""
    return [from_row(row) for row in await db.all(OPEN_JOBS)]


async def open_of(db: Database, person_id: int) -> list[Job]:
    """A person's open jobs in the order of the queue."""
    return [from_row(row) for row in await db.all(OPEN_OF, (person_id,))]


async def recent_of(db: Database, person_id: int, *, limit: int = 25, before_id: int | None = None) -> list[Job]:
    """A person's finished jobs, newest first, without abandoned ones; `before_id` turns the page."""
    before = 2**63 - 1 if before_id is None else before_id
    return [from_row(row) for row in await db.all(RECENT_OF, (person_id, before, limit))]


async def open_in(db: Database, person_id: int, guild_id: int) -> int:
    """How many open jobs a person has in a server."""
    [row] = await db.all(OPEN_IN, (person_id, guild_id))
    return row[0]


async def pictures_in(db: Database, person_id: int, guild_id: int, *, within_s: float) -> int:
    """How many pictures a person had lately in a server, those that are still to come among them."""
    [finished] = await db.all(PICTURES_IN, (person_id, guild_id, time.time() - within_s))
    [coming] = await db.all(OPEN_PICTURES_IN, (person_id, guild_id))
    return finished[0] + coming[0]


async def counts(db: Database) -> dict[State, int]:
    """How many jobs stand in each open state (zeros included)."""
    found = {row["state"]: int(row["jobs"]) for row in await db.all(COUNTS)}
    return {state: found.get(state, 0) for state in OPEN}


async def recover(db: Database, boot_id: str) -> list[Job]:
    """After a start: what other starts were running is queued again, no death counted; every open job, in order."""
    sql = "UPDATE jobs SET state = 'queued', lease = NULL, updated_at = ? WHERE state = 'running' AND lease <> ?"
    await db.promised(lambda tx: tx.run(sql, (time.time(), boot_id)))
    return await open_jobs(db)


def token_lives(job: Job) -> bool:
    """Whether Discord still knows the interaction that the job came from."""
    return job.interaction_token is not None and time.time() - job.created_at < TOKEN_LIFE_S


async def forget_tokens(db: Database, older_than_s: float = TOKEN_LIFE_S) -> int:
    """Interaction tokens older than this are of no use to anyone but a thief: erase them and say how many."""
    async with db.transaction() as tx:
        return await tx.run(FORGET_TOKENS, (time.time() - older_than_s,))
