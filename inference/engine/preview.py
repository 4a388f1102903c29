"""Previews for nearly nothing: a linear map from a latent cell to a colour, fitted to the VAE when it is loaded."""

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch.nn import functional

from inference.pixels import Pixels

PreviewFit = torch.Tensor  # (channels + 1, 3): weights of the scaled latents' channels, then an offset

_PICTURES, _SIDE = 8, 128


@torch.inference_mode()
def fit_preview(vae: AutoencoderKL) -> PreviewFit:
    """Least squares over soft coloured pictures: what the VAE encodes them to, against their own colours."""
    first = next(vae.parameters())
    noise = torch.rand((_PICTURES, 3, 8, 8), generator=torch.Generator("cpu").manual_seed(0))
    pictures = functional.interpolate(noise, size=(_SIDE, _SIDE), mode="bicubic").clamp(0, 1) * 2 - 1
    posterior = vae.encode(pictures.to(first.device, first.dtype), return_dict=False)[0]
    latents = posterior.mean  # (N, C, h, w)
    scale = 2 ** (len(vae.config["block_out_channels"]) - 1)
    colours = functional.avg_pool2d(pictures, scale)  # (N, 3, h, w)
    cells = (latents * vae.config["scaling_factor"]).float().cpu().permute(0, 2, 3, 1).flatten(0, 2)  # (N*h*w, C)
    cells = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
    # The tiny ridge keeps an untrained or degenerate VAE from making the system singular.
    square = cells.T @ cells + 1e-3 * torch.eye(cells.shape[1])
    return torch.linalg.solve(square, cells.T @ colours.permute(0, 2, 3, 1).flatten(0, 2))


def preview_pixels(latents: torch.Tensor, fit: PreviewFit) -> Pixels:
    """Scaled latents (1, C, h, w) as pixels (h, w, 3)."""
    cells = latents[0].float().cpu().permute(1, 2, 0)  # (h, w, C)
    colours = cells @ fit[:-1] + fit[-1]
    return ((colours.nan_to_num() / 2 + 0.5).clamp(0, 1) * 255).round().numpy().astype(np.uint8)
