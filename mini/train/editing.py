"""Edits pictures with an editing network, in batches; for sample sheets and for measuring, not for the bot."""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

from collections.abc import Sequence

import numpy as np
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from mini.train import vae as vaes
from mini.train.loop import mixed
from mini.train.text import tokens

STEPS, WORDS, PICTURE = 20, 4.0, 1.5


@torch.no_grad()
def edit(
    base: StableDiffusionPipeline,
    unet: UNet2DConditionModel,
    pixels: np.ndarray,
    texts: Sequence[str],
    seeds: Sequence[int],
    *,
    words: float = WORDS,
    picture: float = PICTURE,
    steps: int = STEPS,
) -> np.ndarray:
    """Uint8 pictures (B, 256, 256, 3), each changed as its instruction asks.

    Two guidances, of the words and of the picture: Brooks et al. 2022, equation 3.
    """
    device, vae, scheduler = unet.device, base.vae, base.scheduler
    with mixed(device):
        before = vae.encode(vaes.to_tensor(pixels, device)).latent_dist.mean.float() * vae.config.scaling_factor
        said = base.text_encoder(tokens(base.tokenizer, [*texts, *([""] * len(texts))]).to(device)).last_hidden_state
    told, untold = said.float().chunk(2)
    noise = [torch.randn(before.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    latents, mask = torch.stack(noise).to(device), torch.zeros_like(before[:, :1])
    scheduler.set_timesteps(steps, device=device)
    for time in scheduler.timesteps:
        beside = torch.cat([torch.cat([mask, each], 1) for each in (before, before, torch.zeros_like(before))])
        seen = torch.cat([latents.repeat(3, 1, 1, 1), beside], 1).contiguous(memory_format=torch.channels_last)
        with mixed(device):
            found = unet(seen, time, torch.cat([told, untold, untold])).sample.float()
        both, alone, neither = found.chunk(3)
        guided = neither + picture * (alone - neither) + words * (both - alone)
        latents = scheduler.step(guided, time, latents).prev_sample
    with mixed(device):
        return vaes.to_pixels(vae.decode(latents / vae.config.scaling_factor).sample)
