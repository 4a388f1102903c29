"""Previews for nearly nothing: a linear map from a latent cell to a colour, fitted to the VAE when it is loaded."""

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from torch.nn import functional

from inference.pixels import Pixels

PreviewFit = torch.Tensor  # (channels + 1, 3): weights of the scaled latents' channels, then an offset

_PICTURES, _SIDE = 8, 128


@torch.inference_mode()
def fit_preview(vae: AutoencoderKL | AutoencoderKLQwenImage) -> PreviewFit:
    """Least squares over soft coloured pictures: what the VAE encodes them to, against their own colours."""
    first = next(vae.parameters())
    noise = torch.rand((_PICTURES, 3, 8, 8), generator=torch.Generator("cpu").manual_seed(0))
    pictures = functional.interpolate(noise, size=(_SIDE, _SIDE), mode="bicubic").clamp(0, 1) * 2 - 1
    latents = _encode(vae, pictures.to(first.device, first.dtype))  # (N, C, h, w)
    colours = functional.avg_pool2d(pictures, _SIDE // latents.shape[-1])  # (N, 3, h, w)
    cells = latents.float().cpu().permute(0, 2, 3, 1).flatten(0, 2)  # (N*h*w, C)
    cells = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
    # The tiny ridge keeps an untrained or degenerate VAE from making the system singular.
    square = cells.T @ cells + 1e-3 * torch.eye(cells.shape[1])
    return torch.linalg.solve(square, cells.T @ colours.permute(0, 2, 3, 1).flatten(0, 2))


def _encode(vae: AutoencoderKL | AutoencoderKLQwenImage, pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (N, 3, H, W) in [-1, 1] to latents (N, C, h, w), scaled as the denoising network knows them."""
    if isinstance(vae, AutoencoderKLQwenImage):  # made for films: pictures of one frame, normalised channel by channel
        latents = vae.encode(pictures[:, :, None], return_dict=False)[0].mode()[:, :, 0]
        mean, std = (torch.tensor(vae.config[name]).to(latents) for name in ("latents_mean", "latents_std"))
        return (latents - mean[:, None, None]) / std[:, None, None]
    latents = vae.encode(pictures, return_dict=False)[0].mode()
    return (latents - (vae.config.get("shift_factor") or 0.0)) * vae.config["scaling_factor"]


def preview_pixels(latents: torch.Tensor, fit: PreviewFit) -> Pixels:
    """Scaled latents (1, C, h, w) as pixels (h, w, 3)."""
    cells = latents[0].float().cpu().permute(1, 2, 0)  # (h, w, C)
    colours = cells @ fit[:-1] + fit[-1]
    return ((colours.nan_to_num() / 2 + 0.5).clamp(0, 1) * 255).round().numpy().astype(np.uint8)
