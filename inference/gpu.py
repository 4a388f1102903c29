"""The worker as the bot sees it: always there, replaced when it hangs or dies, and every request gets an outcome.

    async with Gpu(config, catalog) as gpu:
        outcomes = await gpu.draw([request], {sha256: png}, on_step)

One task owns the conversation with the worker: it alone reads the pipe, so cancelling a `draw` never leaves half a
message unread. A death is not retried in here: whoever owns the job gets `WorkerLost`, counts it where it survives
a restart (if `lost.counts`), and calls `draw` once more.
"""

import asyncio
import itertools
import logging
import os
import shutil
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from config import Config
from inference import job_folder, messages
from inference.batch import IGNORED_CANCEL, Batch, OnStep, Step, deadline_s
from inference.breaker import Breaker
from inference.errors import GengaError, StorageFull, WorkerLost
from inference.link import Link
from inference.messages import NO_FILES, VERSION, Files, Garbled, Phase, SavedPicture
from inference.models.catalog import Catalog, Model
from inference.models.memory import LowVram
from inference.request import Request

__all__ = ["Drawn", "DrawnPicture", "Gpu", "OnStep", "State", "Step"]

log = logging.getLogger(__name__)

KILL_S = 15.0  # a killed process that is not gone by then is held by the kernel, and nobody waits for it
_CHECK_S = 0.25  # how often deadlines are looked at
_HEARTBEAT_S = 60.0  # a process in which not even a thread of its own gets to speak is not coming back


