"""The real bot with its real rater: what is drawn and what is sent is looked at, and nothing leaves that was not."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from benchmarks.bot_process import children
from inference.safety.policy import NOT_CHECKED
from tests.end_to_end.running_bot import RunningBot, command, control, running_bot, until
from tests.end_to_end.test_imagine import plain

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

DEADLINE_S = "6.0"  # time enough for another one to start on a busy machine
DRAWN = "prompt:1girl, blue hair, short hair, brown eyes, smile, blue sweater, street, day"  # rated far below any limit


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """It draws in as many steps as anybody gets."""
    folder: Path = tmp_path_factory.mktemp("bot") / "data"
    async with running_bot(folder, planted="nothing", GENGA_SAFETY__RATER_DEADLINE_S=DEADLINE_S) as bot:
        yield bot


def rater(bot: RunningBot) -> int | None:
    """The process that looks at pictures."""
    return next((pid for pid in children(bot.pid) if "inference.safety.rater.child" in command(pid)), None)


async def test_every_picture_that_is_drawn_or_sent_is_looked_at(bot: RunningBot) -> None:
    await bot.imagine(f"{DRAWN} seed:1 count:2")
    typed = f"/imagine {DRAWN} seed:3 image:@start.png"
    sent = await bot.person("Aiko").slash("#gallery", typed, attachments={"start.png": plain("white")})
    await bot.ended(sent)
    rows = bot.rows("SELECT drawn_here, rating, photo, scores, detector_version FROM pictures")
    assert [row["drawn_here"] for row in rows] == [1, 1, 0, 1]
    assert all(row["rating"] and row["scores"] and row["photo"] is not None for row in rows)
    assert {row["detector_version"].partition("@")[0] for row in rows} == {"nsfwjs-mobilenet_v2"}


async def test_a_rater_that_dies_is_replaced_before_anybody_notices(bot: RunningBot) -> None:
    before = await until(lambda: rater(bot))
    os.kill(before, signal.SIGKILL)
    assert (await bot.imagine(f"{DRAWN} seed:1")).pictures
    await until(lambda: rater(bot) not in {None, before})


async def test_a_rater_that_hangs_is_replaced_and_the_next_one_looks(bot: RunningBot) -> None:
    hanging = await until(lambda: rater(bot))
    psutil.Process(hanging).suspend()
    # A frame may meet with it, and then it is gone when the picture comes; or else the picture does.
    first = await bot.ended(await bot.person("Aiko").slash("#gallery", f"/imagine {DRAWN} seed:1"))
    assert first.pictures or NOT_CHECKED in first.content
    await until(lambda: rater(bot) not in {None, hanging})
    assert (await bot.imagine(f"{DRAWN} seed:1")).pictures


async def test_while_no_rater_answers_nothing_leaves_and_what_was_drawn_is_shown_later(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")

    async def hold_every_rater() -> None:
        while True:
            if found := rater(bot):
                with contextlib.suppress(psutil.Error):
                    psutil.Process(found).suspend()
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        holding = group.create_task(hold_every_rater())
        ended = await bot.ended(await aiko.slash("#gallery", f"/imagine {DRAWN} seed:1"))
        assert not ended.pictures
        assert NOT_CHECKED in ended.content
        holding.cancel()
    [row] = bot.rows("SELECT rating FROM pictures ORDER BY id DESC LIMIT 1")
    assert row["rating"] is None
    held = await until(lambda: rater(bot))
    os.kill(held, signal.SIGKILL)
    await until(lambda: rater(bot) not in {None, held} or None)
    page = await (await aiko.slash("#gallery", "/history")).message()
    assert page.pictures, "it was kept, is looked at now, and is harmless"
    assert (await bot.card(await aiko.press(ended, control(ended, "retry")))).pictures
