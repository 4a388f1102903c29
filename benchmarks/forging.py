"""A thousand attempts to pass something off as a picture that this bot drew; and true ones, which must pass.

Whatever somebody sends, quotes, forwards or names, ends in two facts: the sha256 that a request starts from, and the
row that its parent points at. Everything here goes through the gate's own `_provenance`, over a real database.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.planted import evidence
from cogs._place import Where
from cogs._provenance import provenance_of, source_of_request
from inference.request import DrawRequest, Sampler, text_sha256
from inference.safety.evidence import PictureEvidence, Rating, Strength, TextEvidence
from inference.safety.policy import Provenance
from storage import jobs, pictures, posts
from storage.database import Database
from storage.job import Job, Known
from storage.pictures import Picture

HERE, ELSEWHERE = 10, 11  # servers
ME, SOMEBODY = 1, 2
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
LIMITS = jobs.Limits(per_person=10**6, total=10**6)


@dataclass(slots=True)
class Tally:
    """How many of each kind, and what passed that should not, or failed that should not."""

    tried: Counter[str] = field(default_factory=Counter[str])
    accepted: list[str] = field(default_factory=list[str])
    true_ones: int = 0
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class Bytes:
    """A picture as far as storage looks at it."""

    png: bytes
    width: int = 64
    height: int = 64
    seed: int = 0


class Reader:
    """Finds somebody young where the prompt says so; a stand-in word."""

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        del negative, blocked
        young = Strength.WEAK if "sapling" in prompt else Strength.NONE
        return TextEvidence(sexual=Strength.NONE, young=young, real_person=Strength.NONE)


class Forger:
    """Somebody who tries."""

    def __init__(self, db: Database, chance: random.Random) -> None:
        self.db, self.chance = db, chance
        services: Any = SimpleNamespace(db=db, reader=Reader())
        self.services = services
        self.where = Where(person_id=ME, guild_id=HERE, channel_id=20)
        self.number = 0

    async def drawn(self, **how: Any) -> tuple[Job, Picture]:  # noqa: ANN401 - whatever an attempt wants otherwise
        """A finished job and its picture."""
        job, [kept] = await self.drawn_together([how.pop("looked", evidence())], **how)
        return job, kept

    async def drawn_together(self, looked: Sequence[PictureEvidence], **how: Any) -> tuple[Job, list[Picture]]:  # noqa: ANN401
        """A finished job and its pictures, as many as somebody looked at."""
        self.number += 1
        who, private = how.get("who", ME), how.get("private", False)
        guild = how.get("guild", HERE)
        text = Reader().read(how.get("prompt", "a harbour"), "")
        known = Known(provenance=how.get("provenance", "text"), evidence={"young": how.get("young", int(text.young))})
        channel = how.get("channel", 20)
        job = await jobs.accept(
            self.db, requester_id=who, guild_id=guild, channel_id=channel, interaction_id=None, interaction_token=None,
            private=private, locale="en-US", request=how.get("request", _request(how.get("prompt", "a harbour"))),
            cost_s=1.0, limits=LIMITS, parent_picture_id=how.get("parent"),
            known=how.get("known", known),
        )  # fmt: skip
        job = await jobs.queued(self.db, job.id, None)
        job = await jobs.running(self.db, job.id, "boot")
        drawn = [Bytes(b"drawn %d, %d" % (self.number, index)) for index in range(len(looked))]
        kept = await pictures.keep(self.db, job, drawn, looked=looked)
        await jobs.sending(self.db, job.id)
        job = await jobs.done(self.db, job.id)
        if how.get("posted", not private):
            await posts.record(
                self.db,
                [
                    posts.Post(
                        message_id=self.number, channel_id=channel, guild_id=guild, job_id=job.id,
                        picture_index=each.picture_index, sent_sha256=each.sha256, ephemeral=private,
                    )
                    for each in kept
                ],
            )  # fmt: skip
        return job, kept

    async def uploaded(self, content: bytes, who: int = ME) -> Picture:
        return await pictures.keep_upload(self.db, owner_id=who, png=content, width=64, height=64, looked=evidence())

    async def says(self, image: str, parent: Picture | None) -> Provenance:
        """What the bot takes it for."""
        request = replace(_request("a harbour"), image=image, strength=0.5)
        source = await source_of_request(self.services, request, parent.id if parent else None)
        return await provenance_of(self.services, self.where, request, source)

    # Attempts: each gives the sha256 to start from and the row that is claimed to be it

    async def re_upload(self) -> tuple[str, Picture | None]:
        """The very bytes that we drew, sent back."""
        _, kept = await self.drawn()
        sent = await self.uploaded(await pictures.read(self.db, kept))
        return sent.sha256, sent

    async def screenshot(self) -> tuple[str, Picture | None]:
        """Almost the same picture."""
        _, kept = await self.drawn()
        sent = await self.uploaded(await pictures.read(self.db, kept) + b" as seen on a screen")
        return sent.sha256, self.chance.choice([sent, kept, None])

    async def forward(self) -> tuple[str, Picture | None]:
        """A forwarded message's file: somebody else's card, brought here."""
        _, kept = await self.drawn(who=SOMEBODY, guild=ELSEWHERE)
        sent = await self.uploaded(await pictures.read(self.db, kept))
        return self.chance.choice([(sent.sha256, sent), (kept.sha256, kept)])

    async def foreign_job(self) -> tuple[str, Picture | None]:
        """A custom_id that names a job of somebody else's that was never shown here."""
        how = self.chance.choice(
            [
                {"private": True},
                {"guild": ELSEWHERE},
                {"guild": None},
                {"posted": False},
                {"private": True, "posted": True},
            ]
        )
        _, kept = await self.drawn(who=SOMEBODY, **how)
        return kept.sha256, kept

    async def other_row(self) -> tuple[str, Picture | None]:
        """A custom_id that names a fine job, beside the sha256 of something sent."""
        _, kept = await self.drawn()
        sent = await self.uploaded(b"something else %d" % self.number)
        return sent.sha256, kept

    async def no_row(self) -> tuple[str, Picture | None]:
        """A sha256 of our own picture, with nothing that leads to it."""
        _, kept = await self.drawn()
        return kept.sha256, None

    async def made_up(self) -> tuple[str, Picture | None]:
        """A sha256 that nobody has."""
        _, kept = await self.drawn()
        return f"{self.chance.getrandbits(256):064x}", self.chance.choice([kept, None])

    async def deleted(self) -> tuple[str, Picture | None]:
        """A picture that is gone."""
        job, kept = await self.drawn()
        await pictures.delete_of_job(self.db, job.id)
        return kept.sha256, await pictures.get(self.db, kept.id)

    async def laundered(self) -> tuple[str, Picture | None]:
        """Drawn here, but from something sent: and changed by next to nothing, once or twice."""
        sent = await self.uploaded(b"a photograph %d" % self.number)
        request, parent, provenance = replace(_request("a harbour"), image=sent.sha256, strength=0.05), sent, "upload"
        _, kept = await self.drawn(request=request, parent=parent.id, provenance=provenance)
        if self.chance.random() < 0.5:  # once more, from the result; the gate knew what it was then
            again = replace(request, image=kept.sha256)
            known = await self.says(kept.sha256, kept)
            _, kept = await self.drawn(request=again, parent=kept.id, provenance=known.value)
        return kept.sha256, kept

    async def young_words(self) -> tuple[str, Picture | None]:
        """Drawn here, from words that said something young: then, or by today's lists."""
        young = self.chance.choice([{"young": 1}, {"young": 2}, {"prompt": "a sapling", "young": 0}])
        _, kept = await self.drawn(**young)
        return kept.sha256, kept

    async def young_looks(self) -> tuple[str, Picture | None]:
        """Drawn here, and somebody in it looks young, or nobody can tell."""
        looks = self.chance.choice([Strength.WEAK, Strength.STRONG, None])
        _, kept = await self.drawn(looked=evidence(Rating.GENERAL, looks))
        return kept.sha256, kept

    async def old_row(self) -> tuple[str, Picture | None]:
        """An old job from a picture, of before anybody wrote down what it started from."""
        sent = await self.uploaded(b"long ago %d" % self.number)
        request = replace(_request("a harbour"), image=sent.sha256, strength=0.5)
        _, kept = await self.drawn(request=request, parent=sent.id, provenance="upload")
        async with self.db.transaction() as tx:
            await tx.run("UPDATE jobs SET provenance = NULL, evidence = NULL WHERE id = ?", (kept.job_id,))
        return kept.sha256, kept

    # And what is true

    async def true_one(self) -> tuple[str, Picture | None]:
        """The person's own picture, one shown here, or a re-roll of a variation of one."""
        kind = self.chance.choice(["own", "own, private", "shown here", "re-roll"])
        if kind == "shown here":
            _, kept = await self.drawn(who=SOMEBODY)
            return kept.sha256, kept
        _, kept = await self.drawn(private=kind == "own, private")
        if kind != "re-roll":
            return kept.sha256, kept
        request = replace(_request("a harbour"), image=kept.sha256, strength=0.5)
        _, varied = await self.drawn(request=request, parent=kept.id, provenance="ours")
        return kept.sha256, varied


