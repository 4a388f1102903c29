"""A worker that is still coming up: answers come in time all the same, and pictures even after fifteen minutes.

simcord says 404 (10015) for an expired token where Discord says 401 (50027); the bot does not try either.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
import simcord

from inference.gpu import Gpu
from inference.gpu import State as WorkerState
from inference.models.catalog import Catalog
from storage.jobs import State
from tests.referee.stage import Stage, gallery, labels, stand_in_gpu, text, told

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest.fixture
def others() -> set[psutil.Process]:
    """Children that are no worker of the test's."""
    return set(psutil.Process().children())


@pytest_asyncio.fixture(loop_scope="module")
async def gpu(others: set[psutil.Process], catalog: Catalog, tmp_path: Path) -> AsyncGenerator[Gpu]:
    """A worker of the test's own, stopped at once: it comes up in a moment, and everything else takes longer."""
    async with stand_in_gpu(catalog, tmp_path / "worker") as gpu:
        while not (found := set(psutil.Process().children()) - others):  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.005)
        [worker] = found
        worker.suspend()
        assert gpu.state is WorkerState.STARTING
        yield gpu
        worker.resume()


@pytest.fixture
def stopped(gpu: Gpu, others: set[psutil.Process]) -> psutil.Process:
    """The worker's process; it goes on when the test says so."""
    assert gpu.state is WorkerState.STARTING
    [worker] = set(psutil.Process().children()) - others
    return worker


async def test_an_answer_comes_in_time_while_the_queue_is_long_and_the_worker_is_loading(
    stage: Stage, stopped: psutil.Process
) -> None:
    asked: list[simcord.InteractionResult] = []
    # simcord's clock stands still while the bot works; what the three seconds are about are real ones.
    for number in range(3):
        for person in (stage.alice, stage.bob):
            began = time.monotonic()
            asked.append(await person.slash(stage.channel, "imagine", prompt=f"1girl, {number}"))
            assert time.monotonic() - began < 3
    assert all(labels(told(result)) == ["Cancel"] for result in asked)
    assert "place 5" in text(told(asked[-1]))
    for command in ("queue", "settings", "help"):
        began = time.monotonic()
        assert told(await stage.alice.slash(stage.channel, command))
        assert time.monotonic() - began < 3
    await stage.env.advance_time(3)
    assert text(told(asked[0])).startswith("**Loading Genga mini")
    assert "Next in line" in text(told(asked[1]))
    stopped.resume()
    for number, result in enumerate(asked, 1):
        assert gallery(await stage.ended(result)) == [f"genga-{number}-1.png"]


async def test_a_picture_can_be_cancelled_while_the_worker_is_loading(stage: Stage, stopped: psutil.Process) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    await stage.env.advance_time(3)
    await stage.alice.click(told(result), label="Cancel")
    assert labels(await stage.ended(result)) == ["Try again", "Edit"]


async def test_a_picture_that_takes_longer_than_fifteen_minutes_still_comes_in_its_message(
    stage: Stage, stopped: psutil.Process
) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    await stage.env.advance_time(16 * 60)
    before = len(stage.env.http_requests)
    stopped.resume()
    card = await stage.ended(result)
    assert gallery(card) == ["genga-1-1.png"]
    assert len(stage.channel.history()) == 1
    since = {(request.method, request.path) for request in stage.env.http_requests[before:]}
    assert since == {("PATCH", f"/channels/{card.channel_id}/messages/{card.id}")}


async def test_a_private_picture_that_takes_longer_than_fifteen_minutes_comes_as_a_direct_message(
    stage: Stage, stopped: psutil.Process
) -> None:
    await stage.alice.slash(stage.channel, "imagine", prompt="1girl", private=True)
    await stage.env.advance_time(16 * 60)
    stopped.resume()
    await stage.reaches(1, State.DONE)
    [sent] = stage.alice.user.dm_channel.history()
    assert [file.filename for file in sent.attachments] == ["genga-1-1.png"]
    assert stage.channel.history(viewer=stage.bob) == []
