"""LoRA files in memory: read once, every number looked at, and kept while there is room."""

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from inference.errors import N_, BadWeights
from inference.models.header import BROKEN, CHECKPOINT, GARBLED, UNREADABLE, Header, Rules, read_header
from inference.models.lora.deltas import Tensors
from inference.models.lora.family import family_of
from inference.models.lora.keys import Kind, pieces, refused
from inference.models.lora.names import Part
from inference.models.lora.numbers import LARGEST, NOT_FINITE

CHANGED = N_("it is not the file that was chosen; it has changed since")
# What diffusers writes beside a LoRA of peft: alpha and its relatives, which then stand nowhere else.
_PEFT = "lora_adapter_metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a file holds for one layer."""

    stem: str  # the layer, as the file spells it
    kind: Kind
    tensors: Tensors  # role -> tensor, on the processor, as in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """A LoRA in memory, not yet fitted to any model."""

    sha256: str
    family: str | None  # as `Model.family`; None where the file does not tell
    changes: tuple[Change, ...]
    size_bytes: int


class LoraFiles:
    """The LoRAs that were used last; what is dropped first is what was not used for the longest time."""

    def __init__(self, limit_bytes: int = 2 << 30) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[tuple[str, Path, int, int], Lora] = OrderedDict()

    def read(self, path: Path, sha256: str, rules: Rules = CHECKPOINT) -> Lora:
        """The LoRA at `path`; OSError if it is not there, BadWeights if it cannot be used or is not `sha256`."""
        facts = path.stat()
        key = (sha256, path, facts.st_size, facts.st_mtime_ns)
        if key not in self._kept:
            self._kept[key] = read(path, sha256, rules)
        self._kept.move_to_end(key)
        lora = self._kept[key]
        while len(self._kept) > 1 and sum(kept.size_bytes for kept in self._kept.values()) > self._limit_bytes:
            self._kept.popitem(last=False)
        return lora


def read(path: Path, sha256: str, rules: Rules = CHECKPOINT) -> Lora:
    """Read and check a file: its format, its fingerprint, what it holds for each layer, and every number."""
    header = read_header(path, rules)
    listed = pieces(header)
    tensors = read_tensors(path, sha256, [name for piece in listed for name in piece.keys.values()])
    alphas = _peft_alphas(header.metadata)
    changes: list[Change] = []
    for piece in listed:
        roles = {role: tensors[name] for role, name in piece.keys.items()}
        changes.append(Change(stem=piece.stem, kind=piece.kind, tensors=_with_alpha(piece.stem, roles, alphas)))
    return Lora(sha256=sha256, family=family_of(header), changes=tuple(changes), size_bytes=_size_bytes(header))


def read_tensors(path: Path, sha256: str, names: Iterable[str]) -> dict[str, torch.Tensor]:
    """These tensors of a file whose header has been read, every number looked at; BadWeights if it is not `sha256`."""
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise refused(CHANGED, path.name)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: _finite(file.get_tensor(name), name) for name in names}
    except (OSError, SafetensorError) as error:
        raise BadWeights(f"{path.name}: {error}", template=BROKEN, what=UNREADABLE) from error


def _finite(tensor: torch.Tensor, name: str) -> torch.Tensor:
    # NaN is neither larger nor smaller: asking whether all are small enough finds it too.
    if tensor.numel() and not bool((tensor.float().abs() <= LARGEST).all()):
        raise refused(NOT_FINITE, name)
    return tensor


def _size_bytes(header: Header) -> int:
    return max((info.end for info in header.tensors.values()), default=0)


def _peft_alphas(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """diffusers' description of a peft LoRA, `{"unet.lora_alpha": 8, ...}`; empty where there is none."""
    if _PEFT not in metadata:
        return {}
    try:
        said = json.loads(metadata[_PEFT])
    except (ValueError, RecursionError) as error:
        raise refused(GARBLED, _PEFT) from error
    return said if isinstance(said, dict) else {}


def _with_alpha(stem: str, tensors: dict[str, torch.Tensor], said: Mapping[str, Any]) -> Tensors:
    """`tensors`, with the alpha that the description says where they bring none of their own."""
    if "alpha" in tensors or "down" not in tensors:
        return tensors
    part = next((part for part in Part if stem.startswith(f"{part}.")), None)
    alpha = said.get(f"{part}.lora_alpha")
    patterns = said.get(f"{part}.alpha_pattern")
    if isinstance(patterns, dict):
        path = stem.removeprefix(f"{part}.")
        for layer, own in patterns.items():
            if path == layer or path.endswith(f".{layer}"):
                alpha = own
    if isinstance(alpha, bool) or not isinstance(alpha, int | float):
        return tensors
    if not abs(alpha) <= LARGEST:
        raise refused(NOT_FINITE, stem)
    rank = tensors["down"].shape[0]
    if said.get(f"{part}.use_rslora") is True:  # alpha over the root of the rank (arXiv:2312.03732)
        alpha *= math.sqrt(rank)
    return {**tensors, "alpha": torch.tensor(float(alpha))}
