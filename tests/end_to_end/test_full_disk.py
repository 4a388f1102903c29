"""A running bot whose disk is full from one moment to the next: sentences for people, a line each for its operator."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, until, verbs

resource = pytest.importorskip("resource")  # not on Windows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process that runs already"),
]

# No file of the bot's may grow over this. Its log stays below; the database's log, and every picture, is beyond it.
ROOM_BYTES = 32 * 2**10
FULL = "There is no room left to keep pictures. Please tell the bot's operator."


@contextmanager
def full_disk(bot: RunningBot) -> Iterator[None]:
    before = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, before)


async def test_nothing_fails_silently_or_for_another_reason_and_afterwards_all_goes_on(start_bot: StartBot) -> None:
    settings = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
    async with start_bot(**settings, GENGA_STORAGE__RESERVE_MIB="1") as bot:
        aiko = bot.person("Aiko")
        await bot.settle(10, "Aiko", "Chika")
        card = await bot.imagine("prompt:1girl, first seed:1")
        sent, waiting = await bot.begin("prompt:1girl, caught seed:2")
        await bot.drawing(waiting)
        with full_disk(bot):
            ended = await bot.ended(sent)
            assert ended.content.startswith(f"{FULL} (job #2)")
            assert not (bot.folder / "reserve").exists(), "it was tried once more in that room"
            refused = await (await bot.person("Chika").slash("#gallery", "/imagine prompt:1girl, late")).message()
            assert (refused.ephemeral, refused.content) == (True, FULL)
            shown = await (await aiko.slash("#gallery", "/history")).message()
            assert [each.name for each in shown.pictures] == ["genga-1-small.webp"]
            # Its files make no room here: the limit is of the process, not the disk.
            pressed = await aiko.press(card, "Delete")
            [deleting] = await bot.world.until(lambda: pressed.followups or None, 30)
            assert deleting.content == FULL
        assert all(re.match(r"20\d\d-", line) for line in bot.log.splitlines()), "a line for each, and no traceback"
        assert " ERROR cogs._session: job 2 failed: StorageFull: [Errno 27] File too large" in bot.log
        await aiko.press(card, "Delete")
        await until(lambda: card.deleted or None)
        await bot.imagine("prompt:1girl, after seed:3", who="Chika")
        # What could not be written down is not lost either: the next start draws it.
        await bot.stop()
        await bot.start()
        await bot.world.until(lambda: "reroll" in verbs(waiting) or None, 60)


async def test_a_small_copy_that_cannot_be_kept_is_shown_all_the_same(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="quick") as bot:
        (bot.folder / "thumbnails").write_text("in the way", encoding="utf-8")
        await bot.imagine("prompt:1girl seed:1")
        shown = await (await bot.person("Aiko").slash("#gallery", "/history")).message()
        assert [each.name for each in shown.pictures] == ["genga-1-small.webp"]
        assert "Traceback" not in bot.log
