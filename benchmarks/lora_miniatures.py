"""LoRAs as people's programs write them, for a miniature checkpoint, and the weights they stand for, merged densely.

Names and formulas are written down here from the programs' published forms (kohya's sd-scripts, peft, LyCORIS), with
einsum over the factors in double precision. Nothing here looks at how Genga reads or applies them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks.key_lists import UNET
from benchmarks.miniatures import Facts, original, stock

RANK = 2
Tensors = Mapping[str, torch.Tensor]
TEXTS = ("text_encoder", "text_encoder_2")


class Names(StrEnum):
    """How a file calls layers."""

    SGM = "kohya, the original code's names"
    KOHYA = "kohya, diffusers' names"
    PEFT = "peft"


class Kind(StrEnum):
    """How a file changes a layer."""

    LORA = "LoRA"
    LOCON = "LoCon, kernels too"
    TUCKER = "Tucker"
    LOHA = "LoHa"
    LOKR = "LoKr"
    FULL = "full difference"
    DORA = "DoRA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that the file changes."""

    stem: str  # as the file calls it
    place: str  # "unet.conv_in" as diffusers calls it, or the original file's name before ".weight"
    weight: torch.Tensor
    has_bias: bool


def write(path: Path, family: str, names: Names, kind: Kind, *, facts: Facts, alpha: float = 1.0) -> Path:
    """Write the LoRA; `alpha` is what the file says, and what it means is that over the rank."""
    tensors: dict[str, torch.Tensor] = {}
    for number, layer in enumerate(_layers(family, names, kind, facts)):
        for role, tensor in factors(kind, layer, number).items():
            tensors[_spelt(names, layer.stem, role)] = tensor.float().contiguous()
        if names is not Names.PEFT and kind is not Kind.FULL:
            tensors[f"{layer.stem}.alpha"] = torch.tensor(alpha)
    said: dict[str, str] = {}
    if names is Names.PEFT:
        said["lora_adapter_metadata"] = json.dumps(_described(tensors, alpha))
    save_file(tensors, path, metadata=said or None)
    return path


def _described(tensors: Tensors, alpha: float) -> dict[str, object]:
    """What peft says of the adapter, for each network; its alpha stands nowhere else."""
    said: dict[str, object] = {}
    for name in tensors:
        part, *path = name.removesuffix(".weight").split(".")[:-1]
        leaf = ".".join(path[-2:] if path[-1].isdigit() else path[-1:])
        said |= {f"{part}.r": RANK, f"{part}.lora_alpha": alpha}
        targets = said.setdefault(f"{part}.target_modules", [])
        if isinstance(targets, list) and leaf not in targets:
            targets.append(leaf)
    return said


def merged(family: str, names: Names, kind: Kind, *, facts: Facts, unet: float, text: float) -> Any:  # noqa: ANN401
    """diffusers' own pipeline with the LoRA of alpha 1 in its weights, at these strengths."""
    changed: dict[str, torch.Tensor] = {}
    later: dict[str, torch.Tensor] = {}
    for number, layer in enumerate(_layers(family, names, kind, facts)):
        strength = text if layer.place.startswith(TEXTS) else unet
        where = changed if layer.place.startswith(UNET) else later
        for leaf, delta in deltas(kind, layer, number):
            where[f"{layer.place}.{leaf}"] = strength * delta
    pipe = stock(family, facts, changes=changed)
    for name, delta in later.items():
        part, _, inside = name.partition(".")
        parameter = getattr(pipe, part).get_parameter(inside)
        parameter.copy_((parameter.double() + delta).float())
    return pipe


def _layers(family: str, names: Names, kind: Kind, facts: Facts) -> Iterator[Layer]:
    """What is changed: attention and its surroundings, with LyCORIS' kinds the kernels of the network too."""
    kernels = kind not in {Kind.LORA, Kind.DORA}
    pipe = stock(family, facts)
    if names is Names.SGM:
        tensors = original(family, facts)
        for name, weight in tensors.items():
            stem = name.removeprefix(UNET).removesuffix(".weight")
            wanted = (".attn", ".ff.net", "proj_", *((".in_layers.2", ".out_layers.3", ".op") if kernels else ()))
            if name.startswith(UNET) and name.endswith(".weight") and weight.ndim > 1 and _has(f".{stem}", wanted):
                yield Layer(
                    stem=f"lora_unet_{stem.replace('.', '_')}", place=UNET + stem, weight=weight.double(),
                    has_bias=f"{UNET}{stem}.bias" in tensors,
                )  # fmt: skip
    else:
        wanted = ("attn", "ff.net", "proj_", *(("resnets", "samplers") if kernels else ()))
        for path, module in _weighty(pipe.unet, wanted):
            yield _of_module("unet", f"lora_unet_{path.replace('.', '_')}", path, module, names)
    for part in TEXTS:
        if (encoder := getattr(pipe, part, None)) is not None:
            prefix = {"sdxl": {"text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"}}.get(family, {})
            for path, module in _weighty(encoder, ("self_attn", "mlp")):
                inside = path if path.startswith("text_model.") else f"text_model.{path}"
                stem = prefix.get(part, "lora_te_") + inside.replace(".", "_")
                yield _of_module(part, stem, path, module, names, inside)


