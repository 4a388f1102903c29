"""The process that opens one picture from outside: bounded memory and time, three formats, raw pixels out.

Usage: python -m inference.decoder_child PARENT_PID SIDE < file > answer; the answer is a verdict (see
`decoder.REASONS`), width, height and the RGB bytes of the picture, made smaller where it is larger than SIDE, and its
alpha channel behind them where it is transparent anywhere. With SIDE 0 it is the verdict, two zeros, and the picture's
texts (`decoder_texts.py`) as JSON.
"""

import json
import struct
import sys
import warnings
from io import BytesIO
from typing import BinaryIO

# Every decoder is loaded here: once the limits hold, no file can be opened any more, a module's neither.
from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

from inference import host
from inference.decoder_texts import HIDDEN, hidden_text, texts_in

__all__ = ["MpoImagePlugin", "TiffImagePlugin", "WebPImagePlugin", "main"]

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 24_000_000
MIN_SIDE, MAX_SIDE, MAX_ASPECT = 16, 8192, 8
MEMORY_BYTES, CPU_S = 1 << 30, 5

NO_PICTURE, ANIMATED, TOO_LARGE, TOO_SMALL, TOO_THIN, DAMAGED = 1, 2, 3, 4, 5, 6
# What Pillow raises for damaged files is as varied as the damage.
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, Warning)
SAYS_LITTLE = {"Software", "Source", "Description"}


class Unwanted(Exception):
    """The picture is not accepted; `verdict` says why."""

    def __init__(self, verdict: int) -> None:
        self.verdict = verdict


def main() -> None:
    """Read standard input, write the answer, end."""
    parent, side = map(int, sys.argv[1:])
    host.die_with(parent)
    Image.preinit()
    host.limit_this_process(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S)
    data = sys.stdin.buffer.read()
    try:
        size, body = _open(data, side) if side else ((0, 0), _said(data))
        _answer(sys.stdout.buffer, 0, size, body)
    except Unwanted as refusal:
        _answer(sys.stdout.buffer, refusal.verdict, (0, 0), b"")


def _answer(out: BinaryIO, verdict: int, size: tuple[int, int], pixels: bytes) -> None:
    out.write(struct.pack(">B3xII", verdict, *size) + pixels)
    out.flush()


def _open(data: bytes, side: int) -> tuple[tuple[int, int], bytes]:
    """Size and bytes of the picture in `data`, at most `side` a side; Unwanted if it is not accepted."""
    _check_magic(data)
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as file:
            _check_size(*file.size)
            # A JPEG with more than one frame is a phone's photo with a depth or brightness map behind it.
            if file.format != "MPO" and getattr(file, "n_frames", 1) > 1:
                raise Unwanted(ANIMATED)
            file.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(file)
            upright.thumbnail((side, side), Image.Resampling.LANCZOS)
            rgb = _on_white(upright)
            alpha = upright.convert("RGBA").getchannel("A").tobytes() if upright.has_transparency_data else b""
            return rgb.size, rgb.tobytes() + alpha
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Unwanted(TOO_LARGE) from None
    except DAMAGE:
        raise Unwanted(DAMAGED) from None


def _said(data: bytes) -> bytes:
    """The texts of the picture in `data` as JSON; Unwanted if it is none."""
    _check_magic(data)
    texts = texts_in(data)
    if texts.keys() <= SAYS_LITTLE:  # only then are its pixels looked at
        warnings.simplefilter("error")
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            with Image.open(BytesIO(data), formats=("PNG", "WEBP")) as file:
                _check_size(*file.size)
                if text := hidden_text(file):
                    texts[HIDDEN] = text
        except (Image.DecompressionBombError, MemoryError, Unwanted, *DAMAGE):
            pass  # a picture that nobody could draw from can still be asked what it says
    return json.dumps(texts).encode()


def _on_white(image: Image.Image) -> Image.Image:
    """`image` as RGB with 8 bits a channel: 16-bit grey scaled down (Pillow would clip it), transparency on white."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _check_magic(data: bytes) -> None:
    if data.startswith(b"GIF8"):
        raise Unwanted(ANIMATED)
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if not webp and not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise Unwanted(NO_PICTURE)


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise Unwanted(TOO_SMALL)
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Unwanted(TOO_LARGE)
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Unwanted(TOO_THIN)


if __name__ == "__main__":
    main()
