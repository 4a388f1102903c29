"""Waiting, progress, /queue and Cancel in simcord.

Its clock stands still until a test moves it, and shows in the bot's tasks only: the seconds until a job starts, which
come from the worker's clock too, are not compared here.
"""

import re

import pytest
import pytest_asyncio
import simcord

from inference.request import Wish
from storage import jobs, people
from storage.jobs import State
from tests.referee.stage import Stage, filled, gallery, labels, text, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = 60  # steps: six seconds


@pytest_asyncio.fixture(loop_scope="module")
async def long_job(stage: Stage) -> simcord.InteractionResult:
    """A picture of Alice's that takes its time and is being drawn."""
    await people.set_wish(stage.house.db, stage.alice.id, Wish(steps=LONG))
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl, castle")
    await stage.reaches(1, State.RUNNING)
    return result


async def test_a_waiting_picture_is_cancelled_and_the_one_before_it_goes_on(
    stage: Stage, long_job: simcord.InteractionResult
) -> None:
    waiting = await stage.bob.slash(stage.channel, "imagine", prompt="1boy")
    assert text(told(waiting)).startswith("**Next in line**")
    await stage.bob.click(told(waiting), label="Cancel")
    ended = await stage.ended(waiting)
    assert "ancelled" in text(ended)
    assert labels(ended) == ["Try again", "Edit"]
    await stage.reaches(2, State.CANCELLED)
    await stage.reaches(1, State.RUNNING)
    assert labels(told(long_job)) == ["Cancel"]


async def test_a_picture_being_drawn_is_cancelled_and_tried_again(
    stage: Stage, long_job: simcord.InteractionResult
) -> None:
    await people.set_wish(stage.house.db, stage.alice.id, Wish())
    await stage.alice.click(told(long_job), label="Cancel")
    ended = await stage.ended(long_job)
    assert gallery(ended) == []
    await stage.reaches(1, State.CANCELLED)
    changed = await stage.alice.click(ended, label="Edit")
    assert filled(changed)["prompt"] == "1girl, castle"
    again = await stage.alice.click(ended, label="Try again")
    assert labels(told(again)) == ["Cancel"]
    await stage.reaches(2, State.RUNNING)
    await stage.alice.click(told(again), label="Cancel")
    await stage.ended(again)


async def test_only_the_one_who_asked_may_cancel(stage: Stage, long_job: simcord.InteractionResult) -> None:
    refused = told(await stage.bob.click(told(long_job), label="Cancel"))
    assert refused.ephemeral
    await stage.reaches(1, State.RUNNING)


async def test_every_three_seconds_the_message_says_how_far_it_is(
    stage: Stage, long_job: simcord.InteractionResult
) -> None:
    card = await stage.shows(long_job, lambda said: "▰" in said)
    first = text(card)
    assert re.search(r"\*\*Drawing\*\* [▰▱]{12} step \d+ of 60", first)
    assert gallery(card) == ["preview.jpg"]
    assert "▰" in text(await stage.shows(long_job, lambda said: said != first))


async def test_the_queue_lists_ones_own_jobs_each_with_its_cancel(
    stage: Stage, long_job: simcord.InteractionResult
) -> None:
    waiting = await stage.alice.slash(stage.channel, "imagine", prompt="1girl, forest")
    await stage.bob.slash(stage.channel, "imagine", prompt="1boy")
    listed = told(await stage.alice.slash(stage.channel, "queue"))
    assert listed.ephemeral
    assert text(listed).startswith("**2 of yours** among 3 in the queue")
    assert "#1 · being drawn · `1girl, castle`" in text(listed)
    assert re.search(r"#2 · place \d, starts <t:\d+:R> · `1girl, forest`", text(listed))
    await stage.alice.click(listed, custom_id="v1:cancel:2:1")
    await stage.ended(waiting)
    await stage.reaches(2, State.CANCELLED)
    assert "1boy" not in text(listed)


async def test_an_empty_queue_says_so(stage: Stage) -> None:
    assert "not waiting for any picture" in text(told(await stage.bob.slash(stage.channel, "queue")))


async def test_nobody_may_wait_for_more_than_a_few_pictures(stage: Stage, long_job: simcord.InteractionResult) -> None:
    for _ in range(stage.house.config.queue.per_person - 1):
        await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    refused = told(await stage.alice.slash(stage.channel, "imagine", prompt="one more"))
    assert refused.ephemeral
    assert "3" in text(refused)
    assert len(await jobs.open_jobs(stage.house.db)) == 3
    other = await stage.bob.slash(stage.channel, "imagine", prompt="1boy")
    assert labels(told(other)) == ["Cancel"]
