"""Pictures from outside: decoded only in a child that may be killed, and handed on as a PNG built from bare pixels.

The child (`decoder_child.py`) sees one picture and ends, so a picture that takes it over gains nothing for the next
one. It hands back raw pixels; what the parent does with them cannot be confused by any file format. No metadata,
colour profile, trailing data or second format of a polyglot file survives. Transparency is laid on white. Small
copies of our own pictures are made here too, because opening a large PNG would hold up the event loop. What a file
says beside its pixels is asked for on its own (`texts_of`), and comes back as names and texts of a bounded size.
"""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import struct
import sys
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from PIL import Image

from inference import host
from inference.errors import N_, BadImage
from inference.holes import holes_in
from inference.link import drain
from inference.models.catalog import ROOT

MAX_BYTES = 12 << 20  # of a file, unless the operator allows more
KEPT_SIDE = 2048  # no model draws from more, and a larger one would only fill the disk
_MAX_ANSWER_BYTES = 64 << 20  # more than any picture it may hand back
_MAX_TEXTS_BYTES = 4 << 20  # more than half a mebibyte of text can have as JSON
DEADLINE_S = (
    15.0  # of real time, generous because the machine may be busy, beside the child's own 5 s of processor time
)
_GONE_S = 5.0  # for a killed child to be gone
_HEAD = struct.Struct(">B3xII")  # verdict, width, height
_QUALITIES = (95, 85, 75)  # of a copy, as WebP counts; below it a smaller picture looks better
_LEAST_SIDE = 64  # pixels of a copy, whatever its file's size
_AT_ONCE = 2  # children may use a gigabyte each
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

# What the child's verdict (its first byte) means to the person who sent the file; 0 is a picture.
REASONS: Final = {
    1: N_("That file is not a picture I can read. Send a PNG, JPEG or WebP instead."),
    2: N_("I can't work on GIFs or animated pictures. Send a single picture as PNG, JPEG or WebP."),
    3: N_("That picture has too many pixels. Send one of at most 8192 pixels a side and 24 megapixels in all."),
    4: N_("That picture is too small. Send one of at least 16 pixels a side."),
    5: N_("That picture is too long and thin. Send one whose long side is at most 8 times the short one."),
    6: N_("That picture is damaged and cannot be opened. Save it again and send the new file."),
}
_TOO_MANY_BYTES = N_("That file is too large. Send a picture of at most {limit} MiB.")
_TOO_LONG = N_("That picture takes too long to open. Save it again as PNG or JPEG and send the new file.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A harmless picture: RGB, upright, 8 bits a channel; `sha256` is of `png`."""

    png: bytes
    sha256: str
    width: int
    height: int
    holes: str = ""  # where it was transparent, see `holes.py`


async def decode(data: bytes, *, limit_bytes: int = MAX_BYTES) -> Decoded:
    """The picture in the file `data`; BadImage with a sentence for the person if it is none we accept."""
    _refuse_size(data, limit_bytes)
    pixels, alpha, width, height = await _channels_of(data, KEPT_SIDE)
    png = await asyncio.to_thread(_as_png, pixels, width, height)
    holes = await asyncio.to_thread(holes_in, bytes(alpha), width, height) if alpha else ""
    return Decoded(png=png, sha256=hashlib.sha256(png).hexdigest(), width=width, height=height, holes=holes)


async def texts_of(data: bytes, *, limit_bytes: int = MAX_BYTES) -> dict[str, str]:
    """The texts that the picture in the file `data` carries, by name; BadImage if it is no picture.

    The names are those of `decoder_texts.py`; together the texts have at most half a mebibyte.
    """
    _refuse_size(data, limit_bytes)
    answer = memoryview(await _answer_to(data, 0))[_HEAD.size :]
    return await asyncio.to_thread(_as_texts, bytes(answer[:_MAX_TEXTS_BYTES]))


async def small_copy(data: bytes, *, side: int) -> bytes:
    """The picture in the file `data` as a WebP of at most `side` pixels a side; BadImage if it is none we accept."""
    pixels, width, height = await _pixels_of(data, side)
    return await asyncio.to_thread(_as_webp, pixels, width, height)


async def copy_within(data: bytes, *, limit_bytes: int) -> bytes:
    """The picture in the file `data` as the best WebP of at most this size; BadImage if it is none we accept."""
    pixels, width, height = await _pixels_of(data, KEPT_SIDE)
    return await asyncio.to_thread(_as_webp_within, pixels, width, height, limit_bytes)


def _refuse_size(data: bytes, limit_bytes: int) -> None:
    if len(data) > limit_bytes:
        raise BadImage(template=_TOO_MANY_BYTES, limit=limit_bytes >> 20)
    if not data:
        raise BadImage(template=REASONS[1])


def _as_texts(raw: bytes) -> dict[str, str]:
    """What the child says a picture says; a child that a picture has taken over says nothing else than text."""
    try:
        said: object = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: text for name, text in said.items() if isinstance(name, str) and isinstance(text, str)}


