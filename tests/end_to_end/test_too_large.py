"""Pictures that are larger than Discord takes: smaller copies on the card, the originals on request."""

import io

import pytest
from PIL import Image

from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import labels, until

pytestmark = pytest.mark.slow

QUICK = {"GENGA_TEST_FAULT": "slow"}


def size_of(data: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.format, picture.size


async def test_what_is_too_large_is_shown_in_smaller_copies_and_sent_alone_on_request(start_bot: StartBot) -> None:
    async with start_bot(**QUICK) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(2, "Aiko")
        fits = await bot.imagine("prompt:1girl, oak seed:1")
        assert "Original" not in labels(fits)
        original = fits.pictures[0].data
        bot.world.settings.file_limit_bytes = len(original) - 1
        card = await bot.imagine("prompt:1girl, oak seed:1")
        [copy] = card.pictures
        assert copy.name.endswith(".webp")
        assert len(copy.data) < len(original)
        assert size_of(copy.data) == ("WEBP", (256, 256))
        assert "smaller copy" in card.content
        # In this place the original is too large still, and she is told so.
        sent = await aiko.press(card, "Original")
        told = await sent.message()
        assert told.ephemeral
        assert "more than Discord takes here" in told.content
        assert sent.followups == []
        # Elsewhere, or once the server is boosted, it fits.
        bot.world.settings.file_limit_bytes = len(original)
        sent = await aiko.press(card, "Original")
        await bot.world.until(lambda: sent.followups or None, 30)
        [file] = sent.followups
        assert file.ephemeral
        assert file.pictures[0].data == original
        assert (await sent.message()).content == "Here is what was drawn, without any loss."


async def test_a_limit_that_nobody_announced_is_met_by_trying(start_bot: StartBot) -> None:
    async with start_bot(**QUICK) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(2, "Aiko")
        # A message carries no limit, so Discord's refusal is the first the bot hears of it.
        bot.world.settings.file_limit_bytes = 8000
        asked = await aiko.say("dm", "1girl, elm")
        await until(lambda: bot.rows("SELECT id FROM jobs WHERE state = 'done'"))
        [card] = [seen for seen in aiko.sees("dm") if seen.id > asked.id]
        [copy] = card.pictures
        assert len(copy.data) <= 8000
        assert "smaller copy" in card.content
        assert [request.status for request in bot.playground.requests].count(413) >= 1
        # The card keeps its copies when another picture is chosen, and the buttons go on from the original.
        child = await bot.card(await aiko.press(card, "Reroll"))
        assert child.pictures[0].name.endswith(".webp")


async def test_the_buttons_of_a_grid_of_copies_keep_them(start_bot: StartBot) -> None:
    async with start_bot(**QUICK) as bot:
        aiko = bot.person("Aiko")
        await bot.settle(2, "Aiko")
        bot.world.settings.file_limit_bytes = 8000
        card = await bot.imagine("prompt:1girl, ash seed:1 count:2")
        assert [one.name.endswith(".webp") for one in card.pictures] == [True, True]
        before = [one.data for one in card.pictures]
        assert (await aiko.press(card, "2")).answer == "update"
        assert [one.data for one in card.pictures] == before
        assert "Original" in labels(card)


async def test_a_picture_that_fits_in_no_size_is_kept(start_bot: StartBot) -> None:
    async with start_bot(**QUICK) as bot:
        await bot.settle(2, "Aiko")
        bot.world.settings.file_limit_bytes = 10
        _, seen = await bot.begin("prompt:1girl, yew seed:1")
        await until(lambda: bot.open_jobs() == 0, 60)
        [job] = bot.rows("SELECT delivered, obstacle FROM jobs")
        assert (job["delivered"], job["obstacle"]) == ("nowhere", "too large")
        assert "kept for you in /history" in seen.content
