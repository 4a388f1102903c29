"""Which picture a message shows: one of ours by its post, or anybody's attachment."""

from dataclasses import dataclass

import discord

from cogs._parse import accepted_upload, job_and_picture
from cogs._services import Services
from inference.errors import N_, BadImage
from storage import posts
from storage.jobs import Job
from storage.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture somebody pointed at; `job` is set when it was drawn here."""

    job: Job | None = None
    picture: Picture | None = None
    attachment: discord.Attachment | None = None

    async def accepted(self, services: Services, person_id: int) -> Picture:
        """The picture's row: ours as it is, a foreign one fetched, decoded in the sandbox and kept."""
        if self.picture is not None:
            return self.picture
        if self.attachment is None:
            raise BadImage(template=NO_PICTURE)
        return await accepted_upload(services, self.attachment, person_id)


NO_PICTURE = N_("I see no picture in that message. Choose a message with a PNG, JPEG or WebP attached.")


async def source_of(services: Services, message: discord.Message) -> Source:
    """The first picture of a message; BadImage when it shows none."""
    shown = await posts.by_message(services.db, message.id)
    if shown:
        job, picture = await job_and_picture(services, shown[0].job_id, shown[0].picture_index)
        return Source(job=job, picture=picture)
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            return Source(attachment=attachment)
    raise BadImage(template=NO_PICTURE)
