"""The job table: caps hold under concurrency, and no illegal move changes anything."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from inference.errors import DrawingFailed, OutOfMemory, QueueFull, QuotaReached, Refused
from storage import jobs, pictures
from storage.database import Database
from storage.job import OPEN, Job, State
from tests.storage.making import BOOT, Drawing, a_request, accept_job, job_in, reread

Move = Callable[[Database, Job], Awaitable[object]]


async def keep_as(db: Database, job: Job, lease: str | None, attempt: int) -> None:
    """What a worker's result does to the job, whatever has become of it since."""
    claim = replace(await reread(db, job.id), lease=lease, attempt=attempt)
    await pictures.keep(db, claim, [Drawing(png=b"late")])


async def one_row(db: Database, job_id: int) -> sqlite3.Row:
    row = await db.one(jobs.GET, (job_id,))
    assert row is not None
    return row


MOVES: dict[str, tuple[Move, State, frozenset[State]]] = {
    "queued": (lambda db, job: jobs.queued(db, job.id, 31), State.QUEUED, frozenset({State.ACCEPTING})),
    "running": (lambda db, job: jobs.running(db, job.id, BOOT), State.RUNNING, frozenset({State.QUEUED})),
    "requeue": (lambda db, job: jobs.requeue(db, job.id, BOOT), State.QUEUED, frozenset({State.RUNNING})),
    "requeue by a stranger": (lambda db, job: jobs.requeue(db, job.id, "boot-0"), State.QUEUED, frozenset()),
    "keep": (lambda db, job: keep_as(db, job, BOOT, 1), State.READY, frozenset({State.RUNNING})),
    "keep by a stranger": (lambda db, job: keep_as(db, job, "boot-0", 1), State.READY, frozenset()),
    "keep by an earlier attempt": (lambda db, job: keep_as(db, job, BOOT, 0), State.READY, frozenset()),
    "sending": (lambda db, job: jobs.sending(db, job.id), State.SENDING, frozenset({State.READY})),
    "done": (lambda db, job: jobs.done(db, job.id), State.DONE, frozenset({State.SENDING})),
    "failed": (lambda db, job: jobs.failed(db, job.id, DrawingFailed()), State.FAILED, frozenset(OPEN)),
    "refused": (lambda db, job: jobs.refused(db, job.id, Refused()), State.REFUSED, frozenset(OPEN)),
    "cancelled": (
        lambda db, job: jobs.cancelled(db, job.id),
        State.CANCELLED,
        frozenset(OPEN) - {State.SENDING},
    ),
    "abandoned": (lambda db, job: jobs.abandoned(db, job.id), State.ABANDONED, frozenset({State.ACCEPTING})),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", MOVES)
async def test_a_move_is_made_from_where_it_may_be_and_changes_nothing_elsewhere(
    db: Database, name: str, state: State
) -> None:
    move, target, sources = MOVES[name]
    job = await job_in(db, state)
    before = tuple(await one_row(db, job.id))
    shown = await pictures.of_job(db, job.id)
    if state in sources:
        await move(db, job)
        assert (await reread(db, job.id)).state is target
    else:
        with pytest.raises(jobs.StaleJob):
            await move(db, job)
        assert tuple(await one_row(db, job.id)) == before
        assert await pictures.of_job(db, job.id) == shown


async def test_an_accepted_job_comes_back_as_it_was_given(db: Database) -> None:
    job = await accept_job(db, requester_id=5, interaction_id=6, cost_s=2.5)
    assert job == await reread(db, job.id)
    assert job.state is State.ACCEPTING and job.state.is_open
    assert (job.requester_id, job.guild_id, job.channel_id, job.interaction_id) == (5, 10, 20, 6)
    assert job.request == a_request()
    assert job.context == {"age_restricted": False}
    assert (job.cost_s, job.private, job.locale, job.deaths, job.attempt) == (2.5, False, "en-GB", 0, 0)


async def test_neither_token_nor_prompt_shows_in_what_a_log_would_print(db: Database) -> None:
    job = await accept_job(db)
    assert job.interaction_token == "a-secret-token"
    assert "a-secret-token" not in repr(job)
    assert job.request.prompt not in repr(job)


async def test_one_person_gets_no_more_than_their_share_however_fast_they_click(db: Database) -> None:
    limits = jobs.Limits(per_person=8, total=100)
    results = await asyncio.gather(*(accept_job(db, limits=limits) for _ in range(30)), return_exceptions=True)
    assert sum(isinstance(result, Job) for result in results) == 8
    refusals = [result for result in results if isinstance(result, QuotaReached)]
    assert len(refusals) == 22 and refusals[0].fields == {"limit": 8}
    assert len(await jobs.open_of(db, 1)) == 8


async def test_the_whole_queue_has_a_limit_and_says_how_long_it_is(db: Database) -> None:
    limits = jobs.Limits(per_person=8, total=10)
    attempts = (accept_job(db, requester_id=person, limits=limits, cost_s=30.0) for person in range(30))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, Job) for result in results) == 10
    refusals = [result for result in results if isinstance(result, QueueFull)]
    assert len(refusals) == 20 and refusals[0].fields == {"limit": 10, "minutes": 5}


