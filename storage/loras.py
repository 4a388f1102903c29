"""LoRAs and embeddings that people added: a row says whose and what it is, the file is named by its content.

As with pictures, a file is there before its row and goes after it, so that a crash leaves at worst a file for `sweep`.
The same file may be several people's; it goes with the last row that names it.
"""

import asyncio
import json
import time
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from sqlite3 import Row

from inference.errors import N_, BadRequest, QuotaReached, StorageFull
from storage import weights
from storage.database import Database, Transaction, Value

FOLDER = "loras"
MAX_NAME_CHARS = 40
_BESIDE_LETTERS = frozenset(" _-.()+'")

BAD_NAME = N_("A name has 1 to {limit} letters, digits, spaces, dots or dashes. Choose another one.")
NAME_TAKEN = N_("You already have something called {name}. Choose another name, or remove the old one first.")
KNOWN_ALREADY = N_("You already have that file. It is called {name}.")
TOO_MANY = N_("You already have {limit} files here. Remove one first.")
TOO_MUCH = N_("Your files would take more than {limit} MiB together. Remove one first.")
SHARED_NAME = N_("This server already has something called {name}. Add yours again under another name, then share it.")


class Kind(StrEnum):
    """What a file changes: the networks, or what a word means."""

    LORA = "lora"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What somebody adds."""

    name: str
    kind: Kind
    sha256: str
    size_bytes: int
    family: str  # empty: the file does not tell
    words: Sequence[str]  # that call up what it learned
    age: str  # "adult", "minor" or "unknown": of whom it shows
    version_id: int | None = None  # Civitai's; None: an upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """A row."""

    id: int
    owner_id: int
    name: str
    kind: Kind
    sha256: str
    size_bytes: int
    family: str
    words: tuple[str, ...]
    age: str
    source: str
    version_id: int | None
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much one person may keep."""

    files: int
    total_mib: int


COLUMNS = ", ".join(column.name for column in fields(Lora))
_OF_LORAS = ", ".join(f"loras.{column.name}" for column in fields(Lora))
GET = f"SELECT {COLUMNS} FROM loras WHERE id = ?"
OF_OWNER = f"SELECT {COLUMNS} FROM loras WHERE owner_id = ? ORDER BY folded"
SHARED = (
    f"SELECT {_OF_LORAS} FROM lora_shares JOIN loras ON loras.id = lora_id WHERE guild_id = ?"
    " ORDER BY lora_shares.folded"
)
OWN_BY_NAME = f"SELECT {COLUMNS} FROM loras WHERE owner_id = ? AND folded = ?"
SHARED_BY_NAME = (
    f"SELECT {_OF_LORAS} FROM lora_shares JOIN loras ON loras.id = lora_id"
    " WHERE guild_id = ? AND lora_shares.folded = ?"
)
OWN_BY_SHA256 = f"SELECT {COLUMNS} FROM loras WHERE owner_id = ? AND sha256 = ?"
GUILDS = "SELECT guild_id FROM lora_shares WHERE lora_id = ?"
LIVES = "SELECT 1 FROM loras WHERE sha256 = ? LIMIT 1"


def folded(name: str) -> str:
    """The name as names are compared: capitals, spaces and underscores do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def harmless_name(name: str) -> str:
    """The name without space around it; BadRequest when it is empty, too long, or could be read as something else."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    plain = all(char.isalnum() or char in _BESIDE_LETTERS or unicodedata.combining(char) for char in name)
    if not 1 <= len(name) <= MAX_NAME_CHARS or not plain or not name[0].isalnum() or not folded(name):
        raise BadRequest(template=BAD_NAME, limit=MAX_NAME_CHARS)
    return name


def root_of(db: Database) -> Path:
    """The folder of the files."""
    return db.folder / FOLDER


def path_of(db: Database, sha256: str) -> Path:
    """Where a file of this content lies, if there is one."""
    return weights.path_of(root_of(db), sha256)


async def begin(db: Database) -> Path:
    """Where a new file may be written, piece by piece; StorageFull while the reserve cannot be held.

    The caller hands it to `keep`, or removes it.
    """
    if not await db.reserve.hold():
        raise StorageFull("the reserve cannot be held, so no file is kept")
    return await asyncio.to_thread(weights.unfinished, root_of(db))


async def keep(db: Database, written: Path, new: New, *, owner_id: int, quota: Quota) -> Lora:
    """The written file, then its row; `written` is gone afterwards, whatever happens.

    Raises BadRequest for a name that is none or is taken, or a file the person has; QuotaReached; StorageFull.
    """
    try:
        name = harmless_name(new.name)
        async with db.files:
            await asyncio.to_thread(weights.settle, written, root_of(db), new.sha256)
            try:
                async with db.transaction() as tx:
                    await _refuse_over(tx, owner_id, name, new, quota)
                    return await _insert(tx, owner_id, name, new)
            except BaseException:
                await remove_unnamed(db, [new.sha256])
                raise
    finally:
        await asyncio.to_thread(written.unlink, missing_ok=True)


async def refuse_over(db: Database, owner_id: int, new_bytes: int, quota: Quota) -> None:
    """QuotaReached when another file of this size would be too much: asked before anything is fetched."""
    async with db.transaction() as tx:
        await _refuse_too_much(tx, owner_id, new_bytes, quota)


