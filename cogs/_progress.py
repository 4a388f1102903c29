"""Keeps a job's message alive while it waits and is drawn: an edit every few seconds, none if nothing changed."""

import asyncio
import logging
import time
from collections.abc import Callable
from types import TracebackType

import discord

from cogs import _card, _gate
from cogs._obstacles import AWAY, Unreachable
from cogs._reply import NOTICE_S, Reply
from cogs._services import Services
from cogs._words import Words
from inference.gpu import State, Step
from inference.messages import Phase
from inference.models.arriving import Arriving
from storage.job import Job

log = logging.getLogger(__name__)

# Discord allows about five edits in five seconds on one message; slower is calmer to look at.
INTERVAL_S = 3.0
# So many places in the queue hear at every interval, those further back less often in proportion: 200 people waiting
# come to 13 edits a second instead of 67, and Discord allows a bot 50 requests a second in all.
NEAR = 10
LAST_EDIT_S = 3.0  # how long an edit under way may hold up the result, which must come after it
PREVIEW = "preview.jpg"

WhereInQueue = Callable[[], tuple[int, float]]  # place (0: being drawn) and seconds until it starts


class Progress:
    """`async with Progress(...) as progress`: give `progress.on_step` to whoever draws."""

    def __init__(
        self, services: Services, reply: Reply, say: Words, job: Job, shown: _card.Shown, where: WhereInQueue
    ) -> None:
        self._services, self._job = services, job
        self._reply, self._say, self._shown, self._where = reply, say, shown, where
        self._interval_s = services.config.drawing.preview_interval_s or INTERVAL_S
        self._gpu, self._idle = services.gpu, services.idle
        self.arriving: Arriving | None = None  # the model, while it is on its way here
        self._step: Step | None = None
        self._preview: bytes | None = None
        self._preview_is_early = True
        self._said: tuple[object, ...] = ()
        self._said_at = time.monotonic()
        self._drawing_ended = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None

    def on_step(self, step: Step) -> None:
        """Remember how far it is; the next tick shows it."""
        self._step = step
        if step.preview:
            self._preview, self._preview_is_early = step.preview, is_early(step, self._job.request.count)

    async def __aenter__(self) -> "Progress":
        self._ticker = asyncio.create_task(self._tick(), name=f"progress of job {self._shown.job_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawing_ended.set()
        if self._ticker is None:
            return
        _, late = await asyncio.wait([self._ticker], timeout=LAST_EDIT_S)
        for task in late:
            task.cancel()

    async def _tick(self) -> None:
        while not await self._idle(self._ended_within(self._pause_s())):
            said = self._what_to_say()
            if said == self._said or self._is_far_back():
                continue
            self._said, self._said_at = said, time.monotonic()
            try:
                await self._show()
            except Unreachable as error:
                log.info("job %s: its message is out of reach: %s", self._shown.job_id, error)
                return
            except (discord.HTTPException, *AWAY) as error:
                # A missed progress edit harms nobody: the next one, or the result, says more.
                log.info("job %s: progress not shown, %s", self._shown.job_id, error)

    def _pause_s(self) -> float:
        """Until the next look, which must not miss the last minute of a private message."""
        notice_in_s = self._reply.token_left_s() - NOTICE_S
        return min(self._interval_s, notice_in_s) if self._reply.private and notice_in_s > 0 else self._interval_s

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._drawing_ended.wait()
        except TimeoutError:
            return False
        return True

    def _what_to_say(self) -> tuple[object, ...]:
        if self._is_last_word():
            return (NOTICE_S,)
        if work := self.arriving:
            return (work.begun, work.percent, round((work.left_s or 0.0) / 60))
        if self._gpu.cannot_start:
            return (State.BROKEN,)
        place, starts_in_s = self._where()
        step = self._step
        if step and not place:
            return (step.phase, step.step, self._gpu.state is State.BROKEN)
        if starts_in_s < _card.SOON_S:
            return (place, "soon")
        return (place, round((time.time() + starts_in_s) / 10))  # an estimate that moved less is still the same

    def _is_far_back(self) -> bool:
        """Whether so many wait before this job that its place need not be said again yet."""
        if self._is_last_word() or (self._gpu.cannot_start and not self.arriving):
            return False
        # So many look at one download, and all of them see it move at once.
        place = len(self.arriving.waiting) if self.arriving else self._where()[0]
        return time.monotonic() - self._said_at < self._interval_s * (place / NEAR - 1)

    def _is_last_word(self) -> bool:
        """Whether Discord will soon let nobody change this message, so that the result comes another way."""
        return self._reply.private and self._reply.token_left_s() <= NOTICE_S

    async def _show(self) -> None:
        place, starts_in_s = self._where()
        if self._is_last_word():
            await self._reply.edit(_card.later(self._say, self._shown), {})
        elif self.arriving:
            await self._reply.edit(_card.fetching(self._say, self._shown, self.arriving))
        elif self._gpu.cannot_start or (not place and self._gpu.state is State.BROKEN):
            await self._reply.edit(_card.resting(self._say, self._shown))
        elif place or self._step is None:
            await self._reply.edit(_card.waiting(self._say, self._shown, place=place, starts_in_s=starts_in_s))
        elif self._step.phase in {Phase.STARTING, Phase.LOADING}:
            await self._reply.edit(_card.loading(self._say, self._shown))
        else:
            await self._show_drawing(self._step)

    async def _show_drawing(self, step: Step) -> None:
        """The bar, and above it the preview as far as the gate lets it pass; one that passed before goes otherwise."""
        files: dict[str, bytes] = {}
        covered = None
        if frame := self._preview:
            covered = await _gate.preview(self._services, self._job, frame, early=self._preview_is_early)
            files = {} if covered is None else {PREVIEW: frame}
        preview = PREVIEW if files else None
        view = _card.drawing(
            self._say, self._shown, step=step.step, steps=step.steps, preview=preview, covered=bool(covered)
        )
        await self._reply.edit(view, files)


def is_early(step: Step, count: int) -> bool:
    """Whether the picture that is drawn is in the first half of its own steps; `step` counts those of all pictures."""
    each = max(1, step.steps // count)
    return 2 * ((step.step - 1) % each + 1) <= each
