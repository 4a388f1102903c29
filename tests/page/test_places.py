"""Places at the page: where one may go, what one says there, on a phone too, and when the server is away."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from playground import Playground
from tests.end_to_end.running_bot import RunningBot
from tests.page.conftest import OpenWindow
from tests.page.window import PHONE, window
from tests.playground.pictures import png

SMALLEST_PX = """controls => Math.min(...[...document.querySelectorAll(controls)]
    .map(one => one.getBoundingClientRect()).filter(box => box.width).map(box => Math.min(box.width, box.height)))"""
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_a_place_for_adults_asks_first_and_shows_nothing_before(bot: RunningBot, at_page: OpenWindow) -> None:
    await bot.person("Binh").say("#after-dark", "a secret")
    async with at_page() as at:
        await at.open("Aiko", "after-dark")
        await expect(at.page.locator(".sheet")).not_to_contain_text("a secret")
        await expect(at.composer).to_be_hidden()
        await at.page.get_by_role("button", name="Take me back").click()
        await expect(at.page.locator(".place.present")).to_have_text("gallery")
        await at.page.locator("[data-go='#after-dark']").click()
        await at.page.get_by_role("button", name="I am 18 or older").click()
        await expect(at.last).to_contain_text("a secret")
        await expect(at.composer).to_be_focused()
        await at.page.reload()
        await expect(at.last).to_contain_text("a secret")


async def test_a_message_is_answered_changed_liked_and_deleted(bot: RunningBot, at_page: OpenWindow) -> None:
    binh = bot.person("Binh")
    said = await binh.say("#sketches", "who is **here**? <script>alert(1)</script>")
    async with at_page() as at:
        await at.open("Aiko", "sketches")
        theirs = at.message(said.id)
        await expect(theirs.locator("strong")).to_have_text("here")
        await expect(theirs).to_contain_text("<script>alert(1)</script>")
        await theirs.hover()
        await theirs.get_by_role("button", name="Reply").click()
        await expect(at.page.locator(".reply-bar")).to_contain_text("Binh")
        await at.type("me")
        await at.press("Enter")
        answer = await binh.wait_for("#sketches", lambda one: one.content == "me")
        assert (answer.reply_to, answer.pinged) == (said.id, ["Binh"])

        mine = at.message(answer.id)
        await mine.focus()
        await at.press("m")
        await at.page.get_by_role("menuitem", name="Edit", exact=True).click()
        await at.page.locator(".editor textarea").fill("it is me")
        await at.press("Enter")
        await expect(mine).to_contain_text("it is me(edited)")

        await theirs.hover()
        await theirs.get_by_role("button", name="React with ⭐").click()
        await expect(theirs.locator(".reaction.mine")).to_contain_text("1")
        assert said.reactions == {"⭐": ["Aiko"]}
        await theirs.locator(".reaction.mine").click()
        await expect(theirs.locator(".reaction")).to_have_count(0)

        await mine.focus()
        await at.press("m")
        await at.page.get_by_role("menuitem", name="Delete").click()
        await expect(mine).to_have_count(0)


async def test_files_are_chosen_shown_and_sent(bot: RunningBot, at_page: OpenWindow, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(40, 40))
    (tmp_path / "b.txt").write_text("words")
    (tmp_path / "large.png").write_bytes(b"x" * (bot.world.settings.file_limit_bytes + 1))
    async with at_page() as at:
        await at.open("Aiko", "@Binh")
        chooser = at.page.locator(".text-line input[type=file]")
        await chooser.set_input_files([tmp_path / "a.png", tmp_path / "b.txt", tmp_path / "large.png"])
        await expect(at.page.locator(".tray li")).to_have_count(2)
        await expect(at.page.locator(".toast")).to_contain_text("large.png is too large")
        await at.type("two files")
        await at.press("Enter")
        await expect(at.last.locator("live-picture[state=loaded]")).to_be_visible()
        await expect(at.last.locator("a.file")).to_contain_text("b.txt")
    [said] = bot.person("Binh").sees("dm:Aiko")
    assert [one.name for one in said.attachments] == ["a.png", "b.txt"]


async def test_what_the_client_would_not_send_is_said_at_the_option(at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "@Genga")
        await at.command("/imagine prompt: count:9")
        await expect(at.page.locator(".chip[data-option=prompt] .trouble")).to_have_text("prompt is needed")
        await expect(at.page.locator(".chip[data-option=count] .trouble")).to_have_text("count takes 1 to 4")
        await expect(at.page.locator(".chip[data-option=prompt] textarea")).to_be_focused()
        await at.page.get_by_role("button", name="model", exact=True).click()
        await at.type("mini")
        await at.page.get_by_role("option").first.click()
        await expect(at.page.locator(".chip[data-option=model] input")).not_to_have_value("mini")
        await at.press("Escape")
        await expect(at.composer).to_be_focused()


async def test_unread_messages_are_counted_where_they_are(bot: RunningBot, at_page: OpenWindow) -> None:
    async with at_page() as at:
        await at.open("Aiko", "gallery")
        await bot.person("Binh").say("#gallery > ideas", "an idea")
        await bot.person("Binh").say("#gallery > ideas", "another")
        place = at.page.locator("[data-go='#gallery > ideas']")
        await expect(place.locator(".count")).to_have_text("2")
        await place.click()
        await expect(place.locator(".count")).to_have_count(0)
        await at.page.go_back()
        await expect(at.page.locator(".place.present")).to_have_text("gallery")


async def test_older_messages_come_when_one_scrolls_up(bot: RunningBot, at_page: OpenWindow) -> None:
    for number in range(70):
        await bot.person("Binh").say("#after-dark > night", f"number {number}")
    async with at_page() as at:
        await at.open("Aiko", "after-dark/night")
        await at.page.locator("[data-do=enter]").click()
        await expect(at.page.locator(".message")).to_have_count(50)
        await at.page.locator(".timeline").evaluate("list => list.scrollTo(0, 0)")
        await expect(at.page.get_by_text("number 0", exact=True)).to_be_attached()


async def test_a_phone_shows_everything_in_its_width(bot: RunningBot, at_page: OpenWindow) -> None:
    await bot.person("Binh").say("#sketches", "https://example.org/" + "long" * 60 + " " + "word" * 60)
    await bot.imagine("prompt:1girl, smile count:4", place="#sketches")
    async with at_page(size=PHONE) as at:
        await at.open("Aiko", "sketches")
        await expect(at.button("Reroll")).to_be_visible()
        assert await at.sideways_px() == 0
        await at.page.get_by_role("button", name="Places").click()
        await at.page.locator("[data-go='dm']").click()
        await expect(at.page.locator(".sidebar")).to_be_hidden()
        await expect(at.page.locator(".head h2")).to_have_text("Genga")
        await at.composer.fill("/imagine a count:4 seed:7 ")
        assert await at.sideways_px() == 0
        await at.page.get_by_role("button", name="Put the command away").click()
        await at.command("/settings")
        await at.button("Advanced…").click()
        await expect(at.page.get_by_role("dialog")).to_be_visible()
        assert await at.sideways_px() == 0
        assert await at.page.evaluate(SMALLEST_PX, "dialog .button, .row .button, .head button, .send") >= 40


async def test_the_page_waits_for_the_server_and_comes_back(browser: Browser) -> None:
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(Playground())
        port = int(first.url.rsplit(":", 1)[1])
        await first.person("Binh").say("#gallery", "before")
        async with window(browser, first) as at:
            await at.open("Aiko", "gallery")
            await expect(at.last).to_contain_text("before")
            await running.aclose()
            await expect(at.page.locator(".banner")).to_be_visible()
            second = await running.enter_async_context(Playground(port=port))
            await second.person("Binh").say("#gallery", "after")
            await expect(at.last).to_contain_text("after", timeout=15_000)
            await expect(at.page.locator(".banner")).to_be_hidden()
            await expect(at.page.get_by_text("before")).to_have_count(0)
            at.troubles.clear()  # the browser complains of every connection that was refused
