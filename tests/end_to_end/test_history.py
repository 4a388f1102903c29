"""/history: looked through, filtered, and what its buttons do."""

import pytest

from playground import Seen
from playground.people import Person
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, request_in, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


async def history(person: Person, place: str = "#gallery") -> Seen:
    return await (await person.slash(place, "/history")).message()


async def shows(bot: RunningBot, person: Person, panel: Seen, which: str) -> list[str]:
    """The prompts on the page, after choosing what to see."""
    before = panel.edits
    await person.select(panel, "v1h:show", [which])
    await bot.world.until(lambda: panel.edits > before or None, 30)
    return prompts(panel)


def prompts(panel: Seen) -> list[str]:
    lines = [line for text in panel.texts for line in text.splitlines()]
    return [line.strip("`") for line in lines if line.startswith("`")]


def newest(panel: Seen, verb: str) -> str:
    """The first entry's button that does this."""
    found = [button.custom_id for button in panel.buttons if (button.custom_id or "").startswith(f"v1h:{verb}:")]
    assert found[0] is not None
    return found[0]


async def test_an_empty_history_says_how_to_begin(bot: RunningBot) -> None:
    panel = await history(bot.person("Mori"))
    assert panel.ephemeral
    assert panel.content == "Nothing here yet. Draw your first picture with /imagine."


