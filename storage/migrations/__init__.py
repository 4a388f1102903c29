"""Bring a database file to the newest schema: numbered SQL files, each in one transaction with its user_version."""

import asyncio
import logging
from pathlib import Path

import aiosqlite

from storage import backups
from storage.unusable import DamagedDatabase, NewerDatabase, UnusableDatabase

_log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent


def scripts(folder: Path = FOLDER) -> list[Path]:
    """The migrations in order; ValueError unless they are numbered 1, 2, 3 ... without a gap."""
    found = sorted(folder.glob("[0-9]*.sql"))
    numbers = [int(path.name.split("_")[0]) for path in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations must be numbered without a gap, not {numbers}")
    return found


async def migrate(connection: aiosqlite.Connection, file: Path, *, keep_backups: int, folder: Path = FOLDER) -> None:
    """Apply what is missing, after a backup of a file that holds anything; afterwards the whole file is checked."""
    steps = scripts(folder)
    version = await _number(connection, "PRAGMA user_version")
    if version > len(steps):
        raise NewerDatabase(
            f"{file} was written by a newer Genga (schema {version}, this one knows {len(steps)}): update Genga, or "
            "put a copy from the folder backups in its place with --restore."
        )
    if version == len(steps):
        return
    if version == 0 and await _number(connection, "SELECT count(*) FROM sqlite_schema"):
        raise UnusableDatabase(f"{file} is the database of another program; give Genga another storage.folder.")
    if version:
        await asyncio.to_thread(backups.back_up, file, keep=keep_backups)
    # Rebuilding a table needs this off, and it cannot be switched inside a transaction.
    await connection.execute("PRAGMA foreign_keys = OFF")
    for number, step in enumerate(steps[version:], start=version + 1):
        await _apply(connection, number, step)
    await _check(connection, file)
    _log.info("database brought from schema %d to %d", version, len(steps))


async def _apply(connection: aiosqlite.Connection, number: int, step: Path) -> None:
    sql = await asyncio.to_thread(step.read_text, encoding="utf-8")
    try:
        await connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};")
        broken = list(await connection.execute_fetchall("PRAGMA foreign_key_check"))
        if broken:
            raise DamagedDatabase(f"After {step.name}, {len(broken)} rows point at rows that do not exist.")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.rollback()
        raise


async def _check(connection: aiosqlite.Connection, file: Path) -> None:
    verdict = [row[0] for row in await connection.execute_fetchall("PRAGMA integrity_check")]
    if verdict != ["ok"]:
        raise DamagedDatabase(
            f"{file} is damaged ({verdict[0]}); put a copy from the folder backups in its place with --restore."
        )


async def _number(connection: aiosqlite.Connection, sql: str) -> int:
    rows = list(await connection.execute_fetchall(sql))
    return int(rows[0][0])
