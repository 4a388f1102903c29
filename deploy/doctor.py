"""`bot.py --doctor`: everything the bot needs, looked at one by one and said in plain sentences.

Each `check_*.py` beside this holds the checks of one subject: small functions that return findings.
"""

import asyncio
import os
from collections.abc import AsyncIterator

from config import DEFAULT_FILE, ConfigError, load
from deploy import check_discord, check_gpu, check_machine, check_models, check_rater, check_storage, check_worker
from deploy.finding import Finding, Level, broken, good, show


def run() -> int:
    """Print what is found; 1 when something is broken."""
    try:
        return asyncio.run(_run())
    except KeyboardInterrupt:
        print("Stopped.")
        return 130


async def _run() -> int:
    found: list[Finding] = []
    async for finding in _examine():
        show(finding)
        found.append(finding)
    count = sum(finding.level is Level.BROKEN for finding in found)
    what = {0: "The bot can run.", 1: "1 thing is broken"}.get(count, f"{count} things are broken")
    print(f"\n{what}" + (f"; the lines marked {Level.BROKEN.mark()} say what to do." if count else ""))
    return 1 if count else 0


async def _examine() -> AsyncIterator[Finding]:
    """All findings, the quick ones first; without a configuration only what needs none."""
    for finding in check_machine.check():
        yield finding
    try:
        config = load(DEFAULT_FILE)
    except ConfigError as error:
        yield broken(str(error), "Correct it; what depends on the settings is not looked at.")
        config = None
    else:
        own = sorted(name for name in os.environ if name.upper().startswith("GENGA_"))
        yield good("config.toml is in order" + (f"; the environment sets {', '.join(own)}." if own else "."))
        for finding in check_storage.check(config):
            yield finding
        async for finding in check_discord.check(config):
            yield finding
    for finding in await asyncio.to_thread(lambda: list(check_gpu.check())):
        yield finding
    if config is not None:
        async for finding in check_rater.check(config):
            yield finding
        async for finding in check_models.check(config):
            yield finding
        async for finding in check_worker.check(config):
            yield finding
