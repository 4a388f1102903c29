"""Direct messages as a conversation: words draw, a picture with words is changed, a reply means what it quotes."""

from collections.abc import AsyncIterator

import pytest

from playground import Seen, Upload
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, request_in, until, verbs
from tests.referee.pictures import png

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


async def said(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> Seen:
    """The sentence that answers a message."""
    return await bot.person(who).wait_for(place, lambda seen: seen.reply_to == asked.id and seen.author == "Genga")


async def drawn(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> Seen:
    """The finished card that answers a message."""
    answer = await said(bot, asked, who, place)
    await bot.world.until(lambda: "cancel" not in verbs(answer) or None, 60)
    assert "reroll" in verbs(answer), answer.content
    await until(lambda: bot.job(answer)["state"] == "done")
    return answer


def picture(name: str = "me.png", width: int = 96) -> Upload:
    return Upload(name, png(width))


async def test_words_draw_and_every_button_works_there(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say("dm", "1girl, silver hair"))
    assert request_in(card.pictures[0]).prompt == "1girl, silver hair"
    choice = await (await aiko.press(card, "Vary")).message()
    assert request_in((await bot.card(await aiko.press(choice, "Subtle"))).pictures[0]).strength == 0.35
    form = await aiko.press(card, "Edit")
    assert (await bot.card(await aiko.submit(form, {"prompt": "1boy"}))).pictures
    assert (await bot.details(card)).content.startswith("Picture 1, seed ")
    assert (await (await aiko.press(card, "Favourite")).message()).content.startswith("Added to")
    await aiko.press(card, "Delete")
    await bot.world.until(lambda: card.deleted or None, 10)


async def test_a_picture_with_words_is_changed(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say("dm", "1girl, red scarf", attachments=[picture()]))
    request = request_in(card.pictures[0])
    assert (request.prompt, request.strength) == ("1girl, red scarf", 0.55)
    assert request.image is not None
    assert (request.width, request.height) == (256, 256)
