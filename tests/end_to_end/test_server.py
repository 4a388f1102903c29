"""/server: its rules hold from the next request on, and nobody but those who manage the server touches them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from inference.safety.policy import NOT_ANY_MORE, NOT_THIS
from playground import Permission, Seen, Upload
from playground.people import Person
from playground.sent import Sent
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, verbs
from tests.end_to_end.test_menus import picture

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def no_rules_afterwards(bot: RunningBot) -> AsyncIterator[None]:
    """Each test begins in a server without rules of its own."""
    yield
    panel = await opened(bot)
    mori = bot.person("Mori")
    for key in ("channels", "roles", "private_roles", "upload_roles"):
        await mori.select(panel, f"v1gs:{key}:where", [])
    await mori.select(panel, "v1gs:editing:where", ["drawn"])
    for switch in ("Private pictures", "Own files"):
        if f"{switch}: off" in labels(panel):
            await mori.press(panel, f"{switch}: off")


async def opened(bot: RunningBot, page: str = "Who and where") -> Seen:
    """The panel, as the server's owner sees it."""
    mori = bot.person("Mori")
    panel = await (await mori.slash("#gallery", "/server")).message()
    if page != "Who and where":
        await mori.press(panel, page)
    return panel


async def told(sent: Sent) -> str:
    """The one sentence that only the person sees."""
    answer = await sent.message()
    assert answer.ephemeral and not verbs(answer), answer.content
    return answer.content


async def asks(person: Person, place: str = "#gallery", typed: str = "prompt:1girl") -> str:
    return await told(await person.slash(place, f"/imagine {typed}"))


async def test_the_panel_is_for_those_who_manage_the_server(bot: RunningBot) -> None:
    assert "server" not in {command["name"] for command in bot.person("Aiko").commands("#gallery")}
    assert "server" not in {command["name"] for command in bot.person("Mori").commands("dm")}
    role = bot.world.add_role("Keepers", Permission.MANAGE_GUILD)
    bot.world.give_role("Binh", role)
    panel = await (await bot.person("Binh").slash("#gallery", "/máy_chủ")).message()
    assert panel.ephemeral and "Quy định" in panel.content
    # Taken away since: what is still on the screen does nothing any more.
    bot.world.give_role("Binh", role, on=False)
    before = bot.rows("SELECT rules FROM servers")
    for press in (
        bot.person("Binh").press(panel, "v1g:uploads:where"),
        bot.person("Binh").press(panel, "v1g:turn:moderation"),
        bot.person("Binh").select(panel, "v1gs:channels:where", ["#gallery"]),
    ):
        assert "quản lý máy chủ" in await told(await press)
    assert bot.rows("SELECT rules FROM servers") == before


async def test_a_form_left_open_by_somebody_who_may_no_longer_is_refused(bot: RunningBot) -> None:
    role = bot.world.add_role("Guards", Permission.MANAGE_GUILD)
    bot.world.give_role("Aiko", role)
    aiko = bot.person("Aiko")
    panel = await (await aiko.slash("#gallery", "/server")).message()
    await aiko.press(panel, "Moderation")
    form = await aiko.press(panel, "Add blocked words…")
    bot.world.give_role("Aiko", role, on=False)
    answer = await (await aiko.submit(form, {"words": "umbrella"})).message()
    assert "manage this server" in answer.content
    assert not any(row["blocked"] for row in bot.rows("SELECT blocked FROM servers"))


async def test_every_page_says_that_direct_messages_are_nobodys(bot: RunningBot) -> None:
    for page in ("Who and where", "What", "Moderation"):
        assert "Direct messages are nobody's server" in (await opened(bot, page)).content


async def test_adult_pictures_name_what_is_missing(bot: RunningBot) -> None:
    panel = await opened(bot, "What")
    assert "my operator allows them: not yet" in panel.content
    assert "this server allows them: not yet" in panel.content
    assert "how old somebody looks is installed: not yet" in panel.content
    # Nothing that the admins can do makes it possible, so the switch is locked and the panel says whom to ask.
    assert "the switch is locked" in panel.content and "ask them" in panel.content
    [switch] = [each for each in panel.buttons if each.custom_id == "v1g:adult:what"]
    assert switch.disabled and switch.label == "Adult pictures: off"
    for switch in ("Cover adult pictures: on", "Suggestive: off", "Gore: off", "Hateful signs: off", "Real people: on"):
        await bot.person("Mori").press(panel, switch)
    expected = {"Cover adult pictures: off", "Suggestive: on", "Gore: on", "Hateful signs: on", "Real people: off"}
    assert expected <= {*labels(panel)}
    again = await opened(bot, "What")
    assert expected <= {*labels(again)}
    for label in expected:
        await bot.person("Mori").press(again, label)


