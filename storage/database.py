"""One SQLite file: one writing connection with a turn-taking lock, one read-only connection, migrated when opened."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from sqlite3 import Row
from typing import Self, TypeVar

import aiosqlite

from inference.errors import StorageFull
from storage import migrations, pseudonyms, room
from storage.reserve import Reserve
from storage.unusable import DiskFull, UnusableDatabase

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

Value = str | int | float | bytes | None

FILE_NAME = "genga.sqlite3"
RESERVE_BYTES = 64 * 2**20
# Below it, two connections that checkpoint at once can corrupt the file. Ours cannot: only the writer checkpoints.
WAL_RESET_FIXED = (3, 51, 3)

_BOTH = """
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA cell_size_check = ON;
"""
# Only where SQLite counts its JSON functions as harmless (3.40 does not): our CHECKs use them.
_DISTRUST = "PRAGMA trusted_schema = OFF;"
_WRITER = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL; -- an acknowledged job survives even a power cut; about 4 ms a commit
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA secure_delete = ON; -- what is deleted is overwritten, not only unlinked
    PRAGMA journal_size_limit = 67108864;
"""


class Transaction:
    """The writing connection, while it is somebody's turn."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        return list(await self._connection.execute_fetchall(sql, params))

    async def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        """Run one statement to its end and return the first row."""
        rows = await self.all(sql, params)
        return rows[0] if rows else None

    async def run(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Run one statement and return how many rows it changed."""
        async with self._connection.execute(sql, params) as cursor:
            return cursor.rowcount


class Database:
    """The open file. Every write goes through `transaction`; reads see what was committed."""

    def __init__(
        self,
        folder: Path,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        reserve: Reserve,
        keys: pseudonyms.Keys,
    ) -> None:
        self.folder = folder
        self.keys = keys
        self.reserve = reserve
        self.sqlite_version = sqlite3.sqlite_version
        # Held from writing a picture's file until its row is committed, and from deleting rows until files are gone:
        # otherwise a file could be taken away between the two.
        self.files = asyncio.Lock()
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None
        self._group: asyncio.Future[None] | None = None  # done once what is written now is committed
        self._committing: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, keep_backups: int = 5, reserve_bytes: int = RESERVE_BYTES
    ) -> AsyncGenerator[Self]:
        """The database of this data folder, made or migrated as needed; else UnusableDatabase.

        On a full disk the reserve is given up for it, so that accepted work can still be finished. The caller has made
        sure that no other process has the folder open.
        """
        if sqlite3.sqlite_version_info < WAL_RESET_FIXED:
            _log.info("SQLite %s is older than 3.51.3; run only one Genga on %s", sqlite3.sqlite_version, folder)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        file, reserve = folder / FILE_NAME, Reserve(folder / "reserve", reserve_bytes)
        async with AsyncExitStack() as stack:
            try:
                writer = await _open_writer(stack, file, keep_backups)
            except DiskFull:
                if not await asyncio.to_thread(reserve.release):
                    raise
                writer = await _open_writer(stack, file, keep_backups)
            reader = await stack.enter_async_context(
                aiosqlite.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
            )
            await reader.executescript(_both())
            for connection in (writer, reader):
                connection.row_factory = Row
            keys = await asyncio.to_thread(pseudonyms.read, folder)
            yield cls(folder, writer, reader, reserve, keys)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Everything inside or nothing. Await only SQL inside: everybody else who writes is waiting.

        Those that waited at the same time share one COMMIT, because each costs a sync of the disk; this returns after
        it. A cancellation that comes while it runs no longer undoes it. Raises StorageFull when the disk is full.
        """
        if self._holder is asyncio.current_task():
            raise RuntimeError("a transaction inside a transaction would wait for itself for ever")
        async with self._turn:
            self._holder = asyncio.current_task()
            try:
                # BEGIN stands inside: cancelled while it waits in the connection's thread, it still runs afterwards.
                tx = Transaction(self._writer)
                await tx.all("SAVEPOINT mine" if self._group else "BEGIN IMMEDIATE")
                yield tx
            except BaseException as error:
                full = await _to_the_end(self._undo(error))
                if full is not None:
                    raise full from error
                raise
            finally:
                self._holder = None
            self._group = group = self._group or self._open_group()
        await _to_the_end(group)

    async def promised(self, work: Callable[[Transaction], Awaitable[_T]]) -> _T:
        """The outcome of `work` in a transaction, for what somebody was promised, or what makes room itself.

        When the disk is full, the reserve is given up and all is done once more; only then StorageFull is raised.
        """
        try:
            async with self.transaction() as tx:
                return await work(tx)
        except StorageFull:
            await asyncio.to_thread(self.reserve.release)
        async with self.transaction() as tx:
            return await work(tx)

    def _open_group(self) -> asyncio.Future[None]:
        """Have everything committed that is written from the first transaction until it is the committer's turn."""
        group = asyncio.get_running_loop().create_future()
        # It queues up like everybody else: behind those that wait already, ahead of those that come later.
        self._committing = asyncio.create_task(self._commit(group), name="commit")
        self._committing.add_done_callback(partial(_leave_nobody_waiting, group))
        return group

    async def _commit(self, group: asyncio.Future[None]) -> None:
        async with self._turn:
            if group.done():  # SQLite itself has given everything up meanwhile
                return
            self._group = None
            try:
                await self._writer.execute_fetchall("COMMIT")
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait for this commit
                full = await self._full(error)
                await self._writer.rollback()
                _give_up(group, full or error)
            else:
                group.set_result(None)

    async def _undo(self, error: BaseException) -> StorageFull | None:
        """Take back what the present transaction wrote, and nothing of those it shares the commit with.

        What comes back is to be raised in place of `error`.
        """
        full = await self._full(error)
        if self._group is None:
            await self._writer.rollback()  # does nothing when no transaction is open
            return full
        try:
            await self._writer.execute_fetchall("ROLLBACK TO mine")
        except sqlite3.OperationalError as lost:  # a full disk: SQLite has rolled everything back by itself
            _give_up(self._group, full or lost)
            self._group = None
        return full

    async def _full(self, error: BaseException) -> StorageFull | None:
        """What a full disk is called here; None when it is something else."""
        if not isinstance(error, sqlite3.Error):
            return None
        ran_out = await asyncio.to_thread(room.ran_out, error, self.folder)
        return StorageFull(str(error)) if ran_out else None

    async def scrub(self) -> None:
        """Write the file anew and empty its log: afterwards neither holds a trace of what was deleted.

        Everybody who writes waits meanwhile. Raises StorageFull when there is no room for a second copy.
        """
        while True:
            async with self._turn:
                group = self._group
                if group is None:
                    try:
                        await self._writer.execute_fetchall("VACUUM")
                        await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                    except sqlite3.OperationalError as error:
                        if (full := await self._full(error)) is not None:
                            raise full from error
                        raise
                    return
            await asyncio.wait([group])

    async def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = await self.all(sql, params)
        return rows[0] if rows else None

    async def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """The rows of a query; writing this way is an error."""
        return list(await self._reader.execute_fetchall(sql, params))


