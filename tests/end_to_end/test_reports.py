"""Reports reach people: moderators in their log channel, else the operator; and nobody else sees or decides."""

import pytest

from playground import Permission, Seen, Upload
from playground.people import Person
from tests.end_to_end.running_bot import RunningBot, labels, until
from tests.end_to_end.test_menus import NOT_OURS, picture

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
THANKS = "Thank you. A person will look at it."


async def log_channel(bot: RunningBot, place: str | None) -> None:
    """Have reports of the server go there."""
    mori = bot.person("Mori")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "Moderation")
    await mori.select(panel, "v1gs:log_channel:moderation", [place] if place else [])


async def report(person: Person, card: Seen, reason: str, category: str = "other") -> None:
    form = await person.press(card, "Report")
    thanks = await (await person.submit(form, {"category": category, "reason": reason})).message()
    assert thanks.ephemeral and thanks.content == THANKS


async def entry(bot: RunningBot, reason: str, *, who: str = "Mori", place: str = "dm") -> Seen:
    return await bot.person(who).wait_for(place, lambda seen: reason in seen.content)


def moderator(bot: RunningBot, name: str) -> Person:
    bot.world.give_role(name, bot.world.add_role(f"Moderators {name}", Permission.MANAGE_MESSAGES))
    return bot.person(name)


def forget_reports(bot: RunningBot) -> None:
    """An hour later."""
    bot.forget("UPDATE reports SET created_at = created_at - 7200")


