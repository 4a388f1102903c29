"""What the names in a LoRA's file say: which layer each tensor belongs to, and what it is there; imports no torch.

A name is a layer's name, as one of many programs spells it, and the role of the tensor: `lora_unet_mid_block..._to_q`
and `.lora_down.weight`. Roles are those of kohya's sd-scripts, of LyCORIS (arXiv:2309.14859) and of peft; which layer a
name means only a model can say (`names.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Final

from inference.errors import N_, BadWeights
from inference.models.header import BROKEN, Header, TensorInfo

# The largest inner dimension of a factorization. Published files stay below 320; more is work without a gain.
MAX_RANK = 1024

# How a name may end -> the tensor's role. Where two endings fit, the longer one is meant.
_ROLES: Final = {
    ".lora_up.weight": "up", ".lora_B.weight": "up", ".lora_B.default.weight": "up", ".lora.up.weight": "up",
    "_lora.up.weight": "up", ".lora_linear_layer.up.weight": "up",
    ".lora_down.weight": "down", ".lora_A.weight": "down", ".lora_A.default.weight": "down",
    ".lora.down.weight": "down", "_lora.down.weight": "down", ".lora_linear_layer.down.weight": "down",
    ".lora_mid.weight": "mid", ".lora_B.bias": "up_bias", ".alpha": "alpha",
    ".dora_scale": "dora_scale", ".lora_magnitude_vector": "magnitude", ".lora_magnitude_vector.weight": "magnitude",
    ".lora_magnitude_vector.default.weight": "magnitude",
    ".hada_w1_a": "hada_w1_a", ".hada_w1_b": "hada_w1_b", ".hada_w2_a": "hada_w2_a", ".hada_w2_b": "hada_w2_b",
    ".hada_t1": "hada_t1", ".hada_t2": "hada_t2",
    ".lokr_w1": "lokr_w1", ".lokr_w1_a": "lokr_w1_a", ".lokr_w1_b": "lokr_w1_b",
    ".lokr_w2": "lokr_w2", ".lokr_w2_a": "lokr_w2_a", ".lokr_w2_b": "lokr_w2_b", ".lokr_t2": "lokr_t2",
    ".diff": "diff", ".diff_b": "diff_b", ".w_norm": "w_norm", ".b_norm": "b_norm",
    ".on_input": "on_input", ".weight": "weight",
}  # fmt: skip
# Other ways of changing a layer, that we know of and do not apply.
_FOREIGN_ROLES: Final = re.compile(
    r"\.(oft_blocks|oft_diag|rescale|a1\.weight|a2\.weight|b1\.weight|b2\.weight|bias_indices|bias_values|bias_size|"
    r"oft_[RS]\.weight|vera_lambda_[bd]|set_weight|reshape_weight)$"
)
# Textual inversions that some trainers pack into the same file; they do no harm and are left out.
_HARMLESS: Final = re.compile(r"bundle_emb\.")

# kind -> the sets of roles one of which must be there, and the roles that may be there besides.
_KINDS: Final = {
    "lora": ([{"up", "down"}], {"mid", "alpha", "dora_scale", "magnitude", "up_bias", "diff_b"}),
    "loha": (
        [{"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"}],
        {"hada_t1", "hada_t2", "alpha", "dora_scale", "diff_b"},
    ),
    "lokr": (
        [
            {"lokr_w1", "lokr_w2"},
            {"lokr_w1", "lokr_w2_a", "lokr_w2_b"},
            {"lokr_w1_a", "lokr_w1_b", "lokr_w2"},
            {"lokr_w1_a", "lokr_w1_b", "lokr_w2_a", "lokr_w2_b"},
        ],
        {"lokr_t2", "alpha", "dora_scale", "diff_b"},
    ),
    "full": ([{"diff"}, {"diff_b"}], {"diff_b", "alpha"}),
    "norm": ([{"w_norm"}, {"b_norm"}], {"b_norm", "alpha"}),
    "ia3": ([{"weight", "on_input"}], set[str]()),
}

# What is multiplied with what, and the core between them.
_PRODUCTS: Final = (
    ("up", "down", "mid"),
    ("hada_w1_a", "hada_w1_b", "hada_t1"),
    ("hada_w2_a", "hada_w2_b", "hada_t2"),
    ("lokr_w1_a", "lokr_w1_b", ""),
    ("lokr_w2_a", "lokr_w2_b", "lokr_t2"),
)

UNPAIRED = N_("something is missing in it, so a layer cannot be put together")
UNKNOWN = N_("it holds something that is no part of a LoRA")
FOREIGN = N_("it changes the model in a way I do not know (OFT, BOFT, GLoRA and the like)")
NO_LORA = N_("it is no LoRA")
BAD_FACTORS = N_("a layer in it has sizes that do not go together")


class Kind(StrEnum):
    """How a layer is changed, by the names of LyCORIS."""

    LORA = "lora"
    LOHA = "loha"
    LOKR = "lokr"
    FULL = "full"
    NORM = "norm"
    IA3 = "ia3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a file holds for one layer."""

    stem: str  # the layer, as the file spells it
    kind: Kind
    keys: Mapping[str, str]  # role -> the tensor's name in the file


