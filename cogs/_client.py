"""The Discord client: loads the commands, answers the buttons, and picks up the work of an earlier start."""

import asyncio
import hashlib
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _session, errors, extensions
from cogs._buttons import ITEMS
from cogs._drain import drain
from cogs._log import named, trace
from cogs._modals import DRAFT_GONE
from cogs._occasions import tell_what_was_missed
from cogs._ping import call_owner
from cogs._removal import remove_due
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import CommandWords
from inference.errors import N_, Gone, Interrupted
from storage import endings, jobs
from storage.job import Job

log = logging.getLogger(__name__)

ENDED_UNDRAWN = N_("I was restarted before I could draw this. Press Draw again to have it drawn now.")
SYNCED_FILE = "commands.json"  # what Discord was told last: telling it again costs a daily allowance


class Genga(commands.Bot):
    """The bot as Discord sees it."""

    def __init__(self, services: Services, *, message_content: bool) -> None:
        intents = discord.Intents.default()
        intents.message_content = message_content
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            allowed_mentions=NO_PINGS,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            max_ratelimit_timeout=30.0,
        )
        self.services = services
        services.client, services.mention_of = self, self.mention_of
        self._commands: dict[str, int] = {}
        self._left_open: list[Job] = []
        self._left_unsaid: list[Job] = []
        self._left_uncalled: list[Job] = []
        self._work: set[asyncio.Task[Any]] = set()
        self._hurry = asyncio.Event()  # set by the second signal to stop

    async def setup_hook(self) -> None:
        """Before the gateway opens: commands and buttons."""
        for name in extensions():
            await self.load_extension(name)
        self.add_dynamic_items(*ITEMS)
        db = self.services.db
        if await self._is_forgotten():
            # Nobody waits any more where nothing of us is left.
            count = await endings.forgotten(db, Interrupted(template=ENDED_UNDRAWN))
            if count:
                log.warning("unfinished jobs of an earlier playground that have ended, as /history says: %d", count)
        await self._sync_commands()
        # Asked before anybody can start a new job, so that only an earlier start's are among them.
        self._left_open = await jobs.recover(db, self.services.lease)
        self._left_unsaid = await endings.unshown(db)
        self._left_uncalled = await endings.pings_due(db)

    async def on_ready(self) -> None:
        """Once the gateway is open, go on with what was left open; called again after a long loss of connection."""
        log.info("online as %s; servers: %d", self.user, len(self.guilds))
        left: list[tuple[Callable[[Services, Job], Coroutine[Any, Any, None]], list[Job]]] = [
            (_session.resume, self._left_open),
            (_session.tell_again, self._left_unsaid),
            (call_owner, self._left_uncalled),
        ]
        self._start(remove_due(self.services), "messages to remove")
        for go_on, with_jobs in left:
            while with_jobs:
                job = with_jobs.pop(0)
                self._start(go_on(self.services, job), f"job {job.id}")

    async def on_message(self, message: discord.Message) -> None:
        """Text is not a command here: the slash commands are."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody is here: they hear what they missed, and what became of a form that was opened before a restart."""
        if interaction.type is not discord.InteractionType.autocomplete:
            self._start(tell_what_was_missed(self.services, interaction, self.mention_of("history")), "what was missed")
        form = str((interaction.data or {}).get("custom_id", ""))
        lost = interaction.type is discord.InteractionType.modal_submit and not form.startswith(self.services.lease)
        if lost:  # discord.py knows it no more and would say nothing
            await errors.report(interaction, Gone(template=DRAFT_GONE))

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """What a listener raised; nobody waits for its answer."""
        error = sys.exc_info()[1]
        if error is not None:
            log.error("%s failed: %s", event_method, named(error), exc_info=trace(error))

    def mention_of(self, command: str, *below: str) -> str:
        """A clickable command, or one `below` it, or its plain name while Discord has not told us its id.

        In English for everybody: Discord shows the name as it stands here, and a translated one cannot be clicked.
        """
        number, name = self._commands.get(command), " ".join([command, *below])
        return f"</{name}:{number}>" if number else f"/{name}"

    def stop(self) -> None:
        """End the bot from a signal handler, after what is in hand; a second signal does not wait for that."""
        if any(task.get_name() == "stop" for task in self._work):
            self._hurry.set()
        else:
            self._start(self._stop(), "stop")

    async def _stop(self) -> None:
        await drain(self.services, self._hurry)
        await self.close()

    async def close(self) -> None:
        """Stop working; open jobs stay in the table and go on at the next start."""
        others = (self._work | self.services.at_work) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await super().close()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._work.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("%s ended: %s", task.get_name(), named(error), exc_info=trace(error))

    async def _is_forgotten(self) -> bool:
        """Whether this is a new playground: it knows none of our commands, nor any message of ours."""
        told = self.services.config.storage.folder / SYNCED_FILE
        return self.services.config.discord.is_loopback and told.exists() and not await self.tree.fetch_commands()

    async def _sync_commands(self) -> None:
        """Tell Discord our commands when they changed since last time, or when this is another Discord."""
        translator = CommandWords()
        await self.tree.set_translator(translator)
        wanted = [await each.get_translated_payload(self.tree, translator) for each in self.tree.get_commands()]
        told = json.dumps([self.services.config.discord.api_url, self.application_id, wanted], sort_keys=True)
        fingerprint = hashlib.sha256(told.encode()).hexdigest()
        file = self.services.config.storage.folder / SYNCED_FILE
        try:
            known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # never written, or only half
            known = {}
        # A playground forgets our commands when it ends, though its address may come back.
        if known.get("fingerprint") != fingerprint or self.services.config.discord.is_loopback:
            synced = {command.name: command.id for command in await self.tree.sync()}
            known = {"fingerprint": fingerprint, "commands": synced}
            try:
                file.write_text(json.dumps(known), encoding="utf-8")
            except OSError as error:  # a full disk for one: the next start tells Discord again
                log.warning("%s could not be written: %s", file, error)
        self._commands = known["commands"]
