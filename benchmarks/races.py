"""Races on the state machine of a job: the real gate, session, delivery, studio and database; Discord and the GPU are
feigned, and between any two steps something may change, or the bot may be started again.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import failpoints
from benchmarks.feigned import Feigned, Truth, looks
from benchmarks.planted import UNSEEN, Planted, evidence, seed_for
from cogs import _gate, _membership, _session
from cogs._direct import send_originals
from cogs._place import Where
from cogs._services import Services
from cogs._studio import Studio
from config import Config, Drawing, Safety
from inference.errors import Refused, UserError
from inference.gpu import Drawn, DrawnPicture, State, Step
from inference.messages import Phase
from inference.models.catalog import load_catalog
from inference.request import DrawRequest, Sampler, text_sha256
from inference.safety.evidence import PictureEvidence, Rating, Strength, TextEvidence
from inference.safety.policy import Standing
from storage import jobs
from storage.database import Database
from storage.job import Job
from storage.job import State as JobState
from storage.servers import ServerRules

AT_ONCE = 24
RATER_FAILS = 0.02
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
STEPS = 4
CATALOG = load_catalog()
ROOMY = jobs.Limits(per_person=10**6, total=10**6)
NOTHING = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)

_race: ContextVar["Race"] = ContextVar("race")
_by_server: dict[int, "Race"] = {}


@dataclass(slots=True)
class Tally:
    """What came of all races."""

    races: int = 0
    changes: Counter[str] = field(default_factory=Counter[str])
    endings: Counter[str] = field(default_factory=Counter[str])
    admitted: int = 0  # undisturbed, where the facts admit the picture
    delivered: int = 0  # of these
    arrivals: int = 0
    in_flight: int = 0  # arrived just after something changed, and were taken back
    leaks: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])


class Reader:
    """Prompts of these races say nothing, or what they are to say."""

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        del negative, blocked
        return replace(NOTHING, sexual=Strength.STRONG) if prompt == "adult" else NOTHING


class Gpu:
    """Draws at once what the seed says."""

    cannot_start, failing_since, state = False, None, State.READY
    hello, ready_models = None, ("genga-mini",)

    async def draw(
        self, requests: list[DrawRequest], inputs: object, on_step: Callable[[int, Step], None], files: object
    ) -> list[Drawn]:
        del inputs, files
        [request] = requests
        for step in range(1, STEPS + 1):
            await asyncio.sleep(0.001)
            _race.get().tick("step")
            frame = b"frame %d" % request.seed
            on_step(0, Step(phase=Phase.DRAWING, step=step, steps=STEPS, preview=frame))
        png = b"png %d" % request.seed
        picture = DrawnPicture(png=png, sha256="", width=256, height=256, seed=request.seed)
        return [Drawn(pictures=(picture,), gpu_s=0.1)]

    def cancel(self, index: int) -> None:
        del index


class Race:
    """One job, and what changes while it goes its way."""

    def __init__(self, db: Database, number: int, chance: random.Random) -> None:
        self.db, self.chance, self.number = db, chance, number
        base = (number + 1) * 1000
        self.channel, self.other, self.thread = base + 10, base + 11, base + 12
        gated = chance.random() < 0.7
        truth = Truth(nsfw={self.channel: gated, self.other: chance.random() < 0.5}, parent={self.thread: self.channel})
        truth.server_adult, truth.suggestive = chance.random() < 0.85, chance.random() < 0.3
        self.discord = Feigned(base, truth, self.tick)
        self.rating = chance.choice([*Rating, *Rating, Rating.EXPLICIT, None])
        young = chance.choice([Strength.NONE] * 6 + [Strength.WEAK, Strength.STRONG])
        self.seed = seed_for(self.rating, young, salt=number)
        self.where = Where(person_id=base + 3, guild_id=base, channel_id=chance.choice([self.channel, self.thread]))
        self.prompt = "adult" if chance.random() < 0.3 else "a harbour"
        self.plan = self._planned()
        self.rater_failed = False
        self.changed: list[str] = []
        self.lagging: list[tuple[int, Callable[[], None]]] = []
        self.main: asyncio.Task[None] | None = None
        self.job_id = 0
        self.services: Services = self._services()

    def _planned(self) -> Mapping[int, str]:
        kinds = ("flag", "flag", "flag late", "thread", "server", "standing", "judge", "restart", "restart", "message")
        if self.chance.random() < 0.1:
            return {}
        return {self.chance.randrange(1, 45): self.chance.choice(kinds) for _ in range(self.chance.randint(1, 3))}

    def _services(self) -> Services:
        config = Config(drawing=Drawing(preview_interval_s=0.001, ping_after_s=0), safety=Safety(adult=True))
        lease = f"race {self.number} {self.chance.random()}"
        gpu: Any = Gpu()
        studio = Studio(db=self.db, gpu=gpu, catalog=CATALOG, share_s=1.0, lease=lease, give_up_after_s=900)
        services = Services(
            config=config, catalog=CATALOG, db=self.db, gpu=gpu, studio=studio, reader=Reader(),
            rater=Planted(sees=self._sees, age_judged=self.discord.truth.age_judged), lease=lease,
        )  # fmt: skip
        client: Any = self.discord
        services.client = client
        return services

    def _sees(self, content: bytes) -> PictureEvidence:
        self.tick("rate")
        if self.chance.random() < RATER_FAILS:
            self.rater_failed = True
            return UNSEEN
        return looks(content)

    # Between any two steps

    def tick(self, where: str) -> None:
        """Something of the bot's is about to happen, or just did: now the world may change."""
        del where
        self.discord.now += 1
        for due, learn in list(self.lagging):
            if due <= self.discord.now:
                learn()
                self.lagging.remove((due, learn))
        kind = self.plan.get(self.discord.now)
        if kind and self.main:
            self.changed.append(kind)
            self._change(kind)

    def _change(self, kind: str) -> None:
        world, truth = self.discord, self.discord.truth
        match kind:
            case "flag" | "flag late":
                truth.nsfw[self.channel] = not truth.nsfw[self.channel]
                world.flag_changed = world.now
                self._learn(late=kind == "flag late")
            case "thread":
                truth.parent[self.thread] = self.other if truth.parent[self.thread] == self.channel else self.channel
                world.flag_changed = world.now
                self._learn(late=False)
            case "server":
                truth.server_adult = not truth.server_adult
                world.member_changed = world.now
            case "standing":
                truth.standing = self.chance.choice([Standing.NO_ADULT, Standing.COOLING, Standing.BLOCKED])
                world.member_changed = world.now
            case "judge":
                truth.age_judged = not truth.age_judged
                world.member_changed = world.now
                self.services.rater = Planted(sees=self._sees, age_judged=truth.age_judged)
            case "message":
                for message in [m for m in world.messages.values() if not m.files]:
                    del world.messages[message.id]
            case _:
                assert self.main
                self.main.cancel("restart")

    def _learn(self, *, late: bool) -> None:
        """The gateway tells the bot, at once or some steps later."""
        truth, world = self.discord.truth, self.discord

        def learn() -> None:
            world.cached, world.cached_parent = dict(truth.nsfw), dict(truth.parent)

        if late:
            self.lagging.append((world.now + self.chance.randint(2, 8), learn))
        else:
            learn()

    # From asking to the end

    async def run(self, tally: Tally) -> None:
        """Ask, be interrupted, go on, and look at what everybody can see."""
        _race.set(self)
        _by_server[self.discord.server_id] = self
        first = True
        while True:
            self.main = asyncio.create_task(self._ask() if first else self._go_on())
            await asyncio.wait([self.main])
            if not self.main.cancelled():
                self.main.result()
                break
            first = first and not self.job_id
            self.services = self._services()
        self._count(tally, await jobs.get(self.db, self.job_id) if self.job_id else None)
        del _by_server[self.discord.server_id]

    async def _ask(self) -> None:
        request = _request(self.seed, self.prompt)
        async with self.services.studio:
            try:
                known = await _gate.accept(self.services, self.where, request, None)
            except Refused:
                return
            job = await jobs.accept(
                self.db, requester_id=self.where.person_id, guild_id=self.where.guild_id,
                channel_id=self.where.channel_id, interaction_id=None, interaction_token=None, private=False,
                locale="en-US", request=request, cost_s=1.0, limits=ROOMY, known=known,
            )  # fmt: skip
            message = self.discord.new_message(self.where.channel_id, direct=False)
            job = await jobs.queued(self.db, job.id, message.id)
            self.job_id = job.id
            await self._finish(job)

    async def _go_on(self) -> None:
        async with self.services.studio:
            job = await jobs.get(self.db, self.job_id)
            if job is None:
                return
            if job.state is JobState.RUNNING and job.lease:
                job = await jobs.requeue(self.db, job.id, job.lease)
            if job.state.is_open:
                await self._finish(job)
            elif job.state is not JobState.DONE and job.delivered is None:
                await _session.tell_again(self.services, job)

    async def _finish(self, job: Job) -> None:
        await _session.resume(self.services, job)
        now = await jobs.get(self.db, job.id)
        if now and now.state is JobState.DONE and self.chance.random() < 0.3:
            private = self.discord.place(self.discord.server_id + 2, direct=True)
            person: Any = SimpleNamespace(id=self.where.person_id, send=private.send)
            with suppress(UserError):
                await send_originals(self.services, person, now)

    def _count(self, tally: Tally, job: Job | None) -> None:
        world, seen = self.discord, looks(b"png %d" % self.seed)
        tally.races += 1
        tally.changes.update(self.changed)
        tally.arrivals += world.arrivals
        tally.in_flight += world.in_flight
        tally.leaks += [
            f"race {self.number}: {leak} after {self.changed}, {job and job.state}, {job and job.delivered}"
            for leak in world.leaks()
        ]
        tally.endings[f"{job.state}" if job else "refused at once"] += 1
        if job and job.state.is_open:
            tally.lost.append(f"race {self.number} is {job.state}")
        shown = [seen, evidence(Rating.EXPLICIT, seen.young)] if self.prompt == "adult" else [seen]
        admitted = all(world.truth.admits(each, self.where.channel_id, direct=False) for each in shown)
        if admitted and not self.changed and not self.rater_failed:
            tally.admitted += 1
            delivered = any(message.files for message in world.messages.values())
            tally.delivered += delivered
            if not delivered:
                tally.lost.append(
                    f"race {self.number} was admitted and did not deliver ({self.rating}, {job and job.state})"
                )


