"""One worker process, from its start to its death: what it is started with, how one talks to it, how it is ended."""

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import Process

from inference import host
from inference.messages import FROM_WORKER, TO_WORKER, FromWorker, Garbled, ToWorker, framed, receive
from inference.models.catalog import ROOT

log = logging.getLogger("inference.worker")

TERMINATE_S = 2.0  # between asking a process to end and killing it
_LOG_LINE_CHARS = 500


class Link:
    """A running worker; `ended` after this the stream is over and `pid` means nothing any more."""

    def __init__(self, process: Process) -> None:
        assert process.stdin and process.stdout and process.stderr
        self._process = process
        self._in, self._out = process.stdin, process.stdout
        self._logging = asyncio.create_task(log_lines(process.stderr, log), name="worker log")

    @classmethod
    async def open(cls, *, fault: str | None) -> "Link":
        """Start a worker; it says hello when it is up. `fault` is what GENGA_TEST_FAULT asks for, only in tests."""
        environment = host.child_environment() | ({"GENGA_TEST_FAULT": fault} if fault else {})
        command = (sys.executable, "-m", "inference.worker", str(os.getpid()))
        pipe = asyncio.subprocess.PIPE
        return cls(await host.start_child(*command, folder=ROOT, environment=environment, stderr=pipe))

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._process.pid

    def send(self, message: ToWorker) -> None:
        """Say something; a worker that is dying will not hear it, and its death is noticed by `receive`."""
        if not self._in.is_closing():
            self._in.write(framed(TO_WORKER, message))

    async def receive(self) -> FromWorker | None:
        """What the worker says next, None when it has ended; Garbled if that is no message.

        Never cancel this and go on: half a frame would be lost.
        """
        try:
            return await receive(FROM_WORKER, self._out)
        except asyncio.IncompleteReadError as end:
            if end.partial:
                raise Garbled("the stream ended in the middle of a frame") from None
            return None

    async def end(self, *, patience_s: float = TERMINATE_S) -> int:
        """End the process and everything it started: politely, then by force. Returns its exit status."""
        # What it still says has to be taken off the pipe: asyncio calls no process ended whose pipe is not.
        draining = asyncio.create_task(drain(self._out))
        if self._process.returncode is None:
            host.end_group(self.pid, force=False)
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience_s):
                        await self._process.wait()
            finally:  # nobody's impatience may leave it alive
                host.end_group(self.pid, force=True)
        host.end_group(self.pid, force=True)  # also what the worker may have left behind in its group
        status = await self._process.wait()
        self._in.close()
        await asyncio.gather(draining, self._logging)
        return status


async def drain(stream: asyncio.StreamReader) -> None:
    """Read `stream` to its end and forget it."""
    while await stream.read(1 << 16):
        pass


async def log_lines(stream: asyncio.StreamReader, log: logging.Logger) -> None:
    """Everything a child and its libraries print, into our log."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # a line longer than the stream's limit: its pieces are not worth more than this
            log.info("(a very long line)")
            continue
        if not line:
            return
        log.info("%s", line.decode(errors="replace").rstrip()[:_LOG_LINE_CHARS])
