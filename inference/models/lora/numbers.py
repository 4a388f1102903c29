"""Whether the numbers of a LoRA or an embedding can be those of a working file; imports no torch, so the bot may ask.

All of the file is read, in pieces: whoever calls this does so in a thread.
"""

from collections.abc import Iterator
from pathlib import Path

from inference.errors import N_, BadWeights
from inference.models.header import CHECKPOINT, Rules, TensorInfo, read_header
from inference.models.lora.keys import refused

# Larger numbers stand in no working file: half precision ends at 65,504, and DoRA's lengths stay below a few hundred.
LARGEST = 1e4
NOT_FINITE = N_("it holds numbers that are none (NaN or infinity), or far too large")
_PIECE = 4 << 20
_BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}


def check_numbers(path: Path, rules: Rules = CHECKPOINT) -> None:
    """BadWeights where one is none, or too large; OSError when the file is gone."""
    tensors = read_header(path, rules).tensors
    with path.open("rb") as stream:
        first = 8 + int.from_bytes(stream.read(8), "little")
    for name, info in tensors.items():
        if info.dtype in _BYTES and not all(_sane(piece, info.dtype) for piece in _pieces(path, first, info)):
            raise refused(NOT_FINITE, name)


def are_sane(path: Path) -> bool:
    """Whether `check_numbers` finds nothing wrong; what cannot be read at all is for others to say."""
    try:
        check_numbers(path)
    except BadWeights as bad:
        return bad.fields.get("what") != NOT_FINITE
    return True


def _pieces(path: Path, first: int, info: TensorInfo) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(first + info.start)
        left = info.end - info.start
        while left and (piece := stream.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece


def _sane(piece: bytes, dtype: str) -> bool:
    import numpy as np  # the bot can do without it until a file is added

    if len(piece) % _BYTES[dtype]:  # it was cut off in this very moment
        return False
    if dtype == "BF16":
        numbers = (np.frombuffer(piece, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        numbers = np.frombuffer(piece, {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[dtype])
    with np.errstate(all="ignore"):
        # NaN is neither larger nor smaller: asking whether all are small enough finds it too.
        return bool((np.abs(numbers) <= LARGEST).all())
