"""The menu of a message: on our pictures, on anybody's, and where there is none; and /info, which says the same."""

import io

import pytest
from PIL import Image, PngImagePlugin

from playground import Seen, Upload
from tests.end_to_end.running_bot import RunningBot, control, request_in

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NO_PICTURE = "I see no picture in that message. Choose a message with a PNG, JPEG or WebP attached."
INFOTEXT = """1girl, (red hair:1.2), <lora:Nobody Has This:0.8>, city
Negative prompt: hat, blurry
Steps: 5, Sampler: Euler a, CFG scale: 5.5, Seed: 4711, Size: 224x288, Model hash: 1449e5b0b9, Model: somebodysMerge, \
Clip skip: 2, Version: v1.10.1"""
NOT_OURS = "I did not draw that picture, so I know nothing about it. Choose one of mine."


async def test_the_menu_offers_four_commands(bot: RunningBot) -> None:
    said = await bot.person("Aiko").say("#sketches", "hello")
    with pytest.raises(ValueError, match="it has: Edit image…, Use as…, Info, Report"):
        await bot.person("Aiko").menu(said, "Describe")


async def test_edit_image_starts_from_our_picture_with_its_words_filled_in(bot: RunningBot) -> None:
    chika = bot.person("Chika")
    card = await bot.imagine("prompt:1girl, blue hair negative:hat seed:201")
    form = await chika.menu(card, "Edit image…")
    filled = {field.custom_id: field.value for field in form.modal.fields}
    assert filled == {"prompt": "1girl, blue hair", "how": "medium"}
    child = await bot.card(await chika.submit(form, {"prompt": "1girl, red hair", "how": "A little"}))
    request = request_in(child.pictures[0])
    assert (request.prompt, request.negative, request.strength) == ("1girl, red hair", "hat", 0.35)
    assert request.image == sha256_of(bot, card)
    assert "↩ from [an earlier picture](" in child.content


