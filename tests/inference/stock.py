"""diffusers' own pipelines beside our engine: how both are asked for the same picture, and how far apart they are."""

# A diffusers pipeline returns a union of everything it may return, and its parts are untyped.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN401

from dataclasses import replace
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from inference.engine.watch import Watch
from inference.models.catalog import load_catalog
from inference.models.loading import Checkpoint
from inference.request import DrawRequest
from inference.sampling import make_scheduler

# Both run the same operations in single precision, ours in batches of another order at most.
TOLERANCE = 1e-4


def checkpoint_of(pipe: Any) -> Checkpoint:
    """The pipeline as the engine holds it."""
    model = replace(load_catalog().models["genga-mini"], min_side=64)
    no_preview = torch.zeros(5, 3)
    return Checkpoint(model=model, pipe=pipe, device=torch.device("cpu"), dtype=torch.float32, preview=no_preview)


def quiet() -> Watch:
    """Nobody watches."""
    return Watch(lambda *_: None, lambda: False, steps=99, preview_interval_s=0)


def with_network(pipe: Any, **changes: int) -> dict[str, Any]:
    """The pipeline's parts, with a network that is changed so."""
    torch.manual_seed(9)
    unet = UNet2DConditionModel.from_config(pipe.unet.config, **changes).eval().requires_grad_(False)
    return {**pipe.components, "unet": unet}


def theirs(pipe: Any, request: DrawRequest, **more: Any) -> torch.Tensor:
    """What the pipeline's own __call__ comes to for `request`."""
    kept, pipe.scheduler = pipe.scheduler, make_scheduler(request.sampler, pipe.scheduler)
    arguments = {
        "prompt": request.prompt, "negative_prompt": request.negative or None, "num_inference_steps": request.steps,
        "guidance_scale": request.guidance, "output_type": "latent",
        "generator": torch.Generator().manual_seed(request.seed), **more,
    }  # fmt: skip
    if "image" not in more:
        arguments |= {"width": request.width, "height": request.height}
    pipe.set_progress_bar_config(disable=True)
    try:
        return pipe(**arguments).images
    finally:
        pipe.scheduler = kept


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference."""
    assert one.shape == other.shape
    assert one.isfinite().all()
    return float((one - other).abs().max())