def _of_module(part: str, stem: str, path: str, module: Any, names: Names, inside: str = "") -> Layer:  # noqa: ANN401
    if names is Names.PEFT:
        stem = f"{part}.{inside or path}"
    return Layer(
        stem=stem, place=f"{part}.{path}", weight=module.weight.detach().double(), has_bias=module.bias is not None
    )


def _weighty(module: torch.nn.Module, wanted: tuple[str, ...]) -> Iterator[tuple[str, torch.nn.Module]]:
    for path, each in module.named_modules():
        if isinstance(each, torch.nn.Linear | torch.nn.Conv2d) and _has(path, wanted):
            yield path, each


def _has(path: str, wanted: tuple[str, ...]) -> bool:
    return any(piece in path for piece in wanted)


def _spelt(names: Names, stem: str, role: str) -> str:
    if names is Names.PEFT:
        role = {"lora_up.weight": "lora_B.weight", "lora_down.weight": "lora_A.weight"}[role]
    return f"{stem}.{role}"


def factors(kind: Kind, layer: Layer, number: int) -> dict[str, torch.Tensor]:
    """The tensors of a layer by their endings, in double precision; the same numbers every time."""
    out, into, *kernel = layer.weight.shape
    ones = [1] * len(kernel)
    dice = torch.Generator().manual_seed(1000 + number)

    def some(*shape: int, size: float = 0.3) -> torch.Tensor:
        return (torch.randn(shape, generator=dice) * size).double()  # rounded as the file has it

    match kind:
        case Kind.LORA | Kind.LOCON | Kind.DORA:
            made = {"lora_up.weight": some(out, RANK, *ones), "lora_down.weight": some(RANK, into, *kernel)}
            if kind is Kind.DORA:
                length = layer.weight.flatten(1).norm(dim=1).reshape(out, 1, *ones)
                made["dora_scale"] = (length * (1 + some(out, 1, *ones, size=0.2))).float().double()
            return made
        case Kind.TUCKER:
            made = {"lora_up.weight": some(out, RANK, *ones), "lora_down.weight": some(RANK, into, *ones)}
            return made | ({"lora_mid.weight": some(RANK, RANK, *kernel)} if kernel and kernel != [1, 1] else {})
        case Kind.LOHA:
            flat = into * (kernel[0] * kernel[1] if kernel else 1)
            sides = [(out, RANK), (RANK, flat)] * 2
            roles = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
            return {role: some(*side) for role, side in zip(roles, sides, strict=True)}
        case Kind.LOKR:
            return {"lokr_w1": some(2, 2, size=0.2), "lokr_w2_a": some(out // 2, RANK),
                    "lokr_w2_b": some(RANK, into // 2, *kernel)}  # fmt: skip
        case Kind.FULL:
            made = {"diff": some(*layer.weight.shape, size=0.03)}
            return made | ({"diff_b": some(out, size=0.03)} if layer.has_bias else {})


def deltas(kind: Kind, layer: Layer, number: int, alpha: float = 1.0) -> Iterator[tuple[str, torch.Tensor]]:
    """What the file adds to the layer's weight, and to its bias, in double precision."""
    t, shape, scale = factors(kind, layer, number), layer.weight.shape, alpha / RANK
    match kind:
        case Kind.LORA | Kind.LOCON | Kind.DORA:
            delta = scale * torch.einsum("or,ri->oi", t["lora_up.weight"].flatten(1), t["lora_down.weight"].flatten(1))
            delta = delta.reshape(shape)
            if kind is Kind.DORA:
                moved = layer.weight + delta
                length = torch.einsum("of,of->o", moved.flatten(1), moved.flatten(1)).sqrt()
                delta = torch.einsum("o,o...->o...", t["dora_scale"].flatten() / length, moved) - layer.weight
        case Kind.TUCKER if "lora_mid.weight" in t:
            up, down = t["lora_up.weight"].flatten(1), t["lora_down.weight"].flatten(1)
            delta = scale * torch.einsum("or,rskl,si->oikl", up, t["lora_mid.weight"], down)
        case Kind.TUCKER:
            delta = scale * torch.einsum("or,ri->oi", t["lora_up.weight"].flatten(1), t["lora_down.weight"].flatten(1))
        case Kind.LOHA:
            sides = [t[role] for role in ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")]
            delta = scale * torch.einsum("or,rf,os,sf->of", *sides)
        case Kind.LOKR:
            second = torch.einsum("or,r...->o...", t["lokr_w2_a"], t["lokr_w2_b"])
            delta = scale * torch.einsum("ac,oi...->aoci...", t["lokr_w1"], second)
        case Kind.FULL:
            delta = t["diff"]
            if "diff_b" in t:
                yield "bias", t["diff_b"]
    yield "weight", delta.reshape(shape)
