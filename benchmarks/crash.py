"""Is anything lost, or anything there twice? `python -m benchmarks.crash --kills 40` kills until it knows.

The real bot and its real worker speak to the playground's server in this process; people keep asking for pictures in
public, in private and in direct messages, and cancel some. At random moments SIGKILL takes the bot (60 %) or the worker
(40 %); sometimes the bot stays away for longer than Discord remembers a nonce, or an interaction's token lives. Of all
messages made or changed, 3 % answer 502 after they took effect. In the end everything drains, and is judged by what
people saw. Exit status 1 unless nothing was lost, nothing came twice and nothing came unasked.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.askers import Askers
from benchmarks.bot_process import BotProcess
from benchmarks.verdict import UNSETTLED, Verdict, judge, states, table
from playground import Playground, Settings

BOT_SHARE = 0.6
PAUSE_S = (0.35, 1.1)
NONCE_WINDOW_S = 120.0  # Discord says "a few minutes"
AWAY_S = {"a moment": 0.0, "past the nonce": NONCE_WINDOW_S + 60, "past the token": 16 * 60.0}
AWAY_WEIGHTS = (80, 13, 7)
FAULT_SHARE = 0.03
MADE_OR_CHANGED = (
    ("POST", r"^/interactions/.+/callback"),
    ("POST", r"^/channels/\d+/messages$"),
    ("PATCH", r"^/channels/\d+/messages/"),
    ("PATCH", r"^/webhooks/.+/messages/"),
)
DRAINED_S = 300.0
SETTINGS = {
    "GENGA_TEST_FAULT": "quick",
    "GENGA_QUEUE__PER_PERSON": "40",
    "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2",
    "GENGA_DRAWING__PING_AFTER_S": "2",
    "GENGA_STORAGE__BACKUP_EVERY_H": "0.001",  # a copy at every start, so that some are killed half-way
    "GENGA_LOG__LEVEL": "WARNING",
}


class Killer:
    """Kills, and brings the bot back."""

    def __init__(self, bot: BotProcess, chance: random.Random) -> None:
        self._bot, self._chance = bot, chance
        self.kills: Counter[str] = Counter()
        self.away: Counter[str] = Counter()

    async def kill(self, times: int) -> None:
        """So many kills at random moments; afterwards the bot runs."""
        for number in range(1, times + 1):
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))
            worker = None if self._chance.random() < BOT_SHARE else self._bot.worker_pid()
            if worker is None:
                await self._kill_bot()
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                self.kills["worker"] += 1
            if number % 50 == 0:
                print(f"{number} kills", file=sys.stderr, flush=True)

    async def _kill_bot(self) -> None:
        await self._bot.kill()
        self.kills["bot"] += 1
        [how_long] = self._chance.choices(list(AWAY_S), AWAY_WEIGHTS)
        self.away[how_long] += 1
        self._bot.stays_away(AWAY_S[how_long])  # nobody has the time to wait for this
        await asyncio.sleep(self._chance.uniform(0, 0.3))
        await self._bot.start()


async def run(kills: int, seed: int, folder: Path) -> tuple[Verdict, dict[str, object]]:
    """Kill so many times; the verdict, and what else is to be printed."""
    chance = random.Random(seed)
    began = time.monotonic()
    async with Playground(settings=Settings(nonce_window_s=NONCE_WINDOW_S)) as playground:
        playground.world.faults.random = random.Random(seed)
        asking = Askers(playground, chance)  # before the first start, to which everybody there is known
        bot = BotProcess(playground, folder, planted="harmless", **SETTINGS)
        await bot.start()
        for method, path in MADE_OR_CHANGED:
            playground.world.faults.add(method, path, status=502, after=True, times=10**9, chance=FAULT_SHARE)
        killer = Killer(bot, chance)
        try:
            async with asking as askers:
                await killer.kill(kills)
            playground.world.faults.clear()
            await _drained(bot, askers)
        finally:
            await bot.stop()
        rows = bot.rows("SELECT * FROM jobs ORDER BY id")
        [[integrity]] = bot.rows("PRAGMA integrity_check")
        verdict = judge(playground.world, askers.asked, rows)
    return verdict, {
        "kills of the bot": killer.kills["bot"],
        "kills of the worker": killer.kills["worker"],
        "away past the nonce, the token": f"{killer.away['past the nonce']}, {killer.away['past the token']}",
        "seconds": round(time.monotonic() - began),
        "the job table": states(rows),
        "integrity check": integrity,
    }


async def _drained(bot: BotProcess, askers: Askers) -> None:
    """Until nothing is open any more, or it is plain that something never ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_S):
            await askers.settled()
            while bot.rows(UNSETTLED):  # noqa: ASYNC110 - another process changes it: there is no event
                await asyncio.sleep(0.2)


def main() -> int:
    """Kill, judge, print."""
    parser = argparse.ArgumentParser(description="Kill the bot and its worker at random moments; judge what is left.")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--keep", type=Path, help="use this folder and leave it behind, with the bot's log beside it")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # uploads that a kill cuts off are no news here
    with tempfile.TemporaryDirectory(prefix="genga-crash-") as temporary:
        folder = options.keep or Path(temporary) / "data"
        verdict, circumstances = asyncio.run(run(options.kills, options.seed, folder))
    print(table(verdict, circumstances))
    return 0 if verdict.is_clean and circumstances["integrity check"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
