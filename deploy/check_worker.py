"""The worker tried out: a process of its own starts, loads the model and draws one small picture."""

import asyncio
import logging
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

from config import Config
from deploy.check_models import found_in
from deploy.finding import Finding, broken, good, worth_knowing
from deploy.install import typed
from inference.errors import GengaError, ModelMissing
from inference.gpu import Drawn, Gpu, State, Step
from inference.models.catalog import Model
from inference.request import Wish, resolve

STEPS = 4
KEPT_LINES = 3
LOOK_S = 0.2


class _LastWords(logging.Handler):
    """What the worker printed last: it may say why it does not work."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of the worker's own, or of what was noticed about it."""
        if record.name == "inference.worker" or record.levelno >= logging.ERROR:
            self.lines.append(record.getMessage().strip())


async def check(config: Config) -> AsyncIterator[Finding]:
    """Are the model's files there, and do they draw?"""
    catalog = await found_in(config)
    try:
        model = catalog.find(config.drawing.model)
    except ModelMissing:  # the check of the models has said so
        return
    if not model.is_there:
        yield worth_knowing(
            f"The model {model.name} is fetched when somebody first draws with it, so the worker is not tried.",
            f"Set drawing.model to one that is there for a while, and run {typed('--doctor')} again.",
        )
        return
    yield good(f"The model {model.name} is there ({_size_mb(model.folder):.0f} MB).")
    words = _LastWords()
    log = logging.getLogger("inference")
    log.addHandler(words)
    log.setLevel(logging.INFO)
    log.propagate = False  # what it says is in the finding, if it matters
    try:
        with tempfile.TemporaryDirectory(prefix="genga-doctor-") as folder:
            storage = config.storage.model_copy(update={"folder": Path(folder)})
            async with Gpu(config.model_copy(update={"storage": storage}), catalog) as gpu:
                yield await _tried(gpu, model, config, words)
    finally:
        log.removeHandler(words)


async def _tried(gpu: Gpu, model: Model, config: Config, words: _LastWords) -> Finding:
    """One small picture, within the time that the settings give a worker."""
    limit_s = config.worker.start_deadline_s + config.worker.load_deadline_s
    began = time.monotonic()
    side = model.min_side
    request = resolve(Wish(prompt="1girl, smile", width=side, height=side, steps=STEPS, seed=1), model=model)
    drawing = asyncio.create_task(gpu.draw([request], {}, _ignore))
    while not drawing.done() and gpu.state is not State.BROKEN and time.monotonic() - began < limit_s:
        await asyncio.wait({drawing}, timeout=LOOK_S)
    drawing.cancel()
    [outcome] = drawing.result() if drawing.done() else [None]
    match outcome:
        case Drawn():
            device = gpu.hello.device if gpu.hello else "?"
            whole_s = time.monotonic() - began
            return good(
                f"The worker draws ({device}): {side} × {side} in {STEPS} steps took {outcome.gpu_s:.1f} s, "
                f"{whole_s:.0f} s with its start."
            )
        case GengaError():
            return broken(f"The worker cannot draw: {outcome}", _hint(words))
        case None:
            return broken(f"The worker does not come up within {time.monotonic() - began:.0f} s.", _hint(words))


def _ignore(index: int, step: Step) -> None:
    """Nobody watches the steps of the test picture."""
    del index, step


def _hint(words: _LastWords) -> str:
    said = " / ".join(words.lines)
    return f"Its last words: {said}" if said else "Start the bot with log.level DEBUG and look at what it says."


def _size_mb(folder: Path) -> float:
    if folder.is_file():
        return folder.stat().st_size / 1e6
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
