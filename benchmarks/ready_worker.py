"""Workers that start quickly: forked from a bot of the nursery's, which has imported what they need.

Importing torch and diffusers is seconds of every worker's start. What the bot sees is as ever: a child of its own with
pipes, in a session of its own, ended with it. Only its command line is the nursery's; it is known by its name. Linux.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import traceback
from asyncio.subprocess import Process
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from inference import host
from inference.engine.fault import Kind, parse

NAME = "worker"  # what /proc/PID/comm says of such a process
_start_child = host.start_child


def prepare(environment: Mapping[str, str]) -> None:
    """Import what the worker of a bot with this environment will need; before the first thread is started here."""
    os.environ.update(host.child_environment())
    __import__("inference.worker")
    if not {fault.kind for fault in parse(environment.get("GENGA_TEST_FAULT", ""))} & {Kind.SLOW, Kind.QUICK}:
        __import__("inference.engine.diffusion")
    threads = list(Path("/proc/self/task").iterdir())
    assert len(threads) == 1, "a fork has one thread: a library that counts on its own would wait for ever"


def use() -> None:
    """In a bot: from now on its workers are forked."""
    host.start_child = _begin


async def _begin(*command: str, folder: Path, environment: Mapping[str, str], stderr: int) -> Process:
    """As `host.start_child`, of which only the worker's start differs."""
    if "inference.worker" not in command:
        return await _start_child(*command, folder=folder, environment=environment, stderr=stderr)
    pipe = asyncio.subprocess.PIPE
    # Forked, its pipes in place, and then nothing is executed: `preexec_fn` never returns.
    return await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=stderr, cwd=folder, start_new_session=True,
        preexec_fn=partial(_become, dict(environment), command[-1]),
    )  # fmt: skip


def _become(environment: dict[str, str], parent: str) -> NoReturn:
    """In the fork: nothing of the bot's is left but what it imported."""
    from inference import worker

    try:
        gc.freeze()  # whatever is collected of the bot's would close files that are by now ours
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # also the pipe on which the bot waits for a program to start
        Path("/proc/self/comm").write_text(NAME, encoding="ascii")
        for which in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(which, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        os.environ.clear()
        os.environ.update(environment)
        logging.root.handlers.clear()
        logging.root.setLevel(logging.WARNING)
        sys.argv = ["inference.worker", parent]
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
        worker.main()
    except BaseException:  # noqa: BLE001 - the bot's frames below this one are not to see it
        traceback.print_exc()
    finally:
        os._exit(1)
