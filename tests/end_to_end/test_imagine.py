"""/imagine from the typed line to the card: in a server, in private messages and for oneself alone."""

import io
import re

import pytest
from PIL import Image

from playground import Seen
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, until, verbs

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.3"}
BUTTONS = ["Reroll", "Vary", "Edit", "Info", "Favourite", "Delete", "Report"]


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["PNG"])
    image.load()
    return image


async def test_a_picture_comes_on_a_card_with_its_facts_and_buttons(bot: RunningBot) -> None:
    # Mori never changed a setting, so this is drawn as a newcomer's first picture is: 20 steps.
    card = await bot.imagine("prompt:1girl, blue hair, smile seed:7", who="Mori")
    [picture] = card.pictures
    assert opened(picture.data).size == (picture.width, picture.height) == (256, 256)
    assert picture.name == "genga-1-1.png"
    assert picture.description == "1girl, blue hair, smile"
    assert labels(card) == BUTTONS
    mori = bot.person("Mori").id
    asked, facts = card.content.split("\n")
    assert asked == "`1girl, blue hair, smile`"
    assert re.fullmatch(rf"-# <@{mori}> · 256×256 · seed 7 · Genga mini · [\d.]+ s", facts)
    assert card in bot.person("Binh").sees("#gallery")
    assert bot.job(card)["state"] == "done"