def split(name: str) -> tuple[str, str] | None:
    """The layer's name and the tensor's role; None for a name that ends in no role."""
    ending = max((ending for ending in _ROLES if name.endswith(ending)), key=len, default=None)
    return (name[: -len(ending)], _ROLES[ending]) if ending else None


def pieces(header: Header) -> tuple[Piece, ...]:
    """What the file holds, layer by layer; BadWeights if that is no LoRA, incomplete, or of a kind we do not apply."""
    layers: dict[str, dict[str, str]] = {}
    unknown: list[str] = []
    for name in header.tensors:
        if _HARMLESS.match(name):
            continue
        if _FOREIGN_ROLES.search(name):
            raise refused(FOREIGN, name)
        found = split(name)
        if found is None or found[1] in layers.get(found[0], {}):
            unknown.append(name)
        else:
            layers.setdefault(found[0], {})[found[1]] = name
    if not any(roles.keys() - {"weight", "alpha"} for roles in layers.values()):
        raise refused(NO_LORA, "")
    if unknown:
        raise refused(UNKNOWN, unknown[0])
    found = tuple(Piece(stem=stem, kind=_kind(stem, roles), keys=roles) for stem, roles in sorted(layers.items()))
    for piece in found:
        _check_shapes(piece, header.tensors)
    return found


def _kind(stem: str, roles: Mapping[str, str]) -> Kind:
    """The one kind that all roles of a layer belong to."""
    for kind, (needed, besides) in _KINDS.items():
        for needs in needed:
            if needs <= roles.keys() and roles.keys() <= needs | besides:
                return Kind(kind)
    raise refused(UNPAIRED if roles.keys() - {"weight"} else UNKNOWN, stem)


def _check_shapes(piece: Piece, tensors: Mapping[str, TensorInfo]) -> None:
    """What can be seen without a model: single numbers where there must be one, and factors that can be multiplied."""
    shapes = {role: tensors[name].shape for role, name in piece.keys.items()}
    if "mid" in shapes and len(shapes["up"]) >= 2:  # kohya writes the outer factor of this Tucker form (O, r)
        shapes["up"] = (shapes["up"][1], shapes["up"][0], *shapes["up"][2:])
    for role in ("alpha", "on_input"):
        if shapes.get(role, ()) not in {(), (1,)}:
            raise refused(BAD_FACTORS, piece.stem)
    for left, right, core in _PRODUCTS:
        if left in shapes and not _multiply(shapes[left], shapes[right], shapes.get(core)):
            raise refused(BAD_FACTORS, piece.stem)
    if ("hada_t1" in shapes) != ("hada_t2" in shapes) or ("lokr_t2" in shapes and "lokr_w2" in shapes):
        raise refused(UNPAIRED, piece.stem)


def _multiply(a: tuple[int, ...], b: tuple[int, ...], core: tuple[int, ...] | None) -> bool:
    """Whether two factors, (O, r) and (r, I, ...), or in a Tucker form (r, O) and (s, I) around (r, s, ...), fit."""
    if min(len(a), len(b)) < 2 or 0 in (*a, *b) or b[0] > MAX_RANK or prod(a[2:]) != 1:
        return False
    if core is None:
        return a[1] == b[0]
    return len(core) >= 2 and 0 not in core and core[:2] == (a[0], b[0]) and prod(b[2:]) == 1


def refused(what: str, detail: str) -> BadWeights:
    """A BadWeights with a sentence that says `what`; `detail` is for the log."""
    return BadWeights(f"{what}: {detail}", template=BROKEN, what=what)
