"""Jobs for the tests, brought to any state by the moves that really lead there."""

import hashlib
from dataclasses import dataclass

from inference.errors import DrawingFailed, Refused
from inference.request import DrawRequest, Sampler, text_sha256
from storage import jobs, loras, pictures
from storage.database import Database
from storage.job import Job, State

BOOT = "boot-1"
ROOMY = jobs.Limits(per_person=1000, total=1000)
ROOMY_QUOTA = loras.Quota(files=100, total_mib=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A finished drawing, as far as storage looks at it: any bytes will do."""

    png: bytes
    width: int = 256
    height: int = 256
    seed: int = 7

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.png).hexdigest()


def a_request(prompt: str = "1girl, blue hair") -> DrawRequest:
    return DrawRequest(
        prompt=prompt,
        negative="",
        text_sha256=text_sha256(prompt, ""),
        model="genga-mini",
        model_sha256="0" * 64,
        width=256,
        height=256,
        steps=20,
        guidance=5.0,
        sampler=Sampler.DPMPP_2M,
        clip_skip=1,
        seed=7,
        count=1,
    )


async def accept_job(
    db: Database,
    *,
    requester_id: int = 1,
    interaction_id: int | None = None,
    source_message_id: int | None = None,
    parent_picture_id: int | None = None,
    cost_s: float = 3.0,
    priority: int = 0,
    limits: jobs.Limits = ROOMY,
) -> Job:
    return await jobs.accept(
        db,
        requester_id=requester_id,
        guild_id=10,
        channel_id=20,
        interaction_id=interaction_id,
        source_message_id=source_message_id,
        interaction_token="a-secret-token",
        private=False,
        locale="en-GB",
        request=a_request(),
        cost_s=cost_s,
        limits=limits,
        parent_picture_id=parent_picture_id,
        context={"age_restricted": False},
        priority=priority,
    )


async def draw_job(db: Database, *pngs: bytes, parent_picture_id: int | None = None, requester_id: int = 1) -> Job:
    """A job that is ready, with one picture for each of `pngs`."""
    job = await accept_job(db, parent_picture_id=parent_picture_id, requester_id=requester_id)
    await jobs.queued(db, job.id, 30)
    started = await jobs.running(db, job.id, BOOT)
    await pictures.keep(db, started, [Drawing(png=png) for png in pngs], gpu_s=1.5)
    return await reread(db, job.id)


async def job_in(db: Database, state: State) -> Job:
    """A fresh job that went the shortest legal way to `state`."""
    job = await accept_job(db)
    if state in (State.QUEUED, State.RUNNING, State.READY, State.SENDING, State.DONE):
        job = await jobs.queued(db, job.id, 30)
    if state in (State.RUNNING, State.READY, State.SENDING, State.DONE):
        job = await jobs.running(db, job.id, BOOT)
    if state in (State.READY, State.SENDING, State.DONE):
        await pictures.keep(db, job, [Drawing(png=b"picture of job %d" % job.id)])
    if state in (State.SENDING, State.DONE):
        await jobs.sending(db, job.id)
    if state is State.DONE:
        await jobs.done(db, job.id)
    if state is State.FAILED:
        await jobs.failed(db, job.id, DrawingFailed())
    if state is State.REFUSED:
        await jobs.refused(db, job.id, Refused())
    if state is State.CANCELLED:
        await jobs.cancelled(db, job.id)
    if state is State.ABANDONED:
        await jobs.abandoned(db, job.id)
    job = await reread(db, job.id)
    assert job.state is state
    return job


async def reread(db: Database, job_id: int) -> Job:
    job = await jobs.get(db, job_id)
    assert job is not None
    return job


async def add_lora(
    db: Database,
    owner_id: int,
    name: str,
    content: bytes,
    *,
    words: tuple[str, ...] = (),
    family: str = "genga-mini",
    quota: loras.Quota = ROOMY_QUOTA,
) -> loras.Lora:
    """A LoRA of this person, as far as storage looks at it: any bytes will do."""
    written = await loras.begin(db)
    written.write_bytes(content)
    new = loras.New(
        name=name,
        kind=loras.Kind.LORA,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        family=family,
        words=words,
        age="unknown",
    )
    return await loras.keep(db, written, new, owner_id=owner_id, quota=quota)
