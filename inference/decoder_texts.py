"""The texts that a picture's file carries beside its pixels; runs in the decoder child alone.

PNG's tEXt, zTXt and iTXt, the user comment and three other fields of the EXIF in JPEG and WebP, and what some programs
hide in the lowest bit of the alpha channel, which survives where a chat strips everything else. Only names that a
drawing program writes are kept. Every loop goes forward through bytes that are there, and nothing is unpacked beyond
`MAX_TEXT_BYTES`: a part that is broken or too long is left out, and the rest is read.
"""

import codecs
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import Image

MAX_TEXT_BYTES: Final = 1 << 19  # of all texts of a picture together
MAX_PARTS: Final = 20_000  # chunks or segments that are looked at
_MAX_FIELDS: Final = 512  # of one EXIF directory
_PNG: Final = b"\x89PNG\r\n\x1a\n"
NAMES: Final = frozenset({
    "parameters", "prompt", "workflow", "genga", "Comment", "Description", "Software", "Source", "invokeai_metadata",
})  # fmt: skip
USER_COMMENT: Final = "UserComment"
HIDDEN: Final = "hidden"
_EXIF: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_FIELDS: Final = {0x010E: "Description", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software"}
_READ: Final = frozenset({_EXIF, _USER_COMMENT, *_FIELDS})
_SIGNATURE_BITS: Final = 15 * 8
_BIT: Final = bytes(b"01"[value & 1] for value in range(256))

for _encoding in ("utf-16-be", "utf-16-le"):
    codecs.lookup(_encoding)  # now: once the child's limits hold, no module can be loaded any more


def texts_in(data: bytes) -> dict[str, str]:
    """The texts of the PNG, JPEG or WebP in `data` by name; of a name that stands twice, the first."""
    found: dict[str, str] = {}
    left = MAX_TEXT_BYTES
    for name, text in _texts(data):
        size = len(text.encode("utf-8", "replace"))
        if text and name not in found and size <= left:
            found[name] = text
            left -= size
    return found


def hidden_text(image: Image.Image) -> str | None:
    """What stands in the lowest bits of the alpha channel, column by column: a signature, the number of bits, text."""
    if "A" not in image.getbands():
        return None
    bits = image.getchannel("A").transpose(Image.Transpose.TRANSPOSE).tobytes()
    signature = _bytes_of(bits[:_SIGNATURE_BITS])
    if signature not in {b"stealth_pnginfo", b"stealth_pngcomp"}:
        return None
    start = _SIGNATURE_BITS + 32
    length = int.from_bytes(_bytes_of(bits[_SIGNATURE_BITS:start]))
    raw = _bytes_of(bits[start : start + min(length, 8 * MAX_TEXT_BYTES)])
    plain = _inflated(raw, 31) if signature.endswith(b"comp") else raw
    return _utf8(plain) or None


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    if data.startswith(_PNG):
        yield from _of_png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        for exif in _exifs_of_jpeg(data):
            yield from _of_exif(exif)
    else:
        for exif in _exifs_of_webp(data):
            yield from _of_exif(exif)


def _of_png(data: bytes) -> Iterator[tuple[str, str]]:
    at, seen = len(_PNG), set[str]()  # nothing is unpacked twice
    for _ in range(MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, kind = int.from_bytes(head[:4]), head[4:]
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            # One that claims more than there is says nothing: a slice would be read as if it were whole.
            body = data[at + 8 : at + 8 + length] if at + 12 + length <= len(data) else b""
            raw_name, zero, rest = body.partition(b"\0")
            name = raw_name.decode("latin-1")
            if zero and name in NAMES - seen:
                seen.add(name)
                yield name, _png_text(kind, rest)
        elif kind == b"eXIf":
            yield from _of_exif(data[at + 8 : at + 8 + min(length, 2 * MAX_TEXT_BYTES)])
        at += 12 + length


def _png_text(kind: bytes, rest: bytes) -> str:
    """The text of a chunk behind its name."""
    if kind == b"tEXt":
        return _utf8(rest[:MAX_TEXT_BYTES])
    if kind == b"zTXt":
        return _utf8(_inflated(rest[1:], 15))
    packed, plain = rest[:1] == b"\1", rest[2:]
    for _ in range(2):  # the language, and the name in that language
        plain = plain.partition(b"\0")[2]
    return _utf8(_inflated(plain, 15) if packed else plain[:MAX_TEXT_BYTES])


def _exifs_of_jpeg(data: bytes) -> Iterator[bytes]:
    at = 2
    for _ in range(MAX_PARTS):
        if data[at : at + 1] != b"\xff" or len(data) < at + 4:
            return
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA or length < 2:  # the picture itself begins
            return
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            yield data[at + 10 : at + 2 + length]
        at += 2 + length


def _exifs_of_webp(data: bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"EXIF":
            yield data[at + 8 : at + 8 + min(length, 2 * MAX_TEXT_BYTES)].removeprefix(b"Exif\0\0")
        at += 8 + length + length % 2


def _of_exif(exif: bytes) -> Iterator[tuple[str, str]]:
    """The texts in the TIFF structure of an EXIF block."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return
    (first,) = struct.unpack_from(order + "I", exif, 4)
    main = _directory(exif, order, first)
    for field, name in _FIELDS.items():
        text = _utf8(main.get(field, b"")[:MAX_TEXT_BYTES]).rstrip("\0 ")
        # ComfyUI writes “prompt:{...}” where a camera writes its maker.
        key, colon, rest = text.partition(":")
        if colon and key.lower() in {"prompt", "workflow"} and rest.startswith("{"):
            yield key.lower(), rest
        elif name in NAMES:
            yield name, text
    if len(main.get(_EXIF, b"")) == 4:
        (second,) = struct.unpack(order + "I", main[_EXIF])
        yield USER_COMMENT, _user_comment(_directory(exif, order, second).get(_USER_COMMENT, b""))


def _directory(exif: bytes, order: str, at: int) -> dict[int, bytes]:
    """The fields of one directory that are read here, as bytes: text, and pointers to other directories."""
    fields: dict[int, bytes] = {}
    if at + 2 > len(exif):
        return fields
    (count,) = struct.unpack_from(order + "H", exif, at)
    for index in range(min(count, _MAX_FIELDS)):
        entry = at + 2 + 12 * index
        if entry + 12 > len(exif):
            break
        tag, kind, size = struct.unpack_from(order + "HHI", exif, entry)
        if tag not in _READ or tag in fields:  # what they hold may be all of the file, again and again
            continue
        if kind in {1, 2, 7}:  # bytes, ASCII, undefined
            (start,) = struct.unpack_from(order + "I", exif, entry + 8) if size > 4 else (entry + 8,)
            if start + size <= len(exif):
                fields[tag] = exif[start : start + size]
        elif kind in {4, 13}:
            fields[tag] = exif[entry + 8 : entry + 12]
    return fields


def _user_comment(raw: bytes) -> str:
    """Eight bytes that name the encoding, then the text; UTF-16 is guessed by where the zeros stand."""
    code, text = raw[:8], raw[8 : 8 + MAX_TEXT_BYTES]
    if code.startswith(b"UNICODE"):
        if text[:2] in {b"\xfe\xff", b"\xff\xfe"}:
            return text.decode("utf-16", "replace")
        high, low = text[:4000:2].count(0), text[1:4000:2].count(0)
        if not high and not low and len(text) % 2:
            return _utf8(text)
        return text.decode("utf-16-be" if high >= low else "utf-16-le", "replace").rstrip("\0 ")
    if code in {b"ASCII\0\0\0", bytes(8)}:
        return _utf8(text).rstrip("\0 ")
    return _utf8(raw[:MAX_TEXT_BYTES]).rstrip("\0 ")


def _inflated(packed: bytes, wbits: int) -> bytes:
    """What zlib packed, nothing when that is broken or more than a text may have."""
    unpacker = zlib.decompressobj(wbits)
    try:
        plain = unpacker.decompress(packed, MAX_TEXT_BYTES)
    except zlib.error:
        return b""
    return plain if unpacker.eof else b""


def _bytes_of(bits: bytes) -> bytes:
    """Eight samples to a byte, the first the highest; only their lowest bits count."""
    whole = len(bits) // 8
    return int(bits[: whole * 8].translate(_BIT), 2).to_bytes(whole) if whole else b""


def _utf8(raw: bytes) -> str:
    """Text as it should be written, or else as PNG was meant to have it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
