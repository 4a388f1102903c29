"""Image to image: a picture is noised part of the way and drawn again from there (SDEdit, arXiv:2108.01073)."""

import numpy as np
import torch
from PIL import Image

from inference.engine.chance import Chance
from inference.engine.denoise import denoise
from inference.engine.encode import encode
from inference.engine.guidance import ByWords
from inference.engine.latents import blank_beside, decoded, encoded_picture, latent_shape
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest, steps_run
from inference.sampling import make_scheduler, set_steps


def draw(checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels) -> Pixels:
    """One picture of `request`, from `picture` and this seed."""
    latents = draw_latents(checkpoint, request, seed, watch, picture=picture)
    watch.phase(Phase.DECODING)
    return decoded(checkpoint, latents)


def draw_latents(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels
) -> torch.Tensor:
    """Its latents (1, C, h, w), clean and scaled."""
    watch.phase(Phase.TEXT)
    encoded = encode(checkpoint, request)
    chance = Chance(request, seed, checkpoint.device)
    clean = encoded_picture(checkpoint, fitted(picture, request.width, request.height), chance)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler, checkpoint.model, noise=request.noise)
    steps = steps_run(request)
    timesteps = set_steps(
        scheduler, request.steps, checkpoint.device, skipped=request.steps - steps, noise=request.noise
    )
    shape = latent_shape(checkpoint, request.width, request.height)
    return denoise(
        checkpoint,
        scheduler=scheduler,
        timesteps=timesteps,
        steps=steps,
        latents=scheduler.add_noise(clean, chance.noise(shape), timesteps[:1]),
        encoded=encoded,
        chance=chance,
        watch=watch,
        guide=ByWords(unet=checkpoint.pipe.unet, request=request, beside=blank_beside(checkpoint, shape, chance)),
    )


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """`picture` scaled to cover (width, height) and cropped around its middle, so that nothing is squeezed."""
    image = Image.fromarray(picture)
    scale = max(width / image.width, height / image.height)
    covering = image.resize(
        (max(width, round(image.width * scale)), max(height, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    left, top = (covering.width - width) // 2, (covering.height - height) // 2
    return np.asarray(covering.crop((left, top, left + width, top + height)))
