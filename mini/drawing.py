"""Draws prompts with the shipped model through the stock pipeline, in batches; for measuring, not for the bot."""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

SHIPPED = Path(__file__).parent / "weights" / "genga-mini"
STEPS, GUIDANCE = 20, 4.0


def load(folder: Path = SHIPPED) -> StableDiffusionPipeline:
    """The pipeline, on the GPU where there is one, laid out for fast convolutions."""
    pipeline = DiffusionPipeline.from_pretrained(folder)
    assert isinstance(pipeline, StableDiffusionPipeline)
    pipeline.to("cuda" if torch.cuda.is_available() else "cpu")
    pipeline.unet.to(memory_format=torch.channels_last)
    pipeline.vae.to(memory_format=torch.channels_last)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def draw(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    negatives: Sequence[str] | None = None,
    *,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> np.ndarray:
    """One picture for each prompt and seed, uint8 (B, 256, 256, 3), computed in bfloat16."""
    with torch.autocast(pipeline.device.type, torch.bfloat16):
        made = pipeline(
            list(prompts),
            negative_prompt=list(negatives) if negatives else None,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            output_type="np",
        )
    return (made.images * 255).round().astype(np.uint8)
