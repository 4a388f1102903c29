"""Discord's three seconds as simcord keeps them, on a clock that the tests move: a later answer is refused (10062)."""

import asyncio

import pytest

from storage.jobs import State
from tests.referee.stage import Stage, gallery

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_answer_that_comes_too_late_is_refused_and_nothing_is_drawn_for_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.house.db.transaction():  # a disk that is busy for four seconds
        asking = asyncio.create_task(stage.alice.slash(stage.channel, "imagine", prompt="1girl"))
        await asyncio.sleep(0.3)
        stage.env.backend.advance_clock(4)
    late = await asking
    assert not late.acknowledged
    assert stage.channel.history() == []
    assert [record.getMessage() for record in caplog.get_records("call")] == [
        "an answer came too late for Discord (code 10062)"
    ]
    caplog.clear()
    await stage.reaches(1, State.ABANDONED)
    again = await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    assert gallery(await stage.ended(again)) == ["genga-2-1.png"]


async def test_a_button_that_is_answered_too_late_harms_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl"))
    async with stage.house.db.transaction():
        pressing = asyncio.create_task(stage.bob.click(card, label="Reroll"))
        await asyncio.sleep(0.3)
        stage.env.backend.advance_clock(4)
    assert not (await pressing).acknowledged
    assert "10062" in caplog.text
    caplog.clear()
    assert gallery(await stage.ended(await stage.bob.click(card, label="Reroll"))) == ["genga-3-1.png"]
