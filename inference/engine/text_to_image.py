"""Text to image: noise in, picture out."""

import torch

from inference.engine.chance import Chance
from inference.engine.denoise import denoise
from inference.engine.encode import encode
from inference.engine.guidance import ByWords
from inference.engine.latents import blank_beside, decoded, latent_shape
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest
from inference.sampling import make_scheduler, set_steps


def draw(checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch) -> Pixels:
    """One picture of `request`, from this seed."""
    latents = draw_latents(checkpoint, request, seed, watch)
    watch.phase(Phase.DECODING)
    return decoded(checkpoint, latents)


def draw_latents(checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch) -> torch.Tensor:
    """Its latents (1, C, h, w), clean and scaled."""
    watch.phase(Phase.TEXT)
    encoded = encode(checkpoint, request)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler, checkpoint.model, noise=request.noise)
    timesteps = set_steps(scheduler, request.steps, checkpoint.device, noise=request.noise)
    chance = Chance(request, seed, checkpoint.device)
    shape = latent_shape(checkpoint, request.width, request.height)
    return denoise(
        checkpoint,
        scheduler=scheduler,
        timesteps=timesteps,
        steps=request.steps,
        latents=chance.noise(shape) * scheduler.init_noise_sigma,
        encoded=encoded,
        chance=chance,
        watch=watch,
        guide=ByWords(unet=checkpoint.pipe.unet, request=request, beside=blank_beside(checkpoint, shape, chance)),
    )
