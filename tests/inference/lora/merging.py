"""Whole pipelines merged with a LoRA by the references, and fingerprints of their weights."""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from inference.models.lora.file import Lora
from tests.inference.lora import dense
from tests.inference.lora.writing import kohya, layers_of

Bits = Mapping[str, str]
PARTS = ("unet", "text_encoder", "text_encoder_2")


def bits(pipe: StableDiffusionPipeline) -> Bits:
    """A fingerprint of every weight and its layout."""
    return {
        f"{part}.{name}": hashlib.sha256(_bytes(value)).hexdigest() + str(value.stride())
        for part in PARTS
        if hasattr(pipe, part)
        for name, value in getattr(pipe, part).state_dict().items()
    }


def _bytes(value: torch.Tensor) -> bytes:
    as_stored = value if value.dtype is torch.float32 else value.view(torch.int16)
    return as_stored.numpy(force=True).tobytes()


def values(pipe: StableDiffusionPipeline) -> dict[str, dense.Array]:
    """Every weight in double precision."""
    return {
        f"{part}.{name}": value.double().numpy(force=True).copy()
        for part in PARTS
        if hasattr(pipe, part)
        for name, value in getattr(pipe, part).state_dict().items()
    }


def merged(kind: str, lora: Lora, pipe: StableDiffusionPipeline, unet: float, text: float) -> dict[str, dense.Array]:
    """What the weights should be, by the references and the names that the tests' writer gives."""
    result = values(pipe)
    by_stem = {change.stem: change for change in lora.changes}
    for part in PARTS:
        if not hasattr(pipe, part):
            continue
        strength = unet if part == "unet" else text
        for path in layers_of(getattr(pipe, part), kernels=True):
            change = by_stem.pop(kohya(part)(path), None)
            if change is None:
                continue
            t = {role: tensor.double().numpy() for role, tensor in change.tensors.items()}
            weight = result[f"{part}.{path}.weight"]
            formula: Callable[..., dense.Array] = getattr(dense, {"tucker": "lora", "dora": "lora"}.get(kind, kind))
            delta = formula(t, weight.shape)
            if kind == "dora":
                delta = dense.dora(delta, t["dora_scale"], weight, outputs=True)
            result[f"{part}.{path}.weight"] = weight + strength * delta
            if "diff_b" in t:
                result[f"{part}.{path}.bias"] = result[f"{part}.{path}.bias"] + strength * t["diff_b"]
    assert not by_stem
    return result


def set_values(pipe: StableDiffusionPipeline, new: Mapping[str, np.ndarray]) -> None:
    """Write these weights into a pipeline, by its own names."""
    for part in PARTS:
        if hasattr(pipe, part):
            state = {
                name.removeprefix(f"{part}."): torch.from_numpy(value).float()
                for name, value in new.items()
                if name.startswith(f"{part}.")
            }
            getattr(pipe, part).load_state_dict(state)
