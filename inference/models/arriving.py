"""A model on its way here: how far it is, how long it still takes, and which jobs wait for it."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inference.models.catalog import Offer

HERE_BEFORE_BYTES = 1 << 20  # no piece that comes is as large: what an earlier try brought is counted at once
SURE_AFTER_S = 2.0  # an estimate from less is a guess


@dataclass(slots=True, kw_only=True)
class Arriving:
    """One download, whoever wants it: the operator, or people who draw with the model."""

    offer: Offer
    installs: bool = False  # the operator's own wish, which goes on when nobody waits any more
    begun: bool = False  # others may be fetched before it
    done: int = 0  # bytes that are here
    total: int = 0
    fetching: asyncio.Task[None] | None = None
    waiting: dict[int, asyncio.Future[None]] = field(default_factory=dict[int, asyncio.Future[None]])
    _since: float = field(default_factory=time.monotonic)
    _here_before: int = 0

    def report(self, done: int, total: int) -> None:
        """So far it is."""
        came = done - self.done
        if total != self.total or came < 0:
            self._since, self._here_before = time.monotonic(), done
        elif came > HERE_BEFORE_BYTES:
            self._here_before += came
        self.done, self.total = done, total

    @property
    def percent(self) -> int | None:
        """How much of it is here; None while nobody knows how much it is."""
        return 100 * self.done // self.total if self.total else None

    @property
    def speed(self) -> float:
        """Bytes a second, since they come."""
        return (self.done - self._here_before) / max(time.monotonic() - self._since, 1.0)

    @property
    def left_s(self) -> float | None:
        """Seconds until all of it is here, at the speed so far; None while that is not known."""
        if not self.total or time.monotonic() - self._since < SURE_AFTER_S or self.speed <= 0:
            return None
        return (self.total - self.done) / self.speed

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop, and nobody can join it any more."""
        return self.fetching is not None and bool(self.fetching.cancelling())

    def cancel(self) -> None:
        """Stop it; what has come is kept."""
        if self.fetching is not None:
            self.fetching.cancel()

    def withdraw(self, job_id: int) -> None:
        """This job waits for it no more: whoever saw it through hears of it."""
        wish = self.waiting.get(job_id)
        if wish is not None and not wish.done():
            wish.set_result(None)

    @contextmanager
    def wanted_by(self, job_id: int) -> Generator[asyncio.Future[None]]:
        """While a job waits for it; gives what is done when the job is withdrawn. With the last one gone it stops."""
        wish = self.waiting[job_id] = asyncio.get_running_loop().create_future()
        try:
            yield wish
        finally:
            del self.waiting[job_id]
            if not self.waiting and not self.installs:
                self.cancel()
