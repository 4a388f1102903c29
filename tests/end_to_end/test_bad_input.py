"""What cannot be drawn costs one clear sentence, seen by its sender alone, and leaves no trace."""

import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from inference.safety.policy import NOT_THIS
from playground import Seen, Upload
from tests.end_to_end.running_bot import RunningBot, labels, running_bot

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NO_PICTURE = "That file is not a picture I can read. Send a PNG, JPEG or WebP instead."
ANIMATED = "I can't work on GIFs or animated pictures. Send a single picture as PNG, JPEG or WebP."
TOO_MANY_PIXELS = "That picture has too many pixels. Send one of at most 8192 pixels a side and 24 megapixels in all."
DAMAGED = "That picture is damaged and cannot be opened. Save it again and send the new file."
NOTHING_TO_DRAW = "Please say what to draw, for example: 1girl, blue hair, smile."
TOO_LONG = "That prompt has 4000 characters; 2000 is the most I can read. Please shorten it."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """An operator whose own list names one word."""
    folder = tmp_path_factory.mktemp("bot")
    (folder / "blocked.txt").write_text("zeppelin\n", encoding="utf-8")
    settings = {"GENGA_SAFETY__BLOCKED_WORDS": str(folder / "blocked.txt"), "GENGA_TEST_FAULT": "slow"}
    async with running_bot(folder / "data", **settings) as bot:
        await bot.settle(2, "Aiko")
        yield bot
        assert " ERROR " not in bot.log, bot.log


