"""A server where adult pictures may be shown, one person in it, and what may be otherwise: one fact at a time."""

import asyncio
import dataclasses
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.feigned import Feigned, Truth
from benchmarks.forging import ELSEWHERE, HERE, ME, Forger
from benchmarks.planted import Planted, evidence
from cogs._place import Where
from cogs._services import Services
from config import Config, Safety
from inference.models.catalog import load_catalog
from inference.request import DrawRequest
from inference.safety.evidence import PictureEvidence, Rating, Strength, TextEvidence
from storage import audit, pictures, servers, standing
from storage.database import Database
from storage.job import Job
from storage.pictures import Picture
from tests.storage.making import a_request

GATED, ORDINARY, THREAD, UNHEARD = 20, 21, 22, 23  # channels; of the last the gateway told nothing
GENERAL, SENSITIVE, QUESTIONABLE, EXPLICIT = (evidence(rating) for rating in Rating)
YOUNG = evidence(Rating.EXPLICIT, Strength.STRONG)
PHOTO = evidence(Rating.EXPLICIT, photo=Strength.STRONG)
UNRATED = evidence(None, None, None)
CATALOG = load_catalog()


class Words:
    """Prompts say what stands in for it: 'adult', 'sapling' (somebody young), 'likeness' (somebody real).

    With 'perhaps' all of it is a guess.
    """

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        """What the words say; those of a negative prompt say nothing."""
        del negative
        said = set(prompt.split())
        return TextEvidence(
            sexual=Strength.STRONG if "adult" in said else Strength.NONE,
            young=Strength.WEAK if "sapling" in said else Strength.NONE,
            real_person=Strength.STRONG if "likeness" in said else Strength.NONE,
            blocked=bool(blocked & said),
            certain="adult" in said and bool(said & {"sapling", "likeness"}) and "perhaps" not in said,
        )


@dataclass(slots=True, kw_only=True)
class Seer(Planted):
    """A planted rater that may be slow, and knows how often it was asked."""

    takes_s: float = 0.0
    asked: int = 0

    async def rate(self, png: bytes, /) -> PictureEvidence:
        """What was planted, after a while."""
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        return self.sees(png)


class Discord(Feigned):
    """The same server, whose answers may be slow, fail, or be of another kind."""

    takes_s, asked = 0.0, 0
    fails: Exception | None = None
    but: int | None = None  # the one channel that it answers about nevertheless
    while_asked: Callable[[], None] | None = None

    def __init__(self, truth: Truth) -> None:
        super().__init__(HERE, truth, lambda _: None)
        self.others: dict[int, object] = {}

    async def fetch_channel(self, channel_id: int) -> object:
        """The channel as it really is."""
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if self.while_asked:
            self.while_asked()
        if self.fails and channel_id != self.but:
            raise self.fails
        return self.others[channel_id] if channel_id in self.others else await super().fetch_channel(channel_id)


