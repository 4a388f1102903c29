"""A picture whose own message cannot show it comes another way, once; what cannot be shown at all is told later."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playground import Permission, Playground, Seen, Settings
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, until, verbs

pytestmark = pytest.mark.slow

# Three seconds a picture: time enough to take its place away.
SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
MISSED = "Something you asked for earlier is finished, but I had no way to show it to you."


def cards(bot: RunningBot, who: str, place: str) -> list[Seen]:
    """The messages that show a finished picture."""
    seen = bot.person(who).sees(place)
    return [each for each in seen if any(one.name.startswith("genga-") for one in each.pictures)]


async def row(bot: RunningBot, job_id: int = 1) -> tuple[str, str | None, str | None]:
    """How a job ended and how that was shown, once it has."""
    await until(lambda: bot.open_jobs() == 0, 60)
    columns = "state, delivered, obstacle"
    await until(lambda: bot.rows("SELECT id FROM jobs WHERE id = ? AND delivered IS NOT NULL", job_id))
    [found] = bot.rows(f"SELECT {columns} FROM jobs WHERE id = ?", job_id)
    return found["state"], found["delivered"], found["obstacle"]


async def drawn_while(bot: RunningBot, typed: str, change: Callable[[], object], place: str = "#gallery") -> Seen:
    """A job of Aiko's during which something changes for the worse."""
    await bot.settle(30, "Aiko")
    _, seen = await bot.begin(typed, place=place)
    await bot.drawing(seen)
    change()
    return seen


