"""No secret in any sink: unique words in every field people and Discord fill, a session full of faults at log level
DEBUG, and none of them in the log, in a child's environment or command line, or in a picture beyond what is meant.
"""

import asyncio
import contextlib
import io
import secrets
import sqlite3
from pathlib import Path

import psutil
import pytest
from PIL import Image

from benchmarks.bot_process import children
from playground import Permission, Playground, Seen, Upload
from playground.people import Person
from tests.end_to_end.running_bot import RunningBot, until

pytestmark = pytest.mark.slow

FIELDS = (
    "prompt", "negative", "edited", "form", "picture", "notes", "person", "server", "channel", "reply", "model",
    "report", "refused", "blocked",
)  # fmt: skip


class Canaries:
    """A word for each field that stands nowhere else in the world; short, because a seed has 12 characters at most."""

    def __init__(self) -> None:
        self.words = {field: f"q{secrets.token_hex(5)}" for field in FIELDS}
        self.token = f"MTIz{secrets.token_hex(10)}.{secrets.token_hex(3)}.{secrets.token_hex(16)}"

    def __getattr__(self, field: str) -> str:
        return self.words[field]

    def seen_in(self, text: str) -> list[str]:
        """Which of them stand in `text`."""
        found = [field for field, word in self.words.items() if word.casefold() in text.casefold()]
        return found + (["token"] if self.token in text or self.token.split(".")[2] in text else [])


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (96, 96), "orange").save(out, "PNG")
    return out.getvalue()


class Eavesdropper:
    """Notes the environment and command line of every child the bot has, for as long as the block lasts."""

    def __init__(self, bot: RunningBot) -> None:
        self._bot = bot
        self.heard: dict[str, str] = {}

    async def __aenter__(self) -> "Eavesdropper":
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psutil.Error, AssertionError):
                pids = children(self._bot.pid)
                for child in map(psutil.Process, [*pids, *(each for pid in pids for each in children(pid))]):
                    command, environment = child.cmdline(), child.environ()
                    if command == child.cmdline() and "--with-parent" not in command:  # else it is still a copy of us
                        self.heard[" ".join(command[1:3])] = f"{command} {environment}"
            await asyncio.sleep(0.02)


async def draw(bot: RunningBot, aiko: Person, canaries: Canaries) -> Seen:
    """Pictures from words, from a file, after a word that is blocked, and a wrong file."""
    # The first one runs out of memory on purpose, the second one loses its worker and is drawn by the next.
    await bot.ended(await aiko.slash("#gallery", f"/imagine prompt:1girl, {canaries.prompt}"))
    longer = ", ".join(["1girl, blue hair, sky, harbour, smile"] * 12)  # more than the text encoder takes
    card = await bot.card(
        await aiko.slash("#gallery", f"/imagine prompt:{canaries.prompt}, {longer} negative:{canaries.negative} seed:7")
    )
    name = f"{canaries.picture}.png"
    typed = f"/imagine prompt:1girl, {canaries.prompt} image:@{name}"
    await bot.card(await aiko.slash("#gallery", typed, attachments={name: picture()}))
    notes = f"{canaries.notes}.png"
    typed = f"/imagine prompt:1girl image:@{notes}"
    await bot.ended(await aiko.slash("#gallery", typed, attachments={notes: b"no picture"}))
    await bot.ended(await aiko.slash("#gallery", f"/imagine prompt:{canaries.blocked}, {canaries.refused}"))
    await bot.ended(await aiko.slash("#gallery", f"/imagine prompt:1girl model:{canaries.model}"))
    await bot.ended(await aiko.slash("#gallery", f"/imagine prompt:{canaries.refused} {'x' * 3000}"))
    return card


async def use(bot: RunningBot, aiko: Person, card: Seen, canaries: Canaries) -> None:
    """Buttons, forms good and bad, menus, other people's messages, a preset."""
    await bot.card(await aiko.submit(await aiko.press(card, "Edit"), {"prompt": f"1girl, {canaries.edited}"}))
    told = await aiko.submit(await aiko.press(card, "Edit"), {"seed": canaries.form, "prompt": canaries.form})
    await told.message()
    said = await aiko.say("#sketches", canaries.reply, attachments=[Upload(f"{canaries.picture}.png", picture())])
    await aiko.submit(await aiko.menu(said, "Edit image…"), {"prompt": f"1girl, {canaries.reply}"})
    await aiko.say("#gallery", canaries.reply, reply_to=card)
    await aiko.say("dm", f"hello {canaries.reply}")
    form = await aiko.menu(card, "Report")
    if form.answer == "modal":
        field = form.modal.fields[-1].custom_id
        await aiko.submit(form, {field: canaries.report})
    await aiko.complete("#gallery", f"/imagine prompt:1girl model:{canaries.model}")
    await aiko.slash("#gallery", "/queue")


async def suffer(bot: RunningBot, aiko: Person, canaries: Canaries) -> None:
    """Discord's bad days: no answers, too many requests, refusals, connections that break."""
    faults = bot.world.faults
    faults.add("PATCH", r"/webhooks/", status=502, times=2)
    faults.add("PATCH", r"/webhooks/", status=429, retry_after=0.3, times=2)
    faults.add("PATCH", r"/webhooks/", drop=True)
    await bot.card(await aiko.slash("#gallery", f"/imagine prompt:1girl, {canaries.prompt}"))
    faults.add("POST", r"/interactions/.*callback", status=500, code=0)
    await aiko.slash("#gallery", f"/imagine prompt:1girl, {canaries.prompt}", wait=False)
    faults.add("POST", r"/interactions/.*callback", status=400, code=50035)
    sent = await aiko.slash("#gallery", f"/imagine prompt:1girl, {canaries.prompt}", wait=False)
    await until(lambda: sent.interaction.settled.is_set() or None, 30)
    bot.world.deny("#sketches", Permission.ATTACH_FILES, Permission.SEND_MESSAGES)
    await bot.ended(await aiko.slash("#sketches", f"/imagine prompt:1girl, {canaries.prompt}"))
    cancelled, waiting = await bot.begin(f"prompt:1girl, {canaries.prompt} count:4")
    await aiko.press(waiting, "Cancel")
    await bot.ended(cancelled)


