"""Where accepted jobs wait and are drawn: the fair queue, and the pump that feeds the GPU from it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from inference.admission import refuse_too_large
from inference.batch import OnStep as DrawsStep
from inference.errors import (
    Cancelled,
    CannotStart,
    DrawingFailed,
    GengaError,
    Restarting,
    StorageFull,
    WorkerDied,
    WorkerLost,
)
from inference.gpu import Drawn, Step
from inference.messages import NO_FILES, Files, Hello, Phase
from inference.models.catalog import Catalog
from inference.pace import Pace
from inference.queue import Entry, FairQueue
from inference.request import Request
from storage import jobs
from storage.database import Database
from storage.jobs import Job, StaleJob

log = logging.getLogger(__name__)

LOOK_S = 1.0  # how often it is asked whether a worker can be had at all
MAX_DEATHS = 2  # the second worker that dies on a job fails it

OnStep = Callable[[Step], None]


class Engine(Protocol):
    """What draws for a studio: the GPU's process, or a service."""

    @property
    def cannot_start(self) -> bool: ...
    @property
    def failing_since(self) -> float | None: ...
    @property
    def hello(self) -> Hello | None: ...
    @property
    def ready_models(self) -> Sequence[str]: ...
    async def draw(
        self, requests: Sequence[Request], inputs: Mapping[str, bytes], on_step: DrawsStep, files: Files = ...
    ) -> list[Drawn | GengaError]: ...
    def cancel(self, index: int) -> None: ...


MayBegin = Callable[[], Awaitable[Files]]  # where its files lie; raises the GengaError for which the job ends instead


@dataclass(slots=True, kw_only=True)
class _Turn:
    """A job that waits or is drawn, and who waits for it."""

    job: Job
    inputs: Mapping[str, bytes]
    on_step: OnStep
    may_begin: MayBegin
    files: Files = field(default_factory=lambda: NO_FILES)  # known once its turn has come
    finished: "asyncio.Future[tuple[Job, Drawn]]"
    since: float = field(default_factory=time.monotonic)