async def test_adult_pictures_that_were_allowed_before_can_still_be_switched_off(bot: RunningBot) -> None:
    panel = await opened(bot, "What")
    bot.forget("UPDATE servers SET rules = json_set(rules, '$.adult', json('true'))")
    await bot.person("Mori").press(panel, "Moderation")
    await bot.person("Mori").press(panel, "What")
    assert "this server allows them: yes" in panel.content and "though the switch is on" in panel.content
    await bot.person("Mori").press(panel, "Adult pictures: on")
    assert "this server allows them: not yet" in panel.content and "Adult pictures: off" in labels(panel)


async def test_channels_and_their_threads(bot: RunningBot) -> None:
    aiko, mori = bot.person("Aiko"), bot.person("Mori")
    panel = await opened(bot)
    await mori.select(panel, "v1gs:channels:where", ["#gallery"])
    [chosen] = [one.chosen for one in panel.selects if one.custom_id == "v1gs:channels:where"]
    assert chosen == (str(bot.world.channel("#gallery").id),)
    assert (await asks(aiko, "#sketches")).startswith("I don't draw in this channel. In this server I do in <#")
    assert (await bot.card(await aiko.slash("#gallery > ideas", "/imagine prompt:1girl"))).pictures
    said = await aiko.say("#sketches", f"<@{bot.world.bot.id}> 1girl")
    answer = await aiko.wait_for("#sketches", lambda seen: seen.id > said.id and seen.author == "Genga")
    assert "I don't draw in this channel" in answer.content
    assert (await bot.card(await aiko.slash("dm", "/imagine prompt:1girl"))).pictures, "no server rules in private"
    # A button on an old card, pressed where drawing is over.
    card = await bot.imagine("prompt:1girl, before")
    await mori.select(panel, "v1gs:channels:where", ["#sketches"])
    assert "I don't draw in this channel" in await told(await aiko.press(card, "Reroll"))


