"""Pictures into latents and back, through the checkpoint's VAE."""

from typing import Any

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution

from inference.engine.chance import Chance
from inference.engine.precision import in_precision
from inference.errors import DrawingFailed
from inference.models.loading import Checkpoint
from inference.models.shelf import set_tiling
from inference.models.sizes import rule_for
from inference.pixels import Pixels, checked


def latent_shape(checkpoint: Checkpoint, width: int, height: int) -> tuple[int, int, int, int]:
    """(1, C, h, w) of the latents of a picture of this size in pixels."""
    scale = checkpoint.pipe.vae_scale_factor
    return 1, checkpoint.pipe.vae.config.latent_channels, height // scale, width // scale


def values_of(picture: Pixels) -> torch.Tensor:
    """Pixels (H, W, 3) as the VAE takes them: (1, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def encoded_picture(checkpoint: Checkpoint, picture: Pixels, chance: Chance) -> torch.Tensor:
    """Pixels (H, W, 3) to scaled latents (1, C, H/8, W/8) in single precision."""
    return encoded(checkpoint, values_of(picture), chance)


def encoded(checkpoint: Checkpoint, values: torch.Tensor, chance: Chance) -> torch.Tensor:
    """Values (1, 3, H, W) in [-1, 1] to scaled latents (1, C, H/8, W/8)."""
    return chance.of_posterior(_posterior(checkpoint, values)).float() * checkpoint.pipe.vae.config.scaling_factor


def picture_beside(checkpoint: Checkpoint, picture: Pixels) -> torch.Tensor:
    """What a network that follows instructions sees of a picture (1, C, H/8, W/8): the likeliest latents, not scaled.

    One that inpaints as well takes a mask before them, which is empty.
    """
    latents = _posterior(checkpoint, values_of(picture)).mode()
    return torch.cat([torch.zeros_like(latents[:, :1]), latents], dim=1) if takes_mask(checkpoint) else latents


def _posterior(checkpoint: Checkpoint, values: torch.Tensor) -> DiagonalGaussianDistribution:
    vae = checkpoint.pipe.vae

    def encode() -> torch.Tensor:
        return vae.encode(values.to(checkpoint.device, vae.dtype), return_dict=False)[0].parameters

    moments = encode()  # a mean and a variance for each
    if not moments.isfinite().all() and _was_half(vae):
        moments = encode()
    return DiagonalGaussianDistribution(moments.float())


def decoded(checkpoint: Checkpoint, latents: torch.Tensor) -> Pixels:
    """Clean latents (1, C, h, w) to pixels (8h, 8w, 3); DrawingFailed if that gives no picture."""
    vae = checkpoint.pipe.vae

    def decode() -> Pixels:
        _tile_if_tight(checkpoint, latents)
        values = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0]  # (1, 3, H, W)
        return checked(values[0].float().permute(1, 2, 0).cpu().numpy())

    try:
        return decode()
    except DrawingFailed:
        if not _was_half(vae):
            raise
    return decode()


def takes_mask(checkpoint: Checkpoint) -> bool:
    """Whether the network was made to inpaint: it takes a mask and what is left of a picture."""
    config = checkpoint.pipe.unet.config
    return config.in_channels == 2 * config.out_channels + 1


def _was_half(vae: Any) -> bool:  # noqa: ANN401 - an AutoencoderKL
    """Whether the VAE was in half precision; from now on it is in single, for as long as the checkpoint is loaded.

    Many VAEs of SDXL overflow in half precision, and would do so with the next picture as well.
    """
    if vae.dtype is torch.float32:
        return False
    in_precision([vae], torch.float32)
    return True


def _tile_if_tight(checkpoint: Checkpoint, latents: torch.Tensor) -> None:
    """Decode tile by tile if numbers twice as wide as was planned for do not fit."""
    vae = checkpoint.pipe.vae
    if checkpoint.device.type != "cuda" or vae.dtype is not torch.float32 or checkpoint.dtype is torch.float32:
        return
    scale = checkpoint.pipe.vae_scale_factor
    height, width = latents.shape[-2] * scale, latents.shape[-1] * scale
    free = torch.cuda.mem_get_info(checkpoint.device)[0]
    free += torch.cuda.memory_reserved(checkpoint.device) - torch.cuda.memory_allocated(checkpoint.device)
    if not vae.use_tiling and rule_for(checkpoint.model.family, half=False).work(width, height).decode > free:
        set_tiling(vae, tiled=True)


def blank_beside(checkpoint: Checkpoint, shape: tuple[int, int, int, int], chance: Chance) -> torch.Tensor | None:
    """What a network that was made to change pictures sees beside the latents where there is none; else None.

    One for inpainting takes a mask, here over everything, and the latents of what is left, here grey; one that follows
    instructions (InstructPix2Pix, arXiv:2211.09800) takes the picture's latents, and knows zeros as "no picture".
    """
    _, channels, height, width = shape
    wanted = checkpoint.pipe.unet.config.in_channels - channels
    if not wanted:
        return None
    if wanted == channels + 1:
        scale = checkpoint.pipe.vae_scale_factor
        grey = torch.zeros(1, 3, height * scale, width * scale)
        mask = torch.ones(1, 1, height, width, device=checkpoint.device)
        return torch.cat([mask, encoded(checkpoint, grey, chance)], dim=1)
    return torch.zeros(1, wanted, height, width, device=checkpoint.device)
