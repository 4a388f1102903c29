"""Finished pixels: into a PNG, into a small preview, and the check that they are a picture at all."""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from inference.errors import DrawingFailed

Pixels = NDArray[np.uint8]  # (H, W, 3)
PREVIEW_SIDE = 128


def to_png(pixels: Pixels, text: Mapping[str, str]) -> bytes:
    """`pixels` as a PNG that carries `text` and nothing else."""
    chunks = PngImagePlugin.PngInfo()
    for key, value in text.items():
        chunks.add_text(key, value)
    out = io.BytesIO()
    # Level 1 takes a third of the default's time for a few percent more bytes.
    Image.fromarray(pixels).save(out, "PNG", compress_level=1, pnginfo=chunks)
    return out.getvalue()


def from_png(png: bytes) -> Pixels:
    """The pixels of a PNG of our own making; never for bytes from outside, those go through `decoder.py`."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB"))


def to_preview(pixels: Pixels) -> bytes:
    """A JPEG whose longer side is PREVIEW_SIDE, from pixels of any size."""
    image = Image.fromarray(pixels)
    scale = PREVIEW_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    out = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=75)
    return out.getvalue()


def checked(values: NDArray[np.float32]) -> Pixels:
    """Values (H, W, 3) in [-1, 1] as pixels; DrawingFailed if they are not numbers or nothing but black.

    Half precision makes networks overflow: what comes out is NaN, which would silently become a black picture.
    """
    if not np.isfinite(values).all():
        raise DrawingFailed("the picture holds values that are no numbers")
    pixels = (np.clip(values / 2 + 0.5, 0, 1) * 255).round().astype(np.uint8)
    if pixels.max() <= 2:
        raise DrawingFailed("the picture is black")
    return pixels
