"""The holes of a picture, where it is transparent: a small grid of yes and no that fits into a request.

Only their shape is kept. A service that draws in holes works on cells of eight pixels anyway.
"""

import base64
import binascii
import io
import zlib

from PIL import Image, ImageOps

SIDE = 128  # cells of the longer side
MAX_CHARS = 4096
_CELL = 8  # pixels of what is drawn
_HOLLOW = [255] * 128 + [0] * 128  # of an alpha channel what is less than half there
_ANY = [0] + [255] * 255


def holes_in(alpha: bytes, width: int, height: int) -> str:
    """“104x152:...” of an alpha channel (height x width bytes); empty where it has no hole, or is nothing else."""
    holes = Image.frombytes("L", (width, height), alpha).point(_HOLLOW)
    cells = tuple(max(1, round(side * SIDE / max(width, height))) for side in (width, height))
    grid = holes.resize((cells[0], cells[1]), Image.Resampling.BOX).point(_ANY)
    if grid.getextrema() in {(0, 0), (255, 255)}:
        return ""
    packed = base64.b64encode(zlib.compress(grid.convert("1").tobytes(), 9)).decode()
    written = f"{grid.width}x{grid.height}:{packed}"
    return written if len(written) <= MAX_CHARS else ""


def mask_of(holes: str, size: tuple[int, int], wanted: tuple[int, int]) -> bytes:
    """A PNG of `wanted` width and height, white where there are holes, for a picture of `size` cut to it.

    It is cut around its middle as the picture is, and its edges lie between cells. ValueError for what is no such text.
    """
    head, _, packed = holes.partition(":")
    width, _, height = head.partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(holes) <= MAX_CHARS):
        raise ValueError("no holes")
    cells = int(width), int(height)
    if not all(1 <= side <= SIDE for side in cells):
        raise ValueError("no holes")
    expected = (cells[0] + 7) // 8 * cells[1]
    try:
        bits = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), expected + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("no holes") from error
    if len(bits) != expected:
        raise ValueError("no holes")
    grid = Image.frombytes("1", cells, bits).convert("L").resize(size, Image.Resampling.NEAREST)
    cut = ImageOps.fit(grid, wanted, Image.Resampling.NEAREST)
    small = cut.resize((wanted[0] // _CELL, wanted[1] // _CELL), Image.Resampling.BOX).point(_ANY)
    out = io.BytesIO()
    small.resize(wanted, Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
