"""Where people stand: cool-downs after repeated hits of the floor, and what moderators or the operator barred.

A hit adds a strike; strikes cost longer and longer pauses, and the last one bars the person everywhere until somebody
has looked at it. Strikes are forgotten after a while, bars are lifted by a person only.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

from storage.database import Database, Transaction, Value

EVERYWHERE = 0  # the server id of what the operator decides

STRIKES = "SELECT max(until) FROM strikes WHERE person_id = ? OR person_hash = ?"
BARS = "SELECT server_id, kind FROM bars WHERE (person_id = ? OR person_hash = ?) AND server_id IN (0, ?)"


class Kind(StrEnum):
    """How somebody stands, best first; the values are those of `inference.safety.policy.Standing`."""

    GOOD = "good"
    NO_ADULT = "no_adult"
    COOLING = "cooling"
    BLOCKED = "blocked"


class Bar(StrEnum):
    """What can be barred."""

    BLOCKED = "blocked"  # no pictures at all
    NO_ADULT = "no_adult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands in a place; `until` is when a cool-down ends, `everywhere` whether the operator decides."""

    kind: Kind = Kind.GOOD
    until: float | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolDowns:
    """Minutes of pause after the first strike, the second, …; whoever has them all behind them is barred."""

    steps_min: tuple[int, ...] = (0, 0, 10, 60, 1440, 10080)
    forget_days: int = 30


DEFAULT = CoolDowns()


async def standing(db: Database, person_id: int, guild_id: int | None) -> Standing:
    """How the person stands now in this server, or in private."""
    who = (person_id, db.keys.lasting_hash(person_id))
    bars = {(row["server_id"], row["kind"]) for row in await db.all(BARS, (*who, guild_id or EVERYWHERE))}
    if blocked := [server_id for server_id, kind in bars if kind == Bar.BLOCKED]:
        return Standing(kind=Kind.BLOCKED, everywhere=EVERYWHERE in blocked)
    [row] = await db.all(STRIKES, who)
    if row[0] is not None and row[0] > time.time():
        return Standing(kind=Kind.COOLING, until=row[0], everywhere=True)
    if bars:
        return Standing(kind=Kind.NO_ADULT, everywhere=any(server_id == EVERYWHERE for server_id, _ in bars))
    return Standing()


async def standing_by(db: Database, person_id: int, server_id: int) -> Standing:
    """What this server alone decided about the person: all that its moderators may know."""
    who = (person_id, db.keys.lasting_hash(person_id))
    kinds = {row["kind"] for row in await db.all(BARS, (*who, server_id)) if row["server_id"] == server_id}
    return Standing(kind=Kind.BLOCKED if Bar.BLOCKED in kinds else Kind.NO_ADULT if kinds else Kind.GOOD)


async def floor_hit(db: Database, person_id: int, cool_downs: CoolDowns = DEFAULT) -> Standing:
    """One more strike, with the pause it costs, or the bar that follows the last; how the person stands after it."""
    now = time.time()
    since = now - cool_downs.forget_days * 86400
    who = (person_id, db.keys.lasting_hash(person_id))
    count = "SELECT count(*) FROM strikes WHERE (person_id = ? OR person_hash = ?) AND at > ?"

    async def strike(tx: Transaction) -> None:
        [row] = await tx.all(count, (*who, since))
        if row[0] >= len(cool_downs.steps_min):
            await _bar(tx, person_id, EVERYWHERE, Bar.BLOCKED)
        else:
            strikes: int = row[0]
            until = now + cool_downs.steps_min[strikes] * 60
            await tx.run("INSERT INTO strikes (person_id, at, until) VALUES (?, ?, ?)", (person_id, now, until))

    await db.promised(strike)
    return await standing(db, person_id, None)


async def bar(db: Database, person_id: int, server_id: int, what: Bar) -> None:
    """Bar the person in a server, or EVERYWHERE."""
    await db.promised(lambda tx: _bar(tx, person_id, server_id, what))


async def lift(db: Database, person_id: int, server_id: int) -> bool:
    """Lift every bar of the person there, EVERYWHERE their strikes too; False when there was nothing to lift."""
    who = (person_id, db.keys.lasting_hash(person_id))
    sql = "DELETE FROM bars WHERE (person_id = ? OR person_hash = ?) AND server_id = ?"
    async with db.transaction() as tx:
        lifted = await tx.run(sql, (*who, server_id))
        if server_id == EVERYWHERE:
            lifted += await tx.run("DELETE FROM strikes WHERE person_id = ? OR person_hash = ?", who)
    return lifted > 0


async def forget_old(db: Database, forget_days: int = DEFAULT.forget_days) -> int:
    """Remove strikes that count no more, and say how many."""
    now = time.time()
    async with db.transaction() as tx:
        return await tx.run("DELETE FROM strikes WHERE at < ? AND until < ?", (now - forget_days * 86400, now))


async def pseudonymise(tx: Transaction, person_id: int, lasting_hash: bytes) -> None:
    """Part of `privacy.erase`: what bars somebody stays, and knows them by a hash alone."""
    # Barred, erased, barred again and erased again: the older row says the same.
    await tx.run(
        "DELETE FROM bars WHERE person_hash = ? AND EXISTS (SELECT 1 FROM bars AS newer"
        " WHERE newer.person_id = ? AND newer.server_id = bars.server_id AND newer.kind = bars.kind)",
        (lasting_hash, person_id),
    )
    for table in ("bars", "strikes"):
        sql = f"UPDATE {table} SET person_id = NULL, person_hash = ? WHERE person_id = ?"
        await tx.run(sql, (lasting_hash, person_id))


async def _bar(tx: Transaction, person_id: int, server_id: int, what: Bar) -> None:
    row: tuple[Value, ...] = (person_id, server_id, what, time.time())
    await tx.run("INSERT OR IGNORE INTO bars (person_id, server_id, kind, made_at) VALUES (?, ?, ?, ?)", row)
