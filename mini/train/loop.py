"""What every training shares: the clock, the learning rate, checkpoints, an average of the weights, a loss curve.

A training is planned in minutes, not in steps, because nobody knows how fast a stranger's machine is.
"""

import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.optim import Optimizer

State = dict[str, Any]  # whatever the part itself gives and takes

CHECKPOINT_S = 300
CURVE_S = 30


def pick_device() -> torch.device:
    """The GPU where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed(device: torch.device) -> torch.autocast:
    """Bfloat16 where it is safe: with channels-last convolutions AMX and tensor cores are 5 to 8 times faster."""
    return torch.autocast(device.type, torch.bfloat16)


class Average:
    """An exponential moving average of a module's parameters, short at first so that early steps do not linger."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.live = list(module.parameters())
        self.mean = [p.detach().clone() for p in self.live]

    def update(self) -> None:
        """Moves the average towards the present weights."""
        self.steps += 1
        decay = min(self.decay, 1 - 10 / (self.steps + 10))  # never over more than a tenth of the run
        for mean, live in zip(self.mean, self.live, strict=True):
            mean.lerp_(live.detach(), 1 - decay)

    def swap(self) -> None:
        """Exchanges average and present weights; call it twice to look at the averaged network."""
        for mean, live in zip(self.mean, self.live, strict=True):
            kept = live.detach().clone()
            live.data.copy_(mean)
            mean.copy_(kept)

    def state_dict(self) -> State:
        """What `load_state_dict` takes."""
        return {"steps": self.steps, "mean": self.mean}

    def load_state_dict(self, state: State) -> None:
        """Goes on from a saved average."""
        self.steps = state["steps"]
        for mean, saved in zip(self.mean, state["mean"], strict=True):
            mean.copy_(saved)


class Part(Protocol):
    """What a checkpoint holds: a module, an optimizer, an average."""

    def state_dict(self) -> State:
        """All that is needed to go on."""
        ...

    def load_state_dict(self, state: State, /) -> object:
        """Goes on from there."""
        ...


class Training:
    """One resumable run: `steps()` yields until its minutes are used up and saves all parts every five minutes.

    Every part that is an optimizer follows the schedule: a warm-up to its own rate, then a cosine down to 1 % of it.
    """

    def __init__(self, folder: Path, name: str, *, minutes: float, **parts: Part) -> None:
        self.folder, self.name, self.seconds, self.parts = folder, name, minutes * 60, parts
        # Kept apart from the groups, which a checkpoint replaces.
        self.rates = [(part, part.param_groups[0]["lr"]) for part in parts.values() if isinstance(part, Optimizer)]
        self.used, self.step = 0.0, 0
        self.losses: list[tuple[int, float]] = []
        self._sum, self._count, self.stopped = 0.0, 0, False
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self._load()

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / f"{self.name}.pt"

    @property
    def progress(self) -> float:
        """The part of the planned time that is used, 0 to 1."""
        return min(1.0, self.used / self.seconds)

    def steps(self) -> Iterator[int]:
        """Step numbers until the time is up; sets the learning rates before each."""
        saved = drawn = last = time.monotonic()
        signal.signal(signal.SIGTERM, self._stop)
        while self.used < self.seconds and not self.stopped:
            self._set_rate()
            yield self.step
            self.step += 1
            now = time.monotonic()
            self.used, last = self.used + now - last, now
            if now - drawn > CURVE_S:
                self._note()
                drawn = now
            if now - saved > CHECKPOINT_S:
                self.save()
                saved = now
        self._note()
        self.save()
        if self.stopped:
            raise SystemExit(f"{self.name}: stopped; the same command goes on")

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def add(self, loss: torch.Tensor) -> None:
        """Counts one step's loss."""
        self._sum += float(loss.detach())
        self._count += 1

    def save(self) -> None:
        """Writes the checkpoint, whole or not at all."""
        state = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {"used": self.used, "step": self.step, "losses": self.losses}
        fresh = self.checkpoint.with_suffix(".part")
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)

    def _load(self) -> None:
        state = torch.load(self.checkpoint, map_location=pick_device(), weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.used, self.step, self.losses = state["used"], state["step"], [tuple(pair) for pair in state["losses"]]
        print(f"{self.name}: goes on at step {self.step}, {self.used / 60:.1f} minutes used", flush=True)

    def _set_rate(self) -> None:
        warm = min(1.0, (self.step + 1) / 200)
        share = warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.progress)))
        for optimizer, rate in self.rates:
            for group in optimizer.param_groups:
                group["lr"] = rate * share

    def _note(self) -> None:
        if self._count:
            self.losses.append((self.step, self._sum / self._count))
            self._sum, self._count = 0.0, 0
        if self.losses:
            print(f"{self.name}: step {self.step}, {self.used / 60:.1f} min, loss {self.losses[-1][1]:.4f}", flush=True)
        if len(self.losses) > 1:
            curve(self.losses).save(self.folder / f"{self.name}_loss.png")


def curve(losses: list[tuple[int, float]]) -> Image.Image:
    """The loss over the steps as a picture, on a logarithmic scale."""
    width, height, edge = 640, 320, 40
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    logs = [math.log(max(loss, 1e-9)) for _, loss in losses]
    low, high = min(logs), max(max(logs), min(logs) + 1e-6)
    points = [
        (
            edge + (width - 2 * edge) * step / losses[-1][0],
            height - edge - (height - 2 * edge) * (log - low) / (high - low),
        )
        for (step, _), log in zip(losses, logs, strict=True)
    ]
    pen.line(points, fill="navy", width=2)
    pen.text((4, edge - 14), f"{math.exp(high):.4f}", fill="black")
    pen.text((4, height - edge), f"{math.exp(low):.4f}", fill="black")
    pen.text((width - 110, height - 20), f"step {losses[-1][0]}", fill="black")
    return picture
