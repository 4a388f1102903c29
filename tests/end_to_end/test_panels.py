"""/queue, /settings and /help."""

import pytest

from cogs._queue import IN_THE_LIST
from playground import Seen
from playground.people import Person
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


async def opened(person: Person, command: str, place: str = "#gallery") -> Seen:
    return await (await person.slash(place, command)).message()


def chosen(panel: Seen, select: str) -> list[str]:
    """What a select of the panel shows as chosen."""
    [found] = [one for one in panel.selects if one.custom_id == f"v1s:{select}"]
    return [option.label for option in found.options if option.default]


async def test_the_queue_shows_ones_own_jobs_and_cancels_each(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    empty = await opened(aiko, "/queue")
    assert empty.ephemeral
    assert empty.content == "You are not waiting for any picture. Start one with /imagine."
    await bot.settle(40, "Aiko")
    first_sent, _ = await bot.begin("prompt:1girl, first seed:1")
    sent, second = await bot.begin("prompt:1girl, second seed:2")
    await bot.begin("prompt:1girl, other seed:3", who="Chika")
    panel = await opened(aiko, "/queue")
    assert panel.ephemeral
    assert labels(panel) == ["Cancel", "Cancel"]
    head, drawn, waiting = panel.content.split("\n")
    assert head == "**2 of yours** among 3 in the queue"
    assert "being drawn" in drawn and "`1girl, first`" in drawn
    assert "starts " in waiting and "`1girl, second`" in waiting
    assert "other" not in panel.content

    await aiko.press(panel, f"{control(second, 'cancel').removesuffix('0')}{IN_THE_LIST}")
    assert (await bot.ended(sent)).content.startswith("Cancelled.")
    await until(lambda: labels(panel) == ["Cancel"])
    assert "`1girl, first`" in panel.content and "second" not in panel.content
    await aiko.press(panel, "Cancel")
    await until(lambda: panel.content == "You are not waiting for any picture. Start one with /imagine.")
    await bot.ended(first_sent)
    await until(lambda: not bot.open_jobs())
    await bot.settle(4, "Aiko")


async def test_the_settings_change_what_imagine_does(bot: RunningBot) -> None:
    binh = bot.person("Chika")
    panel = await opened(binh, "/settings")
    assert panel.ephemeral
    assert labels(panel) == ["Negative prompt…", "Advanced…", "Save as preset…", "Stop notifying me", "Reset"]
    await binh.select(panel, "v1s:aspect", ["portrait"])
    await binh.select(panel, "v1s:count", ["2"])
    form = await binh.press(panel, "Negative prompt…")
    await binh.submit(form, {"negative": "hat, `rain`"})
    form = await binh.press(panel, "Advanced…")
    assert form.modal.field("steps").value == "4", "as the tests' people set it"
    await binh.submit(form, {"steps": "2", "guidance": "3,5", "sampler": ["ddim"]})
    for said in ("portrait", "steps 2", "guidance 3.5", "sampler ddim", "Negative prompt: `hat, ˋrainˋ`"):
        assert said in panel.content
    assert chosen(panel, "aspect") == ["Shape: Portrait"]
    assert chosen(panel, "count") == ["Pictures at a time: 2"]

    card = await bot.imagine("prompt:1girl seed:11", who="Chika")
    assert len(card.pictures) == 2
    request = request_in(card.pictures[0])
    said = (request.width, request.height, request.steps, request.guidance, request.sampler.value, request.negative)
    assert said == (224, 288, 2, 3.5, "ddim", "hat, `rain`")
    # What is said in the command comes first, and nobody else is affected.
    card = await bot.imagine("prompt:1girl seed:12 count:1 aspect:square", who="Chika")
    assert (len(card.pictures), card.pictures[0].width) == (1, 256)
    card = await bot.imagine("prompt:1girl seed:13")
    assert (len(card.pictures), request_in(card.pictures[0]).negative) == (1, "")


async def test_a_preset_is_saved_used_and_deleted(bot: RunningBot) -> None:
    mori = bot.person("Mori")
    panel = await opened(mori, "/settings")
    await mori.select(panel, "v1s:aspect", ["landscape"])
    await mori.submit(await mori.press(panel, "Advanced…"), {"steps": "3"})
    await mori.submit(await mori.press(panel, "Save as preset…"), {"name": "Wide & quick"})
    await mori.press(panel, "Reset")
    assert "Everything is as the model likes it best." in panel.content
    assert chosen(panel, "aspect") == ["Shape: as the model likes it"]

    panel = await opened(mori, "/settings")
    await mori.select(panel, "v1s:preset", ["Wide & quick"])
    assert "steps 3" in panel.content
    card = await bot.imagine("prompt:1girl seed:21", who="Mori")
    assert (card.pictures[0].width, request_in(card.pictures[0]).steps) == (288, 3)

    await mori.select(panel, "v1s:forget", ["Wide & quick"])
    assert [one.custom_id for one in panel.selects] == ["v1s:aspect", "v1s:count", "v1s:language"]
    assert "steps 3" in panel.content, "the settings in use stay as they are"
    await mori.press(panel, "Reset")


async def test_settings_that_could_not_be_drawn_are_not_kept(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    panel = await opened(aiko, "/settings")
    before = panel.content
    refused = await (await aiko.submit(await aiko.press(panel, "Advanced…"), {"size": "9000x9000"})).message()
    assert refused.ephemeral
    assert refused.content == "9000 pixels is outside what Genga mini draws; use 128 to 384."
    assert (await opened(aiko, "/settings")).content == before
    again = await aiko.press(refused, "Fix it")
    assert again.modal.field("size").value == "9000x9000"
    fixed = await aiko.submit(again, {"size": ""})
    assert fixed.failed is None


async def test_a_negative_prompt_that_nobody_could_read_is_not_kept(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    form = await aiko.press(await opened(aiko, "/settings"), "Negative prompt…")
    told = await (await aiko.submit(form, {"negative": "hat " * 900})).message()
    assert told.content == "That prompt has 3599 characters; 2000 is the most I can read. Please shorten it."
    assert labels(told) == ["Fix it"]
    assert "Negative prompt:" not in (await opened(aiko, "/settings")).content


async def test_settings_and_queue_work_in_private_messages(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    for command in ("/settings", "/queue", "/help"):
        assert (await opened(aiko, command, place="dm")).content


async def test_help_explains_itself_with_commands_to_click(bot: RunningBot) -> None:
    told = await opened(bot.person("Aiko"), "/help")
    assert told.ephemeral
    offered = {each["name"]: each["id"] for each in bot.person("Aiko").commands("#gallery")}
    assert {"help", "history", "imagine", "queue", "settings"} <= {*offered}
    for name in ("imagine", "models", "info", "queue", "settings", "history", "report", "terms"):
        assert f"</{name}:{offered[name]}>" in told.content
    for name, below in (("lora", "add"), ("privacy", "delete")):
        assert f"</{name} {below}:{offered[name]}>" in told.content
    for button in (
        "Reroll", "Vary", "Edit", "Info", "1 2 3 4", "Cancel", "Advanced…", "Favourite", "Share", "Delete",
        "model:", "lora:", "style:",
    ):  # fmt: skip
        assert button in told.content
    for menu in ("Edit image…", "Use as…", "Report"):
        assert menu in told.content


async def test_the_model_option_completes_what_is_installed(bot: RunningBot) -> None:
    choices = await bot.person("Aiko").complete("#gallery", "/imagine prompt:1girl model:GENGA")
    assert [choice["value"] for choice in choices] == ["genga-mini"]
    assert await bot.person("Aiko").complete("#gallery", "/imagine prompt:1girl model:none of these") == []