async def _refuse_over(tx: Transaction, owner_id: int, name: str, new: New, quota: Quota) -> None:
    known = await tx.one(OWN_BY_SHA256, (owner_id, new.sha256))
    if known is not None:
        raise BadRequest(template=KNOWN_ALREADY, name=known["name"])
    if await tx.one(OWN_BY_NAME, (owner_id, folded(name))) is not None:
        raise BadRequest(template=NAME_TAKEN, name=name)
    await _refuse_too_much(tx, owner_id, new.size_bytes, quota)


async def _refuse_too_much(tx: Transaction, owner_id: int, new_bytes: int, quota: Quota) -> None:
    [row] = await tx.all("SELECT count(*), coalesce(sum(size_bytes), 0) FROM loras WHERE owner_id = ?", (owner_id,))
    if row[0] >= quota.files:
        raise QuotaReached(template=TOO_MANY, limit=quota.files)
    if row[1] + new_bytes > quota.total_mib << 20:
        raise QuotaReached(template=TOO_MUCH, limit=quota.total_mib)


async def _insert(tx: Transaction, owner_id: int, name: str, new: New) -> Lora:
    columns: dict[str, Value] = {
        "owner_id": owner_id,
        "name": name,
        "folded": folded(name),
        "kind": new.kind.value,
        "sha256": new.sha256,
        "size_bytes": new.size_bytes,
        "family": new.family,
        "words": json.dumps([*new.words], ensure_ascii=False),
        "age": new.age,
        "source": "upload" if new.version_id is None else "civitai",
        "version_id": new.version_id,
        "created_at": time.time(),
    }
    places = ", ".join("?" * len(columns))
    sql = f"INSERT INTO loras ({', '.join(columns)}) VALUES ({places}) RETURNING {COLUMNS}"
    [row] = await tx.all(sql, tuple(columns.values()))
    return from_row(row)


async def get(db: Database, lora_id: int) -> Lora | None:
    """One row."""
    row = await db.one(GET, (lora_id,))
    return from_row(row) if row else None


async def of_owner(db: Database, owner_id: int) -> list[Lora]:
    """A person's own, by name."""
    return [from_row(row) for row in await db.all(OF_OWNER, (owner_id,))]


async def shared_with(db: Database, guild_id: int) -> list[Lora]:
    """What members shared with this server, by name."""
    return [from_row(row) for row in await db.all(SHARED, (guild_id,))]


async def path(db: Database, sha256: str) -> Path | None:
    """Where the file lies; None when nobody has it any more."""
    if await db.one(LIVES, (sha256,)) is None:
        return None
    file = path_of(db, sha256)
    return file if await asyncio.to_thread(file.is_file) else None


async def shares(db: Database, lora_id: int) -> frozenset[int]:
    """The servers it is shared with."""
    return frozenset(row["guild_id"] for row in await db.all(GUILDS, (lora_id,)))


async def share(db: Database, lora: Lora, guild_id: int) -> bool:
    """Let the members of this server use it; False when it is gone. BadRequest when the name means another there."""
    async with db.transaction() as tx:
        if await tx.one(GET, (lora.id,)) is None:
            return False
        taken = await tx.one(SHARED_BY_NAME, (guild_id, folded(lora.name)))
        if taken is not None and taken["id"] != lora.id:
            raise BadRequest(template=SHARED_NAME, name=lora.name)
        sql = "INSERT OR IGNORE INTO lora_shares (guild_id, folded, lora_id, shared_at) VALUES (?, ?, ?, ?)"
        await tx.run(sql, (guild_id, folded(lora.name), lora.id, time.time()))
    return True


async def unshare(db: Database, lora_id: int, guild_id: int) -> bool:
    """Let the members of this server use it no more; False when they could not."""
    async with db.transaction() as tx:
        return await tx.run("DELETE FROM lora_shares WHERE lora_id = ? AND guild_id = ?", (lora_id, guild_id)) == 1


async def remove(db: Database, lora_id: int, owner_id: int) -> Lora | None:
    """Delete what this person owns, everywhere it is shared too; None when it was gone. The file goes with it."""
    async with db.files:
        async with db.transaction() as tx:
            row = await tx.one(
                f"DELETE FROM loras WHERE id = ? AND owner_id = ? RETURNING {COLUMNS}", (lora_id, owner_id)
            )
        if row is None:
            return None
        await remove_unnamed(db, [row["sha256"]])
    return from_row(row)


async def remove_unnamed(db: Database, sha256s: Collection[str]) -> None:
    """Remove the files of those that no row names any more; the caller holds `files`."""
    gone = [sha256 for sha256 in sha256s if not await db.one(LIVES, (sha256,))]
    await asyncio.to_thread(weights.remove, root_of(db), gone)


async def sweep(db: Database, older_than_s: float = 3600.0) -> int:
    """Remove files that no row names, and half-written ones; say how many."""
    async with db.files:
        living = {row["sha256"] for row in await db.all("SELECT DISTINCT sha256 FROM loras")}
        return await asyncio.to_thread(weights.sweep, root_of(db), living, older_than_s)


def from_row(row: Row) -> Lora:
    """What a row of COLUMNS says."""
    columns = dict(row)
    columns.update(kind=Kind(row["kind"]), words=tuple(json.loads(row["words"])))
    return Lora(**columns)
