"""What people see first: a greeting in a new server, and examples that draw at once."""

import pytest

from cogs._surprise import read_parts
from playground import Permission, Seen
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, request_in, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
EXAMPLES = read_parts().examples
OFFERED = ["Draw this", "Draw this", "Draw this", "Surprise me"]


async def ready(bot: RunningBot) -> None:
    """For its first seconds the bot takes every server for one that it was in before."""
    await until(lambda: "online as" in bot.log)


async def greeting(bot: RunningBot, place: str) -> Seen:
    return await bot.person("Aiko").wait_for(place, lambda seen: seen.author == "Genga")


async def test_a_new_server_is_greeted_in_its_system_channel_with_examples(bot: RunningBot) -> None:
    await ready(bot)
    bot.world.add_server("Studio", "lobby", "work", with_bot=True)
    hello = await greeting(bot, "Studio#lobby")
    assert hello.content.startswith("**Hello! I draw anime pictures from words.** Press an example, or type </imagine:")
    assert labels(hello) == OFFERED
    assert [prompt for prompt in EXAMPLES if f"`{prompt}`" not in hello.content] == []
    assert hello.pinged == []
    assert bot.person("Aiko").sees("Studio#work") == []


async def test_an_example_draws_at_once_for_whoever_presses_it(bot: RunningBot) -> None:
    bot.world.add_server("Cafe", "table", with_bot=True)
    hello = await greeting(bot, "Cafe#table")
    second = hello.buttons[1].custom_id
    assert second is not None
    card = await bot.card(await bot.person("Chika").press(hello, second))
    assert request_in(card.pictures[0]).prompt == EXAMPLES[1]
    assert f"<@{bot.person('Chika').id}>" in card.content
    again = await bot.card(await bot.person("Aiko").press(hello, second))
    assert request_in(again.pictures[0]).seed != request_in(card.pictures[0]).seed


async def test_surprise_me_draws_something_else_each_time(bot: RunningBot) -> None:
    told = await (await bot.person("Aiko").slash("#gallery", "/help")).message()
    assert told.ephemeral
    assert labels(told) == OFFERED
    cards = [await bot.card(await bot.person("Aiko").press(told, "Surprise me")) for _ in range(2)]
    prompts = {request_in(card.pictures[0]).prompt for card in cards}
    assert len(prompts) == 2 and not prompts & {*EXAMPLES}


async def test_a_server_is_greeted_in_its_own_language(bot: RunningBot) -> None:
    server = bot.world.add_server("Quán", "sảnh")
    server.locale = "vi"
    bot.world.invite_bot("Quán")
    hello = await greeting(bot, "Quán#sảnh")
    assert hello.content.startswith("**Xin chào!")
    card = await bot.card(await bot.person("Aiko").press(hello, hello.buttons[0].custom_id or ""))
    assert "Reroll" in labels(card), "but everybody is answered in their own"


async def test_no_greeting_where_the_bot_may_not_speak_or_nobody_wants_one(bot: RunningBot) -> None:
    bot.world.add_server("Silence", "hall")
    bot.world.deny("Silence#hall", Permission.SEND_MESSAGES)
    bot.world.invite_bot("Silence")
    quiet = bot.world.add_server("Quiet", "hall")
    quiet.system_channel_id = None
    bot.world.invite_bot("Quiet")
    await until(lambda: bot.log.count("which has no place for a greeting") == 2)
    assert bot.person("Mori").sees("Silence#hall") == bot.person("Mori").sees("Quiet#hall") == []


async def test_examples_work_after_a_restart_and_nobody_is_greeted_twice(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.settle(2, "Aiko")
        await ready(bot)
        bot.world.add_server("Studio", "lobby", with_bot=True)
        hello = await greeting(bot, "Studio#lobby")
        await bot.stop()
        await bot.start()
        assert (await bot.card(await bot.person("Aiko").press(hello, "Surprise me"))).pictures
        assert [seen for seen in bot.person("Mori").sees("Studio#lobby") if labels(seen) == OFFERED] == [hello]