def png(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A whole, valid PNG of one bit a pixel: 13,000 × 13,000 of them in 20 KiB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


FILES = {
    "a text file named .png": (b"dear diary, this is no picture at all", NO_PICTURE),
    "an empty file": (b"", "That file is empty. Please attach the picture again."),
    "a bomb": (bomb(13_000), TOO_MANY_PIXELS),
    "an animated GIF": (animated("GIF"), ANIMATED),
    "an animated PNG": (animated("PNG"), ANIMATED),
    "an animated WebP": (animated("WEBP"), ANIMATED),
    "half a PNG": (png(Image.effect_noise((256, 256), 60))[:9000], DAMAGED),
    "a magic number and nothing else": (b"\x89PNG\r\n\x1a\n", DAMAGED),
    "a tiny picture": (
        png(Image.new("RGB", (8, 8))),
        "That picture is too small. Send one of at least 16 pixels a side.",
    ),
}


async def refused(bot: RunningBot, typed: str, data: bytes | None = None) -> Seen:
    """The sentence that `/imagine <typed>` is answered with; that it left no trace is checked here."""
    before = bot.traces()
    aiko = bot.person("Aiko")
    attachments = None if data is None else {"picture.png": data}
    sent = await aiko.slash("#gallery", f"/imagine {typed}", attachments=attachments)
    told = await bot.ended(sent)
    assert told.ephemeral
    assert labels(told) == []
    assert told.pinged == []
    if sent.followups:
        await bot.world.until(lambda: (sent.interaction.original or told.message).deleted or None, 30)
    assert [each for each in bot.person("Chika").sees("#gallery") if not each.deleted] == []
    assert bot.traces() == before
    assert bot.open_jobs() == 0
    return told


async def test_the_bomb_is_small_enough_to_be_sent_by_anyone() -> None:
    assert len(bomb(13_000)) < 21 * 1024


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_that_is_no_single_picture(bot: RunningBot, kind: str) -> None:
    data, sentence = FILES[kind]
    assert (await refused(bot, "prompt:1girl image:@picture.png", data)).content == sentence


async def test_an_attachment_whose_link_has_expired(bot: RunningBot) -> None:
    lifetime_s, bot.world.settings.cdn_life_s = bot.world.settings.cdn_life_s, -1
    try:
        told = await refused(bot, "prompt:1girl image:@picture.png", png(Image.new("RGB", (64, 64))))
    finally:
        bot.world.settings.cdn_life_s = lifetime_s
    assert told.content == "I couldn't fetch that attachment any more. Please attach it again."


async def test_a_file_over_the_limit(bot: RunningBot) -> None:
    bot.world.settings.file_limit_bytes, before = 20 << 20, bot.world.settings.file_limit_bytes
    try:
        told = await refused(bot, "prompt:1girl image:@picture.png", bytes(13 << 20))
    finally:
        bot.world.settings.file_limit_bytes = before
    assert told.content == "That file is over 12 MiB. Please send a smaller picture."


# Discord's own client sends no empty prompt; these look like none and are nothing once compiled.
@pytest.mark.parametrize("nothing", ["\u200b", "\u2060\u200d", "\ufeff \u200b"])
async def test_a_prompt_of_nothing_but_invisible_characters(bot: RunningBot, nothing: str) -> None:
    assert (await refused(bot, f"prompt:{nothing}")).content == NOTHING_TO_DRAW


async def test_an_empty_prompt_never_leaves_discords_client(bot: RunningBot) -> None:
    for typed in ("/imagine", "/imagine prompt:", "/imagine prompt:   "):
        with pytest.raises(ValueError, match="prompt"):
            await bot.person("Aiko").slash("#gallery", typed)
    for typed in ("/imagine prompt:1girl count:0", "/imagine prompt:1girl count:5", "/imagine prompt:1girl seed:-2"):
        with pytest.raises(ValueError, match="takes"):
            await bot.person("Aiko").slash("#gallery", typed)


async def test_a_prompt_of_four_thousand_characters(bot: RunningBot) -> None:
    assert (await refused(bot, f"prompt:{'hair, ' * 666}hair")).content == TOO_LONG
    assert (await refused(bot, f"prompt:1girl negative:{'hair, ' * 666}hair")).content == TOO_LONG


async def test_a_model_that_does_not_exist(bot: RunningBot) -> None:
    told = await refused(bot, "prompt:1girl model:../[x](https://example.org)")
    name = "`../[x](https://example.org)`"
    assert told.content == f"There is no model {name} here. Choose one from the list, or leave it out."


async def test_a_refused_word(bot: RunningBot) -> None:
    sentence = NOT_THIS
    for typed in ("prompt:1girl, ZEPPELIN, sky", "prompt:zep\u200bpelin", "prompt:1girl negative:zeppelin"):
        assert (await refused(bot, typed)).content == sentence
    assert (await bot.imagine("prompt:1girl, airship", place="dm")).pictures, "only that word is meant"


async def test_a_refusal_pings_nobody_and_repeats_nothing(bot: RunningBot) -> None:
    chika = bot.person("Chika").id
    told = await refused(bot, f"prompt:zeppelin @everyone <@{chika}> [x](https://example.org)")
    assert "everyone" not in told.content and "example" not in told.content


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"steps": "9999"}, "Steps must be between 1 and 60; you asked for 9999."),
        ({"steps": "0"}, "Steps must be between 1 and 60; you asked for 0."),
        ({"steps": "-4"}, "Steps must be between 1 and 60; you asked for -4."),
        ({"steps": "2.5"}, "Steps must be a whole number, not “2.5”."),
        ({"guidance": "nan"}, "Guidance must be between 1 and 30; you asked for nan."),
        ({"guidance": "1e9"}, "Guidance must be between 1 and 30; you asked for 1000000000."),
        ({"size": "99999x99999"}, "99999 pixels is outside what Genga mini draws; use 128 to 384."),
        ({"size": "0x0"}, "0 pixels is outside what Genga mini draws; use 128 to 384."),
        ({"size": "huge"}, "Please write the size like 256x320, not “huge”."),
        ({"size": "256"}, "Please write the size like 256x320, not “256”."),
        ({"clip_skip": "99"}, "Clip skip must be between 1 and 4; you asked for 99."),
    ],
)
async def test_absurd_settings_in_the_advanced_form(bot: RunningBot, typed: dict[str, str], sentence: str) -> None:
    aiko = bot.person("Aiko")
    card = next((seen for seen in aiko.sees("dm") if seen.pictures), None) or await bot.imagine(
        "prompt:1girl", place="dm"
    )
    before = bot.traces()
    told = await (await aiko.submit(await aiko.press(await bot.details(card), "Advanced…"), typed)).message()
    assert told.content == sentence
    assert labels(told) == ["Fix it"]
    assert bot.traces() == before
    assert bot.open_jobs() == 0


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"prompt": "hair, " * 666 + "hair"}, TOO_LONG),
        ({"prompt": "\u200b"}, NOTHING_TO_DRAW),
        ({"seed": "4294967296"}, "Seed must be between 0 and 4294967295; you asked for 4294967296."),
        ({"seed": "-2"}, "Seed must be between 0 and 4294967295; you asked for -2."),
        ({"seed": "lucky"}, "Seed must be a whole number, not “lucky”."),
        ({"prompt": "zeppelin"}, NOT_THIS),
    ],
)
async def test_bad_words_and_seeds_in_the_edit_form(bot: RunningBot, typed: dict[str, str], sentence: str) -> None:
    aiko = bot.person("Aiko")
    card = next((seen for seen in aiko.sees("dm") if seen.pictures), None) or await bot.imagine(
        "prompt:1girl", place="dm"
    )
    before = bot.traces()
    told = await (await aiko.submit(await aiko.press(card, "Edit"), typed)).message()
    assert told.content == sentence
    assert bot.traces() == before
    # The form comes back as it was sent, however wrong it was.
    form = await aiko.press(told, "Fix it")
    for name, value in typed.items():
        assert form.modal.field(name).value == value


@pytest.mark.parametrize("kind", FILES)
async def test_the_same_files_by_a_messages_menu(bot: RunningBot, kind: str) -> None:
    data, sentence = FILES[kind]
    aiko = bot.person("Aiko")
    said = await aiko.say("#sketches", attachments=[Upload("picture.png", data)])
    before = bot.traces()
    sent = await aiko.menu(said, "Edit image…")
    if sent.answer == "modal":
        sent = await aiko.submit(sent, {"prompt": "1girl"})
    told = await bot.ended(sent)
    assert told.ephemeral
    assert told.content == sentence
    assert bot.traces() == before
