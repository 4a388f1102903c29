"""The small copy of a picture, made once and then read from disk."""

import logging

from cogs._services import Services
from inference.decoder import small_copy
from inference.errors import BadImage, Gone
from storage import pictures, thumbnails
from storage.pictures import Picture

log = logging.getLogger(__name__)

SIDE = 192  # pixels; Discord shows about 85, on sharp screens twice as many


async def thumbnail(services: Services, picture: Picture) -> bytes | None:
    """A small WebP of a picture, or None where there is nothing to show any more."""
    if picture.deleted_at is not None:
        return None
    small = await thumbnails.read(services.db, picture.sha256)
    if small is not None:
        return small
    try:
        small = await small_copy(await pictures.read(services.db, picture), side=SIDE)
    except Gone:
        return None
    except BadImage as error:  # the machine is busy beyond measure, or the file is damaged
        log.warning("picture %s has no small copy: %s", picture.id, error.english())
        return None
    await thumbnails.keep(services.db, picture.sha256, small)
    return small