async def _open_writer(stack: AsyncExitStack, file: Path, keep_backups: int) -> aiosqlite.Connection:
    """The connection that writes, to a file brought to the newest schema."""
    writer = aiosqlite.connect(file, isolation_level=None)
    stack.push_async_callback(writer.close)
    try:
        await writer
        # First: a file that is refused stays as it is, down to its journal mode.
        await migrations.migrate(writer, file, keep_backups=keep_backups)
        await writer.executescript(_both() + _WRITER)
    except sqlite3.DatabaseError as error:
        await writer.close()
        if await asyncio.to_thread(room.ran_out, error, file.parent):
            raise DiskFull(file.parent) from error
        raise UnusableDatabase(f"{file} cannot be used as the database: {error}.") from error
    return writer


def _both() -> str:
    """The settings of both connections, as far as this SQLite can live with them."""
    with closing(sqlite3.connect(":memory:")) as trial:
        try:
            trial.executescript(f"{_DISTRUST} CREATE TABLE trial (x TEXT CHECK (json_valid(x)));")
        except sqlite3.OperationalError:
            return _BOTH
    return _BOTH + _DISTRUST


def _give_up(group: asyncio.Future[None], error: BaseException) -> None:
    """Nothing of the group was committed, and everybody in it is told so."""
    group.set_exception(error)
    group.exception()  # asked for, or asyncio would report it as overlooked where nobody waits any more


def _leave_nobody_waiting(group: asyncio.Future[None], committing: asyncio.Task[None]) -> None:
    """They wait through cancellations: also when the file was closed meanwhile, or the loop ends, they are told."""
    error = None if committing.cancelled() else committing.exception()
    if not group.done():
        _give_up(group, error or RuntimeError("the bot ended before this was committed"))


async def _to_the_end(work: Coroutine[object, object, _T] | asyncio.Future[_T]) -> _T:
    """Finish `work` whatever happens to the task that waits for it, and only then pass a cancellation on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # asked for, or asyncio would report it as overlooked
        raise cancelled
    return task.result()
