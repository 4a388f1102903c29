"""Image to image: a picture is noised part of the way and drawn again from there (SDEdit, arXiv:2108.01073)."""

import numpy as np
import torch
from PIL import Image

from inference.engine.denoise import decode, denoise, encode_text, noise_like
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest
from inference.sampling import make_scheduler


def draw(checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels) -> Pixels:
    """One picture of `request`, from `picture` and this seed."""
    watch.phase(Phase.TEXT)
    text = encode_text(checkpoint, request)
    generator = torch.Generator("cpu").manual_seed(seed)
    clean = _encode(checkpoint, fitted(picture, request.width, request.height), generator)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler)
    scheduler.set_timesteps(request.steps, device=checkpoint.device)
    skipped = request.steps - steps_taken(request)
    timesteps = scheduler.timesteps[skipped * scheduler.order :]
    if hasattr(scheduler, "set_begin_index"):  # DDIM has none and needs none
        scheduler.set_begin_index(skipped * scheduler.order)
    noise = noise_like(tuple(clean.shape), generator, checkpoint)
    latents = denoise(
        checkpoint,
        request,
        scheduler=scheduler,
        timesteps=timesteps,
        latents=scheduler.add_noise(clean, noise, timesteps[:1]),
        text=text,
        generator=generator,
        watch=watch,
    )
    watch.phase(Phase.DECODING)
    return decode(checkpoint, latents)


def steps_taken(request: DrawRequest) -> int:
    """How many of the request's steps are really run: the share that `strength` leaves, one at least."""
    strength = 1.0 if request.strength is None else request.strength
    return min(request.steps, max(1, int(request.steps * strength)))


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """`picture` scaled to cover (width, height) and cropped around its middle, so that nothing is squeezed."""
    image = Image.fromarray(picture)
    scale = max(width / image.width, height / image.height)
    covering = image.resize(
        (max(width, round(image.width * scale)), max(height, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    left, top = (covering.width - width) // 2, (covering.height - height) // 2
    return np.asarray(covering.crop((left, top, left + width, top + height)))


def _encode(checkpoint: Checkpoint, picture: Pixels, generator: torch.Generator) -> torch.Tensor:
    """Pixels (H, W, 3) to scaled latents (1, C, H/8, W/8)."""
    vae = checkpoint.pipe.vae
    values = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].to(torch.float32) / 127.5 - 1  # (1, 3, H, W)
    posterior = vae.encode(values.to(checkpoint.device, vae.dtype)).latent_dist
    return (posterior.sample(generator=generator) * vae.config.scaling_factor).to(checkpoint.dtype)