def spoil_a_request(bot: RunningBot, canaries: Canaries) -> int:
    """Make a finished job's request unreadable, as a damaged disk might; its id."""
    with contextlib.closing(sqlite3.connect(bot.folder / "genga.sqlite3")) as connection, connection:
        [job] = connection.execute("SELECT min(id) FROM jobs WHERE state = 'done'").fetchone()
        spoilt = f'{{"kind": "draw", "prompt": ["{canaries.prompt}"]}}'
        connection.execute("UPDATE jobs SET request = ? WHERE id = ?", (spoilt, job))
    return job


async def test_no_canary_reaches_any_sink(tmp_path: Path, canaries: Canaries) -> None:
    (tmp_path / "blocked.txt").write_text(f"{canaries.blocked}\n", encoding="utf-8")
    settings = {
        "DISCORD_TOKEN": canaries.token,
        "GENGA_LOG__LEVEL": "DEBUG",
        "GENGA_SAFETY__BLOCKED_WORDS": str(tmp_path / "blocked.txt"),
        "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.1",
        "GENGA_TEST_FAULT": "crash@3x1,oom@2x3",  # of the real worker; memory that is short thrice ends a job
    }
    async with Playground() as playground:
        world = playground.world
        world.settings.token = canaries.token
        world.add_server(canaries.server, canaries.channel, with_bot=True)
        # Its children are started as everywhere else: what they are given is listened to.
        bot = RunningBot(playground, tmp_path / "data", workers="started", **settings)
        world.add_person(canaries.person)
        person = bot.person(canaries.person)
        try:
            await bot.start()
            await bot.settle(4, canaries.person)
            async with Eavesdropper(bot) as listener:
                card = await draw(bot, person, canaries)
                await use(bot, person, card, canaries)
                await suffer(bot, person, canaries)
                waiting, _ = await bot.begin(f"prompt:1girl, {canaries.prompt} seed:9", who=canaries.person)
                await bot.kill()
            job = spoil_a_request(bot, canaries)
            bot.workers = "forked"
            await bot.start(GENGA_TEST_FAULT="")  # each start counts its faults anew
            await bot.card(waiting)
            spoilt = next(seen for seen in person.sees("#gallery") if bot.rows(
                "SELECT 1 FROM posts WHERE job_id = ? AND message_id = ?", job, seen.id
            ))  # fmt: skip
            await (await person.press(spoilt, "Reroll")).message()
            await bot.stop()
        finally:
            await bot.stop()
        nothing_in_the_log(bot, canaries)
        assert "Unreadable" in bot.log and "Traceback" in bot.log
        assert "aiosqlite" not in bot.log
    assert {"-m inference.worker", "-m inference.decoder_child"} <= listener.heard.keys()
    assert canaries.seen_in(str(listener.heard)) == []
    nothing_in_the_pictures(bot, canaries)


def nothing_in_the_log(bot: RunningBot, canaries: Canaries) -> None:
    """Neither a canary, nor an interaction's token, nor any file's link."""
    assert canaries.seen_in(bot.log) == [], bot.log
    tokens = list(bot.world.interactions)
    assert len(tokens) > 10
    assert [token for token in tokens if token in bot.log] == []
    assert "attachments/" not in bot.log
    assert "hm=" not in bot.log
    # A safeguard against a test that listens at the wrong door.
    assert "is up" in bot.log and "done: model=genga-mini" in bot.log and "was lost" in bot.log


def nothing_in_the_pictures(bot: RunningBot, canaries: Canaries) -> None:
    """Only what is meant: the words that were drawn. And in the data folder nothing of who, where and whose file."""
    meant = {"prompt", "negative", "edited", "reply"}
    files = [path for path in bot.folder.rglob("*") if path.is_file() and path.name != "reserve"]
    pictures = [path for path in files if path.suffix == ".png"]
    assert len(pictures) >= 4
    for path in files:
        data = path.read_bytes().decode("latin-1")
        allowed = meant | {"report"} if path.name.startswith("genga.sqlite3") else meant
        assert set(canaries.seen_in(data)) <= allowed, path
        if path.suffix == ".png":
            with Image.open(path) as image:
                assert set(image.info) <= {"parameters", "genga"}, path


async def test_without_metadata_a_picture_says_nothing(tmp_path: Path, canaries: Canaries) -> None:
    async with Playground() as playground:
        settings = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__METADATA": "false"}
        bot = RunningBot(playground, tmp_path / "data", **settings)
        try:
            await bot.start()
            await bot.settle(2, "Aiko")
            card = await bot.imagine(f"prompt:1girl, {canaries.prompt} negative:{canaries.negative}")
        finally:
            await bot.stop()
        assert canaries.seen_in(card.pictures[0].data.decode("latin-1")) == []
        with Image.open(io.BytesIO(card.pictures[0].data)) as image:
            assert image.info == {}
