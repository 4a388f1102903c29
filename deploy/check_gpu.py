"""Does the worker use the GPU that is there? What is observed and what is concluded from it are kept apart.

`observe` asks the driver's own tool, and in a process of its own torch and onnxruntime; `conclude` is a pure function
of the answers, so that every case can be tested on a machine without a GPU.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.finding import Finding, broken, good, worth_knowing
from deploy.install import ROOT, typed
from inference import host

ASKED_S = 120.0  # importing torch takes half a minute on a machine that is short of memory
OLDEST_DRIVER = 580  # the first that runs programs built for CUDA 13
CUDA_PROVIDER = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One GPU as the driver names it."""

    name: str
    memory_gib: float  # 0 where it is not told

    def __str__(self) -> str:
        """For people."""
        return f"{self.name} ({self.memory_gib:.0f} GiB)" if self.memory_gib else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What the driver's tool answers."""

    cards: tuple[Card, ...] = ()
    version: str = ""
    error: str = ""  # why the tool, which is there, gives no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Torch:
    """What torch sees in the worker's Python."""

    version: str = ""
    cuda: str = ""  # the version of CUDA (or ROCm) it was built for
    gpus: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onnx:
    """What onnxruntime sees there; `used` is the provider that ran a small model."""

    version: str = ""
    providers: tuple[str, ...] = ()
    used: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything a conclusion rests on; `hidden` is the value of CUDA_VISIBLE_DEVICES, None where it is not set."""

    driver: Driver
    torch: Torch
    onnx: Onnx
    hidden: str | None = None


def check() -> Iterator[Finding]:
    """The driver's view against torch's and onnxruntime's."""
    yield from conclude(observe())


def observe() -> Observed:
    """Ask the driver, and a process with torch and onnxruntime."""
    torch, onnx = _probed()
    return Observed(driver=_driver(), torch=torch, onnx=onnx, hidden=os.environ.get("CUDA_VISIBLE_DEVICES"))


def conclude(seen: Observed) -> Iterator[Finding]:
    """What that means for drawing; broken when there is a GPU that is not used."""
    driver, torch = seen.driver, seen.torch
    if driver.error:
        yield broken(
            f"The NVIDIA driver does not answer: {driver.error}",
            "Restart the machine; if that does not help, install the driver again.",
        )
    if torch.error and not torch.version:
        yield broken(f"torch cannot be imported: {torch.error}", _again())
        return
    if driver.cards:
        yield from _torch_with_gpu(seen)
        yield from _onnx_with_gpu(seen.onnx)
        return
    if torch.gpus and not torch.error:  # another maker's, or a container without the driver's tool
        yield good(f"torch {torch.version} draws on {torch.gpus[0]}.")
    elif not driver.error:
        yield worth_knowing(
            f"No NVIDIA GPU is seen, so torch {torch.version} draws on the processor.",
            "That is enough for the model that ships with the bot. Is there a GPU? Then install its driver.",
        )
    if seen.onnx.error:
        yield worth_knowing(f"onnxruntime does not work: {seen.onnx.error}", _again())


def _torch_with_gpu(seen: Observed) -> Iterator[Finding]:
    driver, torch = seen.driver, seen.torch
    cards = " and ".join(str(card) for card in driver.cards)
    if not torch.gpus or torch.error:
        yield broken(f"There is {cards}, and torch {torch.version} does not use it{_why(torch)}.", _remedy(seen))
    elif len(torch.gpus) < len(driver.cards):
        hidden = "" if seen.hidden is None else f" CUDA_VISIBLE_DEVICES is “{seen.hidden}”."
        yield worth_knowing(f"The driver has {cards}; torch {torch.version} sees only {', '.join(torch.gpus)}.{hidden}")
    else:
        yield good(f"torch {torch.version} draws on {cards}{_named(driver)}.")


def _named(driver: Driver) -> str:
    return f", driver {driver.version}" if driver.version else ""


def _why(torch: Torch) -> str:
    return f": {torch.error}" if torch.error else ""


