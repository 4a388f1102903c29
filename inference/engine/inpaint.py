"""A part of a picture is drawn anew, by networks made for it and by ordinary ones; the rest stays, bit by bit.

A network made for it takes the mask and what is left of the picture beside the latents (Rombach et al. 2022,
arXiv:2112.10752, section 4.5). With an ordinary one the latents outside the mask are set back after every step to the
picture's own, as noisy as they are then (Avrahami et al. 2022, arXiv:2111.14818).
"""

import numpy as np
import torch
import torch.nn.functional as F

from inference.engine.chance import Chance
from inference.engine.denoise import Keep, denoise
from inference.engine.encode import encode
from inference.engine.guidance import ByWords
from inference.engine.image_to_image import fitted
from inference.engine.latents import decoded, encoded, latent_shape, takes_mask, values_of
from inference.engine.watch import Watch
from inference.masks import Mask
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest, steps_run
from inference.sampling import Scheduler, make_scheduler, set_steps


def draw(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels, mask: Mask
) -> Pixels:
    """`picture` (H, W, 3), with what `request` says in the `mask` (H, W); where that is 0, every pixel is as it was.

    Both are fitted to the request's size first.
    """
    before = fitted(picture, request.width, request.height)
    soft = fitted_mask(mask, request.width, request.height)
    latents = draw_latents(checkpoint, request, seed, watch, picture=before, mask=soft)
    watch.phase(Phase.DECODING)
    return laid_over(before, decoded(checkpoint, latents), soft)


def draw_latents(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels, mask: Mask
) -> torch.Tensor:
    """The latents (1, C, h, w) of the whole picture, clean and scaled; picture and mask have the request's size."""
    watch.phase(Phase.TEXT)
    said = encode(checkpoint, request)
    chance, made_for_it = Chance(request, seed, checkpoint.device), takes_mask(checkpoint)
    steps = steps_run(request)
    scheduler = make_scheduler(request.sampler, checkpoint.pipe.scheduler, checkpoint.model, noise=request.noise)
    timesteps = set_steps(
        scheduler, request.steps, checkpoint.device, skipped=request.steps - steps, noise=request.noise
    )
    hole = torch.from_numpy(mask >= 0.5)[None, None].float()
    from_noise = steps == request.steps
    values = values_of(picture)
    clean = None if made_for_it and from_noise else encoded(checkpoint, values, chance)
    shape = latent_shape(checkpoint, request.width, request.height)
    noise, small = chance.noise(shape), F.interpolate(hole, size=shape[-2:]).to(checkpoint.device)
    if clean is None or from_noise:
        latents = noise * scheduler.init_noise_sigma
    else:
        latents = scheduler.add_noise(clean, noise, timesteps[:1])
    beside = torch.cat([small, encoded(checkpoint, values * (hole < 0.5), chance)], 1) if made_for_it else None
    return denoise(
        checkpoint,
        scheduler=scheduler,
        timesteps=timesteps,
        steps=steps,
        latents=latents,
        encoded=said,
        chance=chance,
        watch=watch,
        guide=ByWords(unet=checkpoint.pipe.unet, request=request, beside=beside),
        keep=None if made_for_it or clean is None else _keeping(scheduler, clean, noise, small),
    )


def _keeping(scheduler: Scheduler, clean: torch.Tensor, noise: torch.Tensor, hole: torch.Tensor) -> Keep:
    """Puts the picture's own latents back outside the hole, as noisy as the others are for the next step."""

    def keep(latents: torch.Tensor, following: torch.Tensor | None) -> torch.Tensor:
        own = clean if following is None else scheduler.add_noise(clean, noise, following[None])
        return (1 - hole) * own + hole * latents

    return keep


def fitted_mask(mask: Mask, width: int, height: int) -> Mask:
    """`mask` scaled and cut as `fitted` does a picture of its size."""
    levels = np.repeat((np.clip(mask, 0, 1) * 255).round().astype(np.uint8)[..., None], 3, axis=2)
    return fitted(levels, width, height)[..., 0].astype(np.float32) / np.float32(255)


def laid_over(before: Pixels, after: Pixels, mask: Mask) -> Pixels:
    """`after` where the mask is 1, `before` where it is 0, to the bit, and between them a blend."""
    share = mask[..., None]
    mixed = before * (1 - share) + after * share
    return np.where(share == 0, before, mixed.round().astype(np.uint8))
