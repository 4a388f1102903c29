"""An instruction changes a picture: InstructPix2Pix (arXiv:2211.09800) and its kin."""

import torch

from inference.engine.chance import Chance
from inference.engine.denoise import denoise
from inference.engine.encode import encode
from inference.engine.guidance import ByWordsAndPicture
from inference.engine.image_to_image import fitted
from inference.engine.latents import decoded, latent_shape, picture_beside
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest
from inference.sampling import make_scheduler, set_steps


def draw(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels, keeping: float
) -> Pixels:
    """`picture` as the request's prompt asks; `keeping` is the guidance of the picture, 1 to 3."""
    latents = draw_latents(checkpoint, request, seed, watch, picture=picture, keeping=keeping)
    watch.phase(Phase.DECODING)
    return decoded(checkpoint, latents)


def draw_latents(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels, keeping: float
) -> torch.Tensor:
    """Its latents (1, C, h, w), clean and scaled."""
    watch.phase(Phase.TEXT)
    encoded = encode(checkpoint, request)
    chance = Chance(request, seed, checkpoint.device)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler, checkpoint.model, noise=request.noise)
    timesteps = set_steps(scheduler, request.steps, checkpoint.device, noise=request.noise)
    noise = chance.noise(latent_shape(checkpoint, request.width, request.height))
    seen = picture_beside(checkpoint, fitted(picture, request.width, request.height))
    return denoise(
        checkpoint,
        scheduler=scheduler,
        timesteps=timesteps,
        steps=request.steps,
        latents=noise * scheduler.init_noise_sigma,
        encoded=encoded,
        chance=chance,
        watch=watch,
        guide=ByWordsAndPicture(unet=checkpoint.pipe.unet, request=request, picture=seen, scale=keeping),
    )