async def test_a_finished_job_frees_its_place(db: Database) -> None:
    limits = jobs.Limits(per_person=1, total=1)
    job = await accept_job(db, limits=limits)
    with pytest.raises(QuotaReached):
        await accept_job(db, limits=limits)
    await jobs.cancelled(db, job.id)
    assert (await accept_job(db, limits=limits)).id > job.id


async def test_an_interaction_delivered_twice_makes_one_job(db: Database) -> None:
    results = await asyncio.gather(*(accept_job(db, interaction_id=77) for _ in range(3)), return_exceptions=True)
    [job] = [result for result in results if isinstance(result, Job)]
    repeats = [result for result in results if isinstance(result, jobs.AlreadyAccepted)]
    assert [repeat.job_id for repeat in repeats] == [job.id, job.id]


async def test_a_message_delivered_twice_makes_one_job_and_two_messages_make_two(db: Database) -> None:
    job = await accept_job(db, source_message_id=77)
    with pytest.raises(jobs.AlreadyAccepted):
        await accept_job(db, source_message_id=77)
    assert (await accept_job(db, source_message_id=78)).id != job.id
    assert job.source_message_id == 77


async def test_a_job_whose_cancellation_was_asked_for_is_never_started(db: Database) -> None:
    job = await job_in(db, State.QUEUED)
    assert await jobs.request_cancel(db, job.id)
    with pytest.raises(jobs.StaleJob):
        await jobs.running(db, job.id, BOOT)
    assert (await jobs.cancelled(db, job.id)).state is State.CANCELLED


async def test_a_finished_picture_whose_cancellation_was_asked_for_is_not_sent(db: Database) -> None:
    job = await job_in(db, State.READY)
    assert await jobs.request_cancel(db, job.id)
    with pytest.raises(jobs.StaleJob):
        await jobs.sending(db, job.id)
    assert (await jobs.cancelled(db, job.id)).state is State.CANCELLED


@pytest.mark.parametrize("state", State)
async def test_a_cancellation_can_be_asked_for_until_the_picture_is_being_sent(db: Database, state: State) -> None:
    job = await job_in(db, state)
    in_time = state in (State.ACCEPTING, State.QUEUED, State.RUNNING, State.READY)
    assert await jobs.request_cancel(db, job.id) == in_time
    assert (await reread(db, job.id)).cancel_requested == in_time