async def test_the_picture_itself_says_how_to_draw_it_again(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, red hair negative:hat seed:11 aspect:portrait")
    [picture] = card.pictures
    request = request_in(picture)
    said = (request.prompt, request.negative, request.seed, request.steps, request.width, request.height)
    assert said == ("1girl, red hair", "hat", 11, 4, 224, 288)
    for_others = str(opened(picture.data).info["parameters"]).split("\n")
    assert for_others[:2] == ["1girl, red hair", "Negative prompt: hat"]
    assert for_others[2].startswith("Steps: 4, Sampler: DPM++ 2M, CFG scale: 4, Seed: 11, Size: 224x288, Model hash: ")


async def test_infotext_pasted_as_a_prompt_is_understood(bot: RunningBot) -> None:
    pasted = (
        "1girl, (red hair:1.2), city Negative prompt: hat, blurry Steps: 5, Sampler: Euler a, CFG scale: 5.5, "
        "Seed: 4711, Size: 224x288, Model: somebodysMerge"
    )
    card = await bot.imagine(f"seed:77 prompt:{pasted}")
    request = request_in(card.pictures[0])
    assert (request.prompt, request.negative, request.seed) == ("1girl, (red hair:1.2), city", "hat, blurry", 77)
    assert (request.steps, request.sampler, request.width, request.height) == (5, "euler a", 224, 288)
    assert "Your text held settings, and I used them. Different here: `somebodysMerge → Genga mini`" in card.content


async def test_the_same_seed_draws_the_same_bytes_and_another_seed_others(bot: RunningBot) -> None:
    first, again, other = [await bot.imagine(f"prompt:1girl, green hair seed:{seed}") for seed in (21, 21, 22)]
    assert first.pictures[0].data == again.pictures[0].data
    assert first.pictures[0].data != other.pictures[0].data


async def test_without_a_seed_every_picture_is_another_one(bot: RunningBot) -> None:
    first, second = [await bot.imagine(f"prompt:1girl, green hair{seed}") for seed in ("", " seed:-1")]
    assert request_in(first.pictures[0]).seed != request_in(second.pictures[0]).seed
    assert first.pictures[0].data != second.pictures[0].data


async def test_two_pictures_come_on_one_card_with_a_button_to_pick_each(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, twintails seed:31 count:2")
    left, right = card.pictures
    assert left.data != right.data
    assert [request_in(each).seed for each in card.pictures] == [31, 32]
    assert labels(card) == ["1", "2", *BUTTONS]
    assert "seed 31–32" in card.content
    alone = await bot.imagine("prompt:1girl, twintails seed:32")
    assert right.data == alone.pictures[0].data, "a picture is the same alone and as the second of two"


async def test_a_picture_to_start_from_is_really_used(bot: RunningBot) -> None:
    async def from_picture(data: bytes) -> bytes:
        aiko = bot.person("Aiko")
        typed = "/imagine prompt:1girl, aqua hair seed:41 image:@start.png"
        card = await bot.card(await aiko.slash("#gallery", typed, attachments={"start.png": data}))
        return card.pictures[0].data

    red, blue = (plain(colour) for colour in ("red", "blue"))
    assert await from_picture(red) == await from_picture(red) != await from_picture(blue)


async def test_it_draws_in_a_thread(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl seed:51", place="#gallery > ideas")
    assert card.place == "#gallery > ideas"


async def test_it_draws_in_private_messages(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, purple hair seed:61", place="dm")
    assert card.pictures[0].width == 256
    # Everything there is private already, so there is nothing to share and nothing that vanishes.
    assert not card.ephemeral
    assert labels(card) == BUTTONS
    assert not any(card.id == seen.id for seen in bot.person("Binh").sees("dm"))


async def test_private_in_a_private_message_is_no_special_case(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl seed:62 private:True", place="dm")
    assert not card.ephemeral
    assert labels(card) == BUTTONS


async def test_a_private_picture_is_seen_by_its_owner_alone_until_it_is_shared(bot: RunningBot) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    card = await bot.imagine("prompt:1girl, orange hair seed:71 private:True")
    assert card.ephemeral
    assert labels(card) == [*BUTTONS[:4], "Share", *BUTTONS[4:]]
    assert not shown(bot, "Chika", card.pictures[0].data)

    shared = await (await aiko.press(card, "Share")).message()
    assert not shared.ephemeral
    assert labels(shared) == BUTTONS
    assert shared.pictures[0].data == card.pictures[0].data
    assert [seen.id for seen in shown(bot, "Chika", card.pictures[0].data)] == [shared.id]

    # What others make of it starts from a private picture, so it is theirs alone.
    await until(
        lambda: bot.rows("SELECT job_id FROM posts WHERE message_id = ?", shared.id)
    )  # it is noted just afterwards
    child = await bot.card(await chika.press(shared, "Reroll"))
    assert child.ephemeral
    assert child in chika.sees("#gallery")
    assert child not in aiko.sees("#gallery")


async def test_a_child_of_a_private_picture_is_private(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, grey hair seed:72 private:True")
    child = await bot.card(await bot.person("Aiko").press(card, "Reroll"))
    assert child.ephemeral
    assert "share" in verbs(child)


async def test_a_preview_shows_before_the_picture_is_finished(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    panel = await (await aiko.slash("#gallery", "/imagine prompt:1girl, long hair seed:81 count:4")).message()
    await bot.world.until(lambda: "reroll" in verbs(panel) or None, 60)
    texts = [state.content for state in panel.revisions]
    assert "Next in line" in texts[0]
    assert "starts " in texts[0]
    drawing = [state for state in panel.revisions if "Drawing" in state.content]
    assert drawing, texts
    assert all("cancel" in verbs(state) for state in panel.revisions)
    assert any(state.pictures and state.pictures[0].name == "preview.jpg" for state in drawing), texts
    assert [picture.name.endswith(".png") for picture in panel.pictures] == [True] * 4, "no preview is left on the card"


async def test_nobody_is_pinged_by_what_a_prompt_says(bot: RunningBot) -> None:
    binh = bot.person("Binh").id
    words = f"@everyone <@{binh}> [a link](https://example.org) `code` ``` <@&1> # big"
    card = await bot.imagine(f"prompt:{words} seed:91")
    assert card.pinged == []
    asked = card.content.split("\n")[0]
    assert asked.startswith("`") and asked.endswith("`") and asked.count("`") == 2, "all of it inside one piece of code"
    info = await (await bot.person("Aiko").press(card, control(card, "info"))).message()
    assert info.pinged == []
    assert info.content.count("```") == 2


async def test_prompts_and_tokens_are_never_logged(bot: RunningBot) -> None:
    await bot.imagine("prompt:1girl, zebra crossing negative:quokka seed:95")
    assert "zebra" not in bot.log
    assert "quokka" not in bot.log
    for interaction in bot.world.interactions.values():
        assert interaction.token not in bot.log


def plain(colour: str) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(out, "PNG")
    return out.getvalue()


def shown(bot: RunningBot, name: str, picture: bytes) -> list[Seen]:
    """The messages in which this person can see the picture."""
    seen = bot.person(name).sees("#gallery")
    return [each for each in seen if picture in [one.data for one in each.pictures]]
