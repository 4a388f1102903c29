"""Cancel at every stage, and who may press it."""

import pytest

from tests.end_to_end.running_bot import RunningBot, control, labels, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# The stand-in engine: a tenth of a second a step, and no torch to wait for.
SETTINGS = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
LONG = 60


async def test_while_it_is_drawn(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    sent, seen = await bot.begin("prompt:1girl seed:1")
    await bot.drawing(seen)
    assert labels(seen) == ["Cancel"]
    pressed = await bot.person("Aiko").press(seen, "Cancel")
    assert pressed.answer == "deferred_update"
    ended = await bot.ended(sent)
    assert ended.id == seen.id
    assert ended.content.split("\n")[0] == "Cancelled. Nothing was drawn."
    assert "1girl" in ended.content, "what was typed is not lost"
    assert labels(ended) == ["Try again", "Edit"]
    assert ended.attachments == [], "no preview is left"
    assert bot.job(ended)["state"] == "cancelled"


async def test_in_the_queue(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    _, first = await bot.begin("prompt:1girl seed:2")
    await bot.drawing(first)
    sent, second = await bot.begin("prompt:1girl seed:3")
    assert "starts " in second.content
    await bot.person("Aiko").press(second, "Cancel")
    assert (await bot.ended(sent)).content.startswith("Cancelled. Nothing was drawn.")
    assert bot.job(second)["started_at"] is None
    assert bot.job(first)["state"] == "running", "the one before it goes on"
    await bot.person("Aiko").press(first, "Cancel")
    await until(lambda: not bot.open_jobs())


async def test_the_next_persons_picture_is_drawn(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    _, first = await bot.begin("prompt:1girl seed:4")
    await bot.drawing(first)
    sent, _ = await bot.begin("prompt:1girl seed:5", who="Chika")
    await bot.person("Aiko").press(first, "Cancel")
    card = await bot.card(sent)
    assert len(card.pictures) == 1


async def test_nobody_else_cancels_it_but_a_moderator(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    sent, seen = await bot.begin("prompt:1girl seed:6")
    await bot.drawing(seen)
    refused = await (await bot.person("Chika").press(seen, "Cancel")).message()
    assert refused.ephemeral
    assert (
        refused.content
        == "Only the person who asked for this picture, or a moderator, can cancel it. Yours are in /queue."
    )
    assert bot.job(seen)["state"] == "running"
    await bot.person("Mori").press(seen, "Cancel")
    assert (await bot.ended(sent)).content.startswith("Cancelled.")


async def test_a_second_press_is_no_mistake(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    aiko = bot.person("Aiko")
    sent, seen = await bot.begin("prompt:1girl seed:7")
    await bot.drawing(seen)
    presses = [await aiko.press(seen, "Cancel", wait=False) for _ in range(2)]
    for press in presses:
        await press.settled()
        assert press.failed is None
    ended = await bot.ended(sent)
    assert ended.content.startswith("Cancelled.")
    assert ended.content not in [state.content for state in ended.revisions], "it ends once"


async def test_a_private_picture_is_cancelled_as_any_other(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    sent, seen = await bot.begin("prompt:1girl seed:8 private:True")
    await bot.drawing(seen)
    await bot.person("Aiko").press(seen, "Cancel")
    assert (await bot.ended(sent)).content.startswith("Cancelled.")


async def test_try_again_draws_what_was_cancelled(bot: RunningBot) -> None:
    await bot.settle(LONG, "Aiko")
    sent, seen = await bot.begin("prompt:1girl seed:9")
    await bot.person("Aiko").press(seen, "Cancel")
    ended = await bot.ended(sent)
    form = await bot.person("Aiko").press(ended, "Edit")
    assert form.modal.field("seed").value == "9"
    again = await bot.person("Chika").press(ended, "Try again")
    waiting = await again.message()
    assert "1girl" in waiting.content
    await bot.person("Chika").press(waiting, "Cancel")
    await bot.ended(again)
    assert bot.open_jobs() == 0


async def test_cancel_comes_too_late_for_a_finished_card(bot: RunningBot) -> None:
    sent, seen = await bot.begin("prompt:1girl seed:10", who="Chika")
    cancel = control(seen, "cancel")
    card = await bot.card(sent)
    with pytest.raises(ValueError, match="0 buttons"):
        await bot.person("Chika").press(card, cancel)
