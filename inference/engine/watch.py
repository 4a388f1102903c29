"""What an engine reports to while it draws, and what tells it to stop; knows no torch."""

import time
from collections.abc import Callable

from inference.errors import Cancelled
from inference.messages import Phase

Report = Callable[[Phase, int, int, bytes | None], None]


class Watch:
    """Follows one request through its phases and steps; every call raises Cancelled once nobody wants the request."""

    def __init__(
        self, report: Report, is_cancelled: Callable[[], bool], *, steps: int, preview_interval_s: float
    ) -> None:
        self._report = report
        self._is_cancelled = is_cancelled
        self._steps = steps
        self._done = 0
        self._interval_s = preview_interval_s
        self._preview_at = time.monotonic()
        self._loading_since: float | None = None
        self.load_s = 0.0  # seconds in which a checkpoint was loaded or moved
        self.rungs: list[str] = []  # what was tried because memory was short
        self.plain_words: list[str] = []  # embeddings that do not fit the checkpoint, and so stayed words

    @property
    def done(self) -> int:
        """Finished steps."""
        return self._done

    def back_to(self, done: int) -> None:
        """A picture is begun again: only the first `done` steps count."""
        self._done = done

    def phase(self, phase: Phase) -> None:
        """The engine enters `phase`."""
        if self._loading_since is not None:
            self.load_s += time.monotonic() - self._loading_since
        self._loading_since = time.monotonic() if phase is Phase.LOADING else None
        self._check()
        self._report(phase, self._done, self._steps, None)

    def step(self, preview: Callable[[], bytes]) -> None:
        """One more denoising step is done; `preview` makes a JPEG of it, called only when one is due."""
        self._check()
        self._done += 1
        jpeg = None
        now = time.monotonic()
        if self._interval_s and now - self._preview_at >= self._interval_s:
            self._preview_at, jpeg = now, preview()
        self._report(Phase.DRAWING, self._done, self._steps, jpeg)

    def _check(self) -> None:
        if self._is_cancelled():
            raise Cancelled
