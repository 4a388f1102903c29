"""The bot is there for people at once, long before the worker has loaded anything; and it goes quietly."""

import pytest

from benchmarks.bot_process import children
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import command, control, labels, until

pytestmark = pytest.mark.slow

LOADS = {"GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2", "workers": "started"}  # for seconds, as everywhere else


async def test_it_logs_in_and_answers_while_the_worker_is_still_loading(start_bot: StartBot) -> None:
    async with start_bot(**LOADS) as bot:
        aiko = bot.person("Aiko")
        sent = await aiko.slash("#gallery", "/imagine prompt:1girl, sky seed:1")
        assert (sent.failed, sent.answer) == (None, "message")
        waiting = await sent.message()
        assert "worker" not in bot.log.replace("inference.worker", "") or "is up" not in bot.log, "it was loading"
        await bot.world.until(lambda: "Loading" in waiting.content or None, 30)
        assert waiting.content.startswith("**Loading Genga mini")
        assert labels(waiting) == ["Cancel"]
        card = await bot.card(sent)
        assert card.id == waiting.id

        worker = await bot.drawing_pid()
        started = children(bot.pid)
        assert worker in started
        assert await bot.stop() == 0
        # Nothing of it is left behind: no worker, no decoder.
        await until(lambda: not any(command(pid) for pid in started))


async def test_a_job_is_cancelled_while_the_worker_is_loading(start_bot: StartBot) -> None:
    async with start_bot(**LOADS) as bot:
        aiko = bot.person("Aiko")
        sent = await aiko.slash("#gallery", "/imagine prompt:1girl, cloud seed:2")
        waiting = await sent.message()
        await bot.world.until(lambda: "Loading" in waiting.content or None, 30)
        await aiko.press(waiting, control(waiting, "cancel"))
        ended = await bot.ended(sent)
        assert ended.content.startswith("Cancelled. Nothing was drawn.")
        assert ended.pictures == []
        assert bot.job(ended)["state"] == "cancelled"
        # The next person's picture is drawn as soon as the worker is up.
        await bot.imagine("prompt:1girl, cloud seed:3", who="Chika")
