"""The world's time: real seconds plus what a test has advanced, and the snowflakes made from it."""

import asyncio
import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
FOUNDED_MS = 1_700_000_000_000
"""When everything began that is there at every start; before any other id."""


class Clock:
    """Unix seconds. The bot keeps its own clock: only the server's deadlines move when this one is advanced."""

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._advanced = asyncio.Event()

    def now(self) -> float:
        return time.time() + self._offset_s

    def advance(self, seconds: float) -> None:
        """Let time pass at once; whoever sleeps on this clock wakes up when due."""
        self._offset_s += seconds
        self._advanced.set()
        self._advanced = asyncio.Event()

    async def sleep_until(self, moment: float) -> None:
        """Return when this clock shows `moment`, by waiting or because a test advanced it."""
        while (remaining_s := moment - self.now()) > 0:
            try:
                await asyncio.wait_for(self._advanced.wait(), remaining_s)
            except TimeoutError:
                return


class Snowflakes:
    """Ids that grow strictly and carry their time, as Discord's do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._founded = (FOUNDED_MS - DISCORD_EPOCH_MS) << 22

    def founding(self) -> int:
        """The next of those ids that are the same, one after the other, at every start."""
        self._founded += 1
        return self._founded

    def next(self) -> int:
        """A new one, never given before, by an earlier start neither."""
        now = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return self._last


def iso(moment: float) -> str:
    """A unix time as Discord writes timestamps."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
