"""One bot with the embedded model and one browser for all of these tests, and windows to open in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.end_to_end.running_bot import RunningBot, running_bot
from tests.page.window import CHROMIUM, DESKTOP, NO_BROWSER, Window, chromium, window

OpenWindow = Callable[..., AbstractAsyncContextManager[Window]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """Draws in 4 steps, with a preview as often as it can."""
    folder = tmp_path_factory.mktemp("bot") / "data"
    async with running_bot(folder, GENGA_DRAWING__PREVIEW_INTERVAL_S="0.2") as bot:
        await bot.settle(4, "Aiko", "Binh")
        yield bot
        assert " ERROR " not in bot.log, bot.log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NO_BROWSER)
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def at_page(bot: RunningBot, browser: Browser) -> OpenWindow:
    """`async with at_page(size=PHONE) as at`."""

    def opened(*, size: tuple[int, int] = DESKTOP, night: bool = False) -> AbstractAsyncContextManager[Window]:
        return window(browser, bot.playground, size=size, night=night)

    return opened