async def test_a_picture_whose_channel_is_deleted_is_sent_directly(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(30, "Aiko")
        _, seen = await bot.begin("prompt:1girl, quay seed:1", place="#sketches")
        await bot.drawing(seen)
        bot.world.delete_channel("#sketches")
        assert await row(bot) == ("done", "dm", "channel gone")
        [card] = cards(bot, "Aiko", "dm")
        assert "1girl, quay" in card.content
        # It is a card like any other.
        await bot.card(await bot.person("Aiko").press(card, "Reroll"))
        [post] = bot.rows("SELECT * FROM posts WHERE job_id = 1")
        assert (post["message_id"], post["guild_id"]) == (card.id, None)


async def test_a_picture_whose_message_was_deleted_comes_as_a_new_one(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        seen = await drawn_while(bot, "prompt:1girl, pier seed:1", lambda: None)
        await bot.person("Mori").delete(seen)
        assert await row(bot) == ("done", "channel", "message gone")
        [card] = cards(bot, "Aiko", "#gallery")
        assert card.id != seen.id
        assert bot.job(card)["state"] == "done"


async def test_a_picture_for_a_channel_that_was_closed_to_the_bot_is_sent_directly(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        seen = await drawn_while(bot, "prompt:1girl, dune seed:1", lambda: None)
        await bot.kill()
        bot.world.deny("#gallery", Permission.VIEW_CHANNEL)
        bot.world.clock.advance(16 * 60)  # the token would still open the channel
        await bot.start()
        assert await row(bot) == ("done", "dm", "no access")
        assert len(cards(bot, "Aiko", "dm")) == 1
        assert "genga-" not in str([one.name for one in seen.pictures])


async def test_a_closed_thread_wakes_for_its_picture_and_a_locked_one_does_not(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        place = "#gallery > ideas"
        seen = await drawn_while(bot, "prompt:1girl, owl seed:1", lambda: bot.world.archive(place), place)
        assert await row(bot) == ("done", "channel", "archived")
        [card] = cards(bot, "Aiko", place)
        assert card.id != seen.id
        assert seen.content == "The picture is in my newer message below."

        await drawn_while(bot, "prompt:1girl, bat seed:2", lambda: bot.world.archive(place, locked=True), place)
        assert await row(bot, 2) == ("done", "dm", "archived")
        assert len(cards(bot, "Aiko", "dm")) == 1


async def test_a_private_picture_that_comes_after_its_token_has_died_is_sent_directly(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await drawn_while(bot, "prompt:1girl, fog seed:1 private:True", lambda: bot.world.clock.advance(16 * 60))
        assert await row(bot) == ("done", "dm", "too late")
        [card] = cards(bot, "Aiko", "dm")
        assert cards(bot, "Aiko", "#gallery") == cards(bot, "Chika", "#gallery") == []
        # Nobody else is there to share it with.
        assert "share" not in verbs(card)


async def test_a_private_message_says_before_its_token_dies_how_the_picture_will_come(tmp_path: Path) -> None:
    # Discord's clock is so far behind that the bot takes every interaction for one of 13 minutes and 58 seconds ago.
    async with Playground(settings=Settings(clock_behind_s=14 * 60 - 2)) as playground:
        bot = RunningBot(playground, tmp_path / "data", **SLOW)
        try:
            await bot.start()
            await bot.settle(60, "Aiko")
            _, seen = await bot.begin("prompt:1girl, mist seed:1 private:True")
            await bot.world.until(lambda: "This takes longer" in seen.content or None, 30)
            assert seen.content.startswith("**This takes longer.** I will send it to you as a direct message.")
            assert labels(seen) == ["Cancel"]
            assert [state.content for state in seen.revisions if "Drawing" in state.content], "it had begun"
            said = seen.edits
            # From then on it stays as it is until the picture, which still comes in time here.
            await bot.world.until(lambda: "reroll" in verbs(seen) or None, 30)
            assert seen.edits == said + 1
        finally:
            await bot.stop()


async def test_what_can_be_shown_nowhere_is_told_at_the_next_occasion_once(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        aiko = bot.person("Aiko")
        bot.world.block_dms("Aiko")
        await drawn_while(bot, "prompt:1girl, cave seed:1 private:True", lambda: bot.world.clock.advance(16 * 60))
        assert await row(bot) == ("done", "nowhere", "no direct messages")
        # She hears of it, nobody else, and only once; the picture itself is still there.
        await (await bot.person("Chika").slash("#gallery", "/queue")).message()
        sent = await aiko.slash("#gallery", "/queue")
        told = await aiko.wait_for("#gallery", lambda seen: MISSED in seen.content)
        assert told.ephemeral and "history" in told.content
        assert told in sent.followups
        await until(lambda: bot.rows("SELECT id FROM jobs WHERE told_at IS NOT NULL"))
        again = await aiko.slash("#gallery", "/history")
        page = await again.message()
        assert "1girl, cave" in page.content
        assert again.followups == []
        assert not any(MISSED in seen.content for seen in bot.person("Chika").sees("#gallery"))
        assert bot.files()


async def test_a_picture_that_a_filter_takes_out_is_kept_and_not_brought_in_by_another_door(
    start_bot: StartBot,
) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow", GENGA_DRAWING__PREVIEW_INTERVAL_S="30") as bot:
        await bot.settle(4, "Aiko")
        _, seen = await bot.begin("prompt:1girl, sword seed:1")
        bot.world.faults.add("PATCH", r"/webhooks/.+/messages/.+", status=400, code=200000)
        assert await row(bot) == ("done", "nowhere", "filtered")
        assert seen.content == "I couldn't show the picture here. It is kept for you in /history."
        assert cards(bot, "Aiko", "#gallery") == cards(bot, "Aiko", "dm") == []


async def test_a_crash_between_a_direct_message_and_its_note_sends_no_second_one(start_bot: StartBot) -> None:
    async with start_bot(**SLOW, GENGA_TEST_FAILPOINT="after_shown") as bot:
        bot.world.settings.nonce_window_s = 0.0  # nothing but the look back protects
        await drawn_while(bot, "prompt:1girl, lake seed:1 private:True", lambda: bot.world.clock.advance(16 * 60))
        await until(lambda: not bot.playground.bot_online, 60)
        assert len(cards(bot, "Aiko", "dm")) == 1
        assert bot.open_jobs() == 1
        await bot.restart(GENGA_TEST_FAILPOINT="")
        assert (await row(bot))[:2] == ("done", "dm")
        assert len(cards(bot, "Aiko", "dm")) == 1


async def test_a_failure_that_cannot_be_shown_in_its_message_is_said_directly(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow,oom@20x1", GENGA_DRAWING__PREVIEW_INTERVAL_S="0.2") as bot:
        await bot.settle(30, "Aiko")
        _, seen = await bot.begin("prompt:1girl, ship seed:1", place="#sketches")
        await bot.drawing(seen)
        bot.world.delete_channel("#sketches")
        assert await row(bot) == ("failed", "dm", "channel gone")
        [told] = bot.person("Aiko").sees("dm")
        assert told.content.startswith("256×256 does not fit into the graphics memory.")


async def test_a_crash_between_a_failure_and_its_sentence_keeps_nobody_waiting(start_bot: StartBot) -> None:
    async with start_bot(
        GENGA_TEST_FAULT="slow,oom@2x1", GENGA_DRAWING__PREVIEW_INTERVAL_S="0.2", GENGA_TEST_FAILPOINT="after_failed"
    ) as bot:
        await bot.settle(4, "Aiko")
        _, seen = await bot.begin("prompt:1girl, reef seed:1")
        await until(lambda: not bot.playground.bot_online, 60)
        assert "cancel" in verbs(seen)
        await bot.restart(GENGA_TEST_FAILPOINT="")
        assert await row(bot) == ("failed", "message", None)
        assert seen.content.startswith("256×256 does not fit into the graphics memory.")
        assert labels(seen) == ["Try again", "Edit"]
