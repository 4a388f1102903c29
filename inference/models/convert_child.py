"""The process that opens one pickle: `python -m inference.models.convert_child PARENT_PID SIZE < pickle > weights`.

Torch reads it with `weights_only`. Classes that it does not know become `Shell`: nothing is imported or called for
them. What the process may still do is read its input, write its output, and compute.
"""

import json
import pickle
import struct
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import torch

from inference import host

NOT_TORCH, NO_WEIGHTS, NO_SUCH_DTYPE, NO_MEMORY, MORE_THAN_WEIGHTS = 2, 3, 4, 5, 6
MORE_BYTES = 2 << 30
# Where files keep their weights, if not at the top.
_INSIDE = ("state_dict", "params_ema", "params", "model")
_DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip


class Shell:
    """What stands in for anything that is no weight: it takes everything and does nothing."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


def main() -> int:
    """Read, write, end; the status says what was wrong."""
    host.die_with(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _warm_up()
    # The file, its weights, and what torch needs: beside what is mapped already, which is mostly its own code.
    host.limit_this_process(memory_bytes=host.mapped_bytes() + 2 * int(sys.argv[2]) + MORE_BYTES, cpu_s=None)
    try:
        weights = dict(_weights_in(_read(source)))
    except MemoryError:
        return NO_MEMORY
    except pickle.UnpicklingError:
        return MORE_THAN_WEIGHTS
    except Exception:  # noqa: BLE001 - whatever a hostile file makes of the reader
        return NOT_TORCH
    if not weights:
        return NO_WEIGHTS
    if any(tensor.dtype not in _DTYPES or tensor.layout is not torch.strided for tensor in weights.values()):
        return NO_SUCH_DTYPE
    _write(weights, target)
    return 0


def _warm_up() -> None:
    """Have torch import what it needs for reading: once the limits hold, no module can be opened."""
    import io

    example = io.BytesIO()
    torch.save({"weight": torch.zeros(1)}, example)
    example.seek(0)
    torch.serialization.get_unsafe_globals_in_checkpoint(example)
    example.seek(0)
    torch.load(example, map_location="cpu", weights_only=True)
    torch.zeros(1, dtype=torch.bfloat16).view(torch.uint8).numpy()


def _read(source: BinaryIO) -> object:
    """What the file holds, with empty shells for all that is no weight.

    The oldest form, from before 2020, is read too, if nothing else is in it.
    """
    zipped = source.read(2) == b"PK"
    source.seek(0)
    unknown = torch.serialization.get_unsafe_globals_in_checkpoint(source) if zipped else []
    source.seek(0)
    shells: list[Any] = [(Shell, name) for name in unknown]
    with torch.serialization.safe_globals(shells):
        return torch.load(source, map_location="cpu", weights_only=True)


def _weights_in(found: object) -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor with a name of its own, of the first place that has any."""
    if not isinstance(found, Mapping):
        return
    embedding = found.get("string_to_param")
    if isinstance(embedding, Mapping) and len(embedding) == 1:  # a textual inversion of A1111's
        [vectors] = embedding.values()
        yield "emb_params", vectors
        return
    named = [(name, value) for name, value in found.items() if isinstance(name, str)]
    tensors = [(name, value) for name, value in named if isinstance(value, torch.Tensor)]
    inside = next((found[name] for name in _INSIDE if isinstance(found.get(name), Mapping)), None)
    if inside is not None and not tensors:
        yield from _weights_in(inside)
    yield from tensors


def _write(weights: Mapping[str, torch.Tensor], target: BinaryIO) -> None:
    """The safetensors format: length of the header, header, tensors one behind the other."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in weights.items():
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # aligned, as the format asks
    target.write(struct.pack("<Q", len(text)) + text)
    for tensor in weights.values():
        flat = tensor.detach().contiguous().reshape(-1)
        target.write(flat.view(torch.uint8).numpy().data if flat.numel() else b"")
    target.flush()


if __name__ == "__main__":
    sys.exit(main())
