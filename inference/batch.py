"""What the bot knows of the requests it sent to the worker: how far each is, what came of it, what is overdue."""

import asyncio
import base64
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config import Worker
from inference import errors
from inference.errors import Cancelled, DrawingFailed, GengaError, WorkerLost
from inference.messages import Failure, Garbled, Phase, Progress, Result
from inference.request import Request

log = logging.getLogger(__name__)

IGNORED_CANCEL = "it ignored a cancel"
FIRST_STEP_S = 5.0  # what a step may take while none has been seen: the first one compiles and warms up
CANCEL_S = 3.0  # how long a worker may take to drop a cancelled request, unless two steps take longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a request is."""

    phase: Phase
    step: int  # finished steps
    steps: int  # 0 while that is not known
    preview: bytes | None = None  # a JPEG of at most 128 px


OnStep = Callable[[int, Step], None]
Outcome = Result | GengaError


class Batch:
    """Requests that are at the worker, or on their way to it."""

    def __init__(self, requests: Sequence[Request], on_step: OnStep) -> None:
        self.requests = tuple(requests)
        self.outcomes: list[Outcome | None] = [None] * len(self.requests)
        self.finished = asyncio.Event()
        self._on_step = on_step
        self._phase = Phase.LOADING
        self._drawing: int | None = None  # the request the worker is at
        self._sent_at: float | None = None
        self._progress_at = 0.0
        self._step_s = 0.0  # how long the latest step took
        self._cancelled: dict[int, float] = {}  # index -> when it was asked for

    @property
    def is_sent(self) -> bool:
        """Whether the worker has it."""
        return self._sent_at is not None

    def mark_sent(self) -> None:
        """The worker has it now: the deadlines begin to run."""
        self._sent_at = self._progress_at = time.monotonic()

    def show(self, step: Step) -> None:
        """Report the same step of every request that is still open."""
        for index, outcome in enumerate(self.outcomes):
            if outcome is None:
                self._tell(index, step)

    def progress(self, message: Progress) -> None:
        """The worker reported a phase or a step."""
        self._check(message.index)
        now = time.monotonic()
        if message.phase is self._phase is Phase.DRAWING:
            self._step_s = now - self._progress_at
        self._phase, self._drawing, self._progress_at = message.phase, message.index, now
        preview = _decoded(message.preview) if message.preview else None
        self._tell(message.index, Step(phase=message.phase, step=message.step, steps=message.steps, preview=preview))

    def settle(self, message: Result | Failure) -> None:
        """The worker is done with a request."""
        self._check(message.index)
        if isinstance(message, Result) and len(message.pictures) != self.requests[message.index].count:
            raise Garbled(f"{len(message.pictures)} pictures of {self.requests[message.index].count}")
        self._progress_at = time.monotonic()
        if message.index in self._cancelled:
            self._settle(message.index, Cancelled())
        else:
            self._settle(message.index, message if isinstance(message, Result) else _error(message))

    def cancel(self, index: int) -> bool:
        """Mark a request as unwanted; True if the worker has to be told."""
        if self.outcomes[index] is not None:
            return False
        self._cancelled.setdefault(index, time.monotonic())
        if not self.is_sent:
            self._settle(index, Cancelled())
        return self.is_sent

    def lost(self, detail: str, *, by_us: bool) -> None:
        """The worker has ended: what was not finished is lost, and what it was drawing is to blame unless `by_us`."""
        blamed = self._drawing
        if blamed is None or self.outcomes[blamed] is not None:  # it ended before its first word on the next one
            blamed = next((index for index, outcome in enumerate(self.outcomes) if outcome is None), None)
        for index, outcome in enumerate(self.outcomes):
            if outcome is None:
                counts = index == blamed and not by_us
                self._settle(index, Cancelled() if index in self._cancelled else WorkerLost(detail, counts=counts))

    def overdue(self, deadlines: Worker, now: float) -> str | None:
        """Why the worker must be given up, in words for the log; None while all is well."""
        if self._sent_at is None or self.finished.is_set():
            return None
        if now - self._sent_at > deadlines.job_deadline_s * len(self.requests):
            return "it took too long in all"
        limit_s = deadline_s(self._phase, deadlines)
        if now - self._progress_at > limit_s:
            return f"it was silent for {limit_s:.0f} s while {self._phase}"
        return IGNORED_CANCEL if self._ignores_cancel(now) else None

    def _ignores_cancel(self, now: float) -> bool:
        """Whether the request being drawn was cancelled long ago.

        A cancel is heard between steps; the other phases cannot be cut short and have their own deadlines.
        """
        index = self._drawing
        if index is None or self.outcomes[index] is not None or self._phase is not Phase.DRAWING:
            return False
        step_s = self._step_s or FIRST_STEP_S
        return now - self._cancelled.get(index, now) > max(CANCEL_S, 2 * step_s)

    def _settle(self, index: int, outcome: Outcome) -> None:
        if self.outcomes[index] is None:
            self.outcomes[index] = outcome
        if None not in self.outcomes:
            self.finished.set()

    def _tell(self, index: int, step: Step) -> None:
        try:
            self._on_step(index, step)
        except Exception:
            # A message that cannot be updated must not take the conversation with the worker down.
            log.exception("reporting a step failed")

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self.requests):
            raise Garbled(f"request {index} of {len(self.requests)}")


def deadline_s(phase: Phase, deadlines: Worker) -> float:
    """How long the worker may be silent in `phase`."""
    match phase:
        case Phase.STARTING:
            return deadlines.start_deadline_s
        case Phase.LOADING:
            return deadlines.load_deadline_s
        case Phase.TEXT | Phase.DRAWING:
            return deadlines.step_deadline_s
        case Phase.DECODING | Phase.SAVING:
            return deadlines.decode_deadline_s


def _decoded(preview: str) -> bytes:
    try:
        return base64.b64decode(preview, validate=True)
    except ValueError as error:
        raise Garbled("a preview that is no base64") from error


def _error(message: Failure) -> GengaError:
    """The error the worker named, as one of our own tree; DrawingFailed for a name we do not know."""
    kind = getattr(errors, message.error, None)
    if isinstance(kind, type) and issubclass(kind, GengaError) and kind is not WorkerLost:
        try:
            error = kind(message.detail, template=message.template or None, **message.fields)
            error.english()  # its sentence must be one that can be filled
        except (TypeError, KeyError, ValueError, IndexError, AttributeError) as wrong:
            raise Garbled(f"a {message.error} with the wrong fields") from wrong
        return error
    return DrawingFailed(f"{message.error}: {message.detail}")