async def test_edit_image_takes_a_picture_of_ones_own(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    said = await aiko.say("#sketches", "my cat", attachments=[Upload("cat.jpg", picture("JPEG", (200, 120)))])
    told = await (await chika.submit(await chika.menu(said, "Edit image…"), {"prompt": "1girl, cat ears"})).message()
    assert told.ephemeral and "are theirs to change" in told.content, "unless the server allows it"
    said = await chika.say("#sketches", "my cat", attachments=[Upload("cat.jpg", picture("JPEG", (200, 120)))])
    form = await chika.menu(said, "Edit image…")
    child = await bot.card(await chika.submit(form, {"prompt": "1girl, cat ears"}))
    assert not child.ephemeral
    [row] = bot.rows("SELECT * FROM pictures WHERE id = ?", bot.job(child)["parent_picture_id"])
    assert (row["drawn_here"], row["owner_id"], row["width"], row["height"]) == (0, chika.id, 200, 120)
    assert request_in(child.pictures[0]).image == row["sha256"]
    assert row["sha256"] in bot.files()


async def test_use_as_takes_our_picture_to_start_from(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, twintails seed:202")
    form = await bot.person("Aiko").menu(card, "Use as…")
    assert [option.label for option in form.modal.field("role").options] == [
        "A picture to start from", "Its settings and seed, with new words",
    ]  # fmt: skip
    child = await bot.card(await bot.person("Aiko").submit(form, {"prompt": "1girl, night"}))
    assert request_in(child.pictures[0]).image == sha256_of(bot, card)


async def test_use_as_takes_the_settings_and_the_seed(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, twintails seed:213 aspect:portrait")
    form = await bot.person("Chika").menu(card, "Use as…")
    child = await bot.card(await bot.person("Chika").submit(form, {"prompt": "1girl, day", "role": "settings"}))
    request = request_in(child.pictures[0])
    assert (request.prompt, request.seed, request.width, request.image) == ("1girl, day", 213, 224, None)


async def test_use_as_takes_somebodys_own_picture_only_to_start_from(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    said = await aiko.say("#sketches", attachments=[Upload("sky.webp", picture("WEBP", (300, 300)))])
    form = await aiko.menu(said, "Use as…")
    assert [field.custom_id for field in form.modal.fields] == ["prompt"]
    child = await bot.card(await aiko.submit(form, {"prompt": "1girl, sky"}))
    assert request_in(child.pictures[0]).image is not None


async def test_what_is_made_of_a_private_picture_by_the_menu_is_private(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, lamp seed:204 private:True")
    for menu, role in (("Edit image…", {}), ("Use as…", {"role": "settings"})):
        child = await bot.card(await aiko.submit(await aiko.menu(card, menu), {"prompt": "1girl, candle", **role}))
        assert child.ephemeral, menu


async def test_info_speaks_of_our_pictures_and_of_what_says_nothing(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, window seed:205")
    info = await (await bot.person("Chika").menu(card, "Info")).message()
    assert info.ephemeral
    assert "Seed: 205" in info.content
    foreign = await aiko.say("#sketches", attachments=[Upload("own.png", picture("PNG", (64, 64)))])
    assert "does not say how it was made" in (await (await aiko.menu(foreign, "Info")).message()).content
    assert (await (await aiko.menu(foreign, "Report")).message()).content == NOT_OURS


async def test_info_tells_how_a_picture_was_made_and_draws_with_its_settings(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    told = await (
        await aiko.slash("#sketches", "/info image:@theirs.png", attachments={"theirs.png": saying(INFOTEXT)})
    ).message()
    assert told.ephemeral
    for piece in ("A1111", "(red hair:1.2)", "hat, blurry", "Seed: 4711", "`somebodysMerge`. I don't have it"):
        assert piece in told.content, piece
    assert "LoRAs that are not here: `Nobody Has This:0.8`" in told.content
    form = await aiko.press(told, control(told, "fix"))
    filled = {field.custom_id: field.value for field in form.modal.fields}
    assert filled == {
        "prompt": "1girl, (red hair:1.2), city", "negative": "hat, blurry", "size": "224x288", "seed": "4711",
    }  # fmt: skip
    card = await bot.card(await aiko.submit(form, {"seed": "4712"}))
    request = request_in(card.pictures[0])
    assert (request.prompt, request.negative, request.seed) == ("1girl, (red hair:1.2), city", "hat, blurry", 4712)
    assert (request.steps, request.sampler, request.guidance, request.clip_skip) == (5, "euler a", 5.5, 2)
    assert (request.width, request.height, request.noise) == (224, 288, "a1111")
    assert "With the settings of a picture made with A1111" in card.content
    assert not card.ephemeral


async def test_the_menu_reads_anybodys_picture_where_the_server_lets_it(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    long = "1girl, " + "very long hair, " * 200
    said = await aiko.say("#sketches", "look", attachments=[Upload("theirs.png", saying(long))])
    told = await (await chika.menu(said, "Info")).message()
    assert "are theirs to change" in told.content, "as with Use as…"
    told = await (await aiko.menu(said, "Info")).message()
    assert told.ephemeral and "very long hair" in told.content
    [file] = told.attachments
    assert file.data.decode().startswith("1girl, very long hair") and len(file.data) > 3000


@pytest.mark.parametrize("menu", ["Edit image…", "Use as…", "Info", "Report"])
async def test_a_message_without_a_picture_costs_one_sentence(bot: RunningBot, menu: str) -> None:
    aiko = bot.person("Aiko")
    before = bot.traces()
    for said in (
        await aiko.say("#sketches", "only words"),
        await aiko.say("#sketches", attachments=[Upload("notes.txt", b"only words")]),
    ):
        told = await (await aiko.menu(said, menu)).message()
        assert told.ephemeral
        assert told.content == NO_PICTURE
    assert bot.traces() == before


async def test_the_menu_of_a_card_that_is_still_waiting_says_so(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    waiting = await (await aiko.slash("#gallery", "/imagine prompt:1girl seed:207 count:4")).message()
    told = await (await bot.person("Chika").menu(waiting, "Info")).message()
    assert told.content == NO_PICTURE
    await aiko.press(waiting, control(waiting, "cancel"))


def saying(parameters: str) -> bytes:
    """A picture that carries an infotext."""
    said = PngImagePlugin.PngInfo()
    said.add_itxt("parameters", parameters)
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 128)).convert("RGB").save(out, "PNG", pnginfo=said)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind)
    return out.getvalue()


def sha256_of(bot: RunningBot, card: Seen) -> str:
    [row] = bot.rows("SELECT sha256 FROM pictures WHERE job_id = ?", bot.job(card)["id"])
    return row["sha256"]