class State(StrEnum):
    """What the worker is doing, for people and for the pump."""

    STARTING = "starting"  # coming up for the first time
    READY = "ready"  # waiting for work
    DRAWING = "drawing"  # at a batch
    RESTARTING = "restarting"  # the last one ended; the next one is coming up
    BROKEN = "broken"  # died too often; the next try waits
    CLOSED = "closed"  # the bot is going


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPicture:
    """A finished picture; `sha256` is of `png`."""

    png: bytes
    sha256: str
    width: int
    height: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished request and the seconds the device was busy with it."""

    pictures: tuple[DrawnPicture, ...]
    gpu_s: float
    load_s: float = 0.0  # before that, until the checkpoint was ready
    rungs: tuple[str, ...] = ()  # what the worker tried because memory was short
    plain_words: tuple[str, ...] = ()  # of embeddings that turned out not to fit the checkpoint


class Gpu:
    """One GPU (or processor) behind a worker process."""

    def __init__(self, config: Config, catalog: Catalog) -> None:
        self.state = State.STARTING
        self.hello: messages.Hello | None = None
        self.up_since = 0.0  # unix seconds, of the worker that said hello last
        self.resident_bytes = 0  # of the worker, as it said last
        self.ready_models: Sequence[str] = ()  # checkpoints that need no loading, as the worker said last
        self._is_leaving = False  # it said that it ends, so that a fresh one may have more room
        self._was_ready = False  # the worker there is, or was last
        self._config = config
        self._catalog = catalog
        self._folder = config.storage.folder.absolute() / "work"
        # Only a bot that talks to a Discord on this very machine may be told to fail on purpose.
        self._fault = os.environ.get("GENGA_TEST_FAULT") if config.discord.is_loopback else None
        self._link: Link | None = None
        self._ready = asyncio.Event()
        self._turn = asyncio.Lock()
        self._batch: Batch | None = None
        self._numbers = itertools.count(1)
        self._number = 0  # of the batch at the worker
        self._heard_at = 0.0
        self._phase_began = 0.0
        self._give_up: str | None = None
        self._breaker = Breaker()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to bring a worker up, and return at once; the caller owns the data folder and closes us."""
        job_folder.empty(self._folder)
        self._supervisor = self._spawn(self._supervise())
        self._supervisor.add_done_callback(_tell_if_it_failed)

    async def close(self) -> None:
        """End the worker and everything it does; open draws get WorkerLost, not counted."""
        self.state = State.CLOSED
        self._ready.clear()
        if self._supervisor:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._batch:
            self._batch.lost("the bot is stopping", by_us=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ready(self) -> None:
        """Wait until a worker is up; `draw` does so by itself."""
        await self._ready.wait()

    async def draw(
        self,
        requests: Sequence[Request],
        inputs: Mapping[str, bytes],
        on_step: OnStep,
        files: Files = NO_FILES,
    ) -> list[Drawn | GengaError]:
        """Draw a batch; the outcomes stand in the order of `requests`.

        `inputs` are the PNG bytes of the pictures the requests name, `files` where their LoRAs and embeddings lie, by
        sha256. While no worker is up this waits, and says so through `on_step(index, step)`, which must neither wait
        nor raise. An outcome is Drawn, Cancelled, WorkerLost (see the module) or whatever the engine found wrong.
        Cancelling the call drops the whole batch; the worker is told, and the next draw waits until it has let go.
        """
        batch = Batch(requests, on_step)
        conversation = self._spawn(self._converse(batch, inputs, files))
        try:
            return await asyncio.shield(conversation)
        except asyncio.CancelledError:
            for index in range(len(batch.requests)):
                self._cancel(batch, index)
            raise

    @property
    def deaths(self) -> int:
        """Workers that ended without being told to, since the start."""
        return self._breaker.deaths

    @property
    def cannot_start(self) -> bool:
        """Whether worker after worker ended before it could draw anything."""
        return self._breaker.cannot_start

    @property
    def failing_since(self) -> float | None:
        """When the first of them ended, by the monotonic clock; None while they start."""
        return self._breaker.failing_since

    def cancel(self, index: int) -> None:
        """Drop one request of the batch in flight: its outcome is Cancelled, within one step as a rule.

        A worker that draws on for three seconds (or two steps, if they take longer) is ended and replaced.
        """
        if self._batch:
            self._cancel(self._batch, index)

    def _cancel(self, batch: Batch, index: int) -> None:
        if batch.cancel(index) and self._link and batch is self._batch:
            self._link.send(messages.Cancel(batch=self._number, index=index))

    async def _converse(self, batch: Batch, inputs: Mapping[str, bytes], files: Files) -> list[Drawn | GengaError]:
        async with self._turn:
            self._batch, self._number = batch, next(self._numbers)
            folder = self._folder / str(self._number)
            try:
                await asyncio.to_thread(job_folder.write_inputs, folder, inputs)
                await self._send(batch, folder, files)
                await batch.finished.wait()
                return [await self._collected(outcome, folder) for outcome in batch.outcomes if outcome is not None]
            except StorageFull as full:  # for the pictures to start from; what the worker meets with is an outcome
                return [full] * len(batch.requests)
            finally:
                self._batch = None
                if self.state is State.DRAWING:
                    self.state = State.READY
                shutil.rmtree(folder, ignore_errors=True)

    async def _send(self, batch: Batch, folder: Path, files: Files) -> None:
        """Give the batch to a worker as soon as one is up, unless it is cancelled before."""
        if self.state is State.CLOSED:
            batch.lost("the bot is stopping", by_us=True)
        while not self._ready.is_set() and not batch.finished.is_set():
            phase = Phase.STARTING if self.hello is None else Phase.LOADING
            batch.show(Step(phase=phase, step=0, steps=0))
            await _first(self._ready.wait(), batch.finished.wait())
        if self._link and not batch.finished.is_set():
            self.state = State.DRAWING
            batch.mark_sent()
            self._link.send(
                messages.Draw(
                    batch=self._number,
                    folder=str(folder),
                    requests=batch.requests,
                    models=self._models_of(batch),
                    files={sha256: str(path) for sha256, path in files.items()},
                )
            )

    def _models_of(self, batch: Batch) -> list[Model]:
        """The catalogue's entries for the checkpoints that a batch names, as they are at this moment."""
        named = dict.fromkeys(request.model for request in batch.requests)
        return [model for name in named if (model := self._catalog.models.get(name))]

    async def _collected(self, outcome: messages.Result | GengaError, folder: Path) -> Drawn | GengaError:
        """The outcome with its pictures read; a worker whose files are not what it said is given up."""
        if isinstance(outcome, GengaError):
            return outcome
        try:
            pictures = [await _read(folder, picture) for picture in outcome.pictures]
        except (OSError, Garbled) as error:
            self._give_up = f"it wrote a bad file: {error}"
            self._ready.clear()
            return WorkerLost(self._give_up)
        return Drawn(
            pictures=tuple(pictures), gpu_s=outcome.gpu_s, load_s=outcome.load_s, rungs=tuple(outcome.rungs),
            plain_words=tuple(outcome.plain_words),
        )  # fmt: skip

    async def _supervise(self) -> None:
        """Keep a worker running for as long as the bot lives."""
        while True:
            try:
                self._link = await Link.open(fault=self._fault)
            except OSError as error:  # out of processes, memory or files just now
                log.error("no worker can be started: %s", error)
                self._breaker.could_not_begin()
                await asyncio.sleep(1)
                await self._pause()
                continue
            reason = "the bot closed it"
            try:
                reason = await self._listen(self._link)
            except Garbled as error:
                reason = f"it said something unreadable: {error}"
            except Exception:
                # Whatever it was, it concerns this worker: without a supervisor nothing would be drawn any more.
                log.exception("the conversation with the worker failed")
                reason = "the conversation failed"
            finally:
                self._ready.clear()
                await self._bury(self._link, reason)
            await self._pause()

    async def _listen(self, link: Link) -> str:
        """Hear the worker out until it ends or has to be given up; returns why."""
        self.hello, self._give_up, self._was_ready, self._is_leaving = None, None, False, False
        self._heard_at = self._phase_began = time.monotonic()
        link.send(self._setup())
        hearing = asyncio.create_task(link.receive())
        try:
            while True:
                await asyncio.wait({hearing}, timeout=_CHECK_S)
                if hearing.done():
                    message = hearing.result()
                    if message is None:
                        return "it ended"
                    self._heard_at = time.monotonic()
                    self._on_message(message)
                    hearing = asyncio.create_task(link.receive())
                if overdue := self._overdue():
                    return overdue
        finally:
            hearing.cancel()  # the process is ended next: nobody will miss the other half of the message
            await asyncio.gather(hearing, return_exceptions=True)

    def _on_message(self, message: messages.FromWorker) -> None:
        match message:
            case messages.Hello():
                if message.version != VERSION:
                    raise Garbled(f"it speaks version {message.version}, not {VERSION}")
                log.info("worker %d is up: %s, torch %s", message.pid, message.device, message.torch or "none")
                self.hello, self.up_since, self._phase_began = message, time.time(), time.monotonic()
            case messages.Ready():
                if message.problem:
                    log.error("the worker could not load its first checkpoint: %s", message.problem)
                self.state, self._was_ready = State.READY, True
                self._breaker.is_ready()
                self._ready.set()
            case messages.Heartbeat():
                self.resident_bytes, self.ready_models = message.memory_bytes, message.ready
            case messages.Leaving():
                self._is_leaving = True
                log.info("the worker makes room for a fresh one: %s", message.detail)
            case messages.Progress() | messages.Result() | messages.Failure():
                if self._batch is None or message.batch != self._number:
                    return  # the end of a batch whose outcome is already decided
                if isinstance(message, messages.Progress):
                    self._batch.progress(message)
                else:
                    self._batch.settle(message)

    def _overdue(self) -> str | None:
        """Why the worker must be given up now, None while all is well."""
        now = time.monotonic()
        if self._give_up:
            return self._give_up
        if not self._ready.is_set():
            phase = Phase.STARTING if self.hello is None else Phase.LOADING
            limit_s = deadline_s(phase, self._config.worker)
            return f"it was {phase} for more than {limit_s:.0f} s" if now - self._phase_began > limit_s else None
        if now - self._heard_at > _HEARTBEAT_S:
            return "its heart stopped"
        return self._batch.overdue(self._config.worker, now) if self._batch else None

    async def _bury(self, link: Link, reason: str) -> None:
        """End what is left of a worker and settle what it had in hand."""
        self._link, self.ready_models = None, ()
        by_us = self.state is State.CLOSED or reason == IGNORED_CANCEL or self._is_leaving
        if self.state is not State.CLOSED:
            self.state = State.RESTARTING
            log.warning("worker %d is given up: %s", link.pid, reason)
        if not by_us:
            self._breaker.died(was_ready=self._was_ready)
        try:
            async with asyncio.timeout(KILL_S):
                status = await link.end()
            log.info("worker %d has ended with status %d", link.pid, status)
        except TimeoutError:
            log.critical("worker %d cannot be ended; the graphics driver may be stuck", link.pid)
        if self._batch and self._batch.is_sent:
            self._batch.lost(reason, by_us=by_us)

    async def _pause(self) -> None:
        """Wait before the next worker is started, if too many died."""
        if pause_s := self._breaker.pause_s():
            self.state = State.BROKEN
            await asyncio.sleep(pause_s)

    def _setup(self) -> messages.Setup:
        return messages.Setup(
            preload=self._catalog.loadable(self._config.drawing.model),
            threads=self._config.worker.threads,
            preview_interval_s=self._config.drawing.preview_interval_s,
            metadata=self._config.drawing.metadata,
            folder=str(self._folder),
            vram_bytes=int(self._config.gpu.vram_gb * 1e9),
            ram_bytes=int(self._config.gpu.ram_gb * 1e9),
            low_vram=LowVram(self._config.gpu.low_vram),
            idle_release_s=self._config.gpu.idle_release_minutes * 60,
        )

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as a task of ours, kept until it ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Return as soon as one of `waits` is over, and drop the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _read(folder: Path, picture: SavedPicture) -> DrawnPicture:
    """A result from the batch's folder; Garbled or OSError if it is not what the worker said."""
    png = await asyncio.to_thread(job_folder.read_result, folder, picture)
    return DrawnPicture(png=png, sha256=picture.sha256, width=picture.width, height=picture.height, seed=picture.seed)


def _tell_if_it_failed(supervisor: asyncio.Task[None]) -> None:
    if not supervisor.cancelled() and supervisor.exception():
        log.critical("nobody looks after the worker any more", exc_info=supervisor.exception())
