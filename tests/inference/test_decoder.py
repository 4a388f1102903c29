"""Pictures from outside: what is accepted, what is refused with which sentence, and that nothing else comes through."""

import asyncio
import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from inference import decoder
from inference.decoder import decode, small_copy
from inference.errors import BadImage

GPS, ORIENTATION = 0x8825, 0x0112
SECRET = b"canary-50.0875N-14.4213E"


def gradient(width: int = 64, height: int = 48) -> Image.Image:
    """A picture whose corners differ."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8))


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def huge_png(width: int = 13_000, height: int = 13_000) -> bytes:
    """About 20 KiB that claim to be 169 megapixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b"\0" * (width // 8 + 2)) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animated(kind: str) -> bytes:
    frames = [gradient().rotate(90 * turn) for turn in range(3)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def polyglot() -> bytes:
    """A PNG that is a ZIP archive too."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("secret.txt", SECRET)
    return saved(gradient()) + archive.getvalue()


REFUSED = {
    "a text file": (b"hello, I am a picture", 1),
    "an animated GIF": (animated("GIF"), 2),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 1),
    "a TIFF": (saved(gradient(), "TIFF"), 1),
    "an animated WebP": (animated("WEBP"), 2),
    "an animated PNG": (animated("PNG"), 2),
    "a bomb": (huge_png(), 3),
    "a very wide one": (saved(Image.new("1", (9000, 20))), 3),
    "a tiny one": (saved(gradient(15, 64)), 4),
    "a thin one": (saved(gradient(16, 200)), 5),
    "half a PNG": (half(saved(gradient(600, 600))), 6),
    "half a JPEG": (half(saved(gradient(600, 600), "JPEG")), 6),
    "half a WebP": (half(saved(gradient(600, 600), "WEBP")), 6),
    "a signature alone": (b"\x89PNG\r\n\x1a\n", 6),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_picture_for_us_is_refused_with_a_reason(name: str) -> None:
    data, verdict = REFUSED[name]
    with pytest.raises(BadImage) as raised:
        await decode(data)
    assert raised.value.template == decoder.REASONS[verdict]


async def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadImage) as raised:
        await decode(b"")
    assert raised.value.template == decoder.REASONS[1]


async def test_a_file_of_too_many_bytes_is_not_even_opened() -> None:
    with pytest.raises(BadImage) as raised:
        await decode(b"\x89PNG\r\n\x1a\n" + bytes(decoder.MAX_BYTES))
    assert "12 MiB" in raised.value.english()


ACCEPTED = {
    "png": saved(gradient()),
    "jpeg": saved(gradient(), "JPEG", quality=95),
    "webp": saved(gradient(), "WEBP", lossless=True),
    "palette": saved(gradient().quantize(64)),
    "grey": saved(gradient().convert("L")),
    "cmyk": saved(gradient().convert("CMYK"), "JPEG", quality=95),
    "black and white": saved(gradient().convert("1")),
    "polyglot": polyglot(),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_every_ordinary_picture_becomes_the_same_plain_png(name: str) -> None:
    result = await decode(ACCEPTED[name])
    assert (result.width, result.height) == (64, 48)
    with Image.open(io.BytesIO(result.png)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (64, 48))
        if name in {"png", "webp", "polyglot"}:
            assert image.tobytes() == gradient().tobytes()
        if name in {"jpeg", "cmyk"}:
            assert np.abs(np.asarray(image).astype(int) - np.asarray(gradient())).mean() < 8


async def test_sixteen_bits_are_scaled_not_clipped() -> None:
    values = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    result = await decode(saved(Image.fromarray(values)))
    with Image.open(io.BytesIO(result.png)) as image:
        assert np.abs(np.asarray(image)[..., 0].astype(int) - (values >> 8)).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
async def test_transparency_is_laid_on_white(mode: str) -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    data = saved(clear.quantize(4)) if mode == "PA" else saved(clear.convert(mode))
    with Image.open(io.BytesIO((await decode(data)).png)) as image:
        assert image.getextrema() == ((255, 255),) * 3


async def test_a_rotated_photo_stands_upright_and_loses_all_it_said_about_itself() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned a quarter to the right
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(GPS)[2] = (50.0, 5.0, 15.0)
    data = saved(gradient(), "JPEG", quality=95, exif=exif, comment=SECRET, icc_profile=SECRET * 20) + SECRET
    assert SECRET in data
    result = await decode(data)
    assert (result.width, result.height) == (48, 64)
    assert SECRET not in result.png
    kinds = []
    at = 8
    while at < len(result.png):
        (length,) = struct.unpack(">I", result.png[at : at + 4])
        kinds.append(result.png[at + 4 : at + 8])
        at += length + 12
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(io.BytesIO(result.png)) as image:
        upright = gradient().transpose(Image.Transpose.ROTATE_270)
        assert np.abs(np.asarray(image).astype(int) - np.asarray(upright)).mean() < 8


async def test_nothing_of_a_second_file_in_the_same_bytes_survives() -> None:
    assert SECRET not in (await decode(polyglot())).png
    assert b"PK" not in (await decode(polyglot())).png[-64:]


async def test_a_large_picture_is_brought_down_to_what_is_kept() -> None:
    result = await decode(saved(Image.new("RGB", (4096, 3072), "teal"), "JPEG"))
    assert (result.width, result.height) == (2048, 1536)


async def test_many_at_once_all_get_their_answer() -> None:
    data = [ACCEPTED["png"], REFUSED["a bomb"][0], ACCEPTED["jpeg"], b"hello"]
    results = await asyncio.gather(*(decode(each) for each in data), return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Decoded", "BadImage", "Decoded", "BadImage"]


async def test_a_child_that_hangs_is_killed_and_the_person_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "DEADLINE_S", 0.0)
    with pytest.raises(BadImage) as raised:
        await decode(ACCEPTED["png"])
    assert "too long" in raised.value.english()


async def test_a_small_copy_is_a_webp_of_the_same_shape() -> None:
    small = await small_copy(saved(gradient(640, 480)), side=96)
    with Image.open(io.BytesIO(small), formats=["WEBP"]) as image:
        assert image.size == (96, 72)
        red = np.asarray(image.convert("RGB"), int)[36, :, 0]
        assert red[4] < 50 < 200 < red[90], "still dark on the left and red on the right"
    with Image.open(io.BytesIO(await small_copy(saved(gradient(32, 24)), side=96))) as image:
        assert image.size == (32, 24), "nothing is made larger"


async def test_what_is_no_picture_has_no_small_copy() -> None:
    with pytest.raises(BadImage):
        await small_copy(b"a shopping list", side=96)
