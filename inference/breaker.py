"""How often workers died, and how long the next one waits: a process that dies at once is not started without end."""

import logging
import time
from collections import deque

from deploy.install import typed

log = logging.getLogger(__name__)

WINDOW_S = 300.0
CRASHES = 3  # so many deaths within the window open the breaker
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0


class Breaker:
    """Counts deaths and failed starts; closed as a rule, and then nobody waits."""

    def __init__(self) -> None:
        self.deaths = 0  # workers that ended without being told to, since the start
        self.failing_since: float | None = None  # monotonic, of the first of the starts in a row that failed
        self._failed_starts = 0  # workers in a row that ended before they were ready
        self._recent: deque[float] = deque()  # monotonic, of the deaths within the window

    @property
    def cannot_start(self) -> bool:
        """Whether worker after worker ended before it could draw anything."""
        return self._failed_starts >= CRASHES

    def is_ready(self) -> None:
        """A worker came up."""
        self._failed_starts, self.failing_since = 0, None

    def died(self, *, was_ready: bool) -> None:
        """A worker ended without being told to."""
        self.deaths += 1
        self._recent.append(time.monotonic())
        if not was_ready:
            self._count_failed_start()

    def could_not_begin(self) -> None:
        """There was not even a process."""
        self._recent.append(time.monotonic())
        self._count_failed_start()

    def pause_s(self) -> float:
        """How long the next one waits: not at all as a rule, longer and longer once the breaker is open."""
        while self._recent and time.monotonic() - self._recent[0] > WINDOW_S:
            self._recent.popleft()
        too_many = len(self._recent) - CRASHES
        if too_many < 0:
            return 0.0
        pause_s = min(FIRST_PAUSE_S * 2**too_many, LONGEST_PAUSE_S)
        log.error("the worker died %d times; the next one starts in %.0f s", len(self._recent), pause_s)
        return pause_s

    def _count_failed_start(self) -> None:
        self._failed_starts += 1
        self.failing_since = self.failing_since or time.monotonic()
        if self._failed_starts == CRASHES:
            log.critical("the drawing process cannot start; to look for the reason: %s", typed("--doctor"))
