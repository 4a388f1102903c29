"""The files of a card: the originals, or copies that are small enough for Discord."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

import discord
import yarl

from cogs._card import file_name
from cogs._obstacles import is_too_large
from cogs._services import Services
from inference.decoder import copy_within
from inference.errors import N_, UserError
from storage import pictures
from storage.job import Job
from storage.pictures import Picture

log = logging.getLogger(__name__)
_T = TypeVar("_T")

PACKINGS = 4  # each half as large as the one before; what is still too large then never fits
MIB = 1024 * 1024
USUAL_LIMIT_BYTES = 10 * MIB  # of a file, where neither an interaction nor a boosted server says otherwise
REQUEST_BYTES = 25 * MIB - 256 * 1024  # of all files of a message, with some room for what goes with them
COPY = ".webp"


class TooLarge(UserError):
    """Not even small copies are taken."""

    sentence = N_("That picture is too large for Discord, even as a smaller copy. Draw it again in a smaller size.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The files of one message, by name; `smaller`: they are copies, the originals did not fit."""

    files: Mapping[str, bytes]
    sha256s: Sequence[str]  # of the files, in their order
    smaller: bool = False

    @property
    def largest_bytes(self) -> int:
        """The size of the largest file."""
        return max(map(len, self.files.values()))


async def pack(services: Services, job: Job, kept: Sequence[Picture], limit_bytes: int) -> Parcel:
    """What a message may carry of these pictures where a file may have this size."""
    originals = {file_name(job.id, each.picture_index): await pictures.read(services.db, each) for each in kept}
    sizes = [len(data) for data in originals.values()]
    if max(sizes) <= limit_bytes and sum(sizes) <= REQUEST_BYTES:
        return Parcel(files=originals, sha256s=[each.sha256 for each in kept])
    each_bytes = min(limit_bytes, REQUEST_BYTES // len(sizes))
    copies = {
        name.removesuffix(".png") + COPY: await copy_within(data, limit_bytes=each_bytes)
        for name, data in originals.items()
    }
    sha256s = await asyncio.to_thread(lambda: [hashlib.sha256(data).hexdigest() for data in copies.values()])
    return Parcel(files=copies, sha256s=sha256s, smaller=True)


async def packed(
    services: Services,
    job: Job,
    kept: Sequence[Picture],
    limit_bytes: int,
    send: Callable[[Parcel], Awaitable[_T]],
) -> tuple[Parcel, _T]:
    """The largest files that Discord takes, and what `send` gave for them; TooLarge when it takes none."""
    for _ in range(PACKINGS):
        parcel = await pack(services, job, kept, limit_bytes)
        try:
            return parcel, await send(parcel)
        except discord.HTTPException as error:
            if not is_too_large(error):
                raise
            limit_bytes = min(limit_bytes, parcel.largest_bytes) // 2
            log.info("job %s: its files are too large, next with %s bytes each", job.id, limit_bytes)
    raise TooLarge()


def shown_files(message: discord.Message) -> list[str]:
    """The names of the pictures on a card of ours, originals or copies."""
    names: list[str] = []
    for component in message.components:
        inner = component.children if isinstance(component, discord.Container) else [component]
        for gallery in inner:
            if isinstance(gallery, discord.MediaGalleryComponent):
                names += [PurePosixPath(yarl.URL(item.media.url).path).name for item in gallery.items]
    return names


def limit_of(client: discord.Client, guild_id: int | None) -> int:
    """How many bytes a file of ours may have there, outside the answer to an interaction."""
    guild = client.get_guild(guild_id) if guild_id else None
    return guild.filesize_limit if guild else USUAL_LIMIT_BYTES
