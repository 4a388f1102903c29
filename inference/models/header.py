"""The header of a .safetensors file, read by ourselves and within bounds before any library opens the file.

The format: eight bytes of length, little-endian, that many bytes of JSON that names every tensor with its type, shape
and place, then the tensors' bytes without a hole. safetensors itself lets duplicate keys, names with `../` and headers
of 90 MB pass; whoever loads a file asks here first. No tensor is read, and no torch is needed: the bot reads uploads
with this too, in a thread.
"""

import json
import re
import stat
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from inference.errors import N_, BadWeights
from inference.models import pickles

_LENGTH = struct.Struct("<Q")
_METADATA = "__metadata__"
_MIB = 1 << 20
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
}  # fmt: skip
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80")
# A string of JSON. Possessive: it never goes back, so it is linear whatever the bytes are.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)

BROKEN = N_("That file cannot be used: {what}. Get it again from where it came from, or choose another one.")
TOO_LARGE = N_("That file is too large: at most {limit} MiB can be used. Choose a smaller one.")

CUT_OFF = N_("it is cut off")
NO_SAFETENSORS = N_("it is no .safetensors file")
HEADER_TOO_LONG = N_("its list of contents is far too long")
GARBLED = N_("its list of contents is garbled")
TWICE = N_("it lists something twice")
BAD_METADATA = N_("its description is not text")
TOO_MANY = N_("it holds too many tensors")
NOTHING = N_("it holds no tensors")
BAD_NAME = N_("it uses a name that no model has")
BAD_TYPE = N_("it holds numbers of a kind I do not read")
BAD_SHAPE = N_("a tensor in it has an impossible shape")
BAD_SIZE = N_("a tensor in it has the wrong size")
NOT_WHOLE = N_("its tensors overlap or leave gaps")
TRAILING = N_("it holds more than its list of contents says")
UNREADABLE = N_("it cannot be read")


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What the header says of one tensor."""

    dtype: str  # safetensors' name of it: "F16" ...
    shape: tuple[int, ...]
    start: int  # bytes from the end of the header
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """All that can be known of a file without reading its weights. `metadata` is text by a stranger."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How much a file may be and hold."""

    header_bytes: int
    file_bytes: int
    tensors: int
    rank: int
    side: int  # the largest dimension
    dtypes: frozenset[str]
    name: re.Pattern[str]


# The operator's own files.
CHECKPOINT = Rules(
    header_bytes=16 * _MIB,
    file_bytes=64 << 30,
    tensors=20_000,
    rank=64,
    side=250_000,
    dtypes=frozenset(_BITS),
    name=re.compile(r"(?!/)[^\\]{1,512}"),
)
# LoRAs and embeddings that people send. `*` stands in `string_to_param.*`; an embedding saved by diffusers is called
# as its token is, `<cat-toy>`, and one bundled into a LoRA bears its own name.
UPLOAD = Rules(
    header_bytes=_MIB,
    file_bytes=512 * _MIB,
    tensors=8_000,
    rank=4,
    side=20_480,
    dtypes=frozenset({"F16", "BF16", "F32"}),
    name=re.compile(r"[A-Za-z0-9_.*<>:+ -]{1,200}"),
)


def read_header(path: Path, rules: Rules) -> Header:
    """The header of the file at `path`; BadWeights, with one sentence, for whatever breaks the format or the rules."""
    if path.suffix.lower() in pickles.PICKLES:
        raise pickles.refused(path.name)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            _refuse(path, UNREADABLE)
        with path.open("rb") as stream:
            raw, data_bytes = _raw_header(path, stream, facts.st_size, rules)
    except OSError as error:
        raise BadWeights(f"{path.name}: {error}", template=BROKEN, what=UNREADABLE) from error
    listed = _parsed(path, raw, rules)
    metadata = _metadata(path, listed.pop(_METADATA, None))
    if not listed:
        _refuse(path, NOTHING)
    if len(listed) > rules.tensors:
        _refuse(path, TOO_MANY)
    tensors = {name: _tensor(path, name, entry, rules) for name, entry in listed.items()}
    _check_coverage(path, tensors.values(), data_bytes)
    return Header(tensors, metadata)


def _refuse(path: Path, what: str) -> NoReturn:
    raise BadWeights(f"{path.name}: {what}", template=BROKEN, what=what)


