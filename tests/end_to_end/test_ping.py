"""Whoever waited long is called when the picture is ready: once, only them, and not if they would rather not be."""

import pytest

from playground import Seen
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, until, verbs

pytestmark = pytest.mark.slow

LONG = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PING_AFTER_S": "0.1"}
POST = r"/channels/\d+/messages"


def calls(bot: RunningBot, place: str = "#gallery") -> list[Seen]:
    """The messages that mention somebody."""
    return [seen for seen in bot.person("Aiko").sees(place) if seen.pinged and seen.author == "Genga"]


async def settled(bot: RunningBot, *states: str | None) -> None:
    """Return when every job has come this far."""
    await until(lambda: [each["ping"] for each in bot.rows("SELECT ping FROM jobs ORDER BY id")] == list(states))


async def test_a_long_wait_ends_with_one_reply_that_calls_its_owner_alone(start_bot: StartBot) -> None:
    async with start_bot(**LONG) as bot:
        await bot.settle(4, "Aiko", "Chika")
        card = await bot.imagine("prompt:1girl, @everyone seed:1")
        await settled(bot, "sent")
        [call] = calls(bot)
        assert (call.reply_to, call.pinged) == (card.id, ["Aiko"])
        assert call.content.endswith(" your picture is ready.")
        alone = await bot.imagine("prompt:1girl, dew seed:2 count:2", place="dm")
        await settled(bot, "sent", "sent")
        [call] = calls(bot, "dm")
        assert call.reply_to == alone.id
        assert call.content.endswith(" your pictures are ready.")
        # Only she sees it anyway, and Discord notifies nobody of a private answer.
        await bot.imagine("prompt:1girl, moss seed:3 private:True")
        assert [each["ping"] for each in bot.rows("SELECT ping FROM jobs ORDER BY id")] == ["sent", "sent", None]
        # With the card goes the call.
        await bot.person("Aiko").press(card, "Delete")
        await bot.world.until(lambda: not calls(bot) or None, 30)


async def test_a_long_wait_that_ends_without_a_picture_calls_too(start_bot: StartBot) -> None:
    async with start_bot(**{**LONG, "GENGA_TEST_FAULT": "crash@1"}) as bot:
        failed = await bot.ended(await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl, dune"))
        await settled(bot, "sent")
        [call] = calls(bot)
        assert (call.reply_to, call.pinged) == (failed.id, ["Aiko"])
        assert call.content.endswith(" there is no picture this time; see what I wrote.")
        # Whoever cancels is there.
        sent, seen = await bot.begin("prompt:1girl, dune seed:2")
        await bot.person("Aiko").press(seen, "Cancel")
        assert "Cancelled" in (await bot.ended(sent)).content
        await settled(bot, "sent", None)


async def test_nobody_is_called_who_switched_it_off(start_bot: StartBot) -> None:
    async with start_bot(**LONG) as bot:
        await bot.settle(4, "Aiko")
        aiko = bot.person("Aiko")
        panel = await (await aiko.slash("#gallery", "/settings")).message()
        assert "I'll let you know when a picture that took a while is ready." in panel.content
        assert (await aiko.press(panel, "Stop notifying me")).answer == "update"
        assert "I won't let you know when a picture is ready." in panel.content
        await bot.imagine("prompt:1girl, fern seed:1")
        await aiko.press(panel, "Notify me")
        await bot.imagine("prompt:1girl, fern seed:2")
        await settled(bot, None, "sent")
        assert len(calls(bot)) == 1


async def test_a_quick_picture_calls_nobody(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.settle(2, "Aiko")
        await bot.imagine("prompt:1girl, wind seed:1")
        assert [each["ping"] for each in bot.rows("SELECT ping FROM jobs")] == [None]
        assert calls(bot) == []


async def test_a_crash_after_the_card_still_calls_once(start_bot: StartBot) -> None:
    async with start_bot(**LONG, GENGA_TEST_FAILPOINT="after_done") as bot:
        await bot.settle(4, "Aiko")
        _, seen = await bot.begin("prompt:1girl, comet seed:1")
        await until(lambda: not bot.playground.bot_online, 60)
        assert "reroll" in verbs(seen)
        assert calls(bot) == []
        await bot.restart(GENGA_TEST_FAILPOINT="")
        await settled(bot, "sent")
        assert len(calls(bot)) == 1


async def test_a_call_that_was_sent_but_not_noted_is_not_repeated(start_bot: StartBot) -> None:
    async with start_bot(**LONG) as bot:
        bot.world.settings.nonce_window_s = 0.0
        await bot.settle(4, "Aiko")
        bot.world.faults.add("POST", POST, status=502, after=True, times=9)
        await bot.begin("prompt:1girl, meteor seed:1")
        await bot.world.until(lambda: calls(bot) or None, 30)
        await bot.kill()
        bot.world.faults.clear()
        assert len(calls(bot)) == 1
        await bot.start()
        await settled(bot, "sent")
        assert len(calls(bot)) == 1


async def test_a_call_to_a_card_that_is_gone_is_dropped(start_bot: StartBot) -> None:
    async with start_bot(**LONG, GENGA_TEST_FAILPOINT="after_done") as bot:
        await bot.settle(4, "Aiko")
        _, seen = await bot.begin("prompt:1girl, spark seed:1")
        await until(lambda: not bot.playground.bot_online, 60)
        await bot.person("Mori").delete(seen)
        await bot.restart(GENGA_TEST_FAILPOINT="")
        await settled(bot, "dropped")
        assert calls(bot) == []
