"""Stars and crosses on cards, by button and as reactions."""

import pytest

from playground import Seen
from playground.people import Person
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, control, until, verbs

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


def favourites(bot: RunningBot, person: Person) -> list[int]:
    """The jobs on a person's list."""
    return [row[0] for row in bot.rows("SELECT job_id FROM favourites WHERE person_id = ?", person.id)]


async def listed(bot: RunningBot, person: Person, place: str = "#gallery") -> Seen:
    """The favourites as /history shows them."""
    panel = await (await person.slash(place, "/history")).message()
    before = panel.edits
    await person.select(panel, "v1h:show", ["favourites"])
    await bot.world.until(lambda: panel.edits > before or None, 30)
    return panel


async def test_a_star_makes_a_favourite_of_whoever_gives_it_and_taking_it_back_ends_it(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    card = await bot.imagine("prompt:1girl, for the wall seed:1")
    job = bot.job(card)["id"]
    await chika.react(card, "⭐")
    await until(lambda: favourites(bot, chika) == [job])
    assert favourites(bot, aiko) == []
    await aiko.react(card, "⭐️")  # as some clients send it
    await until(lambda: favourites(bot, aiko) == [job])
    await chika.unreact(card, "⭐")
    await until(lambda: favourites(bot, chika) == [])
    assert favourites(bot, aiko) == [job]
    assert not card.deleted


async def test_the_button_does_the_same_and_says_so(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, two of them seed:2 count:2")
    await bot.person("Aiko").press(card, "2")
    told = await (await chika.press(card, "Favourite")).message()
    assert told.ephemeral
    assert told.content == "It's one of your favourites now. Find it again with /history."
    [row] = bot.rows("SELECT * FROM favourites WHERE person_id = ?", chika.id)
    assert (row["job_id"], row["picture_index"]) == (bot.job(card)["id"], 1)
    told = await (await chika.press(card, "Favourite")).message()
    assert told.content == "It's no longer one of your favourites. Press the button again to bring it back."
    assert favourites(bot, chika) == []


async def test_a_card_never_has_more_than_eleven_controls(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, four of them seed:3 count:4")
    assert len(card.buttons) == 11
    assert {"favourite", "delete", "report"} <= {*verbs(card)}


async def test_favourites_are_found_again_other_peoples_too(bot: RunningBot) -> None:
    aiko, mori = bot.person("Aiko"), bot.person("Mori")
    card = await bot.imagine("prompt:1girl, of Chika's seed:4", who="Chika")
    other = await bot.imagine("prompt:1girl, nobody's favourite seed:5", who="Mori")
    await mori.react(card, "⭐")
    await until(lambda: favourites(bot, mori))
    panel = await listed(bot, mori)
    assert "1girl, of Chika's" in panel.content and "nobody's" not in panel.content
    assert len(panel.pictures) == 1
    assert [button.label for button in panel.buttons] == ["Draw again", "Open", "DM me", "Unfavourite"]
    assert str(card.id) in (panel.buttons[1].url or "")

    told = await (await mori.press(panel, "DM me")).message()
    assert told.content.startswith("Sent: ")
    assert mori.sees("dm")[-1].pictures[0].data == card.pictures[0].data

    await mori.press(panel, "Unfavourite")
    await bot.world.until(lambda: "No favourites yet." in panel.content or None, 30)
    assert favourites(bot, mori) == []
    assert "1girl, of Chika's" not in (await listed(bot, aiko)).content
    assert not other.deleted


async def test_a_deleted_picture_is_nobodys_favourite(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    card = await bot.imagine("prompt:1girl, short lived seed:6")
    await chika.react(card, "⭐")
    await until(lambda: bot.job(card)["id"] in favourites(bot, chika))
    await aiko.press(card, "Delete")
    await until(lambda: card.deleted or None)
    assert bot.job(card)["id"] not in favourites(bot, chika)


async def test_a_cross_by_its_owner_deletes_message_and_files(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, crossed out seed:7")
    [row] = bot.rows("SELECT * FROM pictures WHERE job_id = ?", bot.job(card)["id"])
    await aiko.react(card, "❌")
    await bot.world.until(lambda: card.deleted or None, 30)
    assert row["sha256"] not in bot.files()
    [row] = bot.rows("SELECT * FROM pictures WHERE id = ?", row["id"])
    assert row["deleted_at"] is not None


async def test_a_cross_by_somebody_else_does_nothing_and_by_a_moderator_deletes(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, disputed seed:8")
    direct = await bot.imagine("prompt:1girl, in a private place seed:9", place="dm")
    await bot.person("Chika").react(card, "❌")
    await bot.person("Chika").react(card, "⭐")  # answered after it, so the cross was seen
    await until(lambda: bot.job(card)["id"] in favourites(bot, bot.person("Chika")))
    assert not card.deleted
    await bot.person("Mori").react(card, "❌")
    await bot.world.until(lambda: card.deleted or None, 30)
    await bot.person("Aiko").react(direct, "❌")
    await bot.world.until(lambda: direct.deleted or None, 30)


async def test_a_cross_takes_every_copy_along(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, cape seed:10 private:True")
    shared = await (await aiko.press(card, "Share")).message()
    await until(lambda: bot.rows("SELECT * FROM posts WHERE message_id = ?", shared.id))
    await aiko.react(shared, "❌")
    await bot.world.until(lambda: shared.deleted or None, 30)
    assert bot.rows("SELECT id FROM pictures WHERE job_id = ? AND deleted_at IS NULL", bot.job(card)["id"]) == []
    late = await (await aiko.press(card, "Favourite")).message()
    assert late.content == "That picture has been deleted. Draw a new one with /imagine."


async def test_a_cross_on_a_message_that_waits_cancels_and_on_one_that_failed_removes(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    await bot.settle(40, "Aiko")
    sent, waiting = await bot.begin("prompt:1girl, never mind seed:11")
    await aiko.react(waiting, "❌")
    ended = await bot.ended(sent)
    assert ended.content.startswith("Cancelled.")
    await bot.settle(4, "Aiko")
    await aiko.unreact(waiting, "❌")
    await aiko.react(waiting, "❌")
    await bot.world.until(lambda: ended.deleted or None, 30)


async def test_reactions_on_other_messages_are_nobodys_business(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    said = await aiko.say("#gallery", "good morning")
    card = await bot.imagine("prompt:1girl, morning seed:12")
    for emoji in ("❌", "⭐"):
        await aiko.react(said, emoji)
    await aiko.react(card, "👍")
    await aiko.react(card, "⭐")
    await until(lambda: bot.job(card)["id"] in favourites(bot, aiko))
    assert not said.deleted and not card.deleted


async def test_reactions_work_on_a_message_from_before_a_restart(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.settle(2, "Aiko")
        card = await bot.imagine("prompt:1girl, old")
        await bot.stop()
        await bot.start()
        await bot.person("Chika").react(card, "⭐")
        await until(lambda: favourites(bot, bot.person("Chika")))
        assert control(card, "favourite")
        await bot.person("Aiko").react(card, "❌")
        await bot.world.until(lambda: card.deleted or None, 30)
