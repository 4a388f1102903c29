"""The real bot: `bot.py` as a process of its own on a folder of its own, logged in to a playground's server."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import psutil

from benchmarks import bot_process
from benchmarks.bot_process import BotProcess
from inference import metadata
from inference.request import Request
from playground import DidNotRespond, Playground, Seen, Sent
from playground.people import Person
from playground.seen import File

DRAWN_S = 120.0  # a picture of the embedded model takes a second or two; the machine may be busy, the worker cold
# The machine that runs the tests has other work: two threads that wait for each other would crawl.
CALM = {"GENGA_WORKER__THREADS": "1", "GENGA_QUEUE__DRAIN_S": "0"}
ANSWERED_S = 10.0
Found = TypeVar("Found")
OPEN_STATES = "('accepting', 'queued', 'running', 'ready', 'sending')"


class RunningBot(BotProcess):
    """`settings` are environment variables: `GENGA_QUEUE__TOTAL="3"`, `GENGA_TEST_FAULT="slow"`.

    `planted`: what is said of pictures instead of looking at them; empty: it looks.
    """

    def __init__(
        self,
        playground: Playground,
        folder: Path,
        *,
        planted: str = "harmless",
        workers: str = "forked",
        **settings: str,
    ) -> None:
        super().__init__(playground, folder, planted=planted, workers=workers, **{**CALM, **settings})
        self.world = playground.world
        # Three, as everywhere else, are test_responsiveness's: beside other work every test would be about them.
        self.world.settings.answer_within_s = ANSWERED_S
        # A person who speaks English and owns nothing; Binh speaks Vietnamese, Mori owns the server.
        self.world.add_person("Chika")

    def person(self, name: str) -> Person:
        return self.playground.person(name)

    async def start(self, **more: str) -> None:
        """Start it and return when it is online; AssertionError with its log if it ends before that."""
        await super().start(**more)
        assert self.lives, f"the bot ended before it was online:\n{self.log}"

    async def restart(self, **settings: str) -> None:
        """Start it again after its end, with other settings where these say so."""
        self.settings = {**self.settings, **settings}
        await self.start()

    async def drawing_pid(self) -> int:
        """The process that draws, as soon as there is one."""
        return await until(self.worker_pid)

    # What it keeps

    def job(self, seen: Seen) -> sqlite3.Row:
        """The job that lives in this message."""
        [row] = self.rows("SELECT * FROM jobs WHERE message_id = ?", seen.id)
        return row

    def open_jobs(self) -> int:
        """How many jobs somebody still waits for."""
        return len(self.rows(f"SELECT id FROM jobs WHERE state IN {OPEN_STATES}"))

    def files(self) -> set[str]:
        """The sha256 of every picture in the data folder."""
        return {path.stem for path in (self.folder / "pictures").glob("??/*")}

    def traces(self) -> tuple[int, int, set[str]]:
        """Everything a request may leave behind: jobs, rows of pictures, files."""
        return len(self.rows("SELECT id FROM jobs")), len(self.rows("SELECT id FROM pictures")), self.files()

    def forget(self, sql: str) -> None:
        """Change what it wrote down, as the passing of time would."""
        with contextlib.closing(sqlite3.connect(self.folder / bot_process.FILE)) as connection, connection:
            connection.execute(sql)

    # What people do

    async def imagine(self, typed: str, *, who: str = "Aiko", place: str = "#gallery") -> Seen:
        """`/imagine <typed>`, and the finished card."""
        return await self.card(await self.person(who).slash(place, f"/imagine {typed}"))

    async def begin(self, typed: str, *, who: str = "Aiko", place: str = "#gallery") -> tuple[Sent, Seen]:
        """`/imagine <typed>`, and the message in which the job now waits."""
        sent = await self.person(who).slash(place, f"/imagine {typed}")
        seen = await sent.message()
        # The message is seen before the bot has noted which one it is.
        await until(lambda: self.rows("SELECT id FROM jobs WHERE message_id = ?", seen.id))
        return sent, seen

    async def drawing(self, seen: Seen) -> None:
        """Return once the message shows that its picture is being drawn."""
        await self.world.until(lambda: "Drawing" in seen.content or None, DRAWN_S)

    async def card(self, sent: Sent) -> Seen:
        """The finished card that answers; AssertionError with its sentence if there is no picture on it."""
        ended = await self.ended(sent)
        assert "reroll" in verbs(ended), f"not a card: {ended.content}"
        # The card is seen before the bot has noted that Discord took it.
        await until(lambda: self.rows("SELECT id FROM jobs WHERE message_id = ? AND state = 'done'", ended.id))
        return ended

    async def ended(self, sent: Sent) -> Seen:
        """What the bot answers, in its last state: a card, or a sentence."""

        def over() -> Seen | None:
            if sent.failed:
                raise DidNotRespond(sent.failed)
            if sent.followups:
                return sent.followups[-1]
            shown = sent.shown
            if shown is None or shown.thinking or shown.deleted or "cancel" in verbs(shown):
                return None
            # In place of "thinking..." a sentence is on its way out: what counts follows.
            return None if sent.answer == "deferred" and not {"reroll", "retry"} & {*verbs(shown)} else shown

        try:
            return await self.world.until(over, DRAWN_S)
        except TimeoutError:
            raise AssertionError(f"not finished: {sent.shown}\n{self.log}") from None

    async def details(self, card: Seen, who: str = "Aiko") -> Seen:
        """What Info says of a card, with the button that changes it."""
        return await (await self.person(who).press(card, "Info")).message()

    async def allow_editing(self, whose: str) -> None:
        """The server's owner lets members start from others' pictures too ("all"), or not ("drawn", "own")."""
        mori = self.person("Mori")
        panel = await (await mori.slash("#gallery", "/server")).message()
        await mori.select(panel, "v1gs:editing:where", [whose])
        await mori.delete(panel)

    async def settle(self, steps: int, *names: str) -> None:
        """People who want quick pictures: they set their number of steps in the /settings panel."""
        for name in names:
            person = self.person(name)
            panel = await (await person.slash("#gallery", "/settings")).message()
            form = await person.press(panel, "v1s:advanced")
            assert (await person.submit(form, {"steps": str(steps)})).answer == "update"


@contextlib.asynccontextmanager
async def running_bot(
    folder: Path, *, planted: str = "harmless", workers: str = "forked", **settings: str
) -> AsyncIterator[RunningBot]:
    """A playground and the bot in it, logged in; both gone afterwards."""
    async with Playground() as playground:
        bot = RunningBot(playground, folder, planted=planted, workers=workers, **settings)
        try:
            await bot.start()
            yield bot
        finally:
            await bot.stop()


def environment_for(api_url: str, folder: Path, **settings: str) -> dict[str, str]:
    """That of a bot in a playground, for a machine with other work."""
    return bot_process.environment_for(api_url, folder, **{**CALM, **settings})


async def until(ready: Callable[[], Found | None], timeout_s: float = 60.0) -> Found:
    """What `ready` gives, as soon as it gives something; for what the playground does not announce."""
    async with asyncio.timeout(timeout_s):
        while not (found := ready()):  # noqa: ASYNC110 - another process changes it: there is no event
            await asyncio.sleep(0.05)
        return found


def command(pid: int) -> list[str]:
    """The command line of a process; empty when it is gone."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).cmdline()
    return []


def verbs(seen: Seen) -> list[str]:
    """What the buttons of a message do, whatever the language of their labels."""
    return [custom_id.split(":")[1] for button in seen.buttons if (custom_id := button.custom_id)]


def control(seen: Seen, verb: str, index: int | None = None) -> str:
    """The custom_id of the button that does this, for picture `index` where several are shown."""
    found = [button.custom_id for button in seen.buttons if (button.custom_id or "").split(":")[1:2] == [verb]]
    if index is not None:
        found = [custom_id for custom_id in found if custom_id and custom_id.endswith(f":{index}")]
    [custom_id] = found
    assert custom_id is not None
    return custom_id


def labels(seen: Seen) -> list[str]:
    """What stands on the buttons."""
    return [button.label for button in seen.buttons]


def request_in(picture: File) -> Request:
    """The request that a picture's own `genga` chunk holds."""
    request = metadata.read(picture.data)
    assert request is not None
    return request
