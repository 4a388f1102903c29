"""Jobs that a message asks for, and acknowledgements whose answer is lost: one job, one message, whatever happens."""

from pathlib import Path

import pytest

from inference.safety.policy import NOT_THIS
from playground import Seen
from playground.changes import Change, Kind
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, until, verbs

pytestmark = pytest.mark.slow

SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
POST = r"/channels/\d+/messages"


def answers(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> list[Seen]:
    """What the bot wrote since."""
    return [seen for seen in bot.person(who).sees(place) if seen.id > asked.id and seen.author == "Genga"]


async def only_answer(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> Seen:
    """The one message that answers, once it is the finished card and the bot has noted it."""
    await bot.world.until(lambda: any("reroll" in verbs(seen) for seen in answers(bot, asked, who, place)) or None, 60)
    await until(lambda: bot.open_jobs() == 0)
    [card] = answers(bot, asked, who, place)
    return card


async def test_the_text_of_a_direct_message_becomes_a_picture_in_the_reply_to_it(
    start_bot: StartBot, tmp_path: Path
) -> None:
    (tmp_path / "blocked.txt").write_text("zeppelin\n", encoding="utf-8")
    async with start_bot(**SLOW, GENGA_SAFETY__BLOCKED_WORDS=str(tmp_path / "blocked.txt")) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(4, "Aiko")
        asked = await aiko.say("dm", "1girl, blue hair, harbour")
        card = await only_answer(bot, asked)
        assert card.reply_to == asked.id
        assert len(card.pictures) == 1
        assert "1girl, blue hair, harbour" in card.content
        job = bot.job(card)
        assert (job["state"], job["source_message_id"], job["interaction_id"]) == ("done", asked.id, None)
        await bot.card(await aiko.press(card, "Reroll"))
        # A message carries no language; hers is known from the panel she opened.
        assert job["locale"] == "en-US"
        refused = await aiko.say("dm", "a zeppelin")
        told = await aiko.wait_for("dm", lambda seen: seen.reply_to == refused.id)
        assert told.content == NOT_THIS


async def test_a_message_that_discord_delivers_twice_makes_one_job(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(4, "Aiko")
        asked = await bot.person("Aiko").say("dm", "1girl, twice")
        again = Change(kind=Kind.MESSAGE, channel=bot.world.channels[asked.message.channel_id], message=asked.message)
        bot.world.announce(again)
        await only_answer(bot, asked)
        bot.world.announce(again)
        await until(lambda: bot.log.count("the second delivery is ignored") == 2)
        assert len(bot.rows("SELECT id FROM jobs")) == 1
        assert len(answers(bot, asked)) == 1


@pytest.mark.parametrize("nonce_window_s", [300.0, 0.0])
async def test_a_reply_that_was_sent_but_not_noted_is_found_again_after_a_crash(
    start_bot: StartBot, nonce_window_s: float
) -> None:
    async with start_bot(**SLOW) as bot:
        bot.world.settings.nonce_window_s = nonce_window_s
        await bot.settle(4, "Aiko")
        # The message comes into being, and the bot never hears of it.
        bot.world.faults.add("POST", POST, status=502, after=True, times=9)
        asked = await bot.person("Aiko").say("dm", "1girl, lost answer")
        await bot.world.until(lambda: answers(bot, asked) or None, 30)
        await bot.kill()
        bot.world.faults.clear()
        sent = len(answers(bot, asked))
        assert [row["state"] for row in bot.rows("SELECT state FROM jobs")] == ["accepting"]
        assert sent == 1
        await bot.start()
        await only_answer(bot, asked)


async def test_a_message_that_was_not_answered_before_a_crash_is_answered_after_it(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(4, "Aiko")
        bot.world.faults.add("POST", POST, status=502, times=9)
        asked = await bot.person("Aiko").say("dm", "1girl, no answer")
        await until(lambda: bot.rows("SELECT kind FROM sendings"))
        await bot.kill()
        bot.world.faults.clear()
        assert answers(bot, asked) == []
        await bot.start()
        await only_answer(bot, asked)


async def test_an_answer_to_a_command_that_got_lost_on_its_way_back_still_counts(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(4, "Aiko")
        bot.world.faults.add("POST", "/interactions/.+/callback", status=502, after=True)
        card = await bot.imagine("prompt:1girl, echo seed:1")
        assert bot.job(card)["state"] == "done"
        assert len(bot.rows("SELECT id FROM jobs")) == 1


async def test_a_lost_acknowledgement_is_found_in_the_channel_when_the_token_has_died(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(4, "Aiko")
        bot.world.faults.add("POST", "/interactions/.+/callback", status=502, after=True, times=9)
        sent = await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl, long night seed:2")
        await bot.kill()
        bot.world.faults.clear()
        assert [row["state"] for row in bot.rows("SELECT state FROM jobs")] == ["accepting"]
        bot.world.clock.advance(16 * 60)
        await bot.start()
        card = await bot.card(sent)
        assert len(card.pictures) == 1


async def test_a_command_that_was_never_acknowledged_is_given_up(start_bot: StartBot) -> None:
    async with start_bot(**SLOW) as bot:
        await bot.settle(4, "Aiko")
        bot.world.faults.add("POST", "/interactions/.+/callback", status=502, times=9)
        sent = await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl, unheard seed:3", wait=False)
        await until(lambda: bot.rows("SELECT id FROM jobs"))
        await bot.kill()
        bot.world.faults.clear()
        await bot.start()
        # An empty look is trusted only when nothing can be on its way any more.
        await until(lambda: [row["state"] for row in bot.rows("SELECT state FROM jobs")] == ["abandoned"])
        assert sent.shown is None
