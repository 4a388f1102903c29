"""Masks: where a picture is drawn anew. From cells of a grid, grown and softened; no torch.

A mask is float32 (H, W) in [0, 1]: 1 is drawn anew, 0 stays as it is to the bit, between them both are blended.
"""

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inference.errors import N_, BadRequest

Mask = NDArray[np.float32]

GRIDS = (3, 5)  # cells of a side that people choose from
NOTHING = N_("Nothing is marked there, so nothing would change. Mark a part, or say what to look for.")


def of_cells(cells: Iterable[tuple[int, int]], grid: int, width: int, height: int) -> Mask:
    """1 in these (column, row) of a `grid` x `grid` over the picture, counted from 0 at its left top.

    ValueError for a cell outside it.
    """
    found = np.zeros((height, width), np.float32)
    for column, row in cells:
        if not (0 <= column < grid and 0 <= row < grid):
            raise ValueError(f"no cell {column}, {row} in a grid of {grid}")
        top, bottom = row * height // grid, (row + 1) * height // grid
        found[top:bottom, column * width // grid : (column + 1) * width // grid] = 1
    return found


def grown(mask: Mask, pixels: int) -> Mask:
    """Everything at most so far from what is marked is marked too; less than 0 takes as much away."""
    if not pixels:
        return mask
    levels = _image(mask)
    reach = max(1, max(levels.size) // 2)
    for step in _steps(min(abs(pixels), reach)):
        levels = levels.filter(
            ImageFilter.MaxFilter(2 * step + 1) if pixels > 0 else ImageFilter.MinFilter(2 * step + 1)
        )
    return _mask(levels)


def softened(mask: Mask, pixels: float) -> Mask:
    """The edge as a slope that ends `pixels` outside of what is marked: what is marked wholly stays so.

    Beyond that everything is exactly 0, so that it stays as it was.
    """
    if pixels < 1:
        return mask
    reach = round(pixels)
    outer = grown(mask, reach)
    slope = _mask(_image(outer).filter(ImageFilter.BoxBlur(reach))).copy()
    return np.where(mask >= 1, np.float32(1), np.where(outer > 0, np.minimum(slope, 1), np.float32(0))).astype(
        np.float32
    )


def inverted(mask: Mask) -> Mask:
    """All but what is marked."""
    return (1 - mask).astype(np.float32)


def checked(mask: Mask) -> Mask:
    """The mask itself; BadRequest where nothing is marked."""
    if not (mask >= 0.5).any():
        raise BadRequest(template=NOTHING)
    return mask


def to_png(mask: Mask) -> bytes:
    """A grey PNG, white where it is drawn anew."""
    out = io.BytesIO()
    _image(mask).save(out, "PNG")
    return out.getvalue()


def from_png(png: bytes) -> Mask:
    """The mask of a PNG of our own making; never for bytes from outside, those go through `decoder.py`."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return _mask(image.convert("L"))


def _image(mask: Mask) -> Image.Image:
    return Image.fromarray((np.clip(mask, 0, 1) * 255).round().astype(np.uint8))


def _mask(image: Image.Image) -> Mask:
    return np.asarray(image, np.float32) / np.float32(255)


def _steps(pixels: int) -> list[int]:
    """Pillow's filter takes time by the square of its size: several small ones reach as far, quicker."""
    return [8] * (pixels // 8) + ([pixels % 8] if pixels % 8 else [])
