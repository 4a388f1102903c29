"""Direct messages as a conversation: words draw, a picture with words is changed, a reply means what it quotes."""

import io

import pytest
from PIL import Image

from cogs._surprise import read_parts
from inference.safety.policy import NOT_HERE
from playground import Seen, Upload
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, until, verbs
from tests.referee.pictures import png

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
OFFERED = ["Draw this", "Draw this", "Draw this", "Surprise me"]
ASKS = "What should it become? Answer with a few words, or press a button."


async def said(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> Seen:
    """The message that answers."""
    return await bot.person(who).wait_for(place, lambda seen: seen.reply_to == asked.id and seen.author == "Genga")


async def drawn(bot: RunningBot, asked: Seen, who: str = "Aiko", place: str = "dm") -> Seen:
    """The finished card that answers."""
    answer = await said(bot, asked, who, place)
    await bot.world.until(lambda: "cancel" not in verbs(answer) or None, 60)
    assert "reroll" in verbs(answer), answer.content
    await until(lambda: bot.job(answer)["state"] == "done")
    return answer


def picture(name: str = "me.png") -> Upload:
    return Upload(name, png())


async def test_words_draw_and_every_button_works_there(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say("dm", "1girl, silver hair"))
    assert request_in(card.pictures[0]).prompt == "1girl, silver hair"
    choice = await (await aiko.press(card, "Vary")).message()
    assert request_in((await bot.card(await aiko.press(choice, "Subtle"))).pictures[0]).strength == 0.35
    form = await aiko.press(card, "Edit")
    assert request_in((await bot.card(await aiko.submit(form, {"prompt": "1boy"}))).pictures[0]).prompt == "1boy"
    assert "Seed: " in (await bot.details(card)).content
    assert "favourite" in (await (await aiko.press(card, "Favourite")).message()).content
    await aiko.press(card, "Delete")
    await bot.world.until(lambda: card.deleted or None, 30)


async def test_the_slash_command_works_there_too(bot: RunningBot) -> None:
    assert (await bot.imagine("prompt:1girl, by command", place="dm")).place == "dm"


async def test_a_picture_with_words_is_changed(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say("dm", "1girl, red scarf", attachments=[picture()]))
    request = request_in(card.pictures[0])
    assert (request.prompt, request.strength) == ("1girl, red scarf", 0.55)
    [row] = bot.rows("SELECT * FROM pictures WHERE sha256 = ?", request.image)
    assert (row["drawn_here"], row["owner_id"]) == (0, aiko.id)


async def test_a_long_picture_keeps_about_its_shape(bot: RunningBot) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 600), "teal").save(out, "JPEG")
    asked = await bot.person("Aiko").say("dm", "1girl", attachments=[Upload("tall.jpg", out.getvalue())])
    card = await drawn(bot, asked)
    assert (card.pictures[0].width, card.pictures[0].height) == (224, 288)


async def test_of_several_pictures_the_first_is_taken_and_the_card_says_so(bot: RunningBot) -> None:
    files = [picture("one.png"), Upload("two.png", png(64)), Upload("notes.txt", b"words")]
    card = await drawn(bot, await bot.person("Aiko").say("dm", "1girl, winter", attachments=files))
    assert "-# From the first of your 2 pictures" in card.content.splitlines()
    [row] = bot.rows("SELECT width FROM pictures WHERE sha256 = ?", request_in(card.pictures[0]).image)
    assert row["width"] == 96


