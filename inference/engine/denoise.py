"""The denoising loop: every diffusion engine runs through this one function."""

import inspect
from collections.abc import Callable

import torch
from diffusers.schedulers.scheduling_utils import SchedulerOutput

from inference.engine.chance import Chance
from inference.engine.conditioning import Encoded, Texts
from inference.engine.guidance import Guide, Rows
from inference.engine.preview import preview_pixels
from inference.engine.watch import Watch
from inference.errors import Overflowed
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import to_preview
from inference.sampling import Scheduler

# Latents after a call, and the timestep of the next one (None after the last) -> the latents to go on with.
Keep = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]


def denoise(
    checkpoint: Checkpoint,
    *,
    scheduler: Scheduler,
    timesteps: torch.Tensor,
    steps: int,
    latents: torch.Tensor,
    encoded: Encoded,
    chance: Chance,
    watch: Watch,
    guide: Guide,
    keep: Keep | None = None,
) -> torch.Tensor:
    """Noisy latents (1, C, h, w) to clean ones, over `timesteps`, one per call of the network, reported as `steps`.

    Latents stay in single precision whatever the network's is. After each call `keep` puts back what is not to change.
    Overflowed if the network's numbers overflow.
    """
    unet = checkpoint.pipe.unet
    extra = {"generator": chance.generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
    rows: tuple[Texts, Rows] | None = None
    watch.phase(Phase.DRAWING)
    for call, timestep in enumerate(timesteps):
        texts = encoded.at(call * steps // len(timesteps))
        if rows is None or rows[0] is not texts:
            rows = texts, guide.rows(texts)
        batch = scheduler.scale_model_input(latents, timestep).repeat(len(rows[1].embeddings), 1, 1, 1)
        if (beside := rows[1].beside) is not None:
            batch = torch.cat([batch, beside.expand(len(batch), -1, -1, -1)], dim=1)
        predicted = unet(
            batch.to(checkpoint.dtype), timestep, encoder_hidden_states=rows[1].embeddings,
            timestep_cond=rows[1].guidance, added_cond_kwargs=rows[1].added, return_dict=False,
        )[0]  # fmt: skip
        predicted = guide.guided(predicted, rows[1])
        with chance.stepping():
            result = scheduler.step(predicted, timestep, latents, **extra)
        imagined = _imagining(scheduler, result, predicted, timestep, latents)
        latents = result.prev_sample
        if keep:
            latents = keep(latents, timesteps[call + 1] if call + 1 < len(timesteps) else None)
        # Some samplers call the network twice for a step, or once more than they have steps.
        if (call + 1) * steps // len(timesteps) > call * steps // len(timesteps):
            watch.step(lambda imagined=imagined: to_preview(preview_pixels(imagined(), checkpoint.preview)))
    if not torch.isfinite(latents).all():
        raise Overflowed("the network's latents hold values that are no numbers")
    return latents


def _imagining(
    scheduler: Scheduler,
    result: SchedulerOutput,
    predicted: torch.Tensor,
    timestep: torch.Tensor,
    latents: torch.Tensor,
) -> Callable[[], torch.Tensor]:
    """A function that gives the clean latents as the network imagines them at this step."""

    def imagine() -> torch.Tensor:
        for name in ("pred_original_sample", "denoised"):
            if (known := getattr(result, name, None)) is not None:
                return known
        if scheduler.config.get("algorithm_type", "deis") != "deis" or "predict_x0" in scheduler.config:
            return getattr(scheduler, "model_outputs")[-1]  # noqa: B009  (only the multistep solvers have them)
        alpha = scheduler.alphas_cumprod[int(timestep)]  # the others say nothing, and scale by it
        if scheduler.config.prediction_type == "v_prediction":
            return alpha.sqrt() * latents - (1 - alpha).sqrt() * predicted
        return (latents - (1 - alpha).sqrt() * predicted) / alpha.sqrt()

    return imagine
