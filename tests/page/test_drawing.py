"""Pictures at the page: from the first click to Delete, with the mouse, with the keyboard, as two people."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from playground import Upload
from tests.end_to_end.running_bot import RunningBot
from tests.page.conftest import OpenWindow
from tests.page.window import DRAWN_MS
from tests.playground.pictures import png

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
PROMPT = "1girl, blue hair, smile"


async def test_the_first_visit_shows_three_examples_and_a_click_draws_one(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "sketches")
        examples = at.page.locator(".example")
        await expect(examples).to_have_count(3)
        prompt = await examples.first.inner_text()
        await examples.first.click()
        card = await at.card()
        await expect(card).to_contain_text(prompt.strip())
        await expect(card.locator("live-picture[state=loaded] img").first).to_be_visible()
        await expect(examples).to_have_count(0)


async def test_imagine_vary_edit_and_delete(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open()
        await at.command(f"/imagine prompt:{PROMPT} seed:7")
        card = await at.card()
        await expect(card).to_contain_text("seed 7")

        await at.button("Vary").click()
        await expect(at.last).to_contain_text("Only you can see this")
        await at.button("Subtle", at.last).click()
        varied = await at.card()
        await expect(varied).to_contain_text("from")

        await at.button("Edit", varied).click()
        form = at.page.get_by_role("dialog")
        await expect(form.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
        await form.get_by_label("Prompt", exact=True).fill("1girl, red hair, smile")
        await form.get_by_label("Portrait").check()
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_have_count(0)
        await expect(at.last).not_to_have_attribute("data-id", await varied.get_attribute("data-id") or "")
        edited = await at.card()
        await expect(edited).to_contain_text("1girl, red hair, smile")

        shown = int(await edited.get_attribute("data-id") or 0)
        await at.button("Delete", edited).click()
        await expect(edited).to_have_count(0)
        assert bot.world.message(shown).deleted


async def test_a_preview_becomes_the_picture_in_the_same_frame(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "gallery/ideas")
        await at.command(f"/imagine prompt:{PROMPT} count:2")
        await expect(at.last.locator("live-picture").first).to_be_visible(timeout=DRAWN_MS)
        frame = await at.last.locator("live-picture").first.element_handle()
        assert frame is not None
        await at.card()
        await expect(at.last.locator("live-picture img")).to_have_count(2)
        assert await frame.evaluate("frame => frame.isConnected"), "the frame was replaced: people would see a flicker"


async def test_everything_with_the_keyboard_alone(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Binh", "gallery/ideas")
        await at.press("/")
        await at.type("vẽ")
        await expect(at.page.get_by_role("option")).to_have_count(1)
        await at.press("Enter")
        await at.type(PROMPT)
        await at.press("Enter")
        card = at.last
        await expect(card.locator(".button", has_text="Vẽ lại")).to_be_visible(timeout=DRAWN_MS)

        await at.press("ArrowUp")
        await expect(card).to_be_focused()
        await at.press("Enter", "Enter")  # into the message: its picture; and that one large
        await expect(at.page.locator(".light-table")).to_be_visible()
        await at.press("Escape")
        await expect(card.locator(".frame")).to_be_focused()

        await at.press("Tab", "Tab", "Tab", "Enter")
        form = at.page.get_by_role("dialog")
        await expect(form.locator("textarea").first).to_be_focused()
        await at.press("Escape")
        await expect(card.locator(".button", has_text="Sửa")).to_be_focused()

        await card.focus()
        await at.press("m")
        await expect(at.page.get_by_role("menu")).to_be_visible()
        await at.press("End", "Escape")
        await expect(at.page.get_by_role("menu")).to_have_count(0)

        await card.focus()
        await at.press("r")
        await at.type("đẹp quá")
        await expect(at.page.locator(".reply-bar")).to_contain_text("Genga")


async def test_ephemeral_answers_are_for_their_own_person_alone(at_page: OpenWindow) -> None:
    async with at_page() as aiko, at_page() as binh:
        await aiko.open("Aiko", "after-dark/night")
        await aiko.page.get_by_role("button", name="I am 18 or older").click()
        await binh.open("Binh", "after-dark/night")
        await binh.page.locator("[data-do=enter]").click()
        await aiko.command("/help")
        await expect(aiko.last).to_contain_text("Only you can see this")
        await aiko.type("did you see that?")
        await aiko.press("Enter")
        await expect(binh.last).to_contain_text("did you see that?")
        await expect(binh.page.locator(".message")).to_have_count(1)
        await aiko.page.get_by_role("button", name="Dismiss").click()
        await expect(aiko.page.locator(".message")).to_have_count(1)


async def test_the_same_window_as_somebody_else_speaks_their_language(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.command("/help")
        await expect(at.last).to_contain_text("draws a picture")
        await expect(at.last.get_by_role("img", name="❌")).to_be_visible()  # drawn, also where no font knows it
        await at.page.get_by_role("button", name="Switch to Binh").click()
        await expect(at.page.locator(".person.me")).to_contain_text("Binh")
        await expect(at.page.locator("html")).to_have_attribute("lang", "vi")
        await expect(at.page.locator(".message")).to_have_count(0)
        await at.command("/trợ_giúp")
        await expect(at.last).to_contain_text("vẽ")


async def test_a_picture_of_one_s_own_is_dropped_into_the_command(at_page: OpenWindow, tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(png(64, 64))
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.composer.fill("/imagine 1girl, smile")
        await at.page.get_by_role("button", name="image", exact=True).click()
        await at.page.locator(".chip[data-option=image] input[type=file]").set_input_files(picture)
        await expect(at.page.locator(".chip[data-option=image]")).to_contain_text("mine.png")
        await at.page.locator(".chip[data-option=prompt] textarea").press("Enter")
        card = await at.card()
        await expect(card).to_contain_text("1girl, smile")


async def test_menus_of_a_message_open_the_bot_s_forms(bot: RunningBot, at_page: OpenWindow) -> None:
    said = await bot.person("Aiko").say("#gallery", "look", attachments=[Upload("mine.png", png(64, 64))])
    async with at_page() as at:
        await at.open()
        await at.message(said.id).locator(".text").click(button="right")
        await at.page.get_by_role("menuitem", name="Edit image…").click()
        form = at.page.get_by_role("dialog")
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("Write something here.")).to_be_visible()
        await form.locator("textarea").first.fill("1girl, hat")
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_have_count(0)
        await expect((await at.card()).locator(".origin, .content").first).to_contain_text(re.compile("hat|Binh|Aiko"))