async def test_a_reply_to_a_card_changes_that_picture_and_says_what_was_made_of_the_words(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, blue hair, hat, day negative:rain seed:5 aspect:landscape", place="dm")
    number = control(card, "reroll").split(":")[2]
    child = await drawn(bot, await aiko.say("dm", "make her hair red", reply_to=card))
    request = request_in(child.pictures[0])
    assert (request.prompt, request.negative) == ("1girl, hat, day, red hair", "rain")
    assert (request.width, request.height) == (288, 224)
    assert request.strength == 0.55 and request.seed != 5
    [row] = bot.rows("SELECT sha256 FROM pictures WHERE job_id = ?", bot.job(card)["id"])
    assert request.image == row["sha256"]
    assert f"-# From #{number}, with `red hair` instead of `blue hair`" in child.content
    assert "↩ from [an earlier picture](" in child.content

    grandchild = await drawn(bot, await aiko.say("dm", "no hat", reply_to=child))
    request = request_in(grandchild.pictures[0])
    assert (request.prompt, request.negative) == ("1girl, day, red hair", "rain, hat")
    assert ", without `hat`" in grandchild.content


async def test_of_a_card_with_several_pictures_the_picked_one_is_meant(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl seed:6 count:2", place="dm")
    await aiko.press(card, "2")
    child = await drawn(bot, await aiko.say("dm", "glasses", reply_to=card))
    rows = bot.rows("SELECT sha256 FROM pictures WHERE job_id = ? ORDER BY picture_index", bot.job(card)["id"])
    assert request_in(child.pictures[0]).image == rows[1]["sha256"]


async def test_a_reply_to_ones_own_picture_starts_from_it(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    sent = await aiko.say("dm", attachments=[picture()])
    question = await said(bot, sent)
    assert question.content == ASKS
    card = await drawn(bot, await aiko.say("dm", "1girl, beach", reply_to=sent))
    assert request_in(card.pictures[0]).image is not None


async def test_a_picture_without_words_is_asked_about_and_the_next_words_answer(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    question = await said(bot, await aiko.say("dm", attachments=[picture()]))
    assert question.content == ASKS
    assert labels(question) == ["Edit image…", "Use as…"]
    card = await drawn(bot, await aiko.say("dm", "1girl, green eyes"))
    assert request_in(card.pictures[0]).image is not None
    after = await drawn(bot, await aiko.say("dm", "1girl, something new"))
    assert request_in(after.pictures[0]).image is None, "the question was answered before"
    late = await drawn(bot, await aiko.say("dm", "1girl, yellow eyes", reply_to=question))
    assert request_in(late.pictures[0]).image == request_in(card.pictures[0]).image


async def test_the_buttons_of_that_question_open_the_forms(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    sent = await aiko.say("dm", "hi!", attachments=[picture()])
    question = await said(bot, sent)
    form = await aiko.press(question, "Edit image…")
    card = await bot.card(await aiko.submit(form, {"prompt": "1girl, rain", "how": "A lot"}))
    assert request_in(card.pictures[0]).strength == 0.75
    assert (await aiko.press(question, "Use as…")).modal.fields
    await aiko.delete(sent)
    gone = await (await aiko.press(question, "Edit image…")).message()
    assert gone.content == "That picture has been deleted. Draw a new one with /imagine."
    new = await drawn(bot, await aiko.say("dm", "1girl, without that picture"))
    assert request_in(new.pictures[0]).image is None


@pytest.mark.parametrize("text", ["Hello!", "?", "👋"])
async def test_a_greeting_is_answered_with_examples_to_press(bot: RunningBot, text: str) -> None:
    aiko = bot.person("Aiko")
    hello = await said(bot, await aiko.say("dm", text))
    assert hello.content.startswith("**Hello!**")
    assert labels(hello) == OFFERED
    if text == "?":
        card = await bot.card(await aiko.press(hello, "v1x:2"))
        assert request_in(card.pictures[0]).prompt == read_parts().examples[2]


async def test_thanks_are_no_prompt_and_surprise_me_is_one(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    jobs = len(bot.rows("SELECT id FROM jobs"))
    assert (await said(bot, await aiko.say("dm", "thank you so much!"))).content.startswith("Thank you")
    assert len(bot.rows("SELECT id FROM jobs")) == jobs
    card = await drawn(bot, await aiko.say("dm", "surprise me"))
    assert request_in(card.pictures[0]).prompt.startswith("1")


async def test_commands_typed_as_text_are_understood_or_explained(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    for text in ("/imagine 1girl, from text", "/imagine prompt:1girl, from text", "!draw 1girl, from text"):
        card = await drawn(bot, await aiko.say("dm", text))
        assert request_in(card.pictures[0]).prompt == "1girl, from text"
    commands = {each["name"]: f"</{each['name']}:{each['id']}>" for each in aiko.commands("dm")}
    for text, command in (("/imagine prompt:1girl seed:7", "imagine"), ("/history", "history"), ("/nonsense", "help")):
        told = await said(bot, await aiko.say("dm", text))
        assert told.content.startswith(f"That came as plain text. Click {commands[command]}, or type /"), text


@pytest.mark.parametrize(
    ("text", "file", "sentence"),
    [
        ("1girl", Upload("notes.pdf", b"%PDF-1.7"), "That file is not a picture I can read."),
        ("", Upload("notes.txt", b"words"), "That file is not a picture I can read."),
        ("1girl", Upload("broken.png", png()[:90]), "That picture is damaged and cannot be opened."),
        ("1girl", Upload("empty.png", b""), "That file is empty."),
        ("1girl", Upload("moving.gif", b"GIF89a" + b"\0" * 40), "I can't work on GIFs or animated pictures."),
    ],
)
async def test_what_cannot_be_used_costs_one_sentence(bot: RunningBot, text: str, file: Upload, sentence: str) -> None:
    asked = await bot.person("Aiko").say("dm", text, attachments=[file])
    told = await said(bot, asked)
    assert told.content.startswith(sentence), told.content
    assert told.buttons == []


async def test_too_many_words_cost_the_sentence_of_the_limit(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await drawn(bot, await aiko.say("dm", "1girl, " * 280))
    told = await said(bot, await aiko.say("dm", "holding tea " * 10, reply_to=card))
    assert told.content == "That prompt has 2079 characters; 2000 is the most I can read. Please shorten it."


async def test_a_reply_to_a_picture_that_is_still_drawn_says_to_wait(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    await bot.settle(40, "Aiko")
    sent, waiting = await bot.begin("prompt:1girl, patience", place="dm")
    told = await said(bot, await aiko.say("dm", "red hair", reply_to=waiting))
    assert told.content.startswith("That picture is still being drawn.")
    await bot.settle(4, "Aiko")
    await aiko.press(waiting, "Cancel")
    await bot.ended(sent)


async def test_each_person_is_answered_in_their_own_language(bot: RunningBot) -> None:
    binh = bot.person("Binh")
    hello = await said(bot, await binh.say("dm", "xin chào"), "Binh")
    assert hello.content.startswith("**Xin chào!**")
    card = await drawn(bot, await binh.say("dm", "/vẽ 1girl, tóc xanh"), "Binh")
    assert "Vẽ lại" in labels(card)
    assert request_in(card.pictures[0]).prompt == "1girl, tóc xanh"


async def test_what_is_refused_is_refused_here_too(bot: RunningBot) -> None:
    told = await said(bot, await bot.person("Chika").say("dm", "nude", attachments=[picture()]), "Chika")
    assert told.content == NOT_HERE


async def test_a_conversation_goes_on_after_a_restart(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.settle(2, "Aiko")
        aiko = bot.person("Aiko")
        card = await drawn(bot, await aiko.say("dm", "1girl, blue hair"))
        question = await said(bot, await aiko.say("dm", attachments=[picture()]))
        await bot.stop()
        await bot.start()
        changed = await drawn(bot, await aiko.say("dm", "1girl, tea"))
        assert request_in(changed.pictures[0]).image is not None, "the question from before was answered"
        child = await drawn(bot, await aiko.say("dm", "pink hair", reply_to=card))
        assert request_in(child.pictures[0]).prompt == "1girl, pink hair"
        assert (await aiko.press(question, "Edit image…")).modal.fields
