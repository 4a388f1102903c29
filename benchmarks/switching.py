"""Several checkpoints and many people, simulated: what preferring the ready checkpoint saves, and what it costs whom.

    python -m benchmarks.switching [--seeds 20]

Two workloads, each played with the same dice under every rule. "busy": everybody always has work waiting, mostly for a
favourite checkpoint of their own; what counts is how much is drawn and how equally. "visits": jobs come one by one,
half of what the GPU could draw without any loads; what counts is how long people wait, and how much longer
anybody waits than in the fair queue's own run. (At most 30 s are ever let past a job; the two runs also drift apart,
because other jobs are there when it comes.) One checkpoint fits the device. The
seconds are invented; the queue is the one the bot runs.
"""

import argparse
import random
import statistics
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from inference.queue import Entry, FairQueue, after_use

MODELS = ("animagine", "noobai", "anything")
PEOPLE, FAVOURITE = 12, 0.8
JOB_S, SWITCH_S = (4.0, 12.0), 7.0
BUSY_S, BUSY_OPEN = 3600.0, 3
VISITS_S, LOAD = 7200.0, 0.5


class Queue(Protocol):
    """What the simulation needs of a queue."""

    def put(self, entry: Entry[int]) -> None: ...
    def prefer(self, ready: Sequence[str]) -> None: ...
    def get_nowait(self) -> Entry[int] | None: ...


@dataclass(slots=True)
class FirstComeFirstServed:
    """What most bots do."""

    entries: deque[Entry[int]] = field(default_factory=deque[Entry[int]])

    def put(self, entry: Entry[int]) -> None:
        """Behind everybody else."""
        self.entries.append(entry)

    def prefer(self, ready: Sequence[str]) -> None:
        """It prefers nothing."""

    def get_nowait(self) -> Entry[int] | None:
        """The oldest, None if there is none."""
        return self.entries.popleft() if self.entries else None


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of one workload under one rule."""

    switches: int = 0
    jobs: int = 0
    seconds: float = 0.0
    served_s: dict[int, float] = field(default_factory=dict[int, float])
    waited_s: dict[int, float] = field(default_factory=dict[int, float])  # by job

    def jain(self) -> float:
        """Jain's index of the seconds that people got: 1 is all the same."""
        got = list(self.served_s.values())
        return sum(got) ** 2 / (len(got) * sum(each**2 for each in got))


RULES: dict[str, Callable[[], Queue]] = {
    "first come, first served": FirstComeFirstServed,
    "fair queue": lambda: FairQueue[int](1.0, let_past_s=0),
    "fair queue, ready first": lambda: FairQueue[int](1.0),
}


def busy(queue: Queue, seed: int) -> Played:
    """Everybody always has three jobs waiting; played for an hour."""
    dice, numbers, now, ready = random.Random(seed), iter(range(10**9)), 0.0, (MODELS[0],)
    played = Played(served_s=dict.fromkeys(range(PEOPLE), 0.0))
    for person in range(PEOPLE):
        for _ in range(BUSY_OPEN):
            queue.put(_job(next(numbers), person, dice))
    while now < BUSY_S:
        queue.prefer(ready)
        entry = queue.get_nowait()
        if entry is None:
            raise RuntimeError("somebody always waits")
        now, ready = _draw(played, entry, now, ready)
        queue.put(_job(next(numbers), entry.person_id, dice))
    played.seconds = now
    return played


def visits(queue: Queue, seed: int) -> Played:
    """Jobs come by chance, the same ones under every rule, until all are drawn."""
    dice, ready, now = random.Random(seed), (MODELS[0],), 0.0
    rate = LOAD / (sum(JOB_S) / 2)
    coming: deque[tuple[float, Entry[int]]] = deque()
    at, number = dice.expovariate(rate), 0
    while at < VISITS_S:
        coming.append((at, _job(number, dice.randrange(PEOPLE), dice)))
        at, number = at + dice.expovariate(rate), number + 1
    came = {entry.id: when for when, entry in coming}
    played = Played(served_s=dict.fromkeys(range(PEOPLE), 0.0))
    while True:
        while coming and coming[0][0] <= now:
            queue.put(coming.popleft()[1])
        queue.prefer(ready)
        entry = queue.get_nowait()
        if entry is None:
            if not coming:
                played.seconds = now
                return played
            now = coming[0][0]
            continue
        played.waited_s[entry.id] = now - came[entry.id]
        now, ready = _draw(played, entry, now, ready)


def _draw(played: Played, entry: Entry[int], now: float, ready: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """Draw a job: when it is done, and what is ready then."""
    switch_s = 0.0 if entry.model in ready else entry.switch_s
    played.switches += bool(switch_s)
    played.jobs += 1
    played.served_s[entry.person_id] += entry.cost_s
    return now + switch_s + entry.cost_s, after_use(ready, entry.model)


def _job(number: int, person: int, dice: random.Random) -> Entry[int]:
    model = MODELS[person % len(MODELS)] if dice.random() < FAVOURITE else dice.choice(MODELS)
    return Entry(id=number, person_id=person, cost_s=dice.uniform(*JOB_S), model=model, switch_s=SWITCH_S)


def rows(seeds: int) -> list[tuple[str, ...]]:
    """The table: medians over the seeds, and the worst of all of them where it says so."""
    found: list[tuple[str, ...]] = []
    plain = {seed: visits(RULES["fair queue"](), seed) for seed in range(seeds)}
    for name, make in RULES.items():
        hour = [busy(make(), seed) for seed in range(seeds)]
        calm = {seed: visits(make(), seed) for seed in range(seeds)}
        longer = [
            waited_s - plain[seed].waited_s[job] for seed in calm for job, waited_s in calm[seed].waited_s.items()
        ]
        waited = [each for played in calm.values() for each in played.waited_s.values()]
        found.append(
            (
                name,
                f"{statistics.median(each.switches for each in hour):.0f}",
                f"{statistics.median(3600 * each.jobs / each.seconds for each in hour):.0f}",
                f"{min(each.jain() for each in hour):.4f}",
                f"{statistics.median(each.switches for each in calm.values()):.0f}",
                f"{statistics.fmean(waited):.0f} s",
                f"{statistics.quantiles(waited, n=100)[98]:.0f} s",
                f"{max(waited):.0f} s",
                f"{max(longer):.0f} s",
            )
        )
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Preferring the ready checkpoint, simulated.")
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    head = (
        "rule", "busy: loads/h", "jobs/h", "Jain, least", "visits: loads", "mean wait", "99 %", "longest",
        "longer than fair, at most",
    )  # fmt: skip
    lines = [head, tuple("---" for _ in head), *rows(seeds)]
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in lines))


if __name__ == "__main__":
    main()
