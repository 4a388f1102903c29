"""Whether what a request starts from was made by this bot; whatever cannot be proved to be is an upload.

Proof is a row of ours, found by the job's id, with the sha256 of the bytes that we stored, and nothing that comes from
outside: not what a message looks like, not a custom_id, not the pixels.
"""

import asyncio

from cogs._place import Where
from cogs._services import Services
from inference.request import Request
from inference.safety.evidence import Strength
from inference.safety.policy import Provenance
from inference.safety.shown import read_shown, takes_long
from storage import jobs, pictures, posts
from storage.jobs import Job
from storage.pictures import Picture

MOST_STEPS = 16  # back through re-rolls of the same picture; longer chains prove nothing


async def source_of_request(services: Services, request: Request, parent_id: int | None) -> Picture | None:
    """The row that `request.image` is the bytes of: the parent itself, or what the parent was made from."""
    for _ in range(MOST_STEPS):
        parent = await pictures.get(services.db, parent_id) if parent_id is not None else None
        if parent is None or parent.sha256 == request.image:
            return parent
        job = await jobs.get(services.db, parent.job_id) if parent.job_id is not None else None
        if job is None or job.request.image != request.image:
            return None
        parent_id = job.parent_picture_id
    return None


async def provenance_of(services: Services, where: Where, request: Request, source: Picture | None) -> Provenance:
    """What the request starts from; `source` is the row of its picture, as far as there is one."""
    if request.image is None:
        return Provenance.TEXT
    if source is None or source.sha256 != request.image or not source.drawn_here or source.job_id is None:
        return Provenance.UPLOAD
    if source.deleted_at is not None or source.young != Strength.NONE:
        return Provenance.UPLOAD
    job = await jobs.get(services.db, source.job_id)
    if job is None or not await _is_clean(services, job) or not await _was_shown(services, where, job, source):
        return Provenance.UPLOAD
    return Provenance.OURS


async def _is_clean(services: Services, job: Job) -> bool:
    """Whether neither its words showed anybody young, then or by today's lists, nor an upload stands behind it."""
    stored = job.evidence or {}
    if takes_long(job.request):
        read = await asyncio.to_thread(read_shown, services.reader, job.request)
    else:
        read = read_shown(services.reader, job.request)
    if stored.get("young", Strength.NONE) or read.young:
        return False
    if job.provenance is None:  # of before there was a gate
        return job.request.image is None
    return job.provenance in {Provenance.TEXT, Provenance.OURS}


async def is_within_reach(services: Services, where: Where, job: Job) -> bool:
    """Whether somebody who asks here can know of a job at all: a custom_id may name any."""
    if job.requester_id == where.person_id:
        return True
    if not job.private and job.guild_id is not None and job.guild_id == where.guild_id:
        return True
    shown = await posts.of_job(services.db, job.id)
    return any(post.channel_id == where.channel_id and not post.ephemeral for post in shown)


async def _was_shown(services: Services, where: Where, job: Job, source: Picture) -> bool:
    """Whether it is the person's own, or was shown openly in the server where they ask."""
    if job.requester_id == where.person_id:
        return True
    return where.guild_id is not None and any(
        post.guild_id == where.guild_id and not post.ephemeral and post.picture_index == source.picture_index
        for post in await posts.of_job(services.db, job.id)
    )