class Studio:
    """One queue, one GPU; inside `async with` its pump runs."""

    def __init__(
        self,
        *,
        db: Database,
        gpu: Engine,
        catalog: Catalog,
        share_s: float,
        lease: str,
        give_up_after_s: float,
        never_twice: Callable[[Request], GengaError] | None = None,
    ) -> None:
        """`never_twice` gives the error for a request that was begun before, where it must not be begun again."""
        self._db, self._gpu, self._catalog, self._lease = db, gpu, catalog, lease
        self._queue: FairQueue[int] = FairQueue(share_s)
        self._turns: dict[int, _Turn] = {}
        self._pace = Pace()
        self._drawing: int | None = None
        self._drawing_since: float | None = None
        self._give_up_after_s = give_up_after_s
        self._pump: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ending = False
        self._never_twice = never_twice

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self._run(), name="pump")
        self._pump.add_done_callback(_tell_if_it_failed)
        self._watch = asyncio.create_task(self._watch_the_start(), name="watch")
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task in (self._pump, self._watch) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def draw(
        self, job: Job, inputs: Mapping[str, bytes], on_step: OnStep, may_begin: MayBegin
    ) -> tuple[Job, Drawn]:
        """Wait for the job's turn and its pictures; the job comes back as the running row that `pictures.keep` needs.

        Raises Cancelled, or whatever of inference.errors the drawing failed with, or `may_begin` when its turn came.
        """
        finished = asyncio.get_running_loop().create_future()
        self._turns[job.id] = _Turn(job=job, inputs=inputs, on_step=on_step, may_begin=may_begin, finished=finished)
        self._queue.put(self._entry(job))
        try:
            return await finished
        finally:
            self._queue.remove(job.id)
            del self._turns[job.id]

    def cancel(self, job_id: int) -> None:
        """Stop a waiting or drawing job; its `draw` raises Cancelled within a step."""
        turn = self._turns.get(job_id)
        if turn is None:
            return
        if self._drawing == job_id:
            self._gpu.cancel(0)
        elif not turn.finished.done():
            turn.finished.set_exception(Cancelled())

    @property
    def drawing(self) -> int | None:
        """The job whose turn it is, if any."""
        return self._drawing

    def begin_nothing_new(self) -> None:
        """From now on no turn begins: what waits stays queued in the table, for the next start."""
        self._ending = True

    async def refuse_at_once(self, request: Request) -> None:
        """Restarting once the bot is on its way down; BadRequest for what this machine's memory cannot hold at all."""
        if self._ending:
            raise Restarting
        await self.refuse_too_large(request)

    async def refuse_too_large(self, request: Request) -> None:
        """BadRequest for what this machine's memory cannot hold at all; of a model that is not here nobody knows."""
        model = self._catalog.loadable(request.model)
        if model:
            await refuse_too_large(self._gpu.hello, model, request.width, request.height)

    def cost_s(self, request: Request) -> float:
        """Estimated seconds of GPU time."""
        return self._pace.cost_s(request, self._catalog.find(request.model))

    def place(self, job_id: int) -> int:
        """How many turns away a job is, 1 = next; 0 when it does not wait."""
        return self._knowing_queue().place(job_id) or 0

    def starts_in_s(self, job_id: int) -> float:
        """Honest guess of the seconds until a waiting job begins."""
        return self._knowing_queue().eta_s(job_id, self._running_left_s()) or 0.0

    def place_of_next(self) -> int:
        """The place a job would get that is put in now, at most: fairness may put it further ahead."""
        return len(self._queue) + 1

    def backlog_s(self) -> float:
        """Seconds of work before a job that is put in now, at most."""
        return self._knowing_queue().total_s() + self._running_left_s()

    async def _run(self) -> None:
        """The pump: take the job whose turn it is, draw it, hand it back; for as long as the bot lives."""
        while True:
            entry = await self._knowing_queue().get()
            if self._ending:
                return
            turn = self._turns.get(entry.id)
            if turn is None or turn.finished.done():
                continue
            try:
                await self._serve(turn)
            except StorageFull as full:
                _give(turn, full)
            except Exception:
                # Whatever it was, it concerns this job: the pump must go on for the others.
                log.exception("job %s: the pump stumbled", turn.job.id)
                _give(turn, DrawingFailed())

    async def _serve(self, turn: _Turn) -> None:
        if self._never_twice and turn.job.attempt:
            _give(turn, self._never_twice(turn.job.request))
            return
        try:
            turn.files = await turn.may_begin()
            turn.job = await jobs.running(self._db, turn.job.id, self._lease)
        except StaleJob:  # its cancellation was written down before its turn came
            _give(turn, Cancelled())
            return
        except GengaError as error:
            _give(turn, error)
            return
        try:
            outcome = await self._outcome(turn)
            if isinstance(outcome, StorageFull) and await asyncio.to_thread(self._db.reserve.release):
                outcome = await self._outcome(turn)  # what was accepted is finished in the room held back for it
        except asyncio.CancelledError:  # the bot is going: another start draws it, with no fault counted
            await jobs.requeue(self._db, turn.job.id, self._lease)
            raise
        finally:
            self._drawing = None
        if isinstance(outcome, WorkerLost):
            await self._after_death(turn, outcome)
        else:
            if isinstance(outcome, Drawn):
                if outcome.rungs:
                    log.warning("job %s: memory was short, so: %s", turn.job.id, ", ".join(outcome.rungs))
                self._pace.observe(turn.job.request, outcome.gpu_s)
                if outcome.load_s:
                    self._pace.observe_switch(turn.job.request.model, outcome.load_s)
            _give(turn, outcome)

    async def _outcome(self, turn: _Turn) -> Drawn | GengaError:
        self._drawing, self._drawing_since = turn.job.id, None

        def on_step(_: int, step: Step) -> None:
            # Till the worker is up, none of the job's seconds are over, and everybody behind it waits longer.
            if self._drawing_since is None and step.phase not in {Phase.STARTING, Phase.LOADING}:
                self._drawing_since = time.monotonic()
            turn.on_step(step)

        [outcome] = await self._gpu.draw([turn.job.request], turn.inputs, on_step, turn.files)
        return outcome

    async def _after_death(self, turn: _Turn, lost: WorkerLost) -> None:
        """The first time the job takes the next turn; the second time it is given up."""
        turn.job = await jobs.requeue(self._db, turn.job.id, self._lease, died=lost.counts)
        log.warning("job %s: the worker was lost, %s of %s deaths", turn.job.id, turn.job.deaths, MAX_DEATHS)
        if turn.job.deaths >= MAX_DEATHS:
            _give(turn, WorkerDied(str(lost)))
        elif not turn.finished.done():
            self._queue.put_back(self._entry(turn.job))

    async def _watch_the_start(self) -> None:
        """While no worker comes up, nobody waits longer than the operator allows; whoever is left is served later."""
        while True:
            await asyncio.sleep(LOOK_S)
            failing_since = self._gpu.failing_since
            if not self._gpu.cannot_start or failing_since is None:
                continue
            for turn in list(self._turns.values()):
                if time.monotonic() - max(turn.since, failing_since) > self._give_up_after_s:
                    _give(turn, CannotStart(minutes=max(1, round(self._give_up_after_s / 60))))
                    if turn.job.id == self._drawing:
                        self._gpu.cancel(0)

    def _entry(self, job: Job) -> Entry[int]:
        model = job.request.model
        return Entry(
            id=job.id, person_id=job.requester_id, cost_s=job.cost_s, model=model, switch_s=self._switch_s(model)
        )

    def _switch_s(self, name: str) -> float:
        """Seconds to load a checkpoint that is not ready; of one that is gone, the sentence is what takes no time."""
        model = self._catalog.models.get(name)
        return self._pace.switch_s(model) if model else 0.0

    def _knowing_queue(self) -> FairQueue[int]:
        """The queue, told which checkpoints are ready now."""
        self._queue.prefer(self._gpu.ready_models)
        return self._queue

    def _running_left_s(self) -> float:
        turn = self._turns.get(self._drawing) if self._drawing is not None else None
        if turn is None:
            return 0.0
        if self._drawing_since is None:
            name = turn.job.request.model
            return turn.job.cost_s + (0.0 if name in self._gpu.ready_models else self._switch_s(name))
        return max(0.0, turn.job.cost_s - (time.monotonic() - self._drawing_since))


def _tell_if_it_failed(pump: asyncio.Task[None]) -> None:
    if not pump.cancelled() and pump.exception():
        log.critical("nobody feeds the GPU any more", exc_info=pump.exception())


def _give(turn: _Turn, outcome: Drawn | GengaError) -> None:
    """Wake whoever waits for the turn; nobody may be left to."""
    if turn.finished.done():
        return
    if isinstance(outcome, GengaError):
        turn.finished.set_exception(outcome)
    else:
        turn.finished.set_result((turn.job, outcome))