class World:
    """Everything allows adult pictures here, until a test says otherwise."""

    def __init__(self, db: Database) -> None:
        self.db = db
        truth = Truth(nsfw={GATED: True, ORDINARY: False, UNHEARD: True}, parent={THREAD: GATED})
        self.discord = Discord(truth)
        del self.discord.cached[UNHEARD]
        self.sees = GENERAL  # what the rater finds in whatever it is shown
        self.rater = Seer(sees=lambda _: self.sees)
        self.where = Where(person_id=ME, guild_id=HERE, channel_id=GATED)
        nothing: Any = None
        client: Any = self.discord
        self.services = Services(
            config=Config(safety=Safety(adult=True, cool_downs_min=(60,))), catalog=CATALOG, db=db, gpu=nothing,
            studio=nothing, reader=Words(), rater=self.rater, lease="boot",
        )  # fmt: skip
        self.services.client = client
        self.forger = Forger(db, random.Random(1))

    async def rule(self, **rules: bool | frozenset[str] | tuple[str, ...]) -> None:
        """The server's admins choose."""
        change: Any = rules
        await servers.change_rules(self.db, HERE, lambda old: dataclasses.replace(old, **change))

    def moves(self, channel_id: int, guild_id: int | None = HERE) -> None:
        """From now on everything happens there."""
        self.where = dataclasses.replace(self.where, channel_id=channel_id, guild_id=guild_id)

    async def drawn(self, *looked: PictureEvidence, prompt: str = "a harbour", **how: Any) -> tuple[Job, list[Picture]]:  # noqa: ANN401
        """A finished job of this place and person, and its pictures."""
        how.setdefault("request", wish(prompt))
        here = {"guild": self.where.guild_id, "channel": self.where.channel_id}
        return await self.forger.drawn_together(looked or [GENERAL], **(here | how))

    async def uploaded(self, looked: PictureEvidence = GENERAL) -> Picture:
        """Something that the person sent."""
        return await pictures.rated(self.db, await self.forger.uploaded(b"sent"), looked)

    async def noted(self) -> Sequence[audit.Entry]:
        """The audit log, newest first."""
        return await audit.recent(self.db)

    async def stands(self, person_id: int = ME) -> standing.Kind:
        """How somebody stands; one strike costs an hour here."""
        return (await standing.standing(self.db, person_id, HERE)).kind


def wish(prompt: str = "a harbour", *, start: Picture | None = None, harmless: bool = False) -> DrawRequest:
    """A request: from words, or from a picture; by the embedded model, or by weights that could draw anything."""
    request = a_request(prompt)
    if harmless:
        request = dataclasses.replace(request, model_sha256=CATALOG.models[request.model].sha256)
    return dataclasses.replace(request, image=start.sha256, strength=0.5) if start else request


# What alone, each of them, forbids adult pictures and nothing else


async def _ordinary(world: World) -> None:
    world.moves(ORDINARY)


async def _direct(world: World) -> None:
    world.moves(GATED, None)


async def _elsewhere(world: World) -> None:
    world.moves(GATED, ELSEWHERE)
    await servers.change_rules(world.db, ELSEWHERE, lambda old: dataclasses.replace(old, adult=True))


async def _told(world: World) -> None:
    world.discord.truth.nsfw[GATED] = world.discord.cached[GATED] = False


async def _not_told_yet(world: World) -> None:
    world.discord.truth.nsfw[GATED] = False


async def _told_early(world: World) -> None:
    world.discord.cached[GATED] = False


async def _silent(world: World) -> None:
    world.discord.fails = TimeoutError()


async def _operator(world: World) -> None:
    world.services.config = Config(safety=Safety(adult=False))


async def _server(world: World) -> None:
    await world.rule(adult=False)


async def _judge(world: World) -> None:
    world.rater.age_judged = False


async def _barred(world: World) -> None:
    await standing.bar(world.db, ME, HERE, standing.Bar.NO_ADULT)


CLOSING: dict[str, Callable[[World], Awaitable[None]]] = {
    "an ordinary channel": _ordinary,
    "in private": _direct,
    "a server that the bot is not in": _elsewhere,
    "the flag is gone": _told,
    "the flag is gone and the gateway did not tell": _not_told_yet,
    "the gateway says that it is gone": _told_early,
    "Discord does not answer": _silent,
    "the operator does not want any": _operator,
    "the server does not want any": _server,
    "nobody can judge apparent age": _judge,
    "the person is barred from them": _barred,
}


# What keeps somebody from drawing at all


async def _pauses(world: World) -> None:
    await standing.floor_hit(world.db, ME, world.services.cool_downs)


async def _muted(world: World) -> None:
    await standing.bar(world.db, ME, standing.EVERYWHERE, standing.Bar.BLOCKED)


WORSE: dict[str, Callable[[World], Awaitable[None]]] = {"pauses": _pauses, "is barred": _muted}
