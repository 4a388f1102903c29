"""The real bot as a process that can be killed: `bot.py` on a folder of its own, logged in to a playground's server."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psutil

from benchmarks import ready_worker
from benchmarks.nursery import Forked, nursery
from cogs._terms import HOUSE
from playground import Playground
from storage import agreements
from storage.database import Database

ROOT = Path(__file__).resolve().parent.parent
LOGIN_S = 60.0
GOODBYE_S = 20.0
FILE = "genga.sqlite3"


class BotProcess:
    """`settings` are environment variables; the database in `folder` may be read at any time.

    `planted`: instead of looking at pictures it says of them what `benchmarks/planted.py` has under this name.
    Such a bot's workers are "forked", as `ready_worker.py` says, or "started" as everywhere else.
    """

    def __init__(
        self, playground: Playground, folder: Path, *, planted: str = "", workers: str = "forked", **settings: str
    ) -> None:
        self._planted = planted
        self.folder = folder
        self.settings = settings
        self.playground = playground
        self.known = True  # people are, from before its first start
        self.workers = workers
        self._process: asyncio.subprocess.Process | Forked | None = None

    async def _introduce(self) -> None:
        """Everybody there has been here before, and accepted the terms then."""
        async with Database.open(self.folder) as db:
            for user in self.playground.world.users.values():
                await agreements.accept(db, user.id, [HOUSE])

    @property
    def log(self) -> str:
        """Everything it wrote to its standard error so far, over all starts."""
        return self._log_file.read_text(encoding="utf-8")

    @property
    def _log_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def pid(self) -> int:
        """The bot's process id, also after its death."""
        assert self._process is not None
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self, **more: str) -> None:
        """Start it and return when it is online, or has ended before that: a failpoint may stand in its way."""
        if self.known and not (self.folder / FILE).exists():
            await self._introduce()
        environment = environment_for(self.playground.api_url, self.folder, **{**self.settings, **more})
        self._process = await self._begin(environment)
        online = asyncio.create_task(self.playground.wait_for_bot(timeout_s=LOGIN_S))
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait([online, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (online, ended):
            task.cancel()
        await asyncio.gather(online, ended, return_exceptions=True)
        if not self.playground.bot_online and self.lives:
            raise TimeoutError(f"the bot did not log in:\n{self.log}")

    async def _begin(self, environment: Mapping[str, str]) -> asyncio.subprocess.Process | Forked:
        if self._planted and sys.platform == "linux":
            return nursery().fork(self._planted, environment, self._log_file, forks_workers=self.workers == "forked")
        program = ("-m", "benchmarks.planted", self._planted) if self._planted else (str(ROOT / "bot.py"),)
        command = (sys.executable, *program, "--with-parent", str(os.getpid()))
        with self._log_file.open("ab") as log:
            return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=log)

    async def kill(self) -> None:
        """Take it away from one moment to the next, as a power cut does, and return when Discord has noticed."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end, as an operator does, and return its exit status."""
        return await self._end(signal.SIGTERM)

    async def exit_status(self, timeout_s: float) -> int:
        """Wait until it ends by itself."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), timeout_s)

    async def killed_itself(self, timeout_s: float) -> bool:
        """Wait for its death at a failpoint; False when it still lives after `timeout_s`."""
        try:
            status = await self.exit_status(timeout_s)
        except TimeoutError:
            return False
        await self._offline()
        return status == -signal.SIGKILL

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        try:
            status = await asyncio.wait_for(self._process.wait(), GOODBYE_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise
        await self._offline()
        return status

    async def _offline(self) -> None:
        await self.playground.world.until(lambda: None if self.playground.bot_online else True, GOODBYE_S)

    def worker_pid(self) -> int | None:
        """The process that draws, if there is one just now."""
        for pid in children(self.pid):
            with contextlib.suppress(psutil.Error):
                child = psutil.Process(pid)
                if "inference.worker" in child.cmdline() or child.name() == ready_worker.NAME:
                    return pid
        return None

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """What its database says now."""
        address = f"{(self.folder / FILE).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()

    def stays_away(self, seconds: float) -> None:
        """While it is down: everything grows older, what it wrote down and what Discord knows."""
        for each in (*self.playground.world.interactions.values(), *self.playground.world.messages.values()):
            each.created -= seconds
        with closing(sqlite3.connect(self.folder / FILE)) as connection, connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            for table in tables:
                for column in connection.execute(f"PRAGMA table_info({table})").fetchall():
                    if column[2] == "REAL" and column[1].endswith("_at"):
                        connection.execute(f"UPDATE {table} SET {column[1]} = {column[1]} - ?", (seconds,))


def children(pid: int) -> list[int]:
    """The processes whose parent this is; none when it is gone."""
    threads = Path(f"/proc/{pid}/task")
    with contextlib.suppress(OSError, psutil.Error):
        # Asking every process of the machine for its parent takes a hundred times longer.
        if (threads / str(pid) / "children").exists():
            return [int(child) for each in threads.iterdir() for child in (each / "children").read_text().split()]
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def environment_for(api_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """This process's environment without any settings of the bot, then those for a bot in a playground."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GENGA_", "DISCORD_"))}
    return inherited | {
        "DISCORD_TOKEN": "anything",
        "GENGA_DISCORD__API_URL": api_url,
        "GENGA_STORAGE__FOLDER": str(folder),
        **settings,
    }
