"""The bot is killed from one moment to the next and started again on the same folder."""

import pytest

from playground import Seen
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, request_in, verbs

pytestmark = pytest.mark.slow

# Three seconds a picture: long enough to kill the bot in the middle of one.
SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}


def cards(bot: RunningBot, who: str, place: str = "#gallery") -> list[int]:
    """The messages that show a finished picture."""
    seen = bot.person(who).sees(place)
    return [each.id for each in seen if any(one.name.endswith(".png") for one in each.pictures)]


async def finished(bot: RunningBot, seen: Seen) -> None:
    await bot.world.until(lambda: "reroll" in verbs(seen) or None, 60)


async def test_what_was_drawn_and_what_waited_are_both_delivered_in_their_own_messages(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(60, "Aiko", "Chika")
        _, drawn = await bot.begin("prompt:1girl, morning seed:1")
        await bot.drawing(drawn)
        _, waiting = await bot.begin("prompt:1girl, evening seed:2", who="Chika")
        _, private = await bot.begin("prompt:1girl, noon seed:3 private:True")
        _, alone = await bot.begin("prompt:1girl, midnight seed:4", place="dm")
        states = [bot.job(seen)["state"] for seen in (drawn, waiting, private, alone)]
        assert states == ["running", "queued", "queued", "queued"]

        await bot.kill()
        await bot.start()
        for seen in (drawn, waiting, private, alone):
            await finished(bot, seen)
        assert sorted(cards(bot, "Aiko")) == sorted([drawn.id, waiting.id, private.id])
        assert cards(bot, "Chika") == [drawn.id, waiting.id]
        assert cards(bot, "Aiko", "dm") == [alone.id]
        assert [request_in(seen.pictures[0]).seed for seen in (drawn, waiting, private, alone)] == [1, 2, 3, 4]
        # A restart of the bot is no fault of the job.
        assert [bot.job(seen)["deaths"] for seen in (drawn, waiting)] == [0, 0]


async def test_the_buttons_of_old_cards_work_after_a_restart(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(2, "Aiko")
        card = await bot.imagine("prompt:1girl, harbour seed:5 count:2")
        refused = await (
            await aiko.submit(await aiko.press(await bot.details(card), "Advanced…"), {"steps": "many"})
        ).message()
        open_form = await aiko.press(card, "Edit")
        choice = await (await aiko.press(card, "Vary")).message()
        assert await bot.stop() == 0
        await bot.start()

        child = await bot.card(await aiko.press(card, "Reroll"))
        assert "↩ from [an earlier picture](" in child.content
        await bot.card(await aiko.press(choice, "Strong"))
        assert (await aiko.press(card, "Edit")).modal.field("prompt").value == "1girl, harbour"
        assert (await aiko.press(card, "2")).answer == "update"
        assert "seed 6" in (await (await aiko.press(card, "Info")).message()).content
        # Only a half-filled form is too short-lived to be written down, and the bot says so.
        told = await (await aiko.press(refused, "Fix it")).message()
        assert told.content.startswith("I was restarted and no longer have that draft.")
        late = await (await aiko.submit(open_form, {"prompt": "1girl, typed before"})).message()
        assert late.content == told.content
        # The settings are still there: two steps, as they were set before.
        assert request_in(child.pictures[0]).steps == 2
        await aiko.press(card, "Delete")
        await bot.world.until(lambda: len(card.pictures) == 1 or None, 30)
        await aiko.press(card, "Delete")
        await bot.world.until(lambda: card.deleted or None, 30)


async def test_a_cancel_pressed_just_before_the_bot_dies_is_kept(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(30, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, dawn seed:7")
        _, waiting = await bot.begin("prompt:1girl, dusk seed:8")
        await bot.kill()
        # While the bot is away nobody answers; afterwards the same button does.
        assert (await aiko.press(waiting, "Cancel")).failed == "The application did not respond"
        await bot.start()
        await aiko.press(waiting, "Cancel")
        await bot.world.until(lambda: "Cancelled." in waiting.content or None, 30)
        await finished(bot, drawn)


async def test_a_restart_that_takes_longer_than_the_token_lives_harms_nothing(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(30, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, rain seed:9")
        await bot.drawing(drawn)
        await bot.kill()
        bot.world.clock.advance(16 * 60)  # the interaction's token is dead, so the message is changed by its id
        await bot.start()
        await finished(bot, drawn)
        assert cards(bot, "Aiko") == [drawn.id]