async def run(races: int, seed: int) -> Tally:
    """So many races, some at a time."""
    tally, chance = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="genga-races-", dir=IN_MEMORY) as at:
        async with Database.open(Path(at), reserve_bytes=4096) as db, _hooked():
            turn = asyncio.Semaphore(AT_ONCE)

            async def one(number: int) -> None:
                async with turn:
                    await Race(db, number, random.Random(chance.random())).run(tally)

            await asyncio.gather(*(asyncio.create_task(one(number)) for number in range(races)))
    return tally


@asynccontextmanager
async def _hooked() -> AsyncIterator[None]:
    """Every named place of the job machine, and every look at servers and people, is a step of its race."""
    passing, of = failpoints.passing, _membership.of

    def step(place: str) -> None:
        if (race := _race.get(None)) is not None:
            race.tick(place)

    async def member(services: Services, person_id: int, guild_id: int | None) -> _membership.Member:
        del services, person_id, guild_id
        race = _race.get()
        race.tick("member")
        await asyncio.sleep(0)
        truth = race.discord.truth
        race.discord.member_looked[asyncio.current_task()] = race.discord.now
        race.discord.looked_again()
        if not race.lagging:  # what the gateway told is what is true, and is looked at right after this
            race.discord.flag_looked[asyncio.current_task()] = race.discord.now
        rules = ServerRules(adult=truth.server_adult, suggestive=truth.suggestive)
        return _membership.Member(standing=truth.standing, rules=rules)

    failpoints.passing, _membership.of = step, member
    try:
        yield
    finally:
        failpoints.passing, _membership.of = passing, of


def _request(seed: int, prompt: str) -> DrawRequest:
    model = CATALOG.models["genga-mini"]
    return DrawRequest(
        prompt=prompt, negative="", text_sha256=text_sha256(prompt, ""), model=model.name, model_sha256="other weights",
        width=256, height=256, steps=STEPS, guidance=4.0, sampler=Sampler.EULER, clip_skip=1, seed=seed, count=1,
    )  # fmt: skip
