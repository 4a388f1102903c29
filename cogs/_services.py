"""What the bot is made of, handed to whoever needs it; made once by `bot.py`."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import discord

from cogs._drafts import Asking, Drafts
from cogs._presses import Presses
from cogs._studio import Studio
from config import Config
from inference.gpu import Gpu
from inference.models.arriving import Arriving
from inference.models.catalog import Catalog
from inference.models.civitai import Civitai
from inference.models.downloads import Downloads
from inference.models.families import NOVELAI
from inference.models.lora.prints import FILE, Prints
from inference.remote.novelai.engine import NovelAi
from inference.request import Request
from inference.safety.evidence import Rater, Reader
from storage.database import Database
from storage.jobs import Limits
from storage.standing import CoolDowns

_T = TypeVar("_T")


class Idle(Protocol):
    """How a task of the bot waits for what may take minutes."""

    def __call__(self, wait: Awaitable[_T], /) -> Awaitable[_T]:
        """`wait`, or something that waits for it."""
        ...


def _plainly(wait: Awaitable[_T]) -> Awaitable[_T]:
    return wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An engine that is somebody's service, and the line before it."""

    engine: NovelAi
    studio: Studio


@dataclass(slots=True, kw_only=True)
class Services:
    """Everything a command may use."""

    config: Config
    catalog: Catalog
    db: Database
    gpu: Gpu
    studio: Studio
    reader: Reader  # of prompts
    rater: Rater  # of pictures
    lease: str  # this start of the bot
    service: Service | None = None  # which draws beside the GPU, where the operator pays for one
    drafts: Drafts = field(default_factory=Drafts)
    asking: Asking = field(default_factory=Asking)
    presses: Presses = field(default_factory=Presses)
    mention_of: Callable[..., str] = field(init=False)  # a command to click; the client knows its id
    # A Discord simulated in this process lets people go on once the bot has come to rest, and cannot know that a task
    # which waits for its picture is at rest: its tests put a wait here that says so.
    idle: Idle = _plainly
    civitai: Civitai | None = None  # where the operator lets people name files there
    downloads: Downloads | None = None  # where models are fetched from
    arriving: dict[str, Arriving] = field(default_factory=dict[str, Arriving])  # models on their way here, by name
    fetch_turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # one after the other
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)  # through the operator's folders: one at a time
    adding: set[int] = field(default_factory=set[int])  # who has a LoRA being fetched
    client: discord.Client = field(init=False)  # set when the client is made
    prints: Prints = field(init=False)  # of the files of LoRAs
    at_work: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])  # they see jobs through

    def __post_init__(self) -> None:
        self.prints = Prints(self.db.folder / FILE)

    @property
    def studios(self) -> list[Studio]:
        """Everywhere that jobs wait: for the GPU, and for the service."""
        return [self.studio, self.service.studio] if self.service else [self.studio]

    def studio_of(self, request: Request) -> Studio:
        """Where this request waits."""
        model = self.catalog.models.get(request.model)
        return self.service.studio if self.service and model and model.family == NOVELAI else self.studio

    def cancel(self, job_id: int) -> None:
        """Stop a job wherever it waits or is drawn."""
        for each in self.arriving.values():
            each.withdraw(job_id)
        for studio in self.studios:
            studio.cancel(job_id)

    @property
    def limits(self) -> Limits:
        """How many open jobs there may be."""
        return Limits(per_person=self.config.queue.per_person, total=self.config.queue.total)

    @property
    def operator_adult(self) -> bool:
        """Whether the operator allows adult pictures at all."""
        return self.config.safety.adult

    @property
    def age_judged(self) -> bool:
        """Whether a tagger that can judge apparent age is installed and passed its self-test."""
        return self.rater.age_judged

    @property
    def cool_downs(self) -> CoolDowns:
        """What hits of the floor cost."""
        safety = self.config.safety
        return CoolDowns(steps_min=safety.cool_downs_min, forget_days=safety.forget_strikes_days)

    @contextlib.contextmanager
    def seeing_through(self) -> Generator[None]:
        """While the current task works for a job: a bot that closes ends it before its connection goes."""
        task = asyncio.current_task()
        assert task
        self.at_work.add(task)
        try:
            yield
        finally:
            self.at_work.discard(task)
