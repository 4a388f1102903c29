"""How people stand: pauses that grow, bars that stay, and neither is lost when somebody has their data deleted."""

import time

import pytest

from storage import privacy, standing
from storage.database import Database
from storage.standing import EVERYWHERE, Bar, CoolDowns, Kind, Standing

STEPS = CoolDowns(steps_min=(0, 10, 60), forget_days=30)
HERE, ELSEWHERE = 10, 11


async def kinds(db: Database, person_id: int = 1) -> tuple[Kind, Kind, Kind]:
    """How they stand here, in another server and in private."""
    places = (HERE, ELSEWHERE, None)
    here, elsewhere, direct = [(await standing.standing(db, person_id, place)).kind for place in places]
    return here, elsewhere, direct


async def let_time_pass(db: Database, seconds: float) -> None:
    async with db.transaction() as tx:
        await tx.run("UPDATE strikes SET at = at - ?, until = until - ?", (seconds, seconds))


async def test_somebody_nobody_ever_saw_stands_well(db: Database) -> None:
    assert await standing.standing(db, 1, HERE) == Standing()


async def test_each_strike_costs_more_and_after_the_last_a_person_has_to_look(db: Database) -> None:
    assert (await standing.floor_hit(db, 1, STEPS)).kind is Kind.GOOD
    for minutes in (10, 60):
        paused = await standing.floor_hit(db, 1, STEPS)
        assert paused.kind is Kind.COOLING and paused.everywhere and paused.until
        assert paused.until - time.time() == pytest.approx(minutes * 60, abs=5)
        assert await kinds(db) == (Kind.COOLING,) * 3
        await let_time_pass(db, minutes * 60 + 1)
        assert await kinds(db) == (Kind.GOOD,) * 3
    assert (await standing.floor_hit(db, 1, STEPS)).kind is Kind.BLOCKED
    await let_time_pass(db, 90 * 86400)
    await standing.forget_old(db)
    assert await kinds(db) == (Kind.BLOCKED,) * 3
    assert await kinds(db, 2) == (Kind.GOOD,) * 3
    assert await standing.lift(db, 1, EVERYWHERE)
    assert (await standing.floor_hit(db, 1, STEPS)).kind is Kind.GOOD, "and it begins anew"


async def test_old_strikes_are_forgotten(db: Database) -> None:
    await standing.floor_hit(db, 1, STEPS)
    await let_time_pass(db, 31 * 86400)
    assert (await standing.floor_hit(db, 1, STEPS)).kind is Kind.GOOD
    assert await standing.forget_old(db) == 1
    assert await standing.forget_old(db) == 0


async def test_a_server_bars_for_itself_and_the_operator_everywhere(db: Database) -> None:
    await standing.bar(db, 1, HERE, Bar.BLOCKED)
    await standing.bar(db, 1, HERE, Bar.BLOCKED)
    assert await kinds(db) == (Kind.BLOCKED, Kind.GOOD, Kind.GOOD)
    assert not (await standing.standing(db, 1, HERE)).everywhere
    await standing.bar(db, 1, EVERYWHERE, Bar.NO_ADULT)
    assert await kinds(db) == (Kind.BLOCKED, Kind.NO_ADULT, Kind.NO_ADULT)
    assert await standing.lift(db, 1, HERE)
    assert await kinds(db) == (Kind.NO_ADULT,) * 3, "a server cannot lift what the operator decided"
    assert not await standing.lift(db, 1, HERE)


async def test_deleting_ones_data_lifts_nothing(db: Database) -> None:
    await standing.bar(db, 1, HERE, Bar.BLOCKED)
    await standing.floor_hit(db, 1, STEPS)
    for _ in range(2):
        await privacy.erase(db, 1)
        assert await kinds(db) == (Kind.BLOCKED, Kind.GOOD, Kind.GOOD)
        assert await db.all("SELECT * FROM bars WHERE person_id IS NOT NULL") == []
        assert await db.all("SELECT * FROM strikes WHERE person_id IS NOT NULL") == []
        await standing.bar(db, 1, HERE, Bar.BLOCKED)
    assert (await standing.floor_hit(db, 1, STEPS)).kind is Kind.COOLING, "the strike before still counts"
    assert await standing.lift(db, 1, HERE)
    assert await kinds(db) == (Kind.COOLING,) * 3
