"""Weight files for tests: whatever a header may say, with as many bytes of nothing behind it as it asks for."""

import json
import struct
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

BYTES = {"BOOL": 1, "U8": 1, "F8_E4M3": 1, "F16": 2, "BF16": 2, "F32": 4, "I64": 8}


def entries(tensors: Mapping[str, tuple[str, Sequence[int]]]) -> dict[str, dict[str, object]]:
    """What a header says of tensors, given as name -> (type, shape), that lie one after the other."""
    listed: dict[str, dict[str, object]] = {}
    place = 0
    for name, (dtype, shape) in tensors.items():
        end = place + prod(shape) * BYTES[dtype]
        listed[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, end]}
        place = end
    return listed


def write_file(path: Path, header: bytes | object, *, data_bytes: int = 0, length: int | None = None) -> Path:
    """A file of that header, said to be `length` bytes long; its data are zeros that take no room on the disk."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(raw) if length is None else length) + raw)
        stream.truncate(stream.tell() + data_bytes)
    return path


def write_weights(
    path: Path, tensors: Mapping[str, tuple[str, Sequence[int]]], metadata: Mapping[str, str] | None = None
) -> Path:
    """A well-formed file of such tensors, all zeros."""
    listed = entries(tensors)
    data_bytes = sum(prod(shape) * BYTES[dtype] for dtype, shape in tensors.values())
    return write_file(path, {"__metadata__": dict(metadata), **listed} if metadata else listed, data_bytes=data_bytes)
