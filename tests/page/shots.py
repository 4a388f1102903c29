"""Pictures of the page to look at: `python -m tests.page.shots DIR` starts a bot, uses the page and saves them."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.end_to_end.running_bot import RunningBot, running_bot
from tests.page.window import PHONE, Window, chromium, window

PROMPT = "1girl, long blue hair, red eyes, smile, night, city"
QUIET_MS = 900  # until pictures have faded in and forms have come up


async def shoot(folder: Path) -> None:
    """Save every state worth looking at as a PNG in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="genga-shots-") as data:
        settings = {"GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.5"}
        async with running_bot(Path(data) / "data", **settings) as bot, chromium() as browser:
            await _desktop(bot, browser, folder)
            await _other_places(bot, browser, folder)
            await _night(bot, browser, folder)
            await _phone(bot, browser, folder)


async def _save(at: Window, folder: Path, name: str) -> None:
    await at.page.wait_for_timeout(QUIET_MS)
    await at.page.screenshot(path=folder / f"{name}.png")


async def _desktop(bot: RunningBot, browser: Browser, folder: Path) -> None:
    async with window(browser, bot.playground) as at:
        await at.open()
        await _save(at, folder, "01-first-visit")
        await at.type("/")
        await _save(at, folder, "02-picker")
        await at.press("Enter")
        await at.type(PROMPT)
        await at.page.get_by_role("button", name="count").click()
        await at.type("9")
        await at.press("Enter")
        await _save(at, folder, "03-chips")
        await at.press("Backspace", "1", "Enter")
        await expect(at.last.locator("live-picture")).to_be_visible(timeout=60_000)
        await at.page.screenshot(path=folder / "04-drawing.png")
        await at.card()
        await _save(at, folder, "05-card")
        await at.button("Vary").click()
        await expect(at.button("Subtle")).to_be_visible()
        await _save(at, folder, "06-vary")
        await at.button("Edit").click()
        await _save(at, folder, "07-edit-form")
        await at.press("Escape")
        await at.button("Info").click()
        await _save(at, folder, "08-info")
        await at.page.locator(".frame").first.click()
        await _save(at, folder, "09-light-table")
        await at.press("Escape")
        await at.command(f"/imagine {PROMPT.replace('blue', 'pink')} count:4")
        await at.card()
        await _save(at, folder, "10-four")
        await at.last.click(button="right", position={"x": 300, "y": 120})
        await _save(at, folder, "11-menu")


async def _other_places(bot: RunningBot, browser: Browser, folder: Path) -> None:
    async with window(browser, bot.playground) as at:
        await at.open("Binh")
        await _save(at, folder, "12-binh-sees")
        await at.open("Binh", "sketches")
        await _save(at, folder, "13-empty")
        await at.open("Binh", "@Aiko")
        await _save(at, folder, "14-two-people")
        await at.open("Aiko", "after-dark")
        await _save(at, folder, "15-gate")
        await at.open("Aiko", "@Genga")
        await _save(at, folder, "16-dm")
        await at.command("/settings")
        await expect(at.last).to_contain_text("Your settings")
        await _save(at, folder, "17-settings")
        await at.type("hello, could you help me?")
        await at.press("Enter")
        said = at.page.locator(".message", has_text="hello, could you").first
        await said.hover()
        await said.get_by_role("button", name="Reply").click()
        await at.type("me too")
        await _save(at, folder, "18-reply")
        await at.composer.fill("@")
        await _save(at, folder, "19-mention")


async def _night(bot: RunningBot, browser: Browser, folder: Path) -> None:
    async with window(browser, bot.playground, night=True) as at:
        await at.open()
        await _save(at, folder, "20-night")
        await at.button("Edit").click()
        await _save(at, folder, "21-night-form")
        await at.press("Escape")
        await at.open("Aiko", "sketches")
        await _save(at, folder, "22-night-first")


async def _phone(bot: RunningBot, browser: Browser, folder: Path) -> None:
    async with window(browser, bot.playground, size=PHONE) as at:
        await at.open("Aiko", "sketches")
        await _save(at, folder, "30-phone-first")
        await at.page.get_by_role("button", name="Places").click()
        await _save(at, folder, "31-phone-places")
        await at.page.locator("[data-go='#gallery']").click()
        await _save(at, folder, "32-phone-card")
        await at.button("Edit").click()
        await _save(at, folder, "33-phone-form")
        await at.press("Escape")
        await at.composer.fill("/")
        await _save(at, folder, "34-phone-picker")
        await at.press("Enter")
        await _save(at, folder, "35-phone-chips")


if __name__ == "__main__":
    asyncio.run(shoot(Path(sys.argv[1])))
