"""/status: how the bot is, for whoever runs it; what people ask it for is none of their business and not shown."""

import asyncio
import platform
import shutil
import time
import tomllib
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _card
from cogs._reports import CATEGORIES
from cogs._services import Services
from cogs._text import NO_PINGS, number36
from cogs._words import Words, words_for
from inference import host
from inference.errors import N_, NotYours
from inference.gpu import State
from inference.models.catalog import ROOT
from storage import health, jobs, reports
from storage.database import FILE_NAME

if TYPE_CHECKING:
    from cogs._client import Genga

MB, GIB = 1e6, 2**30
NEWEST_REPORTS = 5
FOR_THE_OWNER = N_("Only the person who runs me can see that.")
WORKER = {
    State.STARTING: N_("starting"),
    State.READY: N_("ready"),
    State.DRAWING: N_("drawing"),
    State.RESTARTING: N_("restarting"),
    State.BROKEN: N_("broken: it stopped too often, and the next try waits"),
    State.CLOSED: N_("stopped"),
}


class Owner(commands.Cog):
    """Look after the bot."""

    def __init__(self, bot: "Genga", services: Services) -> None:
        self.bot, self.services = bot, services
        self._since = int(time.time())

    @app_commands.command()
    async def status(self, interaction: discord.Interaction) -> None:
        """For the person who runs the bot: queue, drawing process, memory, versions"""
        # The application's owner, or a member of the team that owns it; asked of Discord once.
        if not await self.bot.is_owner(interaction.user):
            raise NotYours(template=FOR_THE_OWNER)
        say = await words_for(self.services, interaction)
        lines = [
            await self._queue(say), self._worker(say), self._memory(say), await asyncio.to_thread(self._disk, say),
            self._discord(say), await self._reports(say), self._versions(say),
        ]  # fmt: skip
        await interaction.response.send_message(
            view=_card.sentence("\n".join(lines)), ephemeral=True, allowed_mentions=NO_PINGS
        )

    async def _queue(self, say: Words) -> str:
        counts = await jobs.counts(self.services.db)
        waiting, limit = counts[jobs.State.QUEUED], self.services.config.queue.total
        number = self.services.studio.drawing
        job = await jobs.get(self.services.db, number) if number is not None else None
        if job is None:
            return say(
                "**Queue** {waiting} waiting of at most {limit}, nothing being drawn", waiting=waiting, limit=limit
            )
        return say(
            "**Queue** {waiting} waiting of at most {limit} · being drawn: #{job}, {count} × {width}×{height}, "
            "{steps} steps, begun <t:{begun}:R>",
            waiting=waiting, limit=limit, job=number36(job.id), count=job.request.count, width=job.request.width,
            height=job.request.height, steps=job.request.steps, begun=int(job.started_at or job.created_at),
        )  # fmt: skip

    def _worker(self, say: Words) -> str:
        gpu = self.services.gpu
        state = say(WORKER[gpu.state])
        if gpu.hello is None:
            return say("**Drawing process** {state} · died {deaths} times", state=state, deaths=gpu.deaths)
        return say(
            "**Drawing process** {state} · {device} · {model} · process {pid}, up <t:{since}:R> · died {deaths} times",
            state=state, device=gpu.hello.device, model=self.services.config.drawing.model, pid=gpu.hello.pid,
            since=int(gpu.up_since), deaths=gpu.deaths,
        )  # fmt: skip

    def _memory(self, say: Words) -> str:
        gpu = self.services.gpu
        text = say(
            "**Memory** bot {bot} MB · drawing process {worker} MB",
            bot=round(host.resident_bytes() / MB), worker=round(gpu.resident_bytes / MB),
        )  # fmt: skip
        if gpu.hello is None or not gpu.hello.memory_bytes:
            return text
        return say("{memory} · GPU {gib} GiB in all", memory=text, gib=round(gpu.hello.memory_bytes / GIB))

    def _disk(self, say: Words) -> str:
        """In a thread: a slow disk may take its time."""
        folder = self.services.config.storage.folder
        size = sum(part.stat().st_size for part in folder.glob(f"{FILE_NAME}*"))
        text = say(
            "**Disk** {free} GB free · database {size} MB",
            free=f"{shutil.disk_usage(folder).free / 1e9:.1f}", size=f"{size / MB:.1f}",
        )  # fmt: skip
        age_s = health.newest_backup_age_s(folder)
        if age_s is None:
            return say("{disk} · no backup yet", disk=text)
        return say("{disk} · last backup <t:{made}:R>", disk=text, made=int(time.time() - age_s))

    async def _reports(self, say: Words) -> str:
        """How many wait for somebody to look, and the newest; each has come as an entry or a direct message."""
        count = await reports.count_open(self.services.db)
        newest = await reports.still_open(self.services.db, limit=NEWEST_REPORTS)
        named = [f"{number36(each.id)} ({say(CATEGORIES[each.category])})" for each in newest]
        return " · ".join([say("**Reports** nobody has looked at: {count}", count=count), *named])

    def _discord(self, say: Words) -> str:
        return say(
            "**Discord** servers: {servers} · latency {latency} ms · started <t:{since}:R>",
            servers=len(self.bot.guilds), latency=round(self.bot.latency * 1000), since=self._since,
        )  # fmt: skip

    def _versions(self, say: Words) -> str:
        torch = self.services.gpu.hello.torch if self.services.gpu.hello else ""
        return say(
            "**Versions** Genga {genga} · Python {python} · discord.py {library} · torch {torch} · SQLite {sqlite}",
            genga=_version(), python=platform.python_version(), library=discord.__version__, torch=torch or "–",
            sqlite=health.SQLITE_VERSION,
        )  # fmt: skip


def _version() -> str:
    """Genga's own, which is run from its checkout and never installed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


async def setup(bot: "Genga") -> None:
    """Add the command."""
    await bot.add_cog(Owner(bot, bot.services))
