"""How soon is everybody answered, and how long do they wait? `python -m benchmarks.responsiveness`.

First, bursts of 100 commands at once meet the real bot, in a process of its own, while its worker draws with the
embedded model: the time until each answer arrives, as the playground's server sees it. Then, by a simulated clock, one
person adds 600 jobs of 20 s of GPU time within five minutes to the real queue, beside twenty people who ask for one of
8 s now and then: how long those wait until their drawing begins, with each rule that the queue might follow.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bot_process import BotProcess
from config import Config, load
from inference.queue import Entry, FairQueue
from playground import Playground
from playground.changes import Change, Kind
from playground.sent import Sent

NAMES = ("Aiko", "Binh", "Mori")
FLOOD_JOBS, FLOOD_S, FLOOD_COST_S = 600, 300.0, 20.0
LIGHT_PEOPLE, LIGHT_JOBS, LIGHT_COST_S = 20, 6, 8.0
WHOLE_S = 6000.0
SEEDS = 20
HEADINGS = f"{'':<34}{'p50':>9}{'p95':>9}{'p99':>9}{'longest':>9}"


def line(name: str, seconds: Sequence[float], unit_s: float = 1.0) -> str:
    """One row: percentiles in units of `unit_s`."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    figures = (cuts[49], cuts[94], cuts[98], max(seconds))
    return f"{name:<34}" + "".join(f"{figure / unit_s:9.0f}" for figure in figures)


# Bursts at the real bot


async def answer_times(bursts: int, size: int, folder: Path) -> list[list[float]]:
    """Seconds until each command of each burst was answered; a command that nobody answered counts three seconds."""
    caps = {"GENGA_QUEUE__PER_PERSON": "10000", "GENGA_QUEUE__TOTAL": "10000", "GENGA_LOG__LEVEL": "WARNING"}
    async with Playground() as playground:
        bot = BotProcess(playground, folder, **caps)
        await bot.start()
        opened: dict[int, float] = {}
        answered: dict[int, float] = {}

        def note(change: Change) -> None:
            times = {Kind.INTERACTION: opened, Kind.ANSWERED: answered, Kind.FAILED: answered}.get(change.kind)
            if times is not None and change.interaction:
                times[change.interaction.id] = time.perf_counter()

        playground.world.listeners.insert(0, note)  # before the gateway sends it on
        try:
            await _until_drawing(playground)
            found: list[list[float]] = []
            for burst in range(bursts):
                sent = [await _ask(playground, burst * size + number) for number in range(size)]
                for one in sent:
                    await one.settled()
                found.append([answered[one.interaction.id] - opened[one.interaction.id] for one in sent])
                await asyncio.sleep(2)
            return found
        finally:
            await bot.kill()


async def _ask(playground: Playground, number: int) -> Sent:
    person = playground.person(NAMES[number % len(NAMES)])
    return await person.slash("#gallery", f"/imagine prompt:1girl, blue hair, harbour seed:{number}", wait=False)


async def _until_drawing(playground: Playground) -> None:
    """The worker has loaded and is at a picture; another one waits."""
    first, _ = [await _ask(playground, number) for number in range(2)]
    await first.message(until=lambda seen: seen.pictures, timeout_s=120)


# One person's flood, by a simulated clock


class FirstComeFirstServed:
    """What most bots do, for comparison."""

    def __init__(self) -> None:
        self._entries: deque[Entry[int]] = deque()

    def put(self, entry: Entry[int]) -> None:
        """Behind everything else."""
        self._entries.append(entry)

    def get_nowait(self) -> Entry[int] | None:
        """What has waited longest."""
        return self._entries.popleft() if self._entries else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the queue is run, and how many open jobs a person may have."""

    name: str
    make: Callable[[], FairQueue[int] | FirstComeFirstServed]
    cap: int
    flood: int = FLOOD_JOBS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long a job of one of the twenty waited, and whether the flood's were open when it came."""

    seconds: float
    beside_the_flood: bool