def _raw_header(path: Path, stream: BinaryIO, size: int, rules: Rules) -> tuple[bytes, int]:
    """The header's bytes, and how many bytes of tensors follow it."""
    if size > rules.file_bytes:
        raise BadWeights(path.name, template=TOO_LARGE, limit=rules.file_bytes // _MIB)
    start = stream.read(_LENGTH.size + 1)
    if len(start) <= _LENGTH.size:
        _refuse(path, CUT_OFF)
    (length,) = _LENGTH.unpack(start[: _LENGTH.size])
    if not start.endswith(b"{"):
        if start.startswith(_PICKLE_STARTS):
            raise pickles.refused(path.name)
        _refuse(path, NO_SAFETENSORS)
    if length > rules.header_bytes:
        _refuse(path, HEADER_TOO_LONG)
    if length > size - _LENGTH.size:
        _refuse(path, CUT_OFF)
    stream.seek(_LENGTH.size)
    raw = stream.read(length)
    if len(raw) < length:
        _refuse(path, CUT_OFF)
    return raw, size - _LENGTH.size - length


def _parsed(path: Path, raw: bytes, rules: Rules) -> dict[str, object]:
    """The header's JSON; what would make far more objects than any model needs is refused before it is read."""
    skeleton = _STRING.sub(b"", raw)
    if skeleton.count(b"{") > rules.tensors + 2 or skeleton.count(b"[") > 2 * (rules.tensors + 1):
        _refuse(path, TOO_MANY)
    if skeleton.count(b",") > 16 * (rules.tensors + 1):
        _refuse(path, GARBLED)
    try:
        listed = json.loads(raw.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number)
    except _Twice:
        _refuse(path, TWICE)
    except (ValueError, RecursionError):
        _refuse(path, GARBLED)
    return cast(dict[str, object], listed)  # it begins with "{", so it is one


class _Twice(Exception):
    """A key stands twice in one object: which of them counts, readers do not agree on."""


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    listed = dict(pairs)
    if len(listed) < len(pairs):
        raise _Twice
    return listed


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _metadata(path: Path, listed: object) -> dict[str, str]:
    """The free text of `__metadata__`; it may be missing or null."""
    if listed is None:
        return {}
    if not isinstance(listed, dict):
        _refuse(path, BAD_METADATA)
    metadata = cast(dict[str, object], listed)
    try:
        for key, text in metadata.items():
            if not isinstance(text, str):
                _refuse(path, BAD_METADATA)
            f"{key}{text}".encode()  # half of a surrogate pair could be neither stored nor sent
    except UnicodeEncodeError:
        _refuse(path, BAD_METADATA)
    return cast(dict[str, str], metadata)


def _tensor(path: Path, name: str, listed: object, rules: Rules) -> TensorInfo:
    """One entry of the header, held against the rules."""
    if not rules.name.fullmatch(name) or not name.isprintable() or ".." in name:
        _refuse(path, BAD_NAME)
    if not isinstance(listed, dict):
        _refuse(path, GARBLED)
    entry = cast(dict[str, object], listed)
    if entry.keys() != {"dtype", "shape", "data_offsets"}:
        _refuse(path, GARBLED)
    dtype, shape, offsets = entry["dtype"], _whole_numbers(entry["shape"]), _whole_numbers(entry["data_offsets"])
    if not isinstance(dtype, str) or dtype not in rules.dtypes:
        _refuse(path, BAD_TYPE)
    if shape is None or len(shape) > rules.rank or max(shape, default=0) > rules.side:
        _refuse(path, BAD_SHAPE)
    if offsets is None or len(offsets) != 2 or offsets[1] < offsets[0]:
        _refuse(path, NOT_WHOLE)
    if 8 * (offsets[1] - offsets[0]) != prod(shape) * _BITS[dtype]:
        _refuse(path, BAD_SIZE)
    return TensorInfo(dtype, shape, *offsets)


def _whole_numbers(listed: object) -> tuple[int, ...] | None:
    """A list of numbers that are whole and not negative; None if it is anything else. `true` is no number."""
    if not isinstance(listed, list):
        return None
    numbers = tuple(cast(list[object], listed))
    if all(type(number) is int and number >= 0 for number in numbers):
        return cast(tuple[int, ...], numbers)
    return None


def _check_coverage(path: Path, tensors: Iterable[TensorInfo], data_bytes: int) -> None:
    """The tensors lie one after the other, from the first byte behind the header to the last of the file."""
    place = 0
    for tensor in sorted(tensors, key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != place:
            _refuse(path, NOT_WHOLE)
        place = tensor.end
    if place > data_bytes:
        _refuse(path, CUT_OFF)
    if place < data_bytes:
        _refuse(path, TRAILING)
