"""The process that draws: `python -m inference.worker PARENT_PID`, spoken to through its standard input and output.

Four threads: this main one draws; one reads what the bot says, so that a cancel is heard in the middle of a picture;
one says that we are alive; one turns pixels into files while the next picture is already being drawn. When the bot
closes the pipe or dies, so do we.
"""

import base64
import contextlib
import hashlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol

from inference import host, job_folder, metadata
from inference.engine.failures import translated
from inference.engine.fault import SLOW_STEP_S, Faults, Kind, StandIn
from inference.engine.watch import Watch
from inference.errors import GengaError, ModelMissing, OutOfMemory
from inference.messages import (
    FROM_WORKER,
    TO_WORKER,
    VERSION,
    Cancel,
    Draw,
    Failure,
    Files,
    FromWorker,
    Garbled,
    Heartbeat,
    Hello,
    Leaving,
    Phase,
    Progress,
    Ready,
    Result,
    SavedPicture,
    Setup,
    ToWorker,
    framed,
    receive_blocking,
)
from inference.models.catalog import Model
from inference.models.memory import Budget
from inference.pixels import Pixels, to_png
from inference.request import DrawRequest, Request

HEARTBEAT_S = 1.0


class Engine(Protocol):
    """What a worker needs of whatever draws: `Diffusion`, or the stand-in of the tests."""

    torch_version: str

    def device(self) -> tuple[str, int]: ...
    def prove(self, model: Model) -> None: ...
    def steps(self, request: DrawRequest) -> int: ...
    def budget(self) -> tuple[Budget | None, bool]: ...
    def ready(self) -> Sequence[str]: ...
    def release(self) -> None: ...
    def draw(
        self,
        request: DrawRequest,
        model: Model,
        inputs: Mapping[str, bytes],
        watch: Watch,
        files: Files = ...,
    ) -> Iterator[Pixels]: ...


class Pipe:
    """The two ends of the conversation; any thread may speak, one listens."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._lock = threading.Lock()

    def say(self, message: FromWorker) -> None:
        """Send a message; nobody listening any more ends the process."""
        self.write(framed(FROM_WORKER, message))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        with self._lock:
            try:
                self._outgoing.write(data)
                self._outgoing.flush()
            except OSError:
                os._exit(0)

    def hear(self) -> ToWorker:
        """The bot's next message; the end of the conversation is the end of the process."""
        try:
            message = receive_blocking(TO_WORKER, self._incoming)
        except Garbled:
            os._exit(3)
        if message is None:
            os._exit(0)
        return message


