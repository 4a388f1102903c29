"""In servers: mentions and replies, with and without the permission to read messages; everything else is left alone."""

import pytest

from playground import Permission, Seen, Upload
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, request_in
from tests.end_to_end.test_conversation import ASKS, OFFERED, drawn, picture, said
from tests.referee.pictures import png

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
HERE = "#gallery"


def name(bot: RunningBot) -> str:
    return f"<@{bot.world.bot.id}>"


async def nothing_came_of(bot: RunningBot, *asked: Seen) -> None:
    """After these messages something is asked and answered, and they still have no answer of their own."""
    await drawn(bot, await bot.person("Mori").say(HERE, f"{name(bot)} 1girl, marker"), "Mori", HERE)
    answered = {seen.reply_to for seen in bot.person("Mori").sees(HERE) if seen.author == "Genga"}
    assert not answered & {seen.id for seen in asked}


async def test_a_mention_with_words_draws_and_the_name_is_no_part_of_them(bot: RunningBot) -> None:
    asked = await bot.person("Aiko").say(HERE, f"{name(bot)} 1girl, tea <:leaf:123>")
    card = await drawn(bot, asked, place=HERE)
    assert request_in(card.pictures[0]).prompt == "1girl, tea"
    assert card.place == HERE
    thread = "#gallery > ideas"
    assert (await drawn(bot, await bot.person("Aiko").say(thread, f"{name(bot)} 1girl"), place=thread)).pictures


async def test_a_mention_alone_is_greeted_with_examples(bot: RunningBot) -> None:
    for text in ("", " hello!"):
        hello = await said(bot, await bot.person("Chika").say(HERE, f"{name(bot)}{text}"), "Chika", HERE)
        assert hello.content.startswith("**Hello! I draw anime pictures from words.**")
        assert labels(hello) == OFFERED


async def test_anybody_changes_anybodys_card_by_a_reply_with_and_without_a_ping(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, blue hair seed:31")
    for ping in (True, False):
        asked = await bot.person("Chika").say(HERE, "green hair", reply_to=card, ping=ping)
        child = await drawn(bot, asked, "Chika", HERE)
        assert request_in(child.pictures[0]).prompt == "1girl, green hair"
        assert f"<@{bot.person('Chika').id}>" in child.content
        assert child.pinged == []


async def test_what_people_say_to_each_other_below_a_picture_is_left_alone(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    card = await bot.imagine("prompt:1girl seed:32")
    praise = await chika.say(HERE, "so pretty!!", reply_to=card)
    pointed = await chika.say(HERE, f"<@{aiko.id}> look at this one", reply_to=card)
    plain = await chika.say(HERE, "1girl, in a channel")
    theirs = await chika.say(
        HERE, "what a lovely cat", reply_to=await aiko.say(HERE, "my cat", attachments=[picture()])
    )
    sticker = await chika.say(HERE, "👍", reply_to=card)
    await nothing_came_of(bot, praise, pointed, plain, theirs, sticker)


async def test_a_mention_in_reply_to_somebodys_picture_starts_from_it(bot: RunningBot) -> None:
    await bot.allow_editing("all")
    sent = await bot.person("Aiko").say(HERE, "my cat", attachments=[Upload("cat.png", png(80))])
    asked = await bot.person("Chika").say(HERE, f"{name(bot)} 1girl, cat ears", reply_to=sent)
    card = await drawn(bot, asked, "Chika", HERE)
    [row] = bot.rows("SELECT * FROM pictures WHERE sha256 = ?", request_in(card.pictures[0]).image)
    assert (row["width"], row["owner_id"]) == (80, bot.person("Chika").id)


async def test_a_bare_mention_in_reply_to_somebodys_picture_asks_about_that_one(bot: RunningBot) -> None:
    await bot.allow_editing("all")
    chika = bot.person("Chika")
    sent = await bot.person("Aiko").say(HERE, "my cat", attachments=[Upload("cat.png", png(72))])
    question = await said(bot, await chika.say(HERE, name(bot), reply_to=sent), "Chika", HERE)
    assert question.content == ASKS
    form = await chika.press(question, "Edit image…")
    card = await bot.card(await chika.submit(form, {"prompt": "1girl, cat ears"}))
    [row] = bot.rows("SELECT width FROM pictures WHERE sha256 = ?", request_in(card.pictures[0]).image)
    assert row["width"] == 72


async def test_a_mention_with_a_picture_is_changed_or_asked_about(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say(HERE, f"{name(bot)} 1girl", attachments=[picture()]), place=HERE)
    assert request_in(card.pictures[0]).image is not None
    question = await said(bot, await aiko.say(HERE, name(bot), attachments=[picture()]), place=HERE)
    assert question.content == ASKS
    child = await drawn(bot, await aiko.say(HERE, "1girl, sea", reply_to=question), place=HERE)
    assert request_in(child.pictures[0]).image == request_in(card.pictures[0]).image


async def test_other_bots_are_never_answered(bot: RunningBot) -> None:
    bot.world.add_person("Echo", bot=True)
    card = await bot.imagine("prompt:1girl seed:34")
    echo = bot.person("Echo")
    mention = await echo.say(HERE, f"{name(bot)} 1girl")
    reply = await echo.say(HERE, "red hair", reply_to=card)
    await nothing_came_of(bot, mention, reply)


async def test_where_the_bot_may_not_speak_it_draws_nothing(bot: RunningBot) -> None:
    bot.world.deny("#sketches", Permission.SEND_MESSAGES)
    jobs = len(bot.rows("SELECT id FROM jobs"))
    await bot.person("Aiko").say("#sketches", f"{name(bot)} 1girl")
    await nothing_came_of(bot)
    assert len(bot.rows("SELECT id FROM jobs")) == jobs + 1
    bot.world.allow("#sketches", Permission.SEND_MESSAGES)


async def test_without_the_permission_to_read_messages_mentions_work_and_replies_get_a_hint(
    start_bot: StartBot,
) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow", GENGA_DISCORD__MESSAGE_CONTENT="false") as bot:
        bot.world.settings.message_content = False
        await bot.settle(2, "Aiko", "Chika", "Mori")
        aiko = bot.person("Aiko")
        card = await drawn(bot, await aiko.say(HERE, f"{name(bot)} 1girl, blue hair"), place=HERE)
        # A reply that calls us can be read; Discord may leave out the call where the card answers an interaction.
        child = await drawn(bot, await aiko.say(HERE, "red hair", reply_to=card), place=HERE)
        assert request_in(child.pictures[0]).prompt == "1girl, red hair"
        told = await said(bot, await aiko.say(HERE, "green hair", reply_to=card, ping=False), place=HERE)
        assert told.content == (
            "Discord shows me a reply only when it mentions me. Mention me in it, or press **Edit** below the picture."
        )
        named = await drawn(bot, await aiko.say(HERE, f"{name(bot)} green hair", reply_to=card, ping=False), place=HERE)
        assert request_in(named.pictures[0]).prompt == "1girl, green hair"

        sent = await aiko.say(HERE, "my cat", attachments=[picture()])
        told = await said(bot, await aiko.say(HERE, f"{name(bot)} 1girl", reply_to=sent), place=HERE)
        assert told.content == (
            "Discord does not show me that picture. Open the menu of its message: Apps → **Edit image…**"
        )
        await nothing_came_of(bot, await aiko.say(HERE, "1girl, to nobody"))
        direct = await drawn(bot, await aiko.say("dm", "1girl", attachments=[picture()]))
        assert request_in(direct.pictures[0]).image is not None
