"""Writes LoRA files as people's programs do: kohya's two namings, diffusers' three, LyCORIS's kinds, random weights."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

RANK = 2


def kohya(part: str) -> Callable[[str], str]:
    """The name of a layer as sd-scripts writes it: `lora_unet_down_blocks_0_...`, `lora_te_text_model_...`."""
    prefix = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}[part]

    def named(path: str) -> str:
        if part != "unet" and not path.startswith(("text_model.", "text_projection")):
            path = f"text_model.{path}"
        return prefix + path.replace(".", "_")

    return named


def layers_of(module: torch.nn.Module, *, kernels: bool) -> dict[str, torch.nn.Module]:
    """The attention and feed-forward layers of a network by their paths; with the convolutions where `kernels`."""
    kinds = (torch.nn.Linear, torch.nn.Conv2d) if kernels else (torch.nn.Linear,)
    inside = ("attn", "ff.net", "proj_", "mlp", *(("resnets", "samplers", "conv_") if kernels else ()))
    return {
        path: layer
        for path, layer in module.named_modules()
        if isinstance(layer, kinds) and any(piece in path for piece in inside)
    }


def random(*shape: int, seed: int) -> torch.Tensor:
    """Values around 0, the same every time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 0.3


def tensors_for(kind: str, weight: torch.Tensor, *, seed: int, bias: bool = False) -> dict[str, torch.Tensor]:
    """What a file of this kind holds for a layer of this weight, by the endings that kohya and LyCORIS write."""
    out, into, *kernel = weight.shape
    ones = [1] * len(kernel)
    alpha = {"alpha": torch.tensor(1.0)}

    def r(*shape: int) -> torch.Tensor:
        nonlocal seed
        seed += 1
        return random(*shape, seed=seed)

    match kind:
        case "lora" | "dora":
            made = {"lora_up.weight": r(out, RANK, *ones), "lora_down.weight": r(RANK, into, *kernel)} | alpha
            if kind == "dora":
                norm = weight.flatten(1).norm(dim=1).reshape(out, 1, *ones)
                made["dora_scale"] = norm * (1 + 0.2 * r(out, 1, *ones))
            return made
        case "tucker":
            if not kernel or kernel == [1, 1]:
                return tensors_for("lora", weight, seed=seed)
            return {
                "lora_up.weight": r(out, RANK, 1, 1),
                "lora_down.weight": r(RANK, into, 1, 1),
                "lora_mid.weight": r(RANK, RANK, *kernel),
            } | alpha
        case "loha":
            into = into * (kernel[0] * kernel[1] if kernel else 1)
            return {
                "hada_w1_a": r(out, RANK), "hada_w1_b": r(RANK, into),
                "hada_w2_a": r(out, RANK), "hada_w2_b": r(RANK, into),
            } | alpha  # fmt: skip
        case "lokr":
            return {
                "lokr_w1": r(2, 2) * 0.3, "lokr_w2_a": r(out // 2, RANK), "lokr_w2_b": r(RANK, into // 2, *kernel),
            } | alpha  # fmt: skip
        case "full":
            return {"diff": r(*weight.shape) * 0.1} | ({"diff_b": r(out) * 0.1} if bias else {})
        case _:
            raise ValueError(kind)


def write(path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None) -> str:
    """Write the file; its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=dict(metadata or {}))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lora_tensors(
    kind: str,
    part: str,
    module: torch.nn.Module,
    *,
    named: Callable[[str], str] | None = None,
    kernels: bool = False,
    skip: Iterable[str] = (),
) -> dict[str, torch.Tensor]:
    """A whole network's worth of tensors of this kind, named as `named` says (kohya's way if nothing else)."""
    named = named or kohya(part)
    made: dict[str, torch.Tensor] = {}
    for number, (path, layer) in enumerate(layers_of(module, kernels=kernels).items()):
        if path in skip:
            continue
        weight = layer.get_parameter("weight").detach().float()
        has_bias = getattr(layer, "bias", None) is not None
        for ending, tensor in tensors_for(kind, weight, seed=1000 * number, bias=has_bias).items():
            made[f"{named(path)}.{ending}"] = tensor
    return made


def tag_frequency(**folders: Mapping[str, int]) -> dict[str, str]:
    """sd-scripts' note of how often it saw which tag."""
    return {"ss_tag_frequency": json.dumps(folders)}
