"""What files say beside their pixels: read from every container people use, and bounded whatever they claim."""

import gzip
import io
import json
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inference import decoder_texts
from inference.decoder import texts_of
from inference.decoder_texts import MAX_TEXT_BYTES, hidden_text, texts_in
from inference.errors import BadImage

PROMPT = "1girl, “blue” hair, 青い髪\nNegative prompt: hat\nSteps: 4, Sampler: Euler a, Seed: 5, Size: 64x64"
IMAGE = Image.linear_gradient("L").resize((64, 48)).convert("RGB")


def saved(kind: str, image: Image.Image = IMAGE, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    """A small PNG with these chunks before its pixels."""
    plain = saved("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def exif_of(comment: bytes, order: str = ">", **fields: bytes) -> bytes:
    """A TIFF structure with a user comment, as A1111 writes one, and fields like {"t010f": b"..."}."""
    entries = [(int(name[1:], 16), 2, value) for name, value in fields.items()]
    head = 8 + 2 + 12 * (len(entries) + 1) + 4
    second = head + 2 + 12 + 4
    at = second + len(comment)
    out = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "IH", 8, len(entries) + 1)
    values = b""
    for tag, kind, value in entries:
        out += struct.pack(order + "HHII", tag, kind, len(value), at + len(values))
        values += value
    out += struct.pack(order + "HHIII", 0x8769, 4, 1, head, 0)
    return out + struct.pack(order + "HHHIII", 1, 0x9286, 7, len(comment), second, 0) + comment + values


UTF_16 = {
    "big": b"UNICODE\0" + PROMPT.encode("utf-16-be"),
    "little": b"UNICODE\0" + PROMPT.encode("utf-16-le"),
    "marked": b"UNICODE\0" + PROMPT.encode("utf-16"),
    "ascii": b"ASCII\0\0\0" + PROMPT.encode(),
    "nothing": bytes(8) + PROMPT.encode(),
}


def test_a_png_says_it_in_any_of_its_three_chunks() -> None:
    said = PngImagePlugin.PngInfo()
    said.add_itxt("parameters", PROMPT, zip=True)
    said.add_text("Comment", '{"uc": "x"}', zip=True)
    said.add_text("Software", "NovelAI")
    said.add_text("Foo", "nobody asked")
    assert texts_in(saved("PNG", pnginfo=said)) == {
        "parameters": PROMPT,
        "Comment": '{"uc": "x"}',
        "Software": "NovelAI",
    }
    assert texts_in(png(chunk(b"iTXt", b"parameters\0\0\0en\0x\0" + PROMPT.encode()))) == {"parameters": PROMPT}
    assert texts_in(png(chunk(b"tEXt", b"parameters\0" + PROMPT.encode()))) == {"parameters": PROMPT}
    assert texts_in(png(chunk(b"tEXt", b"parameters\0caf\xe9"))) == {"parameters": "café"}, "as PNG was meant"
    assert texts_in(png(chunk(b"eXIf", exif_of(UTF_16["big"])))) == {"UserComment": PROMPT}


@pytest.mark.parametrize("kind", UTF_16)
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_jpeg_or_webp_says_it_in_its_user_comment(kind: str, order: str) -> None:
    exif = exif_of(UTF_16[kind], order)
    assert texts_in(saved("JPEG", exif=b"Exif\0\0" + exif)) == {"UserComment": PROMPT}
    assert texts_in(saved("WEBP", exif=exif)) == {"UserComment": PROMPT}


def test_comfyui_keeps_its_graph_where_a_camera_writes_its_maker() -> None:
    exif = exif_of(b"", t0110=b'prompt:{"1": {}}\0', t010f=b'Workflow:{"nodes": []}\0')
    assert texts_in(saved("WEBP", exif=exif)) == {"prompt": '{"1": {}}', "workflow": '{"nodes": []}'}
    camera = exif_of(b"", t010f=b"Nikon: {}\0", t0131=b"GIMP\0")
    assert texts_in(saved("JPEG", exif=b"Exif\0\0" + camera)) == {"Software": "GIMP"}


def with_hidden(text: bytes, signature: bytes = b"stealth_pngcomp", length: int | None = None) -> Image.Image:
    """A picture with `text` in the lowest bits of its alpha channel, column by column."""
    bits = "".join(f"{byte:08b}" for byte in signature)
    bits += f"{len(text) * 8 if length is None else length:032b}" + "".join(f"{byte:08b}" for byte in text)
    image = IMAGE.resize((128, 96)).convert("RGBA")
    alpha = Image.new("L", image.size, 254)
    for index, bit in enumerate(bits):
        alpha.putpixel((index // 96, index % 96), 254 + int(bit))
    image.putalpha(alpha)
    return image


def test_what_is_hidden_in_the_alpha_channel_is_found() -> None:
    assert hidden_text(with_hidden(gzip.compress(PROMPT.encode()))) == PROMPT
    assert hidden_text(with_hidden(PROMPT.encode(), b"stealth_pnginfo")) == PROMPT
    assert hidden_text(with_hidden(b"not packed")) is None
    assert hidden_text(with_hidden(gzip.compress(b"x"), length=2**32 - 1)) == "x", "a length that lies"
    assert hidden_text(with_hidden(b"", b"something else!")) is None
    assert hidden_text(IMAGE) is None


async def test_the_child_says_it_all() -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("parameters", PROMPT)
    assert await texts_of(saved("PNG", pnginfo=said)) == {"parameters": PROMPT}
    assert await texts_of(saved("JPEG", exif=b"Exif\0\0" + exif_of(UTF_16["little"]))) == {"UserComment": PROMPT}
    hidden = saved("PNG", with_hidden(gzip.compress(PROMPT.encode())))
    assert await texts_of(hidden) == {"hidden": PROMPT}
    assert await texts_of(saved("PNG")) == {}
    with pytest.raises(BadImage):
        await texts_of(b"a shopping list")


def bomb() -> bytes:
    """A quarter of a megabyte that unpacks to 256."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()


HOSTILE = {
    "a bomb": png(chunk(b"zTXt", b"parameters\0\0" + bomb()), chunk(b"tEXt", b"Comment\0fine")),
    "a bomb in an iTXt": png(chunk(b"iTXt", b"parameters\0\1\0\0\0" + bomb()), chunk(b"tEXt", b"Comment\0fine")),
    "many bombs": png(*[chunk(b"zTXt", b"parameters\0\0" + bomb())] * 30, chunk(b"tEXt", b"Comment\0fine")),
    "ten thousand chunks": png(*[chunk(b"tEXt", b"Foo\0bar")] * 10_000, chunk(b"tEXt", b"Comment\0fine")),
    "one that is too long": png(
        chunk(b"iTXt", b"parameters\0\0\0\0\0" + b"\xff" * MAX_TEXT_BYTES), chunk(b"tEXt", b"Comment\0fine")
    ),
    "two that are too long together": png(
        chunk(b"tEXt", b"Comment\0fine"),
        chunk(b"tEXt", b"prompt\0" + b"x" * (MAX_TEXT_BYTES - 3)),
        chunk(b"tEXt", b"prompt\0y"),
    ),
    "broken zlib": png(chunk(b"zTXt", b"parameters\0\0nonsense"), chunk(b"tEXt", b"Comment\0fine")),
    "no zero": png(chunk(b"tEXt", b"parameters"), chunk(b"iTXt", b"parameters\0"), chunk(b"tEXt", b"Comment\0fine")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_too_much_is_left_out_and_the_rest_is_read(name: str) -> None:
    start = time.process_time()
    assert texts_in(HOSTILE[name]) | {"parameters": ""} == {"Comment": "fine", "parameters": ""}
    assert time.process_time() - start < 0.5


async def test_a_bomb_costs_the_child_nothing() -> None:
    assert await texts_of(HOSTILE["a bomb"]) == {"Comment": "fine"}


BROKEN = [
    b"", b"MM\0*", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\x08\0\0\0\xff\xff" + bytes(40),
    exif_of(UTF_16["big"])[:60], b"MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08", b"XX" + exif_of(b""),
    b"MM\0*\0\0\0\x08\0\1\x87\x69\0\2\0\0\0\4\xff\xff\xff\xff",
]  # fmt: skip


def test_fields_that_all_hold_the_whole_file_take_no_room() -> None:
    size = 1 << 20
    fields = b"".join(struct.pack("<HHII", 0x9000 + tag, 7, size, 0) for tag in range(512))
    data = png(chunk(b"eXIf", (struct.pack("<4sIH", b"II*\0", 8, 512) + fields).ljust(size, b"x")))
    tracemalloc.start()
    assert texts_in(data) == {}
    assert tracemalloc.get_traced_memory()[1] < 8 * size
    tracemalloc.stop()


@pytest.mark.parametrize("exif", BROKEN)
def test_a_broken_exif_says_nothing(exif: bytes) -> None:
    head = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0"
    assert not any(texts_in(head + exif).values())
    assert not any(texts_in(png(chunk(b"eXIf", exif))).values())


SEEDS = st.sampled_from([
    png(chunk(b"tEXt", b"parameters\0abc"), chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"abc"))),
    saved("JPEG", exif=b"Exif\0\0" + exif_of(UTF_16["big"])),
    saved("WEBP", exif=exif_of(UTF_16["little"], "<", t0110=b"prompt:{}\0")),
])  # fmt: skip


@given(SEEDS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12), st.integers(0, 2000))
def test_no_damage_makes_it_fail(data: bytes, changes: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    said = texts_in(bytes(damaged[: max(12, end)]))
    assert json.loads(json.dumps(said)) == said
    assert set(said) <= decoder_texts.NAMES | {"UserComment"}
