"""A drawn picture reaches its message also when Discord or the network stumbles."""

import time

import pytest

from tests.end_to_end.running_bot import RunningBot, labels, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# No progress is shown within the half second a picture takes, so the first edit is the card.
SETTINGS = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "2"}
EDIT = r"/webhooks/.+/messages/.+"


async def test_a_card_that_meets_a_broken_connection_is_shown_a_moment_later(bot: RunningBot) -> None:
    bot.world.faults.add("PATCH", EDIT, drop=True)
    card = await bot.imagine("prompt:1girl, harbour seed:1")
    assert len(card.pictures) == 1
    assert bot.job(card)["state"] == "done"


async def test_where_discord_refuses_the_card_the_pictures_come_as_plain_files(bot: RunningBot) -> None:
    bot.world.faults.add("PATCH", EDIT, status=400, code=50035)
    aiko = bot.person("Aiko")
    _, seen = await bot.begin("prompt:1girl, lighthouse seed:2 count:2")
    plain = await aiko.wait_for("#gallery", lambda message: len(message.pictures) == 2 and not message.is_v2, 30)
    assert "1girl, lighthouse" in plain.content
    await until(lambda: bot.open_jobs() == 0)
    assert "1girl, lighthouse" in seen.content
    assert (labels(seen), seen.pictures) == ([], [])


async def test_the_live_preview_stays_within_discords_rate_limits(bot: RunningBot) -> None:
    bot.world.settings.rate_limits = True
    await bot.settle(60, "Aiko")
    begun, began = len(bot.playground.requests), time.monotonic()
    await bot.imagine("prompt:1girl, long seed:3")
    took_s, requests = time.monotonic() - began, bot.playground.requests[begun:]
    assert 429 not in [request.status for request in requests]
    # One edit every two seconds and the card, however many steps there were.
    edits = [request for request in requests if request.method == "PATCH"]
    assert 2 <= len(edits) <= took_s / 2 + 2
    bot.world.settings.rate_limits = False
