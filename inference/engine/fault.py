"""Faults on purpose, so that tests can see what becomes of them; chosen only by the variable GENGA_TEST_FAULT.

    GENGA_TEST_FAULT="crash@3x1"            the real engine, and SIGSEGV at its third step, the first time only
    GENGA_TEST_FAULT="slow,ignores cancel"   no torch: pictures of a stand-in that takes its time
    GENGA_TEST_FAULT="quick"                 the same stand-in, which takes none

`@step` is the step at which it happens (1 unless said), `xN` that it happens only the first N times, counted over all
workers of one bot. The bot hands the variable on only while it talks to a Discord on its own machine.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import numpy as np

from inference.engine.watch import Watch
from inference.messages import NO_FILES, Files, Phase
from inference.models.catalog import Model
from inference.models.memory import Budget
from inference.pixels import Pixels, to_preview
from inference.request import DrawRequest

_SPELLING = re.compile(r"(?P<kind>[a-z ]+)(?:@(?P<step>\d+))?(?:x(?P<times>\d+))?")
SLOW_STEP_S = 0.1


class Kind(StrEnum):
    """What may go wrong; all but `slow` and `quick` happen to whichever engine draws."""

    OOM = "oom"  # the device has no memory left
    HANG = "hang"  # the drawing thread stops for good; the process stays
    CRASH = "crash"  # the process is gone from one moment to the next
    GARBAGE = "garbage"  # something that is no message gets into the pipe
    HALF_FILE = "half file"  # a result is cut off, though announced in full
    IGNORES_CANCEL = "ignores cancel"  # neither Cancel nor a polite signal is heard
    SLOW = "slow"  # the stand-in engine draws, without torch
    NO_START = "no start"  # the process is gone before it says hello
    QUICK = "quick"  # it draws, and does not pretend that this is work


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, and when it happens."""

    kind: Kind
    step: int = 1
    times: int | None = None


def parse(text: str) -> list[Fault]:
    """The faults that the variable's value asks for; ValueError if one is misspelt."""
    faults: list[Fault] = []
    for part in filter(None, text.split(",")):
        found = _SPELLING.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"no such fault: {part}")
        step, times = found["step"], found["times"]
        faults.append(Fault(kind=Kind(found["kind"]), step=int(step or 1), times=int(times) if times else None))
    return faults


class Faults:
    """What the worker consults at the places where something may go wrong."""

    def __init__(self, text: str, folder: Path, write: Callable[[bytes], None]) -> None:
        self._faults = parse(text)
        self._folder = folder
        self._write = write
        if self.has(Kind.IGNORES_CANCEL):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for fault in self._faults:
            if fault.kind is Kind.NO_START and self._may_happen(fault):
                os._exit(1)

    def has(self, kind: Kind) -> bool:
        """Whether this fault was asked for at all."""
        return any(fault.kind is kind for fault in self._faults)

    def at_step(self, step: int) -> None:
        """The engine has finished `step`."""
        for fault in self._faults:
            if fault.step == step and fault.kind not in {Kind.HALF_FILE, Kind.NO_START} and self._may_happen(fault):
                self._happen(fault.kind)

    def of_file(self, png: bytes) -> bytes:
        """What is really written of a result."""
        halves = [fault for fault in self._faults if fault.kind is Kind.HALF_FILE]
        return png[: len(png) // 2] if halves and self._may_happen(halves[0]) else png

    def _happen(self, kind: Kind) -> None:
        match kind:
            case Kind.OOM:
                torch = sys.modules.get("torch")
                raise torch.OutOfMemoryError("on purpose") if torch else MemoryError("on purpose")
            case Kind.HANG:
                time.sleep(3600)
            case Kind.CRASH:
                os.kill(os.getpid(), signal.SIGSEGV)
            case Kind.GARBAGE:
                self._write(b"\xff\xff\xff\xffno frame at all")
            case Kind.HALF_FILE | Kind.NO_START | Kind.IGNORES_CANCEL | Kind.SLOW | Kind.QUICK:
                pass

    def _may_happen(self, fault: Fault) -> bool:
        """Count it, in a file that outlives this process, unless it has happened often enough."""
        if fault.times is None:
            return True
        marks = self._folder / f"fault-{fault.kind.replace(' ', '-')}"
        happened = marks.stat().st_size if marks.exists() else 0
        if happened >= fault.times:
            return False
        with marks.open("ab") as file:
            file.write(b"x")
        return True


class StandIn:
    """An engine without torch, so that tests of everything around it start fast; slow enough to interrupt."""

    torch_version = ""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._latest: tuple[str, ...] = ()

    def device(self) -> tuple[str, int]:
        """Nothing that could draw."""
        return "a stand-in without a network", 0

    def budget(self) -> tuple[Budget | None, bool]:
        """It needs no memory to speak of."""
        return None, False

    def ready(self) -> Sequence[str]:
        """It behaves as if it held the checkpoint it drew with last."""
        return self._latest

    def release(self) -> None:
        """Behave as if nothing were held."""
        self._latest = ()

    def prove(self, model: Model) -> None:
        """There is nothing to load."""

    def steps(self, request: DrawRequest) -> int:
        """As many as the request asks for."""
        return request.steps * request.count

    def draw(
        self,
        request: DrawRequest,
        model: Model,
        inputs: Mapping[str, bytes],
        watch: Watch,
        files: Files = NO_FILES,
    ) -> Iterator[Pixels]:
        """Soft coloured hills, different for every seed, coming out of noise."""
        self._latest = (model.name,)
        for seed in range(request.seed, request.seed + request.count):
            watch.phase(Phase.TEXT)
            random = np.random.default_rng(seed)
            picture = _hills(request.width, request.height, random)
            if not self._step_s:
                picture &= 0xE0  # a few flat colours make a small file: whoever wants quick pictures wants many
            noise = random.integers(0, 256, picture.shape).astype(np.uint8)
            watch.phase(Phase.DRAWING)
            for step in range(1, request.steps + 1):
                time.sleep(self._step_s)
                share = step / request.steps
                watch.step(partial(_preview, noise, picture, share))
            watch.phase(Phase.DECODING)
            yield picture


def _preview(noise: Pixels, picture: Pixels, share: float) -> bytes:
    return to_preview((noise * (1 - share) + picture * share).astype(np.uint8))


def _hills(width: int, height: int, random: np.random.Generator) -> Pixels:
    """Three sine waves over a gradient, (H, W, 3)."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    channels = [np.sin(random.uniform(3, 9) * x + random.uniform(0, 6)) + y * random.uniform(0.5, 2) for _ in range(3)]
    values = np.stack(channels, axis=-1)
    values -= values.min()
    return (values / values.max() * 215 + 40).astype(np.uint8)
