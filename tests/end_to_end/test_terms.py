"""The terms: once to everybody, before their first picture, and nothing that was asked for is lost by them."""

import asyncio

import pytest

from playground import Playground, Seen, Upload
from playground.page_view import message_view
from playground.people import Person
from playground.sent import Sent
from tests.end_to_end.running_bot import RunningBot, labels, request_in, until
from tests.end_to_end.test_menus import picture

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
newcomers = iter(f"Newcomer{number}" for number in range(100))


def newcomer(bot: RunningBot, locale: str = "en-US") -> Person:
    """Somebody who was never here."""
    name = next(newcomers)
    bot.world.add_person(name, locale=locale)
    return bot.person(name)


async def asked(sent: Sent) -> Seen:
    """The terms, as the answer."""
    shown = await sent.message()
    assert labels(shown) == ["Accept"], shown.content
    return shown


async def test_the_first_picture_is_drawn_after_one_press_and_the_second_at_once(bot: RunningBot) -> None:
    person = newcomer(bot)
    before = bot.traces()
    terms = await asked(await person.slash("#gallery", "/imagine prompt:1girl, harbour seed:5 count:2"))
    assert terms.ephemeral
    assert "Just once" in terms.content and "minor" in terms.content and "/privacy" in terms.content
    assert bot.traces() == before
    card = await bot.card(await person.press(terms, "Accept"))
    assert (request_in(card.pictures[0]).prompt, request_in(card.pictures[0]).seed) == ("1girl, harbour", 5)
    assert len(card.pictures) == 2 and not card.ephemeral
    assert terms.deleted, "the question has its answer"
    for viewer in (person.user, bot.world.person("Binh")):
        at_the_page = message_view(bot.world, bot.playground.links, card.message, viewer)
        assert at_the_page["reply"] is None, "nobody misses a question that one person alone was asked"
    again = await bot.card(await person.slash("#gallery", "/imagine prompt:1girl"))
    assert again.pictures


async def test_a_private_picture_stays_private(bot: RunningBot) -> None:
    person = newcomer(bot)
    terms = await asked(await person.slash("#gallery", "/imagine prompt:1girl private:True"))
    assert (await bot.card(await person.press(terms, "Accept"))).ephemeral


async def test_an_upload_is_not_lost(bot: RunningBot) -> None:
    person = newcomer(bot)
    files = {"cat.png": picture("PNG", (200, 120))}
    sent = await person.slash("#gallery", "/imagine prompt:1girl, cat ears image:@cat.png", attachments=files)
    terms = await until(lambda: next((each for each in sent.followups if labels(each)), None))
    assert terms.ephemeral and labels(terms) == ["Accept"]
    card = await bot.card(await person.press(terms, "Accept"))
    assert request_in(card.pictures[0]).image is not None


