"""The worker dies, is killed, hangs or talks nonsense: whoever waits for a picture gets it, or one sentence."""

import os
import signal

import pytest

from playground import Seen
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, until

pytestmark = pytest.mark.slow


def pictures_in(bot: RunningBot, place: str = "#gallery") -> list[Seen]:
    """The messages that show a finished picture."""
    return [seen for seen in bot.person("Aiko").sees(place) if any(one.name.endswith(".png") for one in seen.pictures)]


async def test_a_job_whose_worker_is_killed_is_delivered_once(start_bot: StartBot) -> None:
    async with start_bot(GENGA_DRAWING__PREVIEW_INTERVAL_S="0.1") as bot:
        await bot.settle(60, "Aiko")
        sent, waiting = await bot.begin("prompt:1girl, storm seed:1")
        await bot.drawing(waiting)
        worker = await bot.drawing_pid()
        os.kill(worker, signal.SIGKILL)
        card = await bot.card(sent)
        assert await bot.drawing_pid() != worker
        assert card.id == waiting.id
        assert len(card.pictures) == 1
        assert pictures_in(bot) == [card]
        job = bot.job(card)
        assert (job["state"], job["deaths"], job["attempt"]) == ("done", 1, 2)
        assert len(bot.rows("SELECT * FROM posts")) == 1


async def test_a_job_that_kills_two_workers_fails_with_a_sentence_and_the_next_is_drawn(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow,crash@2x2") as bot:
        aiko = bot.person("Aiko")
        await bot.settle(4, "Aiko", "Chika")
        sent, waiting = await bot.begin("prompt:1girl, thunder seed:2")
        ended = await bot.ended(sent)
        assert ended.id == waiting.id
        sentence = ended.content.split("\n")[0]
        assert sentence == (
            "The drawing process stopped twice on this picture, so I gave up. "
            "Change the request and try again. (job #1)"
        )
        assert labels(ended) == ["Try again", "Edit"]
        assert ended.pictures == []
        assert bot.job(ended)["state"] == "failed"
        await bot.imagine("prompt:1girl, calm seed:3", who="Chika")
        # The fault has worn off, so the very same request succeeds now.
        await bot.card(await aiko.press(ended, "Try again"))
        assert bot.log.count("has ended with status -11") == 2, "the operator finds the reason in the log"
        assert "Traceback" not in bot.log


async def test_a_worker_that_hangs_is_replaced_and_its_job_drawn(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow,hang@2x1", GENGA_WORKER__STEP_DEADLINE_S="1.5") as bot:
        await bot.settle(4, "Aiko")
        worker = await bot.drawing_pid()
        card = await bot.imagine("prompt:1girl, ice seed:4")
        assert bot.job(card)["deaths"] == 1
        assert await bot.drawing_pid() != worker
        assert pictures_in(bot) == [card]


@pytest.mark.parametrize("fault", ["garbage@2x1", "half filex1"])
async def test_a_worker_that_talks_nonsense_is_replaced_and_its_job_drawn(start_bot: StartBot, fault: str) -> None:
    async with start_bot(GENGA_TEST_FAULT=f"slow,{fault}") as bot:
        await bot.settle(4, "Aiko")
        card = await bot.imagine("prompt:1girl, fog seed:5")
        assert pictures_in(bot) == [card]


async def test_a_picture_that_does_not_fit_into_memory_costs_one_sentence(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow,oom@2x1") as bot:
        await bot.settle(4, "Aiko")
        sent = await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl, ocean seed:6")
        ended = await bot.ended(sent)
        sentence = ended.content.split("\n")[0]
        assert sentence == "256×256 does not fit into the graphics memory. Try a smaller size. (job #1)"
        assert labels(ended) == ["Try again", "Edit"]
        await bot.card(await bot.person("Aiko").press(ended, "Try again"))


async def test_a_worker_that_ignores_cancel_is_replaced(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow,ignores cancel", GENGA_DRAWING__PREVIEW_INTERVAL_S="0.2") as bot:
        await bot.settle(60, "Aiko")
        aiko = bot.person("Aiko")
        worker = await bot.drawing_pid()
        sent, waiting = await bot.begin("prompt:1girl, stone seed:7")
        await bot.drawing(waiting)
        await aiko.press(waiting, "Cancel")
        assert (await bot.ended(sent)).content.startswith("Cancelled.")
        await until(lambda: bot.job(waiting)["state"] == "cancelled")
        await bot.settle(4, "Aiko")
        await bot.imagine("prompt:1girl, stone seed:8")
        assert await bot.drawing_pid() != worker


async def test_a_worker_that_cannot_start_keeps_nobody_waiting_for_ever(start_bot: StartBot) -> None:
    fault = {"GENGA_TEST_FAULT": "slow,no startx3", "GENGA_WORKER__GIVE_UP_AFTER_S": "3"}
    async with start_bot(**fault, GENGA_DRAWING__PREVIEW_INTERVAL_S="0.2") as bot:
        await bot.settle(4, "Aiko", "Chika")
        first, seen = await bot.begin("prompt:1girl, frost seed:9")
        await bot.world.until(lambda: "The drawing process keeps stopping" in seen.content or None, 30)
        assert "the drawing process cannot start" in bot.log
        # Three starts fail at once, and the fourth comes after a pause of five seconds: too late for her.
        ended = await bot.ended(first)
        assert ended.content.startswith("The drawing process hasn't started for 1 min, so I gave up.")
        await until(lambda: bot.job(ended)["state"] == "failed")
        # It is a good one, and serves whoever comes then.
        await until(lambda: "is up:" in bot.log)
        await bot.imagine("prompt:1girl, thaw seed:10", who="Chika")