def _remedy(seen: Observed) -> str:
    """What to do about a GPU that torch does not use."""
    driver, torch = seen.driver, seen.torch
    if not torch.cuda:
        return f"This is torch's CPU build. {_again()}"
    major = driver.version.partition(".")[0]
    if torch.cuda.startswith("13") and major.isdigit() and int(major) < OLDEST_DRIVER:
        return f"The driver {driver.version} is too old for CUDA {torch.cuda}: install {OLDEST_DRIVER} or newer."
    if seen.hidden is not None and not torch.gpus:
        return f"CUDA_VISIBLE_DEVICES is “{seen.hidden}”, which hides it: take that variable away."
    if "no kernel image" in torch.error:
        return f"The GPU is older than this build of torch knows (CUDA {torch.cuda}): it needs a newer GPU."
    return "Restart the machine. In a container: start it with access to the GPU (deploy/README.md)."


def _onnx_with_gpu(onnx: Onnx) -> Iterator[Finding]:
    if onnx.used == CUDA_PROVIDER:
        yield good(f"onnxruntime {onnx.version} uses the GPU.")
    elif not onnx.version:
        yield broken(f"onnxruntime cannot be imported: {onnx.error}", _again())
    elif CUDA_PROVIDER not in onnx.providers:
        yield broken(
            f"There is a GPU, and this onnxruntime {onnx.version} was built without CUDA.",
            f"The package onnxruntime hides onnxruntime-gpu: uninstall both, then run {typed('--install')} again.",
        )
    else:
        why = f": {onnx.error}" if onnx.error else ""
        yield broken(f"There is a GPU, and onnxruntime {onnx.version} cannot load CUDA{why}.", _again())


def _again() -> str:
    return f"Run {typed('--install')} again: it takes the build that fits."


def _driver() -> Driver:
    """The cards by nvidia-smi, or where there is no such tool, by what the kernel's module says of them."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return read_module(Path("/proc/driver/nvidia"))
    asked = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Driver(error=f"{tool} {'takes too long' if isinstance(error, subprocess.TimeoutExpired) else error}")
    if ran.returncode != 0:
        said = (ran.stdout + ran.stderr).strip().splitlines()
        # A machine may have the tool and no GPU.
        none = any("No devices were found" in line for line in said)
        return Driver() if none else Driver(error=said[0] if said else f"{tool} ends with {ran.returncode}")
    return read_cards(ran.stdout)


def read_cards(said: str) -> Driver:
    """What nvidia-smi printed, one line a card: name, MiB, driver."""
    rows = [[part.strip() for part in line.rsplit(",", 2)] for line in said.splitlines() if line.count(",") >= 2]
    cards = tuple(
        Card(name=name, memory_gib=int(mib) / 1024 if mib.isdigit() else 0.0)  # "[N/A]" where memory is shared
        for name, mib, _ in rows
    )
    return Driver(cards=cards, version=rows[0][2] if rows else "")


def read_module(folder: Path) -> Driver:
    """The cards in the module's own files, without their memory; nothing where there is no module."""
    files = sorted(folder.glob("gpus/*/information"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return Driver(cards=tuple(Card(name=name, memory_gib=0.0) for name in names))


def _probed() -> tuple[Torch, Onnx]:
    """What the libraries say, in a process with the worker's own environment."""
    command, environment = [sys.executable, "-m", "inference.engine.probe"], host.child_environment()
    try:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=ASKED_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Torch(error=f"it takes longer than {ASKED_S:.0f} s"), Onnx(error="torch was not ready")
    return read_probe(ran.stdout) or (
        Torch(error=f"its process ended with status {ran.returncode}"),
        Onnx(error="torch's process ended"),
    )


def read_probe(said: str) -> tuple[Torch, Onnx] | None:
    """The probe's last line; None when it is no answer."""
    lines = said.strip().splitlines()  # libraries may print before
    try:
        facts = json.loads(lines[-1])
        return TypeAdapter(Torch).validate_python(facts["torch"]), TypeAdapter(Onnx).validate_python(facts["onnx"])
    except (IndexError, KeyError, ValueError, ValidationError):
        return None