async def test_ones_own_pictures_are_shown_in_small_newest_first_page_by_page(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    for number in range(6):
        await bot.imagine(f"prompt:1girl, number {number} seed:{number}")
    await bot.imagine("prompt:1boy, of somebody else", who="Chika")
    panel = await history(aiko)
    assert panel.ephemeral
    assert "**Your pictures** · page 1 of 2" in panel.content
    assert prompts(panel) == [f"1girl, number {number}" for number in (5, 4, 3, 2)]
    assert "seed 5" in panel.content
    assert [(picture.content_type, picture.width) for picture in panel.pictures] == [("image/webp", 192)] * 4
    assert [picture.description for picture in panel.pictures] == prompts(panel)
    newer, older = (button for button in panel.buttons if button.label in ("Newer", "Older"))
    assert newer.disabled and not older.disabled

    await aiko.press(panel, "Older")
    await bot.world.until(lambda: "page 2 of 2" in panel.content or None, 30)
    assert prompts(panel) == ["1girl, number 1", "1girl, number 0"]
    assert len(panel.pictures) == 2
    await aiko.press(panel, "Newer")
    await bot.world.until(lambda: "page 1 of 2" in panel.content or None, 30)


async def test_what_failed_and_what_is_private_can_be_looked_for(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    await bot.settle(40, "Chika")
    sent, waiting = await bot.begin("prompt:1girl, changed my mind", who="Chika")
    await chika.press(waiting, "Cancel")
    await bot.ended(sent)
    await bot.settle(4, "Chika")
    await bot.imagine("prompt:1girl, hidden private:True", who="Chika")
    await bot.imagine("prompt:1girl, whispered", who="Chika", place="dm")
    await bot.imagine("prompt:1girl, for all", who="Chika")
    panel = await history(chika)
    assert await shows(bot, chika, panel, "trouble") == ["1girl, changed my mind"]
    assert "Cancelled." in panel.content
    assert labels(panel) == ["Draw again"], "there is no picture to open or to send"
    assert await shows(bot, chika, panel, "private") == ["1girl, whispered", "1girl, hidden"]
    assert "1girl, whispered" not in await shows(bot, chika, panel, "here")
    assert (await shows(bot, chika, panel, "all"))[:2] == ["1girl, for all", "1girl, whispered"]
    direct = await history(chika, place="dm")
    assert "This server" not in [option.label for option in direct.selects[0].options]


async def test_open_leads_to_the_card_and_a_private_one_has_nowhere_to_lead(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, in the open")
    panel = await history(bot.person("Aiko"))
    channel = bot.world.channel("#gallery")
    assert panel.buttons[1].url == f"https://discord.com/channels/{channel.server_id}/{channel.id}/{card.id}"
    await bot.imagine("prompt:1girl, in secret private:True")
    assert labels(await history(bot.person("Aiko")))[:3] == ["Draw again", "DM me", "Favourite"]


async def test_draw_again_makes_the_same_picture_here(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, once more seed:77")
    panel = await history(bot.person("Aiko"))
    child = await bot.card(await bot.person("Aiko").press(panel, newest(panel, "again")))
    assert not child.ephemeral
    assert request_in(child.pictures[0]) == request_in(card.pictures[0])


async def test_what_was_drawn_in_a_private_place_is_not_shown_in_a_public_one(bot: RunningBot) -> None:
    await bot.imagine("prompt:1girl, between us", place="dm")
    panel = await history(bot.person("Aiko"))
    child = await bot.card(await bot.person("Aiko").press(panel, newest(panel, "again")))
    assert child.ephemeral
    assert "Share" in labels(child)
    panel = await history(bot.person("Aiko"), place="#sketches")
    child = await bot.card(await bot.person("Aiko").press(panel, newest(panel, "again")))
    assert child.ephemeral


async def test_dm_me_sends_the_originals_once(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, to keep seed:80 count:2")
    panel = await history(aiko)
    button = newest(panel, "dm")
    told = await (await aiko.press(panel, button)).message()
    assert told.ephemeral
    sent = aiko.sees("dm")[-1]
    assert told.content == f"Sent: https://discord.com/channels/@me/{bot.world.channel('dm', aiko.id).id}/{sent.id}"
    assert [picture.data for picture in sent.pictures] == [picture.data for picture in card.pictures]
    before = len(aiko.sees("dm"))
    await (await aiko.press(panel, button)).message()
    assert len(aiko.sees("dm")) == before
    child = await bot.card(await aiko.press(sent, "Reroll"))
    assert child.place == sent.place
    await aiko.press(card, "Delete")
    await until(lambda: len(card.pictures) == len(sent.pictures) == 1)
    assert card.pictures[0].data == sent.pictures[0].data


async def test_somebody_who_takes_no_direct_messages_is_told_so(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    await bot.imagine("prompt:1girl, undeliverable")
    panel = await history(aiko)
    bot.world.block_dms("Aiko")
    try:
        sent = await aiko.press(panel, newest(panel, "dm"))
        told = await bot.ended(sent)
    finally:
        bot.world.block_dms("Aiko", False)
    assert told.ephemeral
    assert told.content.startswith("I can't write to you directly.")


async def test_a_deleted_picture_leaves_its_words_and_can_be_drawn_again(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, regretted")
    await history(aiko)
    small = {path.stem for path in (bot.folder / "thumbnails").glob("??/*")}
    sha256 = bot.rows("SELECT sha256 FROM pictures WHERE job_id = ?", bot.job(card)["id"])[0]["sha256"]
    assert sha256 in small
    await aiko.press(card, "Delete")
    await until(lambda: card.deleted or None)
    panel = await history(aiko)
    first = panel.texts[1]
    assert first.startswith("`1girl, regretted`\nDeleted.\n")
    assert labels(panel)[:2] == ["Draw again", "Draw again"]
    assert sha256 not in {path.stem for path in (bot.folder / "thumbnails").glob("??/*")}


async def test_the_pages_work_after_a_restart(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.settle(2, "Aiko")
        aiko = bot.person("Aiko")
        for number in range(5):
            await bot.imagine(f"prompt:1girl, number {number}")
        panel = await history(aiko)
        await bot.stop()
        await bot.start()
        await aiko.press(panel, "Older")
        await bot.world.until(lambda: prompts(panel) == ["1girl, number 0"] or None, 30)
        assert (await bot.card(await aiko.press(panel, "Draw again"))).pictures
        assert await shows(bot, aiko, panel, "private") == []
        assert "Nothing private yet." in panel.content
