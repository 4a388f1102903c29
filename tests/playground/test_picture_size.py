"""Sizes are read from headers, also of files that would be dangerous or impossible to decode."""

import io
import struct

import pytest
from PIL import Image

from playground.picture_size import picture_size
from tests.playground.pictures import png


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_size_of_a_real_picture_is_found(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (70, 45)).save(file, kind)
    assert picture_size(file.getvalue()) == (70, 45)


def test_lossless_webp_has_a_size_too() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (33, 21)).save(file, "WEBP", lossless=True)
    assert picture_size(file.getvalue()) == (33, 21)


def test_a_claimed_size_is_believed_without_decoding() -> None:
    bomb = png(4, 4).replace(struct.pack(">II", 4, 4), struct.pack(">II", 13000, 13000))
    assert picture_size(bomb) == (13000, 13000)


@pytest.mark.parametrize(
    "data", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a"]
)
def test_anything_else_has_none(data: bytes) -> None:
    assert picture_size(data) is None
