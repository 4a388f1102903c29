"""Whatever happens to jobs in whatever order, they follow the state table: a model of it runs beside the database."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from inference.errors import DrawingFailed, Refused
from storage import jobs, pictures
from storage.database import Database
from storage.job import OPEN, State
from tests.storage.making import Drawing, accept_job

_T = TypeVar("_T")

# RELIABILITY in one table: from each state, the moves that exist and where they lead.
TABLE: dict[State, dict[str, State]] = {
    State.ACCEPTING: {"queued": State.QUEUED, "abandoned": State.ABANDONED, "cancelled": State.CANCELLED},
    State.QUEUED: {"running": State.RUNNING, "cancelled": State.CANCELLED},
    State.RUNNING: {"ready": State.READY, "requeue": State.QUEUED, "died": State.QUEUED, "cancelled": State.CANCELLED},
    State.READY: {"sending": State.SENDING, "cancelled": State.CANCELLED},
    State.SENDING: {"done": State.DONE},
} | {state: {} for state in State if state not in OPEN}
for state in OPEN:
    TABLE[state] |= {"failed": State.FAILED, "refused": State.REFUSED}
MOVES = sorted({move for moves in TABLE.values() for move in moves})


@dataclass(slots=True)
class Model:
    """What we expect of one job."""

    state: State = State.ACCEPTING
    boot: str | None = None
    deaths: int = 0
    pictures: int = 0
    cancel_requested: bool = False


class JobMachine(RuleBasedStateMachine):
    """Random moves, cancellations and restarts against the real table."""

    ids = Bundle[int]("ids")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.stack = AsyncExitStack()
        self.models: dict[int, Model] = {}
        self.boots = 0

    def run(self, work: Coroutine[object, object, _T]) -> _T:
        return self.runner.run(work)

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"

    @initialize()
    def start(self) -> None:
        self.boots += 1
        self.db = self.run(self.stack.enter_async_context(Database.open(self.folder, reserve_bytes=1)))

    @rule(target=ids, person=st.integers(1, 2))
    def accept(self, person: int) -> int:
        job = self.run(accept_job(self.db, requester_id=person))
        self.models[job.id] = Model()
        return job.id

    @rule(job_id=ids, move=st.sampled_from(MOVES))
    def move(self, job_id: int, move: str) -> None:
        model = self.models[job_id]
        target = TABLE[model.state].get(move)
        late = move in ("ready", "requeue", "died") and model.boot != self.boot
        if target is None or late or (move == "running" and model.cancel_requested):
            with pytest.raises(jobs.StaleJob):
                self.run(self.attempt(job_id, move))
            return
        self.run(self.attempt(job_id, move))
        model.state = target
        model.boot = self.boot if target is State.RUNNING else None
        model.deaths += move == "died"
        model.pictures += move == "ready"

    @rule(job_id=ids)
    def ask_to_cancel(self, job_id: int) -> None:
        model = self.models[job_id]
        in_time = "cancelled" in TABLE[model.state]
        assert self.run(jobs.request_cancel(self.db, job_id)) == in_time
        model.cancel_requested |= in_time

    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.start()
        found = self.run(jobs.recover(self.db, self.boot))
        for model in self.models.values():
            if model.state is State.RUNNING:
                model.state, model.boot = State.QUEUED, None
        assert [job.id for job in found] == [i for i, model in sorted(self.models.items()) if model.state in OPEN]

    async def attempt(self, job_id: int, move: str) -> None:
        db = self.db
        match move:
            case "queued":
                await jobs.queued(db, job_id, job_id * 10)
            case "running":
                await jobs.running(db, job_id, self.boot)
            case "requeue" | "died":
                await jobs.requeue(db, job_id, self.boot, died=move == "died")
            case "ready":
                job = await jobs.get(db, job_id)
                assert job is not None
                await pictures.keep(db, job, [Drawing(png=b"%d" % job_id)])
            case "failed":
                await jobs.failed(db, job_id, DrawingFailed())
            case "refused":
                await jobs.refused(db, job_id, Refused())
            case "sending" | "done" | "cancelled" | "abandoned":
                await getattr(jobs, move)(db, job_id)
            case _:
                raise AssertionError(move)

    @invariant()
    def table_and_model_agree(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        counted = dict.fromkeys(OPEN, 0)
        for job_id, model in self.models.items():
            job = await jobs.get(self.db, job_id)
            assert job is not None
            shown = len(await pictures.of_job(self.db, job_id))
            found = Model(job.state, job.lease, job.deaths, shown, job.cancel_requested)
            assert found == model
            assert (job.finished_at is None) == job.state.is_open == (job.interaction_token is not None)
            if job.state.is_open:
                counted[job.state] += 1
        assert await jobs.counts(self.db) == counted

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)


JobMachineTest = pytest.mark.slow(JobMachine.TestCase)
JobMachineTest.settings = settings(max_examples=30, stateful_step_count=40, deadline=None, database=None)
