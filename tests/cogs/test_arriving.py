"""A model on its way: what is said of how long it takes, and who it comes for."""

import asyncio
from types import SimpleNamespace

import pytest

from cogs import _card
from cogs._words import Words
from inference.models import arriving
from inference.models.arriving import Arriving
from inference.models.catalog import load_catalog

MB = 10**6
OFFER = load_catalog().known["animagine-xl-4-0"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(arriving, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def said(work: Arriving) -> str:
    return _card.arriving(Words("en-US"), OFFER.title, work)


def test_it_is_said_how_far_it_is_and_how_long_it_takes(clock: list[float]) -> None:
    work = Arriving(offer=OFFER)
    assert said(work).endswith("another model comes first")
    work.begun = True
    assert said(work).endswith("asking where it is…")
    for second in range(35):
        clock[0] = 1000.0 + second
        for piece in range(1, 1001):  # 50 MB a second, as they come
            work.report(50 * MB * second + piece * 50_000, 6900 * MB)
    assert said(work) == "**Fetching Animagine XL 4.0**: 25 %, about 2 minutes left"
    work.report(5500 * MB, 6900 * MB)
    assert said(work).endswith(": 79 %, about a minute left")


def test_what_an_earlier_try_brought_makes_nothing_faster(clock: list[float]) -> None:
    work = Arriving(offer=OFFER, begun=True)
    work.report(6000 * MB, 6900 * MB)
    assert said(work) == "**Fetching Animagine XL 4.0**: 86 %"
    clock[0] += 10
    for piece in range(1, 101):
        work.report(6000 * MB + piece * 100_000, 6900 * MB)
    assert work.speed == MB and work.left_s == 890
    work.report(0, 6900 * MB)  # the hub has another file now: from the beginning
    assert work.left_s is None and said(work).endswith(": 0 %")


async def test_it_stops_with_the_last_who_leaves_unless_the_operator_wants_it() -> None:
    for installs in (False, True):
        work = Arriving(offer=OFFER, installs=installs)
        work.fetching = asyncio.create_task(asyncio.sleep(60))
        with work.wanted_by(1) as first:
            with work.wanted_by(2):
                work.withdraw(1)
                work.withdraw(3)
            assert first.done() and not work.is_stopping
        assert work.is_stopping is not installs
        work.cancel()
        await asyncio.wait([work.fetching])
