"""Races over the wire: the real bot as a process, the playground's server, a stand-in that draws at once, and a rater
with planted scores. Flags fall and threads wake while pictures are drawn; every message is looked at as it changes.
"""

import asyncio
import contextlib
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.bot_process import FILE, BotProcess
from benchmarks.planted import RATINGS, by_seed, seed_for
from cogs._terms import HOUSE
from inference.safety.evidence import Rating
from playground import Playground
from playground.changes import Change
from storage import agreements, servers
from storage.database import Database

PLACES = (*("#after-dark", "#after-dark > night") * 3, "#gallery", "#gallery > ideas", "dm")
SETTINGS = {
    "GENGA_TEST_FAULT": "quick",
    "GENGA_QUEUE__PER_PERSON": "40",
    "GENGA_QUEUE__DRAIN_S": "0",
    "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2",
    "GENGA_DRAWING__PING_AFTER_S": "0",
    "GENGA_LOG__LEVEL": "WARNING",
    "GENGA_SAFETY__ADULT": "true",
}
ADULT = {Rating.QUESTIONABLE, Rating.EXPLICIT, None}
GRACE_S = 1.0  # between a flag's fall and the bot's hearing of it lie the gateway, and what is on its way already
LOOK_S = 0.05
AT_ONCE = 3
SETTLED_S = 20.0
SPREAD_S = 0.3  # a change comes so long after the asking, at most
OPEN_JOBS = "SELECT id FROM jobs WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending')"


@dataclass(slots=True)
class Tally:
    """What people saw."""

    asked: int = 0
    races: int = 0  # changes while a job was open
    changes: Counter[str] = field(default_factory=Counter[str])
    endings: Counter[str] = field(default_factory=Counter[str])
    shown: int = 0
    in_flight: int = 0
    leaks: list[str] = field(default_factory=list[str])


class Watcher:
    """Looks at every message of the bot as it changes, and at the flag of its place at that moment."""

    def __init__(self, playground: Playground) -> None:
        self.world = playground.world
        self.allowed, self.switched_off = True, 0.0  # the server's own switch
        self.fell: dict[int, float] = {}  # channel id -> when its flag fell last
        self.doubtful: set[int] = set()  # messages that arrived just after it fell: they must go again
        self._seen: set[int] = set()
        self.tally = Tally()

    def look(self, _: Change) -> None:
        """Every message that shows something adult, whichever changed."""
        now = asyncio.get_running_loop().time()
        for message in list(self.world.messages.values()):
            adult = not message.deleted and message.author_id == self.world.bot.id and self._is_adult(message.id)
            if not adult:
                self.doubtful.discard(message.id)
                continue
            channel = self.world.channels.get(message.channel_id)
            if channel is None or message.id in self.doubtful or message.id in self._seen:
                continue
            self._seen.add(message.id)
            self.tally.shown += 1
            gated = channel.server_id is not None and self.world.is_nsfw(channel)
            if gated and self.allowed:
                continue
            fell = self.fell.get(channel.parent_id or channel.id, 0.0)
            if now - (self.switched_off if gated else fell) < GRACE_S:
                self.tally.in_flight += 1
                self.doubtful.add(message.id)
            else:
                self.tally.leaks.append(f"message {message.id} in {self.world.place(channel)}")

    def _is_adult(self, message_id: int) -> bool:
        files = self.world.messages[message_id].body.attachments
        return any(by_seed(file.data).rating in ADULT for file in files if file.data.startswith(b"\x89PNG"))


async def run(races: int, seed: int, folder: Path) -> Tally:
    """So many requests during which something changed: each is asked for, and before it ends something else happens."""
    chance = random.Random(seed)
    async with Playground() as playground:
        bot = BotProcess(playground, folder, planted="by_seed", **SETTINGS)
        async with Database.open(folder, reserve_bytes=4096) as db:
            await servers.change_rules(db, playground.world.home.id, lambda rules: replace(rules, adult=True))
            for user in playground.world.users.values():
                await agreements.accept(db, user.id, [HOUSE])
        await bot.start()
        watcher = Watcher(playground)
        playground.world.listeners.append(watcher.look)
        asking: set[asyncio.Task[None]] = set()
        try:
            while watcher.tally.races < races:
                for _ in range(AT_ONCE):
                    watcher.tally.asked += 1
                    task = asyncio.create_task(_ask(playground, chance, watcher.tally.asked))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                await asyncio.sleep(chance.uniform(0.0, SPREAD_S))
                await _change(playground, bot, watcher, chance)
        finally:
            await asyncio.gather(*asking, return_exceptions=True)
            await _settled(bot, watcher, SETTLED_S)
            watcher.tally.endings.update(row["state"] for row in bot.rows("SELECT state FROM jobs"))
            await bot.stop()
    return watcher.tally


async def _ask(playground: Playground, chance: random.Random, number: int) -> None:
    """Somebody wants a picture somewhere."""
    rating = chance.choice([*RATINGS, Rating.EXPLICIT, Rating.EXPLICIT, None])
    place = chance.choice(PLACES)
    typed = f"/imagine prompt:a harbour seed:{seed_for(rating, salt=number)}"
    # While the bot is away nobody can ask.
    with contextlib.suppress(AssertionError, TimeoutError, ValueError):
        await playground.person(chance.choice(["Aiko", "Mori"])).slash(place, typed)


async def _change(playground: Playground, bot: BotProcess, watcher: Watcher, chance: random.Random) -> None:
    """A flag falls and rises, a thread sleeps and wakes, the switch goes off and on, the bot is killed and back."""
    world, loop = playground.world, asyncio.get_running_loop()
    kind = chance.choice(["flag"] * 8 + ["thread"] * 4 + ["switch"] * 6 + ["restart"])
    if bot.rows(OPEN_JOBS):
        watcher.tally.races += 1
        watcher.tally.changes[kind] += 1
    match kind:
        case "flag":
            watcher.fell[world.channel("#after-dark").id] = loop.time()
            world.set_nsfw("#after-dark", False)
        case "switch":
            watcher.allowed, watcher.switched_off = False, loop.time()
            await asyncio.to_thread(_switch, bot.folder, world.home.id, False)
        case "thread":
            world.archive("#after-dark > night")
        case _:
            await bot.kill()
            await bot.start()
    # Half of the time it lasts until all is done: what was on its way must be gone by then. Else it may be back before
    # the bot looks once more, and what it sees then is that all is well.
    lasts = chance.random() < 0.5
    await asyncio.sleep(chance.uniform(0.02, 0.5))
    if lasts:
        await _settled(bot, watcher, SETTLED_S)
        watcher.tally.leaks += [f"message {one} was not taken back" for one in watcher.doubtful]
    watcher.doubtful.clear()
    world.set_nsfw("#after-dark", True)
    world.archive("#after-dark > night", False)
    await asyncio.to_thread(_switch, bot.folder, world.home.id, True)
    watcher.allowed = True
    await asyncio.sleep(chance.uniform(0.0, 0.2))


def _switch(folder: Path, server_id: int, on: bool) -> None:
    """The server's admins change their mind, while the bot runs."""
    rules = json.dumps({"adult": on})
    with closing(sqlite3.connect(folder / FILE, timeout=30)) as connection, connection:
        connection.execute("UPDATE servers SET rules = ? WHERE id = ?", (rules, server_id))


async def _settled(bot: BotProcess, watcher: Watcher, at_most_s: float) -> None:
    """Until nothing is open and nothing stands that must go."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            while bot.rows(OPEN_JOBS) or watcher.doubtful:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(LOOK_S)
