"""A browser window on the playground's page: what somebody sees there and does there, with mouse or keys."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from playground import Playground

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_BROWSER = "no chromium on this machine (Debian: apt-get install chromium)"
DESKTOP, PHONE = (1280, 800), (390, 844)
DRAWN_MS = 120_000
# How long something may take to be seen: a loaded machine is slow, and what is there is seen at once.
expect.set_options(timeout=30_000)


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """The machine's own chromium, without a screen."""
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


class Window:
    """`requests` and `troubles` hold every address it asked for, and everything its console complained of."""

    def __init__(self, page: Page, playground: Playground) -> None:
        self.page = page
        self.playground = playground
        self.requests: list[str] = []
        self.troubles: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._note)

    def _note(self, told: ConsoleMessage) -> None:
        # A preview's link dies when the next one comes, also for a browser that was about to fetch it.
        died = "404" in told.text and "/attachments/" in told.location["url"]
        if told.type == "error" and not died:
            self.troubles.append(f"{told.text} {told.location['url']}")

    @property
    def hosts(self) -> set[str]:
        """Where its requests went; what the page made itself (blob:, data:) went nowhere."""
        return {urlsplit(one).netloc for one in self.requests if urlsplit(one).scheme not in ("blob", "data")}

    async def open(self, person: str = "Aiko", place: str = "gallery") -> None:
        """Go to a place as somebody, and wait until it is shown."""
        await self.page.goto(f"{self.playground.url}/#{person}/{quote(place, safe='@')}")
        await expect(self.page.locator(".person.me")).to_contain_text(person)
        await expect(self.page.locator(".place.present")).to_contain_text(place.split("/")[-1].lstrip("@"))
        await expect(self.page.locator(".messages > *").first).to_be_attached()

    # What is there

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.page.locator(".message").last

    @property
    def composer(self) -> Locator:
        return self.page.locator("#composer .text-line textarea")

    def button(self, label: str, within: Locator | None = None) -> Locator:
        """A button of the bot's with that label, the newest of them."""
        return (within or self.page.locator(".messages")).locator(".button", has_text=label).last

    async def card(self) -> Locator:
        """The newest message, once it is a finished card; stays that message when newer ones come."""
        await expect(self.last.locator(".button", has_text="Reroll")).to_be_visible(timeout=DRAWN_MS)
        return self.message(await self.last.get_attribute("data-id"))

    def message(self, message_id: object) -> Locator:
        """The message with that id."""
        return self.page.locator(f".message[data-id='{message_id}']")

    async def sideways_px(self) -> int:
        """How far the page can be pushed to the side; 0 when everything fits."""
        script = "() => Math.max(...['html', '.timeline', '.sheet'].map(s => document.querySelector(s))" \
            ".map(e => e.scrollWidth - e.clientWidth))"  # fmt: skip
        return await self.page.evaluate(script)

    # What somebody does

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def command(self, typed: str) -> None:
        """Type a command in full and send it; the space behind a name takes the command."""
        await self.composer.fill(f"{typed} ")
        await self.press("Enter")


@asynccontextmanager
async def window(
    browser: Browser, playground: Playground, *, size: tuple[int, int] = DESKTOP, night: bool = False
) -> AsyncGenerator[Window]:
    """A fresh window, as of somebody who was never here; whatever is done there, nothing may leave this machine.

    One of phone width is touched, not clicked.
    """
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if night else "light",
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
        device_scale_factor=2 if size == PHONE else 1,
        reduced_motion="no-preference",
    )
    try:
        opened = Window(await context.new_page(), playground)
        yield opened
        assert opened.hosts == {urlsplit(playground.url).netloc}
        assert opened.troubles == []
    finally:
        await context.close()
