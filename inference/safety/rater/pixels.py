"""A picture's bytes to what the networks want."""

import io

import numpy as np
from PIL import Image

MAX_PIXELS = 64_000_000  # more than any picture the bot keeps; a larger one is not rated


def read(file: bytes) -> Image.Image:
    """The picture in a PNG (or in the JPEG of a preview) as RGB, transparency on white."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses at twice as many
    with Image.open(io.BytesIO(file), formats=("PNG", "JPEG")) as picture:
        if not picture.has_transparency_data:
            return picture.convert("RGB")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def stretched(picture: Image.Image, side: int) -> np.ndarray:
    """Float32 (side, side, 3) in [0, 1], stretched to a square between corner pixels, as TensorFlow.js does it."""
    pixels = np.asarray(picture)
    top, bottom, down = _between(pixels.shape[0], side)
    left, right, across = _between(pixels.shape[1], side)
    across, down = across[None, :, None], down[:, None, None]

    def row(at: np.ndarray) -> np.ndarray:
        first, second = (pixels[np.ix_(at, columns)].astype(np.float32) / 255 for columns in (left, right))
        return first + (second - first) * across

    above, below = row(top), row(bottom)
    return above + (below - above) * down


def padded(picture: Image.Image, side: int) -> np.ndarray:
    """Float32 (side, side, 3) in [0, 255], blue first, on a white square, as the WD14 taggers want it."""
    longest = max(picture.size)
    square = Image.new("RGB", (longest, longest), "white")
    square.paste(picture, ((longest - picture.width) // 2, (longest - picture.height) // 2))
    if longest != side:
        square = square.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32)[:, :, ::-1]


def _between(size: int, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every new pixel the old ones before and after it, and how far it lies between them."""
    place = np.arange(side, dtype=np.float32) * np.float32((size - 1) / (side - 1))
    before = np.minimum(place.astype(np.int64), size - 1)
    return before, np.minimum(before + 1, size - 1), place - before.astype(np.float32)
