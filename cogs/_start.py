"""Start everything in order and stop it in reverse: folder, database, GPU worker, Discord."""

import asyncio
import contextlib
import itertools
import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Coroutine

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

import failpoints
from cogs import _log, _loras
from cogs._client import Genga
from cogs._log import named, trace
from cogs._services import Service, Services
from cogs._studio import Studio
from config import DEFAULT_FILE, Config, ConfigError, Storage, load
from deploy import reason
from deploy.install import typed
from inference import host
from inference.errors import GengaError, ModelMissing, StorageFull
from inference.gpu import Gpu
from inference.host import FolderInUse, lock_folder
from inference.models import civitai
from inference.models.catalog import Catalog, load_catalog
from inference.models.civitai import Civitai
from inference.models.downloads import from_settings
from inference.models.installed import UNREADABLE, installed
from inference.remote.novelai.client import Client
from inference.remote.novelai.engine import NovelAi
from inference.safety.evidence import Rater, Reader
from inference.safety.lists import ListsUnreadable
from inference.safety.rater.client import CannotRate, Raters
from inference.safety.text import reader
from storage import agreements, audit, backups, jobs, loras, pictures, standing, token_file
from storage.database import FILE_NAME, Database
from storage.unusable import DiskFull, UnusableDatabase

log = logging.getLogger("genga")

GATEWAY_S = 10.0
HOURLY_MIN = 60


class CannotStart(Exception):
    """Why the bot does not run, as one sentence for the operator."""


SERVICE_TOKEN = "NOVELAI_TOKEN"
SERVICE_URL = "GENGA_TEST_NOVELAI"
REASONS = (
    CannotRate,
    CannotStart,
    ConfigError,
    FolderInUse,
    GengaError,
    UnusableDatabase,
    token_file.OpenToOthers,
)


def run(*, rater: Rater | None = None) -> int:
    """Run the bot until it is told to stop; the exit status. `rater` is another one than its own, for tests."""
    try:
        config = load(DEFAULT_FILE)
        token, service_token = _token(config), _service_token(config)
        _log.begin(config.log.level, token)
        _refuse_network(config)
        _make_folder(config)
        with lock_folder(config.storage.folder):
            asyncio.run(_serve(config, token, service_token, rater))
    except REASONS as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{reason.sentences(error)}\n")
        return 1
    except Exception:
        # Through the log, which hides what a traceback may quote.
        log.critical("the bot stops: this should not have happened", exc_info=True)
        return 1
    return 0


def _token(config: Config) -> str:
    """The token from the environment, else from its file; taken out of the former, so that no child inherits it."""
    token = os.environ.pop(token_file.VARIABLE, None)
    if token is None:
        token = token_file.read(config.storage.folder)
    if not token:
        raise CannotStart(
            f"{token_file.VARIABLE} is empty. Put the bot's token there, or remove it and run: {typed('--setup')}"
        )
    return token


def _service_token(config: Config) -> str:
    """NovelAI's token, taken out of the environment; empty where its service is off. CannotStart when it is missing."""
    token = os.environ.pop(SERVICE_TOKEN, "")
    if config.remote.novelai.enabled and not token:
        raise CannotStart(
            f"remote.novelai is enabled, but {SERVICE_TOKEN} is not set. Set it, or switch the service off."
        )
    return token if config.remote.novelai.enabled else ""


def _make_folder(config: Config) -> None:
    """Leave the data folder there, and ours to write; CannotStart with the setting's name."""
    folder = config.storage.folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        step = reason.what_to_do(error, folder, "set storage.folder to a folder on another disk")
        raise CannotStart(
            f"The folder {folder} of storage.folder cannot be used: {reason.why(error, folder)}. {step}"
        ) from error


def _reader(config: Config) -> Reader:
    """Who reads prompts, by the built-in lists and the operator's own; CannotStart with the setting's name."""
    try:
        reading = reader(config.safety.word_lists, config.safety.blocked_words)
    except ListsUnreadable as error:
        raise CannotStart(str(error)) from error
    log.info("The word lists in use are %s.", reading.sha256)
    return reading


