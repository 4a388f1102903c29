"""Does anything adult ever get where it may not? `python -m benchmarks.safety` tries to bring it there.

The table      every rating, apparent age, place, switch, standing, provenance and moment, decided
On the machine races on a job's states: real gate, session, delivery and database; Discord and the GPU are feigned
Over the wire  the real bot as a process at the playground's server, while flags, threads and switches change
Forging        attempts to pass something off as a picture that this bot drew

Scores are planted, the pictures are harmless. Exit status 1 if anything leaked, was lost or was accepted.
"""

import argparse
import asyncio
import itertools
import logging
import random
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import forging, races, wire
from benchmarks.planted import evidence
from inference.safety.evidence import AgeStatus, Rating, Strength, TextEvidence
from inference.safety.policy import Facts, Moment, Place, PlaceKind, Provenance, Standing, decide

BOTH = (False, True)
NOTHING = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)


def table() -> tuple[int, int, int]:
    """How many cells there are, how many are allowed, and how many of those are adult outside of the age gate."""
    cells = allowed = outside = 0
    looks = [evidence(*each) for each in itertools.product((*Rating, None), (*Strength, None), (*Strength, None))]
    adult = {Rating.QUESTIONABLE, Rating.EXPLICIT, None}
    for kind, flag, operator, server, judged, suggestive in itertools.product(
        (*PlaceKind, None), (True, False, None), BOTH, BOTH, BOTH, BOTH
    ):
        place = Place(
            kind=kind, age_restricted=flag, operator_adult=operator, server_adult=server, age_judged=judged,
            suggestive=suggestive,
        )  # fmt: skip
        gated = kind is PlaceKind.SERVER and flag is True and operator and server and judged
        for seen, standing, provenance, subjects, moment in itertools.product(
            looks, (*Standing, None), (*Provenance, None), ((), *((one,) for one in AgeStatus)), Moment
        ):
            facts = Facts(
                moment=moment, place=place, standing=standing, provenance=provenance, text=NOTHING, picture=seen,
                subjects=subjects, early=False,
            )  # fmt: skip
            cells += 1
            if decide(facts).allowed:
                allowed += 1
                outside += seen.rating in adult and not gated
    return cells, allowed, outside


async def everything(options: argparse.Namespace) -> tuple[Mapping[str, object], bool]:
    """Every line of the report, and whether all is well."""
    began = time.monotonic()
    cells, allowed, outside = table()
    machine = await races.run(options.races, options.seed)
    with tempfile.TemporaryDirectory(prefix="genga-safety-") as temporary:
        over_wire = await wire.run(options.wire, options.seed, Path(temporary) / "data")
    forged = await forging.run(options.forged, options.seed)
    lines = {
        "cells of the table": f"{cells:,}",
        "cells that are allowed": f"{allowed:,}",
        "of these adult outside the age gate": outside,
        "races on the state machine": f"{machine.races:,}",
        "what changed meanwhile": dict(machine.changes),
        "how they ended": dict(machine.endings),
        "pictures and frames that arrived": f"{machine.arrivals:,}",
        "in flight when something changed, taken back": machine.in_flight,
        "undisturbed and allowed, and delivered": f"{machine.admitted}, {machine.delivered}",
        "lost": len(machine.lost),
        "leaks on the state machine": len(machine.leaks),
        "asked over the wire": over_wire.asked,
        "races there, with a change while a job was open": over_wire.races,
        "what changed meanwhile, there": dict(over_wire.changes),
        "how they ended, there": dict(over_wire.endings),
        "adult pictures delivered": over_wire.shown,
        "in flight when something changed, taken back there": over_wire.in_flight,
        "leaks over the wire": len(over_wire.leaks),
        "forged provenances tried": sum(forged.tried.values()),
        "accepted": len(forged.accepted),
        "true ones tried, turned away": f"{forged.true_ones}, {forged.turned_away}",
        "seconds": round(time.monotonic() - began),
    }
    faults = [*machine.leaks, *machine.lost, *over_wire.leaks, *forged.accepted]
    for fault in faults[:20]:
        print(fault)
    return lines, not (faults or outside or forged.turned_away)


def main() -> int:
    """Try, and print."""
    parser = argparse.ArgumentParser(description="Try to bring adult pictures where they may not be.")
    parser.add_argument("--races", type=int, default=10_000, help="on the state machine")
    parser.add_argument("--wire", type=int, default=300, help="over the wire")
    parser.add_argument("--forged", type=int, default=1000, help="attempts to forge where a picture comes from")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    logging.disable(logging.ERROR)
    lines, well = asyncio.run(everything(options))
    width = max(map(len, lines))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in lines.items()))
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
