"""The rater as the bot sees it: always there, replaced when it hangs or dies, and every picture gets an answer.

    async with Raters(config.safety) as raters:
        evidence = await raters.rate(png)

What cannot be rated in time is not rated: then every field of the evidence is None, which the policy takes for the
worst it could be. One picture is looked at at a time.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import Process
from typing import Any, Self

from config import Safety
from inference import host
from inference.link import drain, log_lines
from inference.messages import Garbled, framed, receive
from inference.models.catalog import ROOT
from inference.safety.evidence import PictureEvidence
from inference.safety.rater.messages import (
    OPENED,
    SEEN,
    SETUP,
    Fitness,
    Opened,
    Seen,
    Setup,
    Thresholds,
    framed_picture,
)

log = logging.getLogger(__name__)

START_S = 180.0  # a large tagger on a slow disk takes its time
GONE_S = 5.0  # for a killed child to be gone
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 60.0  # before the next one is started; longer after those that rated nothing
UNRATED = PictureEvidence(rating=None, young=None, photo=None)


class CannotRate(Exception):
    """The rater cannot be used as it is set up; the message is one sentence for the operator."""


class Raters:
    """The process that rates pictures; inside `async with` one is kept running."""

    def __init__(self, settings: Safety) -> None:
        limits = Thresholds(
            sensitive=settings.sensitive_at, questionable=settings.questionable_at, explicit=settings.explicit_at
        )
        self._setup = Setup(thresholds=limits, tagger=settings.tagger)
        self._deadline_s = settings.rater_deadline_s
        self._child: _Child | None = None
        self._up = asyncio.Event()  # while there is a child that can be asked
        self._turn = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[Any]] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._first: asyncio.Future[Opened] | None = None
        self._broken = False  # the last one could not be started

    async def __aenter__(self) -> Self:
        """Start it. With a tagger this waits until it is up, and raises CannotRate when that cannot be used."""
        self._first = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(), name="rater")
        if self._setup.tagger:
            opened = await self._first
            if opened.error:
                await self.__aexit__()
                raise CannotRate(opened.error)
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [*self._asking, *([self._keeper] if self._keeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._leaving)

    @property
    def age_judged(self) -> bool:
        """Whether a tagger that may judge apparent ages is at work now."""
        return self._child is not None and self._child.opened.fitness is Fitness.QUALIFIED

    @property
    def pid(self) -> int | None:
        """Of the process at work now."""
        return self._child.pid if self._child else None

    async def ready(self) -> int:
        """Wait until there is a process that can be asked; its id."""
        return (await self._ready()).pid

    async def first_answer(self) -> Opened:
        """What the first process said of itself, once it did."""
        assert self._first
        return await asyncio.shield(self._first)

    async def rate(self, png: bytes) -> PictureEvidence:
        """What is known of the picture; it raises nothing, and takes the deadline at most once its turn comes."""
        # In a task of its own: whoever stops waiting must not leave half an answer in the pipe.
        asking = asyncio.create_task(self._rate(png))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        return await asyncio.shield(asking)

    async def _rate(self, png: bytes) -> PictureEvidence:
        try:
            async with self._turn, asyncio.timeout(self._deadline_s):
                return await self._ask(png)
        except TimeoutError:
            log.warning("the rater took longer than %s s over a picture; it counts as explicit", self._deadline_s)
        except Exception:
            log.exception("a picture could not be rated; it counts as explicit")
        return UNRATED

    async def _ask(self, png: bytes) -> PictureEvidence:
        """Twice at most: a process that dies over a picture may have died of something else."""
        for _ in range(0 if self._broken else 2):  # nobody waits for what does not come up
            child, seen = await self._ready(), None
            try:
                seen = await child.see(png)
            except (Garbled, OSError) as error:
                log.warning("the rater cannot be understood: %s", type(error).__name__)
            finally:
                if seen is None:  # also when the deadline ends the wait: its answer would be taken for the next one's
                    self._forget(child)
            if seen is not None:
                return _evidence(seen, child.opened.name)
        return UNRATED

    async def _ready(self) -> "_Child":
        while self._child is None:  # it may be gone again by the time we hear of it
            await self._up.wait()
        return self._child

    def _forget(self, child: "_Child") -> None:
        if self._child is child:
            self._child = None
            self._up.clear()
        child.kill()

    async def _keep(self) -> None:
        """One process after the other, for as long as the bot lives."""
        pause_s = FIRST_PAUSE_S
        while True:
            was_of_use = False
            try:
                was_of_use = await self._live()
            except Exception:
                log.exception("the rater could not be started")
                self._tell(Opened(error="The rater cannot be started; the log says why."))
            pause_s = FIRST_PAUSE_S if was_of_use else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _live(self) -> bool:
        """Start a process, let it be asked, and wait for its end; whether it rated anything."""
        child = await self._started()
        try:
            opened = await child.open(self._setup)
            said = self._tell(opened)
            if opened.error:
                # Whoever waits for the first answer, as with a tagger everybody does, says so.
                if not (said and self._setup.tagger):
                    log.critical("no picture can be rated, and so none is shown: %s", opened.error)
                return False
            log.info("pictures are rated by %s%s", opened.name, _remark(opened))
            self._child = child
            self._up.set()
            await child.ended()
            log.warning("the rater has ended; another one is started")
            return child.rated > 0
        finally:
            self._forget(child)
            await self._see_off(child)

    async def _started(self) -> "_Child":
        """A process that came up, however early somebody wants it to end: one half started would be nobody's."""
        starting = asyncio.create_task(_Child.start())
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            child = await starting
            child.kill()
            await self._see_off(child)
            raise

    async def _see_off(self, child: "_Child") -> None:
        """Wait for the end of a killed process; whoever does not wait that long leaves it to the closing."""
        leaving = asyncio.create_task(child.gone())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        await asyncio.shield(leaving)

    def _tell(self, opened: Opened) -> bool:
        """Let it be known how the process came up; whether that is the first answer."""
        self._broken = bool(opened.error)
        first = self._first is not None and not self._first.done()
        if self._first and first:
            self._first.set_result(opened)
        return first