async def _answer_to(data: bytes, side: int) -> bytes:
    """The child's answer about a picture, head and all; BadImage when it is a refusal."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        answer = await _ask_child(data, side)
    verdict = answer[0] if len(answer) >= _HEAD.size else 6
    if verdict != 0:
        raise BadImage(template=REASONS.get(verdict, REASONS[6]))
    return answer


async def _pixels_of(data: bytes, side: int) -> tuple[memoryview, int, int]:
    """RGB bytes, width and height of a picture, made smaller where it is larger than `side`."""
    pixels, _, width, height = await _channels_of(data, side)
    return pixels, width, height


async def _channels_of(data: bytes, side: int) -> tuple[memoryview, memoryview, int, int]:
    """The same with the alpha channel, which is empty where nothing is transparent."""
    answer = await _answer_to(data, side)
    _, width, height = _HEAD.unpack_from(answer)
    channels, count = memoryview(answer)[_HEAD.size :], width * height
    if len(channels) not in {count * 3, count * 4}:
        raise BadImage(template=REASONS[6])
    return channels[: count * 3], channels[count * 3 :], width, height


async def _ask_child(data: bytes, side: int) -> bytes:
    """What a fresh child makes of `data`; nothing at all if it died of it."""
    command = (sys.executable, "-m", "inference.decoder_child", str(os.getpid()), str(side))
    nowhere = asyncio.subprocess.DEVNULL
    child = await host.start_child(*command, folder=ROOT, environment=host.child_environment(), stderr=nowhere)
    assert child.stdin and child.stdout
    answer = bytearray()
    try:
        async with asyncio.timeout(DEADLINE_S):
            child.stdin.write(data)
            child.stdin.close()
            # A child that a picture has taken over may say anything, without end.
            while len(answer) <= _MAX_ANSWER_BYTES and (part := await child.stdout.read(1 << 16)):
                answer += part
    except TimeoutError:
        raise BadImage(template=_TOO_LONG) from None
    finally:
        host.end_group(child.pid, force=True)
        # A pipe that is not empty never counts as ended; one that a stray process holds open is not waited for.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_S):
                await asyncio.gather(child.wait(), drain(child.stdout))
    return bytes(answer)


def _as_png(pixels: memoryview, width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), bytes(pixels)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _as_webp(pixels: memoryview, width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), bytes(pixels)).save(out, "WEBP", quality=80)
    return out.getvalue()


def _as_webp_within(pixels: memoryview, width: int, height: int, limit_bytes: int) -> bytes:
    """First less faithful, then smaller as well."""
    picture = Image.frombytes("RGB", (width, height), bytes(pixels))
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=quality)
            if out.tell() <= limit_bytes or max(picture.size) <= _LEAST_SIDE:
                return out.getvalue()
        side = max(picture.size) * 3 // 4
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
