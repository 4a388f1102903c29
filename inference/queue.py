"""Whose turn it is on the GPU: deficit round robin between people by estimated seconds, in order within a person.

M. Shreedhar and G. Varghese, "Efficient Fair Queueing using Deficit Round Robin" (SIGCOMM 1995): whoever's turn it is
gets `share_s` seconds of credit and is served while the credit covers the next job; what is left over is kept as long
as the person has jobs waiting. Nobody can be starved, whatever the others send and however large it is.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[Id]):
    """A job that waits: whose it is and what it will cost the GPU, in seconds."""

    id: Id
    person_id: int
    cost_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.cost_s < math.inf:
            raise ValueError(f"a job cannot cost {self.cost_s} s")


@dataclass(slots=True)
class _Line(Generic[Id]):
    """One person's waiting jobs and the credit left from earlier turns."""

    credit_s: float = 0.0
    fresh: bool = True  # this turn's share has not been given yet
    entries: deque[Entry[Id]] = field(default_factory=deque[Entry[Id]])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """How many turns away a job is, and the seconds of all served before it."""

    place: int
    before_s: float


class FairQueue(Generic[Id]):
    """An asyncio queue whose `get` is fair. Not bounded: the caps stand where jobs are accepted."""

    def __init__(self, share_s: float) -> None:
        if not share_s > 0:
            raise ValueError("a share must be more than nothing")
        self._share_s = share_s
        self._lines: OrderedDict[int, _Line[Id]] = OrderedDict()  # the first person is the one whose turn it is
        self._entries: dict[Id, Entry[Id]] = {}
        self._filled = asyncio.Event()
        # Everybody who waits asks again and again where they stand: played through once for all of them.
        self._forecast: dict[Id, _Turn] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, job: Id) -> bool:
        return job in self._entries

    def put(self, entry: Entry[Id]) -> None:
        """Let a job wait behind the same person's others; ValueError if it waits already."""
        if entry.id in self._entries:
            raise ValueError(f"job {entry.id} waits already")
        self._entries[entry.id] = entry
        self._lines.setdefault(entry.person_id, _Line()).entries.append(entry)
        self._forecast = None
        self._filled.set()

    def put_back(self, entry: Entry[Id]) -> None:
        """A job whose turn was taken from it has the very next one, at no further cost; ValueError if it waits."""
        if entry.id in self._entries:
            raise ValueError(f"job {entry.id} waits already")
        self._entries[entry.id] = entry
        line = self._lines.setdefault(entry.person_id, _Line())
        line.entries.appendleft(entry)
        line.credit_s += entry.cost_s
        self._lines.move_to_end(entry.person_id, last=False)
        self._forecast = None
        self._filled.set()

    async def get(self) -> Entry[Id]:
        """Wait for the job whose turn it is and take it out. Cancelling the wait loses nothing."""
        while (entry := self.get_nowait()) is None:
            self._filled.clear()
            await self._filled.wait()
        return entry

    def get_nowait(self) -> Entry[Id] | None:
        """Take out the job whose turn it is; None if nobody waits."""
        if not self._entries:
            return None
        entry = _take_next(self._lines, self._share_s)
        del self._entries[entry.id]
        self._forecast = None
        return entry

    def remove(self, job: Id) -> bool:
        """Take a job out before its turn; False if it does not wait (any more)."""
        entry = self._entries.pop(job, None)
        if entry is None:
            return False
        self._forecast = None
        line = self._lines[entry.person_id]
        line.entries.remove(entry)
        if not line.entries:
            del self._lines[entry.person_id]
        return True

    def place(self, job: Id) -> int | None:
        """How many turns away the job is if nothing else comes, 1 = next; None if it does not wait."""
        turn = self._turns().get(job)
        return turn.place if turn else None

    def eta_s(self, job: Id, running_left_s: float = 0.0) -> float | None:
        """Seconds until the job *begins*, if nothing else comes: what runs now, then all served before it."""
        turn = self._turns().get(job)
        return running_left_s + turn.before_s if turn else None

    def order(self) -> list[Id]:
        """All waiting jobs in the order in which they would be served."""
        return list(self._turns())

    def _turns(self) -> dict[Id, _Turn]:
        """Every waiting job's turn, in order, if nothing else comes."""
        if self._forecast is None:
            self._forecast, before_s = {}, 0.0
            for place, entry in enumerate(self._in_order(), 1):
                self._forecast[entry.id] = _Turn(place=place, before_s=before_s)
                before_s += entry.cost_s
        return self._forecast

    def _in_order(self) -> Iterator[Entry[Id]]:
        """Play the rounds to come on a copy."""
        lines = OrderedDict(
            (person, _Line(credit_s=line.credit_s, fresh=line.fresh, entries=line.entries.copy()))
            for person, line in self._lines.items()
        )
        while lines:
            yield _take_next(lines, self._share_s)


def _take_next(lines: OrderedDict[int, _Line[Id]], share_s: float) -> Entry[Id]:
    """Take the next job out of `lines`, which is not empty, and move the turn on."""
    waited = 0
    while True:
        person, line = next(iter(lines.items()))
        if line.fresh:
            line.credit_s += share_s
            line.fresh = False
        if line.entries[0].cost_s <= line.credit_s:
            break
        line.fresh = True
        lines.move_to_end(person)
        waited += 1
        if waited == len(lines):
            _skip_idle_rounds(lines, share_s)
            waited = 0
    entry = line.entries.popleft()
    line.credit_s -= entry.cost_s
    if not line.entries:
        del lines[person]  # credit is not kept for people who wait for nothing
    return entry


def _skip_idle_rounds(lines: OrderedDict[int, _Line[Id]], share_s: float) -> None:
    """Give at once the shares of all rounds in which nobody could be served, so that a huge job costs no loop."""
    rounds = min(math.ceil((line.entries[0].cost_s - line.credit_s) / share_s) for line in lines.values()) - 1
    for line in lines.values():
        line.credit_s += max(0, rounds) * share_s