def _civitai(config: Config) -> Civitai | None:
    """Where people may name files, if the operator allows it; the token leaves the environment, for no child's eyes."""
    token = os.environ.pop(civitai.VARIABLE, "")
    if not (config.loras.uploads and config.loras.civitai):
        return None
    return Civitai(limit_mib=config.loras.max_mib, adult=config.safety.adult, token=token)


def _refuse_network(config: Config) -> None:
    """CannotStart on a file system whose locks SQLite cannot trust."""
    kind = host.network_file_system(config.storage.folder)
    if kind:
        raise CannotStart(
            f"The data folder {config.storage.folder.absolute()} lies on a network file system ({kind}), where the "
            "database can be damaged. Set storage.folder to a folder on a disk of this machine."
        )


async def _catalog(config: Config) -> Catalog:
    """All that can draw here and all that is known; CannotStart where the usual model is none of it."""
    catalog = load_catalog()
    log.info("looking through the folders of models; the first time takes longer")
    catalog.take(await asyncio.to_thread(installed, config, catalog))
    log.info("%d models can draw; %d more are known", len(catalog.models), len(catalog.offers))
    for each in catalog.remarks:
        if each.template == UNREADABLE:
            log.warning("a folder of models cannot be looked through: %s (%s)", each.path, each.fields["why"])
    if unused := sum(each.blocks for each in catalog.remarks):
        log.info("%d files and folders of models are not used; /models and %s say why", unused, typed("--doctor"))
    try:
        catalog.find(config.drawing.model)
    except ModelMissing as error:
        known = ", ".join(sorted(catalog.models))
        way = f" Start with one of these, and install it with /models, or run: {typed('--setup')}"
        raise CannotStart(
            f"The setting drawing.model names {config.drawing.model!r}, which is not installed; known are {known}."
            f"{way if config.drawing.model in catalog.offers else ''}"
        ) from error
    return catalog


async def _serve(config: Config, token: str, service_token: str, planted: Rater | None) -> None:
    catalog, lease = await _catalog(config), secrets.token_hex(8)
    reading = _reader(config)
    async with (
        Database.open(
            config.storage.folder,
            keep_backups=config.storage.keep_backups,
            reserve_bytes=config.storage.reserve_mib << 20,
        ) as db,
        Gpu(config, catalog) as gpu,
        contextlib.nullcontext(planted) if planted else Raters(config.safety) as rater,
        Studio(
            db=db,
            gpu=gpu,
            catalog=catalog,
            share_s=config.queue.share_s,
            lease=lease,
            give_up_after_s=config.worker.give_up_after_s,
        ) as studio,
        _service(config, service_token, db, catalog, lease) as service,
    ):
        services = Services(
            config=config,
            catalog=catalog,
            db=db,
            gpu=gpu,
            studio=studio,
            reader=reading,
            rater=rater,
            lease=lease,
            civitai=_civitai(config),
            downloads=from_settings(config),
            service=service,
        )
        await _point_at(config.discord.api_url)
        if config.discord.is_loopback:  # nobody is on the other side who would mind
            failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
        if services.downloads:
            await tidied("downloads that nobody goes on with", services.downloads.sweep(catalog.to_come()))
        housekeeping = asyncio.create_task(_keep_house(db, config), name="housekeeping")
        looking = asyncio.create_task(_look_at_loras(services), name="looking at LoRAs")
        try:
            await _go_online(services, token)
        finally:
            housekeeping.cancel()
            looking.cancel()