async def test_a_button_and_a_form_wait_too(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, twintails seed:8")
    person = newcomer(bot)
    terms = await asked(await person.press(card, "Reroll"))
    child = await bot.card(await person.press(terms, "Accept"))
    assert "↩ from" in child.content and request_in(child.pictures[0]).prompt == "1girl, twintails"
    other = newcomer(bot)
    form = await other.press(card, "Edit")
    terms = await asked(await other.submit(form, {"prompt": "1girl, red hair"}))
    child = await bot.card(await other.press(terms, "Accept"))
    assert request_in(child.pictures[0]).prompt == "1girl, red hair"


async def test_an_example_is_one_press_and_accept(bot: RunningBot) -> None:
    person = newcomer(bot)
    told = await (await person.slash("#gallery", "/help")).message()
    terms = await asked(await person.press(told, told.buttons[0].custom_id or ""))
    assert (await bot.card(await person.press(terms, "Accept"))).pictures


async def test_in_private_words_wait_too(bot: RunningBot) -> None:
    person = newcomer(bot)
    await person.say("dm", "1girl, boat at night")
    terms = await person.wait_for("dm", lambda seen: labels(seen) == ["Accept"])
    card = await bot.card(await person.press(terms, "Accept"))
    assert request_in(card.pictures[0]).prompt == "1girl, boat at night"
    assert terms.deleted


async def test_nobody_accepts_for_somebody_else(bot: RunningBot) -> None:
    person, other = newcomer(bot), newcomer(bot)
    await person.say("#sketches", f"<@{bot.world.bot.id}> 1girl, umbrella")
    terms = await person.wait_for("#sketches", lambda seen: labels(seen) == ["Accept"])
    told = await (await other.press(terms, "Accept")).message()
    assert told.ephemeral and told.content.startswith("That question is for somebody else.")
    assert bot.rows("SELECT 1 FROM agreements WHERE person_id = ?", other.id) == []
    card = await bot.card(await person.press(terms, "Accept"))
    assert request_in(card.pictures[0]).prompt == "1girl, umbrella"


async def test_accept_pressed_twice_draws_once(bot: RunningBot) -> None:
    person = newcomer(bot)
    terms = await asked(await person.slash("#gallery", "/imagine prompt:1girl, once"))
    presses = await asyncio.gather(*(person.press(terms, "Accept", wait=False) for _ in range(2)))
    await until(lambda: all(each.interaction.settled.is_set() for each in presses))
    await until(lambda: not bot.open_jobs())
    assert len(bot.rows("SELECT id FROM jobs WHERE requester_id = ?", person.id)) == 1


async def test_what_is_refused_is_refused_before_anybody_is_asked(bot: RunningBot) -> None:
    person = newcomer(bot)
    told = await (await person.slash("#gallery", f"/imagine prompt:{'x' * 3000}")).message()
    assert "characters" in told.content and not labels(told)
    assert bot.rows("SELECT 1 FROM asked WHERE person_id = ?", person.id) == []


async def test_the_terms_are_said_in_ones_own_language(bot: RunningBot) -> None:
    person = newcomer(bot, "vi")
    terms = await (await person.slash("#gallery", "/imagine prompt:1girl")).message()
    assert labels(terms) == ["Đồng ý"]
    assert (await bot.card(await person.press(terms, "Đồng ý"))).pictures


async def test_the_terms_can_be_read_and_accepted_at_any_time(bot: RunningBot) -> None:
    person = newcomer(bot)
    terms = await asked(await person.slash("#gallery", "/terms"))
    assert (await person.press(terms, "Accept")).answer == "update"
    assert terms.content.startswith("Thank you!")
    told = await (await person.slash("#gallery", "/terms")).message()
    assert "You accepted this <t:" in told.content and not labels(told)
    assert (await bot.card(await person.slash("#gallery", "/imagine prompt:1girl"))).pictures


async def test_a_new_version_asks_again(bot: RunningBot) -> None:
    person = newcomer(bot)
    await person.press(await asked(await person.slash("#gallery", "/terms")), "Accept")
    [row] = bot.rows("SELECT text FROM agreements WHERE person_id = ?", person.id)
    assert row["text"].startswith("house:")


async def test_nothing_is_lost_by_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with Playground() as playground:
        bot = RunningBot(playground, tmp_path_factory.mktemp("terms") / "data", **SETTINGS)
        bot.known = False
        try:
            await bot.start()
            aiko = bot.person("Aiko")
            files = {"cat.png": picture("PNG", (64, 64))}
            terms = await asked(await aiko.slash("#gallery", "/imagine prompt:1girl, lamp seed:3"))
            uploaded = await aiko.say("dm", "1girl", attachments=[Upload("cat.png", files["cat.png"])])
            public = await aiko.wait_for("dm", lambda seen: labels(seen) == ["Accept"])
            assert uploaded
            await bot.kill()
            await bot.start()
            card = await bot.card(await aiko.press(terms, "Accept"))
            assert request_in(card.pictures[0]).prompt == "1girl, lamp"
            child = await bot.card(await aiko.press(public, "Accept"))
            assert request_in(child.pictures[0]).image is not None
        finally:
            await bot.stop()


async def test_a_picture_that_went_while_somebody_read_the_terms_is_not_started_from(bot: RunningBot) -> None:
    files = {"cat.png": picture("PNG", (200, 120))}
    sent = await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl, moat image:@cat.png", attachments=files)
    card = await bot.card(sent)
    child = await bot.card(await bot.person("Aiko").press(card, "Reroll"))
    await bot.allow_editing("all")
    person, other = newcomer(bot), newcomer(bot)
    first = await asked(await person.press(card, "Reroll"))
    form = await other.press(child, "Edit")
    second = await asked(await other.submit(form, {"prompt": "1girl, red hair"}))
    confirm = await (await bot.person("Aiko").slash("#gallery", "/privacy delete")).message()
    await bot.person("Aiko").press(confirm, "Delete everything")
    await until(lambda: card.deleted and child.deleted)
    for who, terms in ((person, first), (other, second)):
        told = await bot.ended(await who.press(terms, terms.buttons[0].custom_id or ""))
        assert told.ephemeral and not told.pictures and not labels(told), told.content
    assert not bot.open_jobs()
    await bot.allow_editing("drawn")