def waits(rule: Rule, seed: int) -> list[Wait]:
    """Of every job of the twenty, in the order in which they were drawn."""
    arrivals = _arrivals(rule.flood, seed)
    queue = rule.make()
    is_open: dict[int, int] = {}
    beside: set[int] = set()
    found: list[Wait] = []
    now, coming = 0.0, 0
    drawing: Entry[int] | None = None
    while True:
        # Everything that comes while `drawing` is drawn; whoever has too many open jobs is told so and not let in.
        until = now + (drawing.cost_s if drawing else 0.0)
        while coming < len(arrivals) and arrivals[coming][0] <= until:
            _, person, cost_s = arrivals[coming]
            if is_open.get(0, 0):
                beside.add(coming)
            if is_open.get(person, 0) < rule.cap:
                is_open[person] = is_open.get(person, 0) + 1
                queue.put(Entry(id=coming, person_id=person, cost_s=cost_s))
            coming += 1
        now = until
        if drawing:
            is_open[drawing.person_id] -= 1
        drawing = queue.get_nowait()
        if drawing is None:
            if coming == len(arrivals):
                return found
            now = arrivals[coming][0]
        elif drawing.person_id:
            found.append(Wait(seconds=now - arrivals[drawing.id][0], beside_the_flood=drawing.id in beside))


def _arrivals(flood: int, seed: int) -> list[tuple[float, int, float]]:
    """(when, who, seconds of GPU time) in order; person 0 is the one who asks for so much."""
    dice = random.Random(seed)
    began_at = dice.uniform(0, WHOLE_S - FLOOD_S)
    found = [(began_at + FLOOD_S * number / FLOOD_JOBS, 0, FLOOD_COST_S) for number in range(flood)]
    for person in range(1, LIGHT_PEOPLE + 1):
        found += [(dice.uniform(0, WHOLE_S), person, LIGHT_COST_S) for _ in range(LIGHT_JOBS)]
    return sorted(found)


def rules(config: Config) -> list[Rule]:
    """The configured one last."""
    share_s, cap = config.queue.share_s, config.queue.per_person
    fair, no_cap = lambda: FairQueue[int](share_s), FLOOD_JOBS
    return [
        Rule(name="nobody sends a flood", make=fair, cap=cap, flood=0),
        Rule(name="first come, first served", make=FirstComeFirstServed, cap=no_cap),
        Rule(name=f"the same, {cap} open jobs each", make=FirstComeFirstServed, cap=cap),
        Rule(name="the fair queue", make=fair, cap=no_cap),
        Rule(name=f"the fair queue, {cap} open jobs each", make=fair, cap=cap),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How soon people are answered, and how long they wait.")
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--size", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genga-responsiveness-") as folder:
        bursts = asyncio.run(answer_times(options.bursts, options.size, Path(folder) / "data"))
    print(f"{options.size} commands at once while the worker draws; ms until the answer, as Discord would see it")
    print(HEADINGS)
    for number, burst in enumerate(bursts, 1):
        print(line(f"burst {number}", burst, 1e-3))
    every = [seconds for burst in bursts for seconds in burst]
    print(line("all", every, 1e-3), f"  over 3 s: {sum(seconds >= 3 for seconds in every)}")
    print(f"\none person adds {FLOOD_JOBS} jobs of {FLOOD_COST_S:.0f} s in {FLOOD_S:.0f} s; s until the others' begin")
    print(HEADINGS)
    for rule in rules(load()):
        found = [each for seed in range(SEEDS) for each in waits(rule, seed)]
        print(line(rule.name, [wait.seconds for wait in found]))
        if rule.flood:
            beside = [wait.seconds for wait in found if wait.beside_the_flood]
            print(line(f"  those beside the flood ({len(beside) / len(found):.0%})", beside))


if __name__ == "__main__":
    main()