@contextlib.asynccontextmanager
async def _service(
    config: Config, token: str, db: Database, catalog: Catalog, lease: str
) -> AsyncGenerator[Service | None]:
    """The service that draws beside the GPU; None where the operator has none."""
    if not token:
        yield None
        return
    # A service of one's own may stand in for the real one where Discord is one's own too.
    address = os.environ.get(SERVICE_URL, "") if config.discord.is_loopback else ""
    client = Client(token, image_url=address, account_url=address) if address else Client(token)
    async with client:
        engine = NovelAi(client, most_anlas=config.remote.novelai.most_anlas, with_metadata=config.drawing.metadata)
        async with Studio(
            db=db,
            gpu=engine,
            catalog=catalog,
            share_s=config.queue.share_s,
            lease=lease,
            give_up_after_s=config.worker.give_up_after_s,
            never_twice=engine.again,
        ) as studio:
            yield Service(engine=engine, studio=studio)


async def _keep_house(db: Database, config: Config) -> None:
    """Interaction tokens that are of no use any more go within a minute, files that nobody names within an hour.

    The same goes for what nobody accepted the terms for and for decisions and strikes that are old. The database is
    copied when the last copy is old enough.
    """
    for minute in itertools.count():
        await tidied("old tokens", jobs.forget_tokens(db))
        if minute % HOURLY_MIN == 0:
            await tidied("what nobody accepted the terms for", agreements.forget_old(db))
            await tidied("files that nobody names", pictures.sweep(db))
            await tidied("LoRA files that nobody names", loras.sweep(db))
            await tidied("old strikes", standing.forget_old(db, config.safety.forget_strikes_days))
            await tidied("old decisions", audit.tidy(db, keep_days=config.safety.audit_days))
            await tidied("the copy of the database", asyncio.to_thread(_back_up_if_due, config.storage))
        await asyncio.sleep(60)


async def _look_at_loras(services: Services) -> None:
    """The operator's files are known by their content, new ones within the hour."""
    while True:
        await tidied("the fingerprints of LoRAs", _loras.look_at(services))
        await asyncio.sleep(HOURLY_MIN * 60)


async def tidied(what: str, work: Coroutine[object, object, object]) -> None:
    """Do `work`, or say why it waits for another time: nobody else would do it, nor the rest of it."""
    try:
        await work
    except Exception as error:
        log.error("housekeeping, %s: %s", what, named(error), exc_info=trace(error))


def _back_up_if_due(storage: Storage) -> None:
    """In a thread: one more copy, the oldest gone."""
    file = storage.folder / FILE_NAME
    if backups.is_due(file, storage.backup_every_h):
        log.info("the database is copied to %s", backups.back_up(file, keep=storage.keep_backups))


async def _go_online(services: Services, token: str) -> None:
    """Log in and stay; without the message-content intent if the portal does not allow it."""
    # Genga never speaks, so nobody needs to hear what voice would need.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if services.config.discord.message_content:
        try:
            await _stay_online(Genga(services, message_content=True), token)
            return
        except discord.PrivilegedIntentsRequired:
            log.warning(
                "Discord does not let this bot read messages, so replies cannot be understood. Switch on "
                "“Message Content Intent” under Bot in the developer portal. Starting without it."
            )
    await _stay_online(Genga(services, message_content=False), token)


async def _stay_online(bot: Genga, token: str) -> None:
    """From login to a clean end by signal."""
    loop = asyncio.get_running_loop()
    async with bot:
        for name in (signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else ():
            loop.add_signal_handler(name, lambda: bot.stop())
        try:
            await bot.start(token)
        except discord.LoginFailure as error:
            raise CannotStart(
                f"Discord does not accept the bot's token. Copy it from the portal again: {typed('--setup')}"
            ) from error
        except StorageFull as error:
            raise DiskFull(bot.services.config.storage.folder) from error
        except aiohttp.ClientConnectorError as error:
            raise CannotStart(f"Discord cannot be reached at {error.host}; check the network.") from error


async def _point_at(api_url: str) -> None:
    """Make the whole client speak to another server of Discord's API, if one is configured."""
    if api_url == Config.model_fields["discord"].default.api_url:
        return
    Route.BASE = api_url
    timeout = aiohttp.ClientTimeout(total=GATEWAY_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{api_url}/gateway") as answer:
            gateway = (await answer.json())["url"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        raise CannotStart(f"No Discord answers at {api_url}; check the setting discord.api_url.") from error
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
