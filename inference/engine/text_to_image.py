"""Text to image: noise in, picture out."""

import torch

from inference.engine.denoise import decode, denoise, encode_text, noise_like
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest
from inference.sampling import make_scheduler


def draw(checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch) -> Pixels:
    """One picture of `request`, from this seed."""
    watch.phase(Phase.TEXT)
    text = encode_text(checkpoint, request)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler)
    scheduler.set_timesteps(request.steps, device=checkpoint.device)
    generator = torch.Generator("cpu").manual_seed(seed)
    channels, scale = checkpoint.pipe.unet.config.in_channels, checkpoint.pipe.vae_scale_factor
    shape = (1, channels, request.height // scale, request.width // scale)
    latents = denoise(
        checkpoint,
        request,
        scheduler=scheduler,
        timesteps=scheduler.timesteps,
        latents=noise_like(shape, generator, checkpoint) * scheduler.init_noise_sigma,
        text=text,
        generator=generator,
        watch=watch,
    )
    watch.phase(Phase.DECODING)
    return decode(checkpoint, latents)
