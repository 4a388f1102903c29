"""Checkpoints from disk into memory: offline, safetensors only, and kept as long as nothing else is wanted."""

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from safetensors import SafetensorError

from inference.engine.preview import PreviewFit, fit_preview
from inference.errors import LoadFailed, ModelMissing
from inference.models.catalog import Model
from inference.models.families import FLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint in memory, ready to draw."""

    model: Model
    pipe: Any  # StableDiffusionPipeline; its parts are untyped
    device: torch.device
    dtype: torch.dtype
    preview: PreviewFit


def pick_device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def pick_dtype(device: torch.device) -> torch.dtype:
    """Half precision on a GPU, single precision on a processor."""
    return torch.float16 if device.type == "cuda" else torch.float32


def load(model: Model, device: torch.device, dtype: torch.dtype | None = None) -> Checkpoint:
    """Read a checkpoint; ModelMissing if it is not there, LoadFailed if its files cannot be used."""
    if model.family in FLOW:
        return _load_flow(model, device, dtype or pick_dtype(device))
    if not (model.folder / "model_index.json").is_file():
        raise ModelMissing(model=model.name)
    dtype = dtype or pick_dtype(device)
    try:
        pipe = StableDiffusionPipeline.from_pretrained(
            model.folder,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    except (
        OSError,
        ValueError,
        KeyError,
        RuntimeError,
        TypeError,
        AttributeError,
        ImportError,
        SafetensorError,
    ) as error:
        raise LoadFailed(f"{type(error).__name__}: {error}", model=model.name) from error
    _place(pipe, device, dtype)
    return Checkpoint(model=model, pipe=pipe, device=device, dtype=dtype, preview=fit_preview(pipe.vae))


def _load_flow(model: Model, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    """Transformers are trained and kept in bfloat16: in float16 their activations overflow."""
    from inference.models.flow import load_flow  # its imports take seconds that other families need not wait for

    dtype = torch.bfloat16 if dtype is torch.float16 else dtype
    pipe: Any = load_flow(model, dtype)
    pipe.to(device)
    return Checkpoint(model=model, pipe=pipe, device=device, dtype=dtype, preview=fit_preview(pipe.vae))


def _place(pipe: StableDiffusionPipeline, device: torch.device, dtype: torch.dtype) -> None:
    """Put the pipeline on its device, in the memory layout convolutions like, never to be trained."""
    pipe.to(device)
    for part in (pipe.unet, pipe.vae, pipe.text_encoder):
        part.eval().requires_grad_(False)
    pipe.unet.to(memory_format=torch.channels_last)
    pipe.vae.to(memory_format=torch.channels_last)
    if dtype is torch.float16 and getattr(pipe.vae.config, "force_upcast", False):
        pipe.vae.to(torch.float32)  # this VAE overflows in half precision and would return black pictures
