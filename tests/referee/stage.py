"""The bot and the people of these tests: what outlives a restart, what people see, and how long to wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import simcord
from simcord.components import walk_components

from benchmarks.planted import Planted
from cogs._client import Genga
from cogs._services import Services
from cogs._studio import Studio
from config import Config, Discord, Drawing, Storage
from inference.gpu import Gpu
from inference.models.catalog import Catalog
from inference.safety.text import reader
from storage import jobs
from storage.database import Database
from storage.jobs import State

_T = TypeVar("_T")
PATIENCE_S = 60.0  # two busy cores may take their time
BUTTON, TEXT, GALLERY = 2, 10, 12  # component types


def stand_in_gpu(catalog: Catalog, folder: Path) -> Gpu:
    """A worker with the stand-in engine, which only a bot that talks to its own machine may ask for."""
    here = Discord(api_url="http://127.0.0.1:1/api/v10")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENGA_TEST_FAULT", "slow")
        config = Config(discord=here, storage=Storage(folder=folder), drawing=Drawing(preview_interval_s=0.1))
        return Gpu(config, catalog)


@dataclass(slots=True, kw_only=True)
class House:
    """What is made once; `new_bot` makes everything that a restart of the bot makes anew."""

    config: Config
    catalog: Catalog
    db: Database
    gpu: Gpu
    bot: Genga = field(init=False)  # the newest
    starts: int = 0
    _studio: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def new_bot(self) -> Genga:
        """A bot that knows nothing but what is in the database."""
        await self.stop_studio()
        self.starts += 1
        lease, db, gpu, catalog = f"start {self.starts}", self.db, self.gpu, self.catalog
        studio = Studio(
            db=db, gpu=gpu, catalog=catalog, share_s=self.config.queue.share_s, lease=lease, give_up_after_s=900
        )
        services = Services(
            config=self.config, catalog=catalog, db=db, gpu=gpu, studio=await self._studio.enter_async_context(studio),
            reader=reader(), rater=Planted(), lease=lease,
        )  # fmt: skip
        self.bot = Genga(services, message_content=True)
        return self.bot

    async def stop_studio(self) -> None:
        """Nothing more is drawn until there is a new bot."""
        await self._studio.aclose()
        self._studio = AsyncExitStack()


@dataclass(slots=True, kw_only=True)
class Stage:
    """A server, its people and the bot."""

    env: simcord.Env
    house: House
    channel: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor

    def __post_init__(self) -> None:
        self._tell_where_it_rests()

    def _tell_where_it_rests(self) -> None:
        def at_rest(wait: Awaitable[_T]) -> Awaitable[_T]:
            return self.env.external_wait(wait, reason="a picture is drawn by another process")

        self.house.bot.services.idle = at_rest

    async def restart(self) -> None:
        """End the bot in the middle of whatever it does, and start a new one."""
        bot = await self.house.new_bot()
        self._tell_where_it_rests()
        await self.env.restart_bot(bot)

    async def ended(self, result: simcord.InteractionResult) -> simcord.ResponseMessage:
        """The message that answered, once its job is over and everything about it is written down."""
        message = await self.until(lambda: seen if (seen := result.response) and "Cancel" not in labels(seen) else None)
        await self.env.settle()
        return message

    async def reaches(self, job_id: int, state: State) -> None:
        """The job gets into this state; one that ended another way never does."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                job = await jobs.get(self.house.db, job_id)
                if job is not None and job.state is state:
                    break
                await asyncio.sleep(0.02)
        await self.env.settle()

    async def shows(self, result: simcord.InteractionResult, wanted: Callable[[str], bool]) -> simcord.ResponseMessage:
        """The message once its text is as wanted; the bot says it anew every three seconds of simcord's clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(text(told(result))):
                await self.env.advance_time(3)
                await asyncio.sleep(0.05)
        return told(result)

    def pinged_by(self, message: simcord.ResponseMessage) -> list[int]:
        """Who was notified: simcord lists everybody named in a message, as Discord does, and keeps this apart."""
        stored = self.env.backend.get_message(message.channel_id, message.id)
        return [*stored.ping_user_ids, *stored.ping_role_ids, *([0] if stored.mention_everyone else [])]

    async def until(self, found: Callable[[], _T | None]) -> _T:
        """What `found` returns as soon as it is something."""
        async with asyncio.timeout(PATIENCE_S):
            while not (value := found()):  # noqa: ASYNC110 - what is seen tells nobody that it changed
                await asyncio.sleep(0.02)
        return value


def told(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """The message that answered."""
    assert result.response is not None
    return result.response


def labels(message: simcord.ResponseMessage) -> list[str]:
    """The words on the buttons, or the picture on one that has none."""
    return [str(each.get("label")) for each in _all(message, BUTTON)]


def text(message: simcord.ResponseMessage) -> str:
    """All that is written."""
    return "\n".join(str(each["content"]) for each in _all(message, TEXT))


def gallery(message: simcord.ResponseMessage) -> list[str]:
    """The names of the pictures shown."""
    items = [item for each in _all(message, GALLERY) for item in each["items"]]
    return [str(item["media"]["url"]).rpartition("/")[2] for item in items]


def filled(result: simcord.InteractionResult, **typed: Any) -> dict[str, Any]:  # noqa: ANN401 - simcord's own type
    """What a person sends who leaves a form as it came, but for what they typed."""
    values: dict[str, Any] = {}
    assert result.modal is not None
    for each in walk_components(result.modal["components"]):
        if each.get("value") is not None:
            values[each["custom_id"]] = each["value"]
        chosen = [option["value"] for option in each.get("options", []) if option.get("default")]
        if chosen:
            values[each["custom_id"]] = chosen if each["type"] == 3 else chosen[0]
    return values | typed


def _all(message: simcord.ResponseMessage, kind: int) -> list[dict[str, Any]]:
    return [each for each in walk_components(message.components) if each.get("type") == kind]