async def test_only_a_worker_s_death_counts_against_a_job(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    assert (await jobs.requeue(db, job.id, BOOT)).deaths == 0
    await jobs.running(db, job.id, BOOT)
    assert (await jobs.requeue(db, job.id, BOOT, died=True)).deaths == 1
    assert (await jobs.running(db, job.id, BOOT)).attempt == 3


async def test_a_restart_queues_what_ran_and_returns_everything_open_in_order(db: Database) -> None:
    finished = await job_in(db, State.DONE)
    kept = [await job_in(db, state) for state in (State.SENDING, State.RUNNING, State.QUEUED, State.ACCEPTING)]
    mine = await jobs.queued(db, (await accept_job(db)).id, 1)
    await jobs.running(db, mine.id, "boot-2")
    urgent = await accept_job(db, priority=1)
    found = await jobs.recover(db, "boot-2")
    assert [job.id for job in found] == [urgent.id, *(job.id for job in kept), mine.id]
    assert finished.id not in {job.id for job in found}
    states = {job.id: job.state for job in found}
    assert states[kept[1].id] is State.QUEUED
    assert states[mine.id] is State.RUNNING
    assert [job.deaths for job in found] == [0] * 6


@pytest.mark.parametrize("state", [state for state in State if not state.is_open])
async def test_an_ended_job_keeps_no_token(db: Database, state: State) -> None:
    job = await job_in(db, state)
    assert job.interaction_token is None
    assert job.finished_at is not None


async def test_old_tokens_are_forgotten_and_young_ones_kept(db: Database) -> None:
    old, young = await accept_job(db), await accept_job(db)
    async with db.transaction() as tx:
        await tx.run("UPDATE jobs SET created_at = created_at - 901 WHERE id = ?", (old.id,))
    assert await jobs.forget_tokens(db) == 1
    assert (await reread(db, old.id)).interaction_token is None
    assert (await reread(db, young.id)).interaction_token == "a-secret-token"


async def test_a_failure_keeps_its_sentence_and_what_fills_it(db: Database) -> None:
    job = await job_in(db, State.RUNNING)
    ended = await jobs.failed(db, job.id, OutOfMemory(width=4096, height=4096))
    assert (ended.error_kind, ended.error_sentence) == ("OutOfMemory", OutOfMemory.sentence)
    assert ended.error_fields == {"width": 4096, "height": 4096}


async def test_a_message_leads_to_the_newest_job_in_it(db: Database) -> None:
    first, second = await accept_job(db), await accept_job(db)
    await jobs.queued(db, first.id, 99)
    await jobs.queued(db, second.id, 99, 55)
    found = await jobs.by_message(db, 99)
    assert found is not None and (found.id, found.channel_id) == (second.id, 55)
    assert await jobs.by_message(db, 98) is None


async def test_history_is_newest_first_page_by_page_without_what_nobody_saw(db: Database) -> None:
    ended = (State.DONE, State.FAILED, State.ABANDONED, State.REFUSED, State.CANCELLED, State.QUEUED)
    ids = {state: (await job_in(db, state)).id for state in ended}
    page = await jobs.recent_of(db, 1, limit=2)
    assert [job.id for job in page] == [ids[State.CANCELLED], ids[State.REFUSED]]
    rest = await jobs.recent_of(db, 1, before_id=page[-1].id)
    assert [job.id for job in rest] == [ids[State.FAILED], ids[State.DONE]]
    assert await jobs.recent_of(db, 2) == []


async def test_counts_name_every_open_state(db: Database) -> None:
    for state in (State.QUEUED, State.QUEUED, State.SENDING, State.DONE):
        await job_in(db, state)
    expected = dict.fromkeys(OPEN, 0) | {State.QUEUED: 2, State.SENDING: 1}
    assert await jobs.counts(db) == expected


@pytest.mark.parametrize(
    "change",
    ["state = 'lost'", "lease = 'x'", "finished_at = 1", "request = 'no json'", "context = '[]'", "private = 2"],
)
async def test_the_schema_itself_refuses_nonsense(db: Database, change: str) -> None:
    job = await job_in(db, State.QUEUED)
    with pytest.raises(sqlite3.IntegrityError):
        async with db.transaction() as tx:
            await tx.run(f"UPDATE jobs SET {change} WHERE id = ?", (job.id,))
