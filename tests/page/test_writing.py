"""Writing at the page: people called by name, messages that are too long, quotes that keep up, and who one is."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Route, expect

from tests.end_to_end.running_bot import RunningBot
from tests.page.conftest import OpenWindow
from tests.page.window import DESKTOP

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
NARROW = (320, 640)


async def test_the_bot_is_called_by_name_and_draws(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open()
        await at.type("@genga 1girl, green hair")
        await at.press("Enter")
        card = await at.card()
        await expect(card).to_contain_text("1girl, green hair")
        said = at.page.locator(".message", has=at.page.locator(".mention", has_text="@Genga")).last
        await expect(said).to_contain_text("@Genga 1girl, green hair")
    words = bot.person("Aiko").sees("#gallery")[-2]
    assert (words.content, words.pinged) == (f"<@{bot.world.bot.id}> 1girl, green hair", ["Genga"])


async def test_an_at_sign_offers_who_is_there(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "sketches")
        people = at.page.get_by_role("listbox", name="People").get_by_role("option")
        await at.type("look, @")
        await expect(people).to_contain_text(["@Genga", "@Aiko", "@Binh", "@Chika", "@Mori"])
        await at.press("ArrowDown", "ArrowDown", "Tab")
        await expect(at.composer).to_have_value("look, @Binh ")
        await expect(people).to_have_count(0)
        await at.type("and @m")
        await expect(people).to_have_count(1)
        await at.press("Escape")
        await expect(people).to_have_count(0)
        await at.press("Backspace")
        await people.filter(has_text="@Mori").click()
        await at.type("!")
        await at.press("Enter")
        said = await bot.person("Binh").wait_for("#sketches", lambda one: "look" in one.content)
        assert said.pinged == ["Binh", "Mori"]
        # In a private conversation of two people nobody else can be called.
        await at.open("Aiko", "@Binh")
        await at.type("@")
        await expect(people).to_contain_text(["@Aiko", "@Binh"])


async def test_a_message_is_changed_as_it_was_typed(bot: RunningBot, at_page: OpenWindow) -> None:
    said = await bot.person("Aiko").say("#sketches", f"<@{bot.person('Binh').id}> hello")
    async with at_page() as at:
        await at.open("Aiko", "sketches")
        await at.message(said.id).focus()
        await at.press("m")
        await at.page.get_by_role("menuitem", name="Edit", exact=True).click()
        field = at.page.locator(".editor textarea")
        await expect(field).to_have_value("@Binh hello")
        await field.fill("@binh and @Mori, hello")
        await at.press("Enter")
        await expect(at.message(said.id).locator(".mention")).to_have_text(["@Binh", "@Mori"])


async def test_what_is_too_long_is_counted_and_kept(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "@Binh")
        left = at.page.locator(".composer .left")
        await at.composer.fill("a" * 1700)
        await expect(left).to_be_hidden()
        await at.composer.fill("a" * 1900)
        await expect(left).to_have_text("100")
        await at.composer.fill("a" * 2007)
        await expect(left).to_have_text("-7")
        await at.press("Enter")
        await expect(at.page.locator(".toast")).to_contain_text("at most 2000 characters; this one has 2007.")
        assert len(await at.composer.input_value()) == 2007
        await at.press("Backspace", *["Backspace"] * 6, "Enter")
        await expect(at.last.locator(".text")).to_have_text("a" * 2000)


async def test_a_prompt_that_is_too_long_is_not_cut(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.command("/imagine " + "a" * 6001)
        await expect(at.page.locator(".chip[data-option=prompt] .trouble")).to_contain_text("takes at most")


async def test_pasted_infotext_stays_one_prompt(at_page: OpenWindow) -> None:
    settings = "Steps: 28, Sampler: Euler a, Seed: 7, Size: 832x1216, Model: x, ADetailer model: face_yolov8n.pt"
    for pasted in (f"1girl, night Negative prompt: lowres {settings}", f"1girl, night, prompt: twice {settings}"):
        async with at_page() as at:
            await at.open("Aiko", "@Genga")
            await at.composer.fill(f"/imagine prompt:{pasted} ")
            await expect(at.page.locator(".chip[data-option=prompt] textarea")).to_have_value(pasted)
            await expect(at.page.locator(".chip")).to_have_count(1)


async def test_where_a_file_is_asked_for_one_that_is_no_picture_can_be_chosen(
    at_page: OpenWindow, tmp_path: Path
) -> None:
    style = tmp_path / "style.safetensors"
    style.write_bytes(b"weights")
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.composer.fill("/lora add ")
        await at.page.get_by_role("button", name="file", exact=True).click()
        chip = at.page.locator(".chip[data-option=file]")
        await expect(chip.locator(".file-button")).to_have_text("Choose or drop a file")
        await expect(chip.locator("input[type=file]")).to_have_attribute("accept", "")
        await chip.locator("input[type=file]").set_input_files(style)
        await expect(chip.locator(".file-button")).to_have_text("style.safetensors")


async def test_a_file_that_is_not_taken_is_explained_at_its_field(
    bot: RunningBot, at_page: OpenWindow, tmp_path: Path
) -> None:
    large = tmp_path / "huge.png"
    large.write_bytes(b"x" * (bot.world.settings.file_limit_bytes + 1))
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.composer.fill("/imagine 1girl ")
        await at.page.get_by_role("button", name="image", exact=True).click()
        chip = at.page.locator(".chip[data-option=image]")
        await chip.locator("input[type=file]").set_input_files(large)
        await expect(chip.locator(".trouble")).to_contain_text("huge.png is too large. The most is")
        await at.page.locator(".chip[data-option=prompt] textarea").press("Enter")
        await expect(chip.locator(".trouble")).to_contain_text("huge.png is too large. The most is")
        await expect(at.page.locator(".toast")).to_have_count(0)


async def test_a_file_on_its_way_belongs_to_what_is_sent(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        arrives = asyncio.Event()

        async def slowly(route: Route) -> None:
            await arrives.wait()
            await route.continue_()

        await at.page.route("**/page/uploads*", slowly)
        await at.composer.fill("/imagine 1girl ")
        await at.page.get_by_role("button", name="image", exact=True).click()
        chooser = at.page.locator(".chip[data-option=image] input[type=file]")
        await chooser.set_input_files(FilePayload(name="notes.png", mimeType="image/png", buffer=b"no picture"))
        await at.page.locator(".chip[data-option=prompt] textarea").press("Enter")
        await expect(at.page.locator(".command-form")).to_have_attribute("aria-busy", "true")
        arrives.set()
        await expect(at.last).to_contain_text("That file is not a picture I can read.")
        arrives.clear()
        await at.open("Aiko", "sketches")
        note = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"a note")
        await at.page.locator("#composer input[type=file]").set_input_files(note)
        await at.composer.fill("with a note")
        await at.press("Enter")
        arrives.set()
        said = await bot.person("Binh").wait_for("#sketches", lambda one: one.content == "with a note")
        assert [one.name for one in said.attachments] == ["note.txt"]


async def test_the_invitation_to_write_always_fits(at_page: OpenWindow) -> None:
    async with at_page(size=NARROW) as at:
        await at.open()
        await expect(at.composer).to_have_attribute("placeholder", "Write, or /")
        await at.page.set_viewport_size({"width": 460, "height": 844})
        await expect(at.composer).to_have_attribute("placeholder", "Write, or / for commands")
        await at.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        await expect(at.composer).to_have_attribute("placeholder", "Write to #gallery, or type / for commands")


async def test_a_quote_follows_its_message(bot: RunningBot, at_page: OpenWindow) -> None:
    card = await bot.imagine("prompt:1girl, quoted", place="#gallery > ideas")
    await bot.person("Binh").say("#gallery > ideas", "nice", reply_to=card)
    said = await bot.person("Aiko").say("#gallery > ideas", "first words")
    await bot.person("Binh").say("#gallery > ideas", "what?", reply_to=said)
    async with at_page() as at:
        await at.open("Aiko", "gallery/ideas")
        nice, what = (at.page.locator(".message", has_text=text).last for text in ("nice", "what?"))
        await expect(nice.locator(".origin .thumb")).to_be_visible()
        await expect(what.locator(".origin")).to_contain_text("first words")
        await bot.person("Aiko").edit(said, "other words")
        await expect(what.locator(".origin")).to_contain_text("other words")
        await bot.person("Aiko").press(card, "Delete")
        await expect(nice.locator(".origin .thumb")).to_have_count(0)
        await expect(nice.locator(".origin")).to_contain_text("The message is gone.")


async def test_a_sentence_instead_of_an_answer_quotes_nothing(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "gallery/ideas")
        before = len(bot.person("Aiko").sees("#gallery > ideas"))
        await at.composer.fill("/imagine 1girl ")
        await at.page.get_by_role("button", name="image", exact=True).click()
        notes = FilePayload(name="notes.png", mimeType="image/png", buffer=b"no picture")
        await at.page.locator(".chip[data-option=image] input[type=file]").set_input_files(notes)
        await at.page.locator(".chip[data-option=prompt] textarea").press("Enter")
        told = at.page.locator(".message.for-me", has_text="That file is not a picture I can read.")
        await expect(told).to_be_visible()
        await bot.world.until(lambda: len(bot.person("Aiko").sees("#gallery > ideas")) == before + 1 or None, 30)
        await expect(told.locator(".origin")).to_have_count(0)
        await at.page.reload()
        await expect(told).to_be_visible()
        await expect(told.locator(".origin")).to_have_count(0)


async def test_three_people_to_be_and_what_is_special_about_each(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open()
        people = at.page.locator(".person")
        await expect(people).to_have_text(["AikoEnglish", "BinhTiếng Việt", "Moriruns Genga"])
        await at.page.get_by_role("button", name="Switch to Mori").click()
        await expect(at.page.locator(".person.me")).to_contain_text("Mori")
        await at.command("/status")
        await expect(at.last).to_contain_text("waiting of at most")


async def test_open_in_the_history_leads_to_the_card_as_long_as_the_chat_has_it(
    bot: RunningBot, at_page: OpenWindow
) -> None:
    card = await bot.imagine("prompt:1girl, looked for", who="Binh", place="#sketches")
    async with at_page() as at:
        await at.open("Binh", "@Genga")
        await at.command("/lịch_sử")
        await expect(at.last).to_contain_text("1girl, looked for")
        panel = at.last
        await panel.locator(".button", has_text="Mở").first.click()
        await expect(at.message(card.id)).to_be_focused()
        await at.page.locator("[data-go='dm']").click()
        bot.world.messages[card.id].deleted = True
        await at.last.locator(".button", has_text="Mở").first.click()
        await expect(at.page.locator(".toast")).to_contain_text("Tin nhắn đó không còn nữa.")