class Worker:
    """Draws the batches it is sent, in order, one request after the other."""

    def __init__(self, pipe: Pipe, setup: Setup) -> None:
        self._pipe = pipe
        self._setup = setup
        self._batches: queue.Queue[Draw] = queue.Queue()
        self._unwanted: set[tuple[int, int]] = set()
        self._was_used = False  # whether a request was begun in this process
        self._ready: Sequence[str] = ()  # checkpoints, as the drawing thread said last
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="saver")
        self._faults = Faults(os.environ.get("GENGA_TEST_FAULT", ""), Path(setup.folder), pipe.write)

    def run(self) -> None:
        """Come up, then draw until the conversation ends."""
        threading.Thread(target=self._listen, name="listener", daemon=True).start()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        engine = self._make_engine()
        device, memory_bytes = engine.device()
        budget, half = engine.budget()
        self._pipe.say(
            Hello(
                version=VERSION, pid=os.getpid(), device=device, torch=engine.torch_version,
                memory_bytes=memory_bytes, budget=budget, half=half,
            )
        )  # fmt: skip
        problem = self._prove(engine)
        self._say_what_is_ready(engine)
        self._pipe.say(Ready(problem=problem))
        while True:
            batch = self._next(engine)
            for index, request in enumerate(batch.requests):
                self._draw(engine, batch, index, request)

    def _next(self, engine: Engine) -> Draw:
        """Wait for work; after a long time without any, the device is given back and waited for on."""
        with contextlib.suppress(queue.Empty):
            return self._batches.get(timeout=self._setup.idle_release_s or None)
        engine.release()
        self._say_what_is_ready(engine)
        return self._batches.get()

    def _say_what_is_ready(self, engine: Engine) -> None:
        """Before the outcome of a request: the bot chooses the next one by it."""
        self._ready = engine.ready()
        self._beat_once()

    def _make_engine(self) -> Engine:
        if self._faults.has(Kind.SLOW) or self._faults.has(Kind.QUICK):
            return StandIn(SLOW_STEP_S if self._faults.has(Kind.SLOW) else 0.0)
        from inference.engine.diffusion import Diffusion

        setup = self._setup
        return Diffusion(
            threads=setup.threads, vram_bytes=setup.vram_bytes, ram_bytes=setup.ram_bytes, low_vram=setup.low_vram
        )

    def _prove(self, engine: Engine) -> str:
        """Load the first checkpoint and draw with it; what went wrong, in words for the log, or nothing."""
        model = self._setup.preload
        if model is None:
            return ""  # it comes when somebody first draws with it
        try:
            engine.prove(model)
        except Exception as error:  # noqa: BLE001  (it is said in Ready; then each request fails with its own sentence)
            traceback.print_exception(error)
            return f"{type(error).__name__}: {error}"
        return ""

    def _listen(self) -> None:
        while True:
            match self._pipe.hear():
                case Draw() as batch:
                    self._batches.put(batch)
                case Cancel(batch=batch, index=index):
                    self._unwanted.add((batch, index))
                case Setup():
                    os._exit(3)  # there is only one, and it has been heard

    def _beat(self) -> None:
        while True:
            self._beat_once()
            time.sleep(HEARTBEAT_S)

    def _beat_once(self) -> None:
        self._pipe.say(Heartbeat(memory_bytes=host.resident_bytes(), ready=self._ready))

    def _draw(self, engine: Engine, batch: Draw, index: int, request: Request) -> None:
        """Draw one request and hand its pictures to the saver; whatever goes wrong becomes its outcome."""
        began = time.perf_counter()
        watch, was_used, self._was_used = None, self._was_used, True
        try:
            model = _model(batch, request)
            files: list[Future[SavedPicture]] = []
            watch = self._watch(batch, index, engine.steps(request))
            paths = {sha256: Path(path) for sha256, path in batch.files.items()}
            drawing = engine.draw(request, model, self._inputs(batch, request), watch, paths)
            for picture, pixels in enumerate(drawing):
                files.append(self._saver.submit(self._save, batch, index, request, picture, pixels, watch))
            self._say_what_is_ready(engine)
            watch.phase(Phase.SAVING)
            gpu_s = max(0.0, time.perf_counter() - began - watch.load_s)
            self._saver.submit(self._finish, batch, index, files, gpu_s, watch)
        except Exception as error:  # noqa: BLE001  (every exception becomes the request's outcome; none is swallowed)
            # After the files still being written: the bot removes their folder as soon as it hears this.
            said = translated(error, request)
            if isinstance(said, OutOfMemory) and watch and watch.rungs and was_used:  # a fresh one may have the room
                self._saver.submit(self._leave, batch, index, said.detail).result()
            self._saver.submit(self._fail, batch, index, said)

    def _watch(self, batch: Draw, index: int, steps: int) -> Watch:
        def report(phase: Phase, step: int, steps: int, jpeg: bytes | None) -> None:
            preview = base64.b64encode(jpeg).decode() if jpeg else None
            self._pipe.say(
                Progress(batch=batch.batch, index=index, phase=phase, step=step, steps=steps, preview=preview)
            )
            if phase is Phase.DRAWING and step:
                self._faults.at_step(step)

        deaf = self._faults.has(Kind.IGNORES_CANCEL)
        interval_s = self._setup.preview_interval_s
        return Watch(
            report,
            lambda: not deaf and (batch.batch, index) in self._unwanted,
            steps=steps,
            preview_interval_s=interval_s,
        )

    def _inputs(self, batch: Draw, request: Request) -> dict[str, bytes]:
        if request.image is None:
            return {}
        return {request.image: job_folder.input_path(Path(batch.folder), request.image).read_bytes()}

    def _save(
        self, batch: Draw, index: int, request: Request, picture: int, pixels: Pixels, watch: Watch
    ) -> SavedPicture:
        """In the saver's thread: pixels into a file that is whole or not there at all."""
        # A request that is drawn again may be older than the weights.
        drawn = replace(metadata.as_drawn(request, watch.plain_words), model_sha256=_model(batch, request).sha256)
        text = metadata.chunks(drawn, picture) if self._setup.metadata else {}
        png = to_png(pixels, text)
        name = f"{index}-{picture}.png"
        job_folder.write_result(Path(batch.folder), name, self._faults.of_file(png))
        height, width = pixels.shape[:2]
        sha256 = hashlib.sha256(png).hexdigest()
        return SavedPicture(name=name, sha256=sha256, width=width, height=height, seed=request.seed + picture)

    def _finish(self, batch: Draw, index: int, files: list[Future[SavedPicture]], gpu_s: float, watch: Watch) -> None:
        """In the saver's thread, after the last file: tell the bot."""
        try:
            pictures = [file.result() for file in files]
            said = Result(
                batch=batch.batch, index=index, pictures=pictures, gpu_s=gpu_s, load_s=watch.load_s, rungs=watch.rungs,
                plain_words=watch.plain_words,
            )  # fmt: skip
            self._pipe.say(said)
        except Exception as error:  # noqa: BLE001  (as above)
            self._fail(batch, index, translated(error, batch.requests[index]))

    def _leave(self, batch: Draw, index: int, detail: str) -> NoReturn:
        """In the saver's thread, after the last file: end this process, which has no room, for a fresh one."""
        self._pipe.say(Leaving(batch=batch.batch, index=index, detail=detail))
        os._exit(0)

    def _fail(self, batch: Draw, index: int, error: GengaError) -> None:
        own = "" if error.template == type(error).sentence else error.template
        failure = Failure(
            batch=batch.batch,
            index=index,
            error=type(error).__name__,
            fields=error.fields,
            detail=error.detail,
            template=own,
        )
        self._pipe.say(failure)


def _model(batch: Draw, request: Request) -> Model:
    """The checkpoint that a request names; ModelMissing when the bot knows none of that name."""
    model = next((each for each in batch.models if each.name == request.model), None)
    if model is None:
        raise ModelMissing(model=request.model)
    return model


def main() -> None:
    """Keep the pipe for ourselves, send everybody else's prints to the log, and work."""
    host.die_with(int(sys.argv[1]))
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pipe = Pipe(sys.stdin.buffer, outgoing)
    host.lower_priority()
    setup = pipe.hear()
    if not isinstance(setup, Setup) or setup.version != VERSION:
        sys.exit("the bot and its worker are of different versions")
    Worker(pipe, setup).run()


if __name__ == "__main__":
    main()