async def test_roles(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    role = bot.world.add_role("Painters")
    bot.world.give_role("Aiko", role)
    panel = await opened(bot)
    await bot.person("Mori").select(panel, "v1gs:roles:where", ["Painters"])
    assert f"one of these roles: <@&{role.id}>" in await asks(chika)
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl"))).pictures
    bot.world.give_role("Aiko", role, on=False)
    assert "one of these roles" in await asks(aiko)


async def test_private_pictures_and_own_files_by_switch_and_by_role(bot: RunningBot) -> None:
    aiko, chika, mori = bot.person("Aiko"), bot.person("Chika"), bot.person("Mori")
    role = bot.world.add_role("Trusted")
    bot.world.give_role("Aiko", role)
    panel = await opened(bot)
    await mori.select(panel, "v1gs:private_roles:where", ["Trusted"])
    await mori.select(panel, "v1gs:upload_roles:where", ["Trusted"])
    files = {"cat.png": picture("PNG", (64, 64))}
    with_file = "/imagine prompt:1girl image:@cat.png"
    assert "Private pictures are not for you" in await asks(chika, typed="prompt:1girl private:True")
    before = bot.traces()
    sent = await chika.slash("#gallery", with_file, attachments=files)
    assert "own files is not for you" in await told(sent)
    assert bot.traces() == before, "nothing was even fetched"
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl private:True"))).ephemeral
    assert (await bot.card(await aiko.slash("#gallery", with_file, attachments=files))).pictures
    await mori.press(panel, "Private pictures: on")
    await mori.press(panel, "Own files: on")
    assert "Private pictures are not for you" in await asks(aiko, typed="prompt:1girl private:True")
    assert "own files is not for you" in await told(await aiko.slash("#gallery", with_file, attachments=files))


async def test_whose_pictures_may_be_changed(bot: RunningBot) -> None:
    aiko, chika, mori = bot.person("Aiko"), bot.person("Chika"), bot.person("Mori")
    panel = await opened(bot)
    card = await bot.imagine("prompt:1girl, hers")
    posted = await aiko.say("#sketches", "my cat", attachments=[Upload("cat.png", picture("PNG", (64, 64)))])
    # As it comes: what was drawn for others, and not what others posted.
    assert (await bot.card(await chika.press(card, "Reroll"))).pictures
    form = await chika.menu(posted, "Edit image…")
    assert "theirs to change" in await told_by_form(await chika.submit(form, {"prompt": "1girl"}))
    await mori.select(panel, "v1gs:editing:where", ["all"])
    form = await chika.menu(posted, "Edit image…")
    child = await bot.card(await chika.submit(form, {"prompt": "1girl, cat"}))
    assert request_in(child.pictures[0]).image is not None
    await mori.select(panel, "v1gs:editing:where", ["own"])
    assert "everybody changes only their own" in await told(await chika.press(card, "Reroll"))
    form = await chika.menu(card, "Edit image…")
    assert "everybody changes only their own" in await told_by_form(await chika.submit(form, {"prompt": "1girl"}))
    assert (await bot.card(await aiko.press(card, "Reroll"))).pictures


async def told_by_form(sent: Sent) -> str:
    """What a form that was refused says; it can be opened again."""
    shown = sent.followups[-1] if sent.followups else await sent.message()
    assert shown.ephemeral
    return shown.content


async def test_limits(bot: RunningBot) -> None:
    aiko, mori = bot.person("Aiko"), bot.person("Mori")
    panel = await opened(bot, "Moderation")
    wrong = await mori.submit(await mori.press(panel, "Limits…"), {"open_each": "0", "daily_each": "x"})
    assert "whole number" in await told_by_form(wrong)
    await bot.settle(40, "Aiko")
    await mori.submit(await mori.press(panel, "Limits…"), {"open_each": "1", "daily_each": ""})
    assert "may have waiting: 1" in panel.content and "within a day: no limit" in panel.content
    form = await mori.press(panel, "Limits…")
    assert [field.value for field in form.modal.fields] == ["1", ""], "a form says what holds now"
    sent, waiting = await bot.begin("prompt:1girl")
    assert "you can have 1 pictures waiting" in await asks(aiko)
    await aiko.press(waiting, control(waiting, "cancel"))
    await bot.ended(sent)
    await bot.settle(4, "Aiko")
    drawn = bot.rows("SELECT 1 FROM jobs WHERE requester_id = ? AND state = 'done' AND guild_id > 0", aiko.id)
    await mori.submit(await mori.press(panel, "Limits…"), {"daily_each": str(len(drawn) + 1)})
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl"))).pictures
    assert "pictures of today" in await asks(aiko)
    await mori.submit(await mori.press(panel, "Limits…"), {"open_each": "", "daily_each": ""})
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl"))).pictures


async def test_blocked_words_are_refused_in_this_server_like_anything_else(bot: RunningBot) -> None:
    aiko, mori = bot.person("Aiko"), bot.person("Mori")
    bot.world.add_server("Neighbours", "hall", with_bot=True)
    before = await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl, umbrella seed:3"))
    panel = await opened(bot, "Moderation")
    await mori.submit(await mori.press(panel, "Add blocked words…"), {"words": "Umbrella\n  red   KITE \n\n"})
    assert "Blocked words and phrases: 2 of at most 2000" in panel.content
    for prompt in ("1girl, umbrella", "1girl, ÙMBRELLA", "1girl, red kite, sky"):
        said = await asks(aiko, typed=f"prompt:{prompt}")
        assert said == NOT_THIS, "the same as for anything else that is refused"
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl, kite seed:2"))).pictures
    assert (await bot.card(await aiko.slash("Neighbours#hall", "/imagine prompt:1girl, umbrella"))).pictures
    # What was drawn before is not shown again; nothing was being drawn, and nothing is said of drawing.
    told = await (await aiko.press(before, "Info")).message()
    assert told.ephemeral and told.content == NOT_ANY_MORE
    listed = await (await mori.press(panel, "Blocked words as a file")).message()
    assert listed.ephemeral and listed.attachments[0].data == b"red kite\numbrella\n"
    await mori.submit(await mori.press(panel, "Remove blocked words…"), {"words": "umbrella\nred kite"})
    assert "phrases: 0 of" in panel.content
    assert (await bot.card(await aiko.slash("#gallery", "/imagine prompt:1girl, umbrella"))).pictures
    too_long = await mori.submit(await mori.press(panel, "Add blocked words…"), {"words": "x" * 101})
    assert "longer than 100" in await told_by_form(too_long)


async def test_models(bot: RunningBot) -> None:
    panel = await opened(bot, "What")
    await bot.person("Mori").select(panel, "v1gs:models:what", ["genga-mini"])
    assert (await bot.card(await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl"))).pictures
    await bot.person("Mori").select(panel, "v1gs:models:what", [])


async def test_a_member_is_muted_here_and_allowed_again(bot: RunningBot) -> None:
    chika, mori = bot.person("Chika"), bot.person("Mori")
    panel = await opened(bot, "Moderation")
    member = await (await mori.select(panel, "v1gs:member:moderation", ["Chika"])).message()
    assert member.ephemeral and "may draw here like everybody" in member.content
    await mori.press(member, "Mute here")
    assert "is muted" in member.content
    [row] = bot.rows("SELECT server_id, kind FROM bars WHERE person_id = ?", chika.id)
    assert (row["server_id"], row["kind"]) == (bot.world.home.id, "blocked")
    shown = await (await chika.slash("#gallery", "/privacy show")).message()
    assert shown.content.startswith("**You are muted:**") and "Ask a person…" in labels(shown)
    assert (await asks(chika)).startswith("You can't draw just now.")
    assert (await bot.card(await chika.slash("dm", "/imagine prompt:1girl"))).pictures, "this server's word, no other's"
    await mori.press(member, "Allow again here")
    assert bot.rows("SELECT 1 FROM bars WHERE person_id = ?", chika.id) == []
    assert (await bot.card(await chika.slash("#gallery", "/imagine prompt:1girl"))).pictures
    assert [each.disabled for each in member.buttons if each.label == "Allow again here"] == [True]
    # Mori runs the bot too, and so may decide for everywhere.
    await mori.press(member, "No adult pictures anywhere")
    assert "nothing for adults" in member.content and "you can lift it, as my operator" in member.content
    await mori.press(member, "Allow again everywhere")


async def test_only_the_operator_decides_for_everywhere(bot: RunningBot) -> None:
    role = bot.world.add_role("Wardens", Permission.MANAGE_GUILD)
    bot.world.give_role("Aiko", role)
    aiko = bot.person("Aiko")
    panel = await (await aiko.slash("#gallery", "/server")).message()
    await aiko.press(panel, "Moderation")
    member = await (await aiko.select(panel, "v1gs:member:moderation", ["Chika"])).message()
    assert labels(member) == ["Mute here", "No adult pictures here", "Allow again here"]
    # What somebody did elsewhere is not told to a server's admins: a pause comes from requests anywhere, private too.
    later = "strftime('%s') + 3600"
    bot.forget(f"INSERT INTO strikes (person_id, at, until) VALUES ({bot.person('Chika').id}, {later}, {later})")
    member = await (await aiko.select(panel, "v1gs:member:moderation", ["Chika"])).message()
    assert "may draw here like everybody" in member.content and "pause" not in member.content
    mine = await (await bot.person("Chika").slash("#gallery", "/privacy show")).message()
    assert mine.content.startswith("**You have a pause until <t:")
    bot.forget("DELETE FROM strikes")
    bot.world.give_role("Aiko", role, on=False)
    assert "manage this server" in await told(await aiko.press(member, "Mute here"))
    assert bot.rows("SELECT 1 FROM bars") == []


async def test_a_servers_word_lists_are_drawn_from_and_reroll_draws_anew(bot: RunningBot) -> None:
    mori, aiko = bot.person("Mori"), bot.person("Aiko")
    form = await mori.press(await opened(bot, "What"), "Word lists…")
    await mori.submit(form, {"lists": "fruit: apple | pear | plum | fig | lime\nrobe: __fruit__ coloured robe"})
    card = await bot.imagine("prompt:1girl, __robe__ seed:3 style:pastel")
    first = request_in(card.pictures[0])
    fruits = {f"1girl, {fruit} coloured robe" for fruit in ("apple", "pear", "plum", "fig", "lime")}
    assert first.prompt.split(", pastel")[0] in fruits
    assert (first.typed, first.style, first.negative) == ("1girl, __robe__", "pastel", "dark, high contrast")
    form = await aiko.press(card, "Edit")
    assert {field.custom_id: field.value for field in form.modal.fields}["prompt"] == "1girl, __robe__"
    drawn_anew = set[str]()
    for _ in range(4):
        card = await bot.card(await aiko.press(card, "Reroll"))
        child = request_in(card.pictures[0])
        assert (child.typed, child.style) == (first.typed, first.style) and child.seed != first.seed
        drawn_anew.add(child.prompt.split(", pastel")[0])
    assert drawn_anew <= fruits and len(drawn_anew | {first.prompt.split(", pastel")[0]}) > 1
    assert "__hat__" in await asks(aiko, typed="prompt:1girl, __hat__")
    form = await mori.press(await opened(bot, "What"), "Word lists…")
    await mori.submit(form, {"lists": ""})