def _evidence(seen: Seen, name: str) -> PictureEvidence:
    scores = json.dumps(dict(seen.scores), separators=(",", ":")) if seen.scores else ""
    return PictureEvidence(rating=seen.rating, young=seen.young, photo=seen.photo, rater=name, scores=scores)


def _remark(opened: Opened) -> str:
    if opened.fitness in {None, Fitness.QUALIFIED}:
        return ""
    return f"; the tagger may not judge apparent ages ({opened.fitness})"


class _Child:
    """One process."""

    opened = Opened()
    rated = 0

    def __init__(self, process: Process) -> None:
        assert process.stdin and process.stdout and process.stderr
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._logging = asyncio.create_task(log_lines(process.stderr, log), name="rater log")

    @classmethod
    async def start(cls) -> "_Child":
        command = (sys.executable, "-m", "inference.safety.rater.child", str(os.getpid()))
        pipe = asyncio.subprocess.PIPE
        return cls(await host.start_child(*command, folder=ROOT, environment=host.child_environment(), stderr=pipe))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def open(self, setup: Setup) -> Opened:
        """What it says of itself once its networks are loaded."""
        self._in.write(framed(SETUP, setup))
        try:
            async with asyncio.timeout(START_S):
                self.opened = await receive(OPENED, self._out)
        except (TimeoutError, asyncio.IncompleteReadError, Garbled):
            return Opened(error="The rater does not come up; the log says why.")
        return self.opened

    async def see(self, png: bytes) -> Seen | None:
        """What it says of a picture; None when it died of it."""
        self._in.write(framed_picture(png))
        with contextlib.suppress(ConnectionError):
            await self._in.drain()
        try:
            seen = await receive(SEEN, self._out)
        except asyncio.IncompleteReadError:
            return None
        self.rated += 1
        return seen

    async def ended(self) -> None:
        await self._process.wait()

    def kill(self) -> None:
        """End it, however it is."""
        if self._process.returncode is None:
            host.end_group(self.pid, force=True)

    async def gone(self) -> None:
        """Once this returns nothing of a killed process is left to wait for."""
        self._in.close()
        # A pipe that is not empty never counts as ended.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GONE_S):
                await asyncio.gather(self._process.wait(), drain(self._out), self._logging)
