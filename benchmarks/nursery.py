"""Bots that start quickly: a process that has imported everything already, and forks once for every bot wanted.

Importing is most of a start, and tests start hundreds of bots. A fork is a bot of its own in all that matters to them:
a process with its own environment, log and children, that can be killed from one moment to the next. Linux only.
"""

import asyncio
import atexit
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import planted, ready_worker

ROOT = Path(__file__).resolve().parent.parent


class Forked:
    """A bot of the nursery's; of `asyncio.subprocess.Process` it has what tests use."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self._status: int | None = None

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for a signal; None while it lives."""
        if self._status is None:
            self._status = self._nursery.ask({"status_of": self.pid})
        return self._status

    async def wait(self) -> int:
        """Its exit status, as soon as it has one."""
        while (status := self.returncode) is None:  # noqa: ASYNC110 - another process changes it: there is no event
            await asyncio.sleep(0.01)
        return status

    def send_signal(self, which: signal.Signals) -> None:
        """A signal to it, unless it is gone."""
        if self.returncode is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        """Take it away."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks, as long as this one lives."""

    def __init__(self) -> None:
        command = (sys.executable, "-m", "benchmarks.nursery", str(os.getpid()))
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # forks need no more than one
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, env=environment)
        atexit.register(self._close)

    def fork(self, planted: str, environment: Mapping[str, str], log: Path, *, forks_workers: bool = True) -> Forked:
        """A bot with this planted rater; its standard error goes to the end of `log`."""
        wish = {"planted": planted, "environment": dict(environment), "log": str(log), "forks_workers": forks_workers}
        pid = self.ask(wish)
        assert pid is not None
        return Forked(self, pid)

    def _close(self) -> None:
        """Nobody asks any more, and it ends."""
        self._process.communicate()

    def ask(self, wish: Mapping[str, object]) -> int | None:
        """What the nursery answers."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@cache
def nursery() -> Nursery:
    """The one of this process; made when it is first needed."""
    return Nursery()


def _serve() -> None:
    """Fork and tell, for as long as anybody asks."""
    from cogs import _client, _start, extensions
    from inference import host

    host.die_with(int(sys.argv[1]))
    for name in extensions():
        __import__(name)
    del _client, _start
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        if "status_of" in wish:
            pid, status = os.waitpid(wish["status_of"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = _fork(wish)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def _fork(wish: Mapping[str, Any]) -> int:
    """A bot, or in the bot itself: its life."""
    if wish["forks_workers"]:
        ready_worker.prepare(wish["environment"])
    if pid := os.fork():
        return pid
    _become(wish["environment"], wish["log"])
    if wish["forks_workers"]:
        ready_worker.use()
    os._exit(planted.run(wish["planted"], os.getppid()))


def _become(environment: Mapping[str, str], log: str) -> None:
    """In the fork: nothing of the nursery's is left but what it imported."""
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)


if __name__ == "__main__":
    _serve()