KINDS: tuple[Callable[[Forger], Awaitable[tuple[str, Picture | None]]], ...] = (
    Forger.re_upload, Forger.screenshot, Forger.forward, Forger.foreign_job, Forger.other_row, Forger.no_row,
    Forger.made_up, Forger.deleted, Forger.laundered, Forger.young_words, Forger.young_looks, Forger.old_row,
)  # fmt: skip


async def run(attempts: int, seed: int) -> Tally:
    """So many attempts, and a tenth as many true ones."""
    tally, chance = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="genga-forging-", dir=IN_MEMORY) as at:
        async with Database.open(Path(at), reserve_bytes=4096) as db:
            forger = Forger(db, chance)
            for number in range(attempts):
                kind = KINDS[number % len(KINDS)]
                name = kind.__name__.replace("_", " ")
                tally.tried[name] += 1
                if await forger.says(*await kind(forger)) is not Provenance.UPLOAD:
                    tally.accepted.append(f"{name}, attempt {number}")
            for _ in range(attempts // 10):
                tally.true_ones += 1
                tally.turned_away += await forger.says(*await forger.true_one()) is not Provenance.OURS
    return tally


def _request(prompt: str) -> DrawRequest:
    return DrawRequest(
        prompt=prompt, negative="", text_sha256=text_sha256(prompt, ""), model="genga-mini", model_sha256="0" * 64,
        width=64, height=64, steps=4, guidance=4.0, sampler=Sampler.EULER, clip_skip=1, seed=1, count=1,
    )  # fmt: skip
