"""NovelAI's models beside our own: drawn by the service, paid for once, never without being asked."""

import base64
import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from inference.models.families import NOVELAI
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import control, labels, until
from tests.end_to_end.test_bad_input import png
from tests.inference.remote.novelai_stub import TOKEN, Stub, novelai

pytestmark = pytest.mark.slow

WHITE, BLACK = (255, 255, 255), (0, 0, 0)

LOOK = "/imagine prompt:owl model:nai-v4-5 image:@picture.png image_as:look"


@pytest_asyncio.fixture
async def stub() -> AsyncIterator[Stub]:
    async with novelai() as stub:
        yield stub


def settings(stub: Stub, most_anlas: int = 0) -> dict[str, str]:
    return {
        "GENGA_TEST_FAULT": "quick",
        "GENGA_REMOTE__NOVELAI__ENABLED": "true",
        "GENGA_REMOTE__NOVELAI__MOST_ANLAS": str(most_anlas),
        "GENGA_TEST_NOVELAI": stub.url,
        "NOVELAI_TOKEN": TOKEN,
    }


async def test_a_picture_of_the_service_s_is_a_card_like_any_other(start_bot: StartBot, stub: Stub) -> None:
    async with start_bot(**settings(stub)) as bot:
        card = await bot.imagine("prompt:1girl, (red hair:1.2) | boy, hat syntax:a1111 model:nai-v4-5 seed:7 count:2")
        assert len(card.pictures) == 2
        assert "NovelAI V4.5" in card.content
        [first, second] = stub.asked
        assert (first["parameters"]["seed"], second["parameters"]["seed"]) == (7, 8)
        assert first["model"] == "nai-diffusion-4-5-full"
        assert "1.2::red hair ::" in first["input"]
        assert [each["char_caption"] for each in first["parameters"]["v4_prompt"]["caption"]["char_captions"]]
        [row] = bot.rows("SELECT request FROM jobs")
        assert '"model":"nai-v4-5"' in row["request"]
        again = await bot.card(await bot.person("Aiko").press(card, control(card, "reroll")))
        assert len(again.pictures) == 2
        # The service's own failure is a sentence of ours.
        stub.status = 429
        ended = await bot.ended(await bot.person("Aiko").slash("#gallery", "/imagine prompt:owl model:nai-v3"))
        assert "NovelAI has too much to do right now." in ended.content
        assert TOKEN not in bot.log
        assert NOVELAI


async def test_nothing_is_paid_that_nobody_agreed_to(start_bot: StartBot, stub: Stub) -> None:
    stub.tier = 1
    async with start_bot(**settings(stub, most_anlas=25)) as bot:
        aiko = bot.person("Aiko")
        sent = await aiko.slash("#gallery", "/imagine prompt:owl model:nai-v4-5 aspect:portrait")
        question = await sent.message()
        assert "about **20 Anlas**" in question.content
        assert labels(question) == ["Draw it for 20 Anlas"]
        assert stub.asked == []
        card = await bot.card(await aiko.press(question, "Draw it for 20 Anlas"))
        assert len(stub.asked) == 1 and len(card.pictures) == 1
        dear = await aiko.slash("#gallery", "/imagine prompt:owl model:nai-v4-5 count:2")
        assert "may spend 25 on a request" in (await dear.message()).content
        assert len(stub.asked) == 1


async def test_what_was_on_its_way_when_the_bot_died_is_not_paid_for_again(start_bot: StartBot, stub: Stub) -> None:
    stub.may_answer.clear()
    async with start_bot(**settings(stub)) as bot:
        _, seen = await bot.begin("prompt:owl model:nai-v4-5")
        await until(lambda: stub.asked or None)
        await bot.kill()
        stub.may_answer.set()
        await bot.start()
        await bot.world.until(lambda: "it may have been paid for" in seen.content or None, 30)
        assert len(stub.asked) == 1
        assert "Try again" in labels(seen)


async def test_a_picture_lends_its_look_once_its_price_is_agreed_to(start_bot: StartBot, stub: Stub) -> None:
    async with start_bot(**settings(stub, most_anlas=5)) as bot:
        aiko, picture = bot.person("Aiko"), {"picture.png": png(Image.new("RGB", (96, 64), "orange"))}
        sent = await aiko.slash("#gallery", LOOK, attachments=picture)
        question = await until(lambda: sent.followups[-1] if sent.followups else None)
        assert labels(question) == ["Draw it for 2 Anlas"] and stub.asked == stub.vibes == []
        card = await bot.card(await aiko.press(question, "Draw it for 2 Anlas"))
        [asked], [encoded] = stub.asked, stub.vibes
        assert (asked["action"], encoded["model"]) == ("generate", "nai-diffusion-4-5-full")
        assert base64.b64decode(encoded["image"]).startswith(b"\x89PNG")
        [look] = asked["parameters"]["reference_image_multiple"]
        assert base64.b64decode(look).startswith(b"vibe:") and "image" not in asked["parameters"]
        # It was paid for once; a wish about the result starts from that, and not from the look.
        await bot.card(await aiko.press(card, control(card, "reroll")))
        assert len(stub.asked) == 2 and len(stub.vibes) == 1
        await aiko.say("#gallery", "green hair", reply_to=card)
        changed = await until(lambda: stub.asked[2] if len(stub.asked) > 2 else None)
        assert changed["action"] == "img2img" and "reference_image_multiple" not in changed["parameters"]
        # Other models cannot, and nothing is fetched for it; without a picture there is no look.
        mini = await bot.ended(
            await aiko.slash("#gallery", LOOK.replace("nai-v4-5", "genga-mini"), attachments=picture)
        )
        assert "can't take only the look" in mini.content
        none = await bot.ended(await aiko.slash("#gallery", "/imagine prompt:owl model:nai-v4-5 image_as:look"))
        assert "no picture whose look" in none.content


async def test_what_is_transparent_in_a_picture_is_drawn_anew_and_the_rest_stays(
    start_bot: StartBot, stub: Stub
) -> None:
    holed = Image.new("RGBA", (128, 128), "orange")
    holed.paste((9, 9, 9, 0), (0, 0, 64, 128))  # what lies under a hole is nobody's business
    picture = {"picture.png": png(holed)}
    async with start_bot(**settings(stub)) as bot:
        aiko, typed = bot.person("Aiko"), "/imagine prompt:owl model:nai-v4-5 image:@picture.png"
        card = await bot.card(await aiko.slash("#gallery", typed, attachments=picture))
        assert "transparent in your picture is drawn anew" in card.content
        [asked] = stub.asked
        assert (asked["action"], asked["model"]) == ("infill", "nai-diffusion-4-5-full-inpainting")
        mask, start = (_image(asked["parameters"][name]).convert("RGB") for name in ("mask", "image"))
        assert mask.size == start.size == (1024, 1024)
        assert [mask.getpixel((x, 512)) for x in (8, 500, 524, 1016)] == [WHITE, WHITE, BLACK, BLACK]
        assert start.getpixel((100, 512)) == WHITE and start.getpixel((900, 512)) == (255, 165, 0)
        assert asked["parameters"]["inpaintImg2ImgStrength"] >= 0.99
        # Again from another seed in the same holes; a variation of the result is one of all of it.
        again = await bot.card(await aiko.press(card, control(card, "reroll")))
        assert stub.asked[1]["parameters"]["mask"] == asked["parameters"]["mask"]
        how = await (await aiko.press(again, control(again, "vary"))).message()
        await bot.card(await aiko.press(how, "Subtle"))
        assert (stub.asked[2]["action"], "mask" in stub.asked[2]["parameters"]) == ("img2img", False)


def _image(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))
