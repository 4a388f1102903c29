"""Which picture a message shows: one of ours by its post, or anybody's attachment."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from cogs import _gate, _session
from cogs._lookback import custom_ids
from cogs._origin import Asked, origin_of, promise
from cogs._parse import accepted_upload, job_and_picture, nearest_aspect, request_from
from cogs._place import Where
from cogs._rules import refuse_source
from cogs._services import Services
from cogs._session import Note
from inference.errors import N_, BadImage
from inference.request import Request, Wish
from storage import jobs, posts
from storage.jobs import Job
from storage.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture somebody pointed at; `job` is set when it was drawn here."""

    job: Job | None = None
    picture: Picture | None = None
    attachment: discord.Attachment | None = None
    posted_by: int | None = None  # who showed the attachment; None: whoever asks sent it along

    @property
    def private(self) -> bool:
        """Whether what is made from it must stay private too."""
        return self.job is not None and self.job.private

    async def accepted(self, services: Services, where: Where, request: Request) -> tuple[Picture, str]:
        """The picture's row and its holes: ours as it is, a foreign one fetched, decoded in the sandbox and kept."""
        if self.picture is not None:
            return self.picture, ""
        if self.attachment is None:
            raise BadImage(template=NO_PICTURE)
        return await accepted_upload(services, self.attachment, where, request)


IN_HOLES = N_("What is transparent in your picture is drawn anew, the rest stays.")
NO_PICTURE = N_("I see no picture in that message. Choose a message with a PNG, JPEG or WebP attached.")


async def source_of(services: Services, message: discord.Message) -> Source:
    """The picture of a message, of several the one its buttons stand at or the first; BadImage when it shows none."""
    shown = await posts.by_message(services.db, message.id)
    if shown:
        job, picture = await job_and_picture(services, shown[0].job_id, _picked(message, shown))
        return Source(job=job, picture=picture)
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            return Source(attachment=attachment, posted_by=message.author.id)
    raise BadImage(template=NO_PICTURE)


def _picked(message: discord.Message, shown: Sequence[posts.Post]) -> int:
    """Which of the pictures on a card its owner has picked."""
    parts = (custom_id.split(":") for custom_id in custom_ids(message))
    picked = next((int(part[3]) for part in parts if part[:2] == ["v1", "vary"]), 0)
    return next((post.picture_index for post in shown if post.picture_index == picked), shown[0].picture_index)


async def draw_from(
    services: Services, asked: Asked, source: Source, wish: Wish, *, private: bool, note: Note | None = None
) -> None:
    """Check the words, then fetch the picture, then draw `wish` with it; `note` is said on the card.

    It starts from the picture, or takes its look alone where the wish says so.
    """
    origin = origin_of(asked)
    # What is refused for its words is refused at once: nothing is fetched for it, and nothing is shown to everybody.
    in_words = await request_from(services, wish, origin.person_id, origin.guild_id)
    await _gate.accept(services, origin.where, dataclasses.replace(in_words, image=None), None)
    await refuse_source(services, asked, source.picture, source.posted_by)
    await jobs.refuse_over(services.db, origin.person_id, services.limits)
    await promise(asked, private=private)
    picture, holes = await source.accepted(services, origin.where, in_words)
    started = dataclasses.replace(wish, image=picture.sha256, holes=holes or None)
    if source.job is None and not (wish.aspect or wish.width or wish.look):
        started = dataclasses.replace(started, aspect=nearest_aspect(picture))
    request = await request_from(services, started, origin.person_id, origin.guild_id)
    if request.holes and note is None:
        note = {"note": IN_HOLES}
    await _session.begin(services, asked, request, private=private, parent=picture, note=note)
