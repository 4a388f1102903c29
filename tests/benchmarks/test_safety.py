"""The races of `python -m benchmarks.safety`, fewer of them; and that they would see a leak."""

from pathlib import Path

import pytest

from benchmarks import forging, races, wire
from cogs import _gate


async def test_nothing_leaks_on_the_state_machine_and_what_is_allowed_arrives() -> None:
    tally = await races.run(400, seed=5)
    assert (tally.leaks, tally.lost) == ([], [])
    assert tally.races == 400
    assert tally.admitted == tally.delivered > 10
    assert tally.arrivals > 200
    assert set(tally.changes) == {
        "flag", "flag late", "thread", "server", "standing", "judge", "restart", "message"
    }  # fmt: skip


@pytest.mark.parametrize("asks_nothing", ["show", "preview"])
async def test_a_gate_that_asks_nothing_leaks(monkeypatch: pytest.MonkeyPatch, asks_nothing: str) -> None:
    async def lets_everything_pass(*_: object, **__: object) -> bool:
        return False

    monkeypatch.setattr(_gate, asks_nothing, lets_everything_pass)
    assert (await races.run(60, seed=5)).leaks


@pytest.mark.slow
async def test_nothing_leaks_over_the_wire(tmp_path: Path) -> None:
    tally = await wire.run(12, seed=6, folder=tmp_path / "data")
    assert tally.leaks == []
    assert tally.races == 12
    assert tally.shown > 0


async def test_no_provenance_can_be_forged_and_true_ones_are_known() -> None:
    tally = await forging.run(240, seed=7)
    assert tally.accepted == []
    assert len(tally.tried) == len(forging.KINDS)
    assert (tally.true_ones, tally.turned_away) == (24, 0)


@pytest.mark.slow
async def test_a_thousand_forged_provenances() -> None:
    tally = await forging.run(1000, seed=8)
    assert tally.accepted == []
    assert tally.turned_away == 0