async def test_without_a_log_channel_the_operator_hears_of_it(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, door seed:206")
    await report(chika, card, "three hands")
    told = await entry(bot, "three hands")
    job = bot.job(card)
    assert "1girl, door" in told.content and f"/{card.id}" in told.content and "Chika" not in told.content
    assert str(chika.id) not in told.content, "who reported is nobody's business"
    assert labels(told) == ["Remove", "Mute", "Allow"]
    [row] = bot.rows("SELECT * FROM reports WHERE job_id = ?", job["id"])
    assert (row["reporter_id"], row["reason"], row["state"]) == (chika.id, "three hands", "open")
    status = await (await bot.person("Mori").slash("#gallery", "/status")).message()
    assert "**Reports** nobody has looked at: 1" in status.content and "Something else" in status.content
    await bot.person("Mori").press(told, "Allow")
    await until(lambda: "Allowed." in told.content)
    assert labels(told) == [] and not card.deleted


async def test_the_menu_reports_too_and_only_pictures_of_ours(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, gate")
    form = await chika.menu(card, "Report")
    assert (await (await chika.submit(form, {"reason": "by the menu"})).message()).content == THANKS
    await entry(bot, "by the menu")
    foreign = await chika.say("#sketches", attachments=[Upload("own.png", picture("PNG", (64, 64)))])
    assert (await (await chika.menu(foreign, "Report")).message()).content == NOT_OURS
    forget_reports(bot)


async def test_moderators_remove_what_was_reported(bot: RunningBot) -> None:
    await log_channel(bot, "#sketches")
    card = await bot.imagine("prompt:1girl, bridge")
    await report(bot.person("Chika"), card, "please look", "young")
    told = await entry(bot, "please look", place="#sketches")
    assert "Somebody looks too young in it" in told.content
    # The entry stands where everybody can see it here: pressing it is for moderators.
    answer = await (await bot.person("Chika").press(told, "Remove")).message()
    assert answer.ephemeral and answer.content.startswith("Only moderators of this server")
    assert not card.deleted and bot.rows("SELECT 1 FROM bars") == []
    keeper = moderator(bot, "Binh")
    await keeper.press(told, "Remove")
    await until(lambda: "Removed." in told.content)
    assert card.deleted
    [row] = bot.rows("SELECT deleted_at FROM pictures WHERE job_id = ?", bot.rows(
        "SELECT job_id FROM reports WHERE reason = 'please look'")[0]["job_id"])  # fmt: skip
    assert row["deleted_at"] is not None
    forget_reports(bot)


async def test_moderators_mute_and_allow_again(bot: RunningBot) -> None:
    await log_channel(bot, "#sketches")
    keeper = moderator(bot, "Binh")
    card = await bot.imagine("prompt:1girl, tower", who="Aiko")
    await report(bot.person("Chika"), card, "again and again")
    told = await entry(bot, "again and again", place="#sketches")
    await keeper.press(told, "Mute")
    await until(lambda: "is muted" in told.content)
    aiko = bot.person("Aiko")
    assert [each.label for each in told.buttons if each.disabled] == ["Mute"]
    refused = await (await aiko.slash("#gallery", "/imagine prompt:1girl")).message()
    assert refused.ephemeral and refused.content.startswith("You can't draw just now.")
    refused = await (await aiko.press(card, "Reroll")).message()
    assert refused.ephemeral and refused.content.startswith("You can't draw just now.")
    [bar] = bot.rows("SELECT server_id FROM bars WHERE person_id = ?", aiko.id)
    assert bar["server_id"] == bot.world.home.id
    await keeper.press(told, "Allow")
    await until(lambda: "Allowed." in told.content)
    assert bot.rows("SELECT 1 FROM bars") == [] and f"<@{keeper.id}> decided." in told.content
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl"))).pictures
    # A second press on what is still on somebody's screen changes nothing.
    assert labels(told) == []
    forget_reports(bot)


async def test_of_a_private_picture_moderators_see_category_and_job_only(bot: RunningBot) -> None:
    await log_channel(bot, "#sketches")
    card = await bot.imagine("prompt:1girl, secret garden private:True")
    await report(bot.person("Aiko"), card, "my own words", "sexual")
    told = await bot.person("Mori").wait_for("#sketches", lambda seen: "Too sexual" in seen.content)
    assert "](" not in told.content, "where it was shown is nobody's business either"
    assert "secret garden" not in told.content and "my own words" not in told.content
    assert "its words are not shown to moderators" in told.content
    forget_reports(bot)


async def test_a_log_channel_that_is_gone_is_no_hole(bot: RunningBot) -> None:
    bot.world.add_channel(bot.world.home, "log")
    await log_channel(bot, "#log")
    bot.world.delete_channel("#log")
    card = await bot.imagine("prompt:1girl, well")
    await report(bot.person("Chika"), card, "falls to the operator")
    await entry(bot, "falls to the operator")
    await log_channel(bot, None)
    forget_reports(bot)


async def test_nobody_reports_into_a_servers_channel_what_they_cannot_have_seen(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    private = await bot.imagine("prompt:1girl, hidden private:True")
    other_server = await bot.imagine("prompt:1girl, elsewhere")
    bot.world.add_server("Strangers", "lobby", with_bot=True)
    numbers = [next(each.custom_id for each in card.buttons if each.custom_id) for card in (private, other_server)]
    guesses = [("#gallery", numbers[0].split(":")[2]), ("Strangers#lobby", numbers[1].split(":")[2])]
    for place, about in (*guesses, ("#gallery", "https://discord.com/channels/1/2/9999999999999999999")):
        told = await (await chika.slash(place, "/report", about=about)).message()
        assert told.content.startswith("I find no picture of mine there.")
    link = f"https://discord.com/channels/{bot.world.home.id}/{bot.world.channel('#gallery').id}/{private.id}"
    told = await (await chika.slash("#gallery", "/report", about=link)).message()
    assert told.content.startswith("I find no picture of mine there.")


async def test_words_of_members_never_reach_a_channel_of_another_server(bot: RunningBot) -> None:
    bot.world.add_server("Listeners", "ear", with_bot=True)
    ear = bot.world.channel("Listeners#ear")
    await log_channel(bot, "#sketches")
    bot.forget(f"UPDATE servers SET rules = json_set(rules, '$.log_channel', {ear.id})")
    card = await bot.imagine("prompt:1girl, harbour")
    await report(bot.person("Chika"), card, "not for other ears")
    await entry(bot, "not for other ears")
    assert not [each for each in bot.world.history(ear) if "Report" in str(each.body.components)]
    await log_channel(bot, None)
    forget_reports(bot)


async def test_reports_are_counted_and_kindly_limited(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, many")
    for number in range(5):
        form = await chika.slash("#gallery", "/report")
        assert (await (await chika.submit(form, {"reason": f"number {number}"})).message()).content == THANKS
    form = await chika.press(card, "Report")
    told = await (await chika.submit(form, {"reason": "one more"})).message()
    assert "5 reports within the hour" in told.content
    forget_reports(bot)


async def test_report_finds_a_picture_by_number_and_by_link(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, by number")
    number = next(iter(button.custom_id for button in card.buttons if button.custom_id)).split(":")[2]
    link = f"https://discord.com/channels/{bot.world.home.id}/{bot.world.channel('#gallery').id}/{card.id}"
    for about, reason in ((f"#{number}", "by its number"), (link, "by its link")):
        form = await chika.slash("#gallery", "/report", about=about)
        await chika.submit(form, {"reason": reason})
        assert "by number" in (await entry(bot, reason)).content
    for about in ("#zzzzzz", "nothing", "https://discord.com/channels/1/2/123456789012345678"):
        told = await (await chika.slash("#gallery", "/report", about=about)).message()
        assert told.content.startswith("I find no picture of mine there.")
    forget_reports(bot)


async def test_a_report_of_nothing_but_spaces_is_not_one_yet(bot: RunningBot) -> None:
    card, chika = await bot.imagine("prompt:1girl, door seed:207"), bot.person("Chika")
    before = bot.rows("SELECT 1 FROM reports")
    form = await chika.press(card, "Report")
    told = await (await chika.submit(form, {"category": "real", "reason": " \n "})).message()
    assert told.ephemeral and told.content.startswith("Only spaces stand there.")
    assert bot.rows("SELECT 1 FROM reports") == before
    form = await chika.press(told, "Fix it")
    assert (await (await chika.submit(form, {"reason": " a face "})).message()).content == THANKS
    [row] = bot.rows("SELECT reason, category FROM reports WHERE reason LIKE '%a face%'")
    assert (row["reason"], row["category"]) == ("a face", "real")
    forget_reports(bot)


async def test_somebody_who_is_muted_appeals_to_those_who_muted_them(bot: RunningBot) -> None:
    await log_channel(bot, "#sketches")
    chika, mori = bot.person("Chika"), bot.person("Mori")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "Moderation")
    member = await (await mori.select(panel, "v1gs:member:moderation", ["Chika"])).message()
    await mori.press(member, "Mute here")
    shown = await (await chika.slash("#gallery", "/privacy show")).message()
    form = await chika.press(shown, "Ask a person…")
    thanks = await (await chika.submit(form, {"reason": "it was a mistake"})).message()
    assert "A person will look at it" in thanks.content
    told = await entry(bot, "it was a mistake", place="#sketches")
    assert f"<@{chika.id}>" in told.content and labels(told) == ["Allow", "Leave as it is"]
    await mori.press(told, "Allow")
    await until(lambda: "Allowed." in told.content)
    assert bot.rows("SELECT 1 FROM bars") == []
    shown = await (await chika.slash("#gallery", "/privacy show")).message()
    assert "are muted" not in shown.content and "Ask a person…" not in labels(shown)
    await log_channel(bot, None)
    forget_reports(bot)


async def test_an_appeal_against_the_operator_goes_to_the_operator(bot: RunningBot) -> None:
    chika, mori = bot.person("Chika"), bot.person("Mori")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "Moderation")
    member = await (await mori.select(panel, "v1gs:member:moderation", ["Chika"])).message()
    await mori.press(member, "Mute everywhere")
    shown = await (await chika.slash("dm", "/privacy show")).message()
    assert "only my operator can lift it" in shown.content
    await chika.submit(await chika.press(shown, "Ask a person…"), {"reason": "please forgive"})
    told = await entry(bot, "please forgive")
    await mori.press(told, "Leave as it is")
    await until(lambda: "It stays as it is." in told.content)
    assert len(bot.rows("SELECT 1 FROM bars")) == 1
    await mori.press(member, "Allow again everywhere")
    assert bot.rows("SELECT 1 FROM bars") == []
