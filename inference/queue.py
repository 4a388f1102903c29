"""Whose turn it is on the GPU: deficit round robin between people by estimated seconds, in order within a person.

M. Shreedhar and G. Varghese, "Efficient Fair Queueing using Deficit Round Robin" (SIGCOMM 1995): whoever's turn it is
gets `share_s` seconds of credit and is served while the credit covers the next job; what is left over is kept as long
as the person has jobs waiting. Nobody can be starved, whatever the others send and however large it is.

Loading another checkpoint takes seconds in which nothing is drawn. So the first job of somebody else may come before
its turn if its checkpoint is ready and the one whose turn it is would have to be loaded. The seconds let past a job in
this way are counted and bounded, and the person who came early owes them: the order of all others stays what it was.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)

LET_PAST_S = 30.0  # of others' jobs, at most, are let past a job because their checkpoint is ready
# A quantum of so many switch costs keeps the share of time that goes into loading at 5 to 10 % (PERFORMANCE 4.1).
LOADS_WORTH = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[Id]):
    """A job that waits: whose it is and what it will cost the GPU, in seconds.

    `switch_s` comes before that where its checkpoint `model` is not ready.
    """

    id: Id
    person_id: int
    cost_s: float
    model: str = ""
    switch_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.cost_s < math.inf and 0 <= self.switch_s < math.inf):
            raise ValueError(f"a job cannot cost {self.cost_s} s, nor {self.switch_s} s to load")


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

    def __init__(self, share_s: float, *, let_past_s: float = LET_PAST_S) -> None:
        if not share_s > 0:
            raise ValueError("a share must be more than nothing")
        self._share_s = share_s
        self._let_past_s = let_past_s
        self._ready: tuple[str, ...] = ()  # checkpoints that need no loading, the one used last first
        self._past_s: dict[Id, float] = {}  # seconds of others' jobs that were let past a waiting one
        self._lines: OrderedDict[int, _Line[Id]] = OrderedDict()  # the first person is the one whose turn it is
        self._entries: dict[Id, Entry[Id]] = {}
        self._filled = asyncio.Event()
        # Everybody who waits asks again and again where they stand: played through once for all of them.
        self._forecast: dict[Id, _Turn] | None = None
        self._all_s = 0.0  # of that forecast

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
        self._past_s[entry.id] = math.inf
        self._lines.move_to_end(entry.person_id, last=False)
        self._forecast = None
        self._filled.set()

    def prefer(self, ready: Sequence[str]) -> None:
        """From now on these checkpoints need no loading, the one used last first."""
        if self._ready != tuple(ready):
            self._ready = tuple(ready)
            self._forecast = None

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
        order = self.by_turns()
        chosen = _choice(order, self._ready, self._past_s, self._let_past_s)
        if chosen:
            entry = self._take_early(order[chosen])
            for each in order[:chosen]:
                self._past_s[each.id] = self._past_s.get(each.id, 0.0) + entry.cost_s
        else:
            entry = _take_next(self._lines, self._share_s)
        del self._entries[entry.id]
        self._past_s.pop(entry.id, None)
        self._forecast = None
        return entry

    def remove(self, job: Id) -> bool:
        """Take a job out before its turn; False if it does not wait (any more)."""
        entry = self._entries.pop(job, None)
        if entry is None:
            return False
        self._forecast = None
        self._past_s.pop(job, None)
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
        """Seconds until the job's turn, if nothing else comes: what runs now, then all before it and their loads."""
        turn = self._turns().get(job)
        return running_left_s + turn.before_s if turn else None

    def total_s(self) -> float:
        """Seconds until everybody who waits has been served, loads included."""
        self._turns()
        return self._all_s

    def order(self) -> list[Id]:
        """All waiting jobs in the order in which they would be served."""
        return list(self._turns())

    def _turns(self) -> dict[Id, _Turn]:
        """Every waiting job's turn, in order, if nothing else comes."""
        if self._forecast is None:
            self._forecast, before_s = {}, 0.0
            order, ready, past_s = self.by_turns(), self._ready, dict(self._past_s)
            while order:
                chosen = _choice(order, ready, past_s, self._let_past_s)
                entry = order.pop(chosen)
                for each in order[:chosen]:
                    past_s[each.id] = past_s.get(each.id, 0.0) + entry.cost_s
                self._forecast[entry.id] = _Turn(place=len(self._forecast) + 1, before_s=before_s)
                before_s += entry.cost_s + (0.0 if entry.model in ready else entry.switch_s)
                ready = after_use(ready, entry.model)
            self._all_s = before_s
        return self._forecast

    def by_turns(self) -> list[Entry[Id]]:
        """Everybody's jobs by turns alone: the rounds to come, played on a copy."""
        lines = OrderedDict(
            (person, _Line(credit_s=line.credit_s, fresh=line.fresh, entries=line.entries.copy()))
            for person, line in self._lines.items()
        )
        return [_take_next(lines, self._share_s) for _ in self._entries]

    def _take_early(self, entry: Entry[Id]) -> Entry[Id]:
        """Take out a person's first job before its turn; what it costs is owed, so their next one is not earlier."""
        line = self._lines[entry.person_id]
        line.entries.popleft()
        line.credit_s -= entry.cost_s
        if not line.entries:
            del self._lines[entry.person_id]
        return entry


def after_use(ready: tuple[str, ...], model: str) -> tuple[str, ...]:
    """The checkpoints that are ready once `model` was drawn with: as many as before, it in place of the oldest."""
    return (model, *(each for each in ready if each != model))[: max(1, len(ready))]


def _choice(order: Sequence[Entry[Id]], ready: tuple[str, ...], past_s: Mapping[Id, float], let_past_s: float) -> int:
    """Which job of the fair order is served: the first, or one whose checkpoint is ready if that saves a load.

    Nobody passes an earlier job of their own, nor a job that has let others' `let_past_s` seconds past already. A load
    that takes little is worth little: at most `LOADS_WORTH` times its seconds are let past for it.
    """
    first = order[0]
    bound_s = min(let_past_s, LOADS_WORTH * first.switch_s)
    if not ready or first.model in ready or not bound_s:
        return 0
    worst_s, seen = 0.0, set[int]()
    for place, each in enumerate(order):
        if worst_s > bound_s:
            return 0
        if each.model in ready and each.person_id not in seen and worst_s + each.cost_s <= bound_s:
            return place
        worst_s = max(worst_s, past_s.get(each.id, 0.0))
        seen.add(each.person_id)
    return 0


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
