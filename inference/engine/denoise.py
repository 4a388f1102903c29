"""The denoising loop: every diffusion engine runs through this one function."""

import inspect
from collections.abc import Callable

import torch
from diffusers.schedulers.scheduling_utils import SchedulerOutput

from inference.engine.preview import preview_pixels
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels, checked, to_preview
from inference.request import DrawRequest
from inference.sampling import Scheduler


def encode_text(checkpoint: Checkpoint, request: DrawRequest) -> torch.Tensor:
    """Text embeddings (2, 77, C): negative prompt, then prompt; (1, 77, C) without guidance."""
    tokenizer, encoder = checkpoint.pipe.tokenizer, checkpoint.pipe.text_encoder
    texts = [request.negative, request.prompt] if request.guidance > 1 else [request.prompt]
    length = tokenizer.model_max_length
    tokens = tokenizer(texts, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
    encoded = encoder(tokens.to(checkpoint.device), output_hidden_states=True)
    # People count as A1111 does: 1 means the last layer. An earlier layer still goes through the last norm.
    if request.clip_skip == 1:
        return encoded.last_hidden_state
    return encoder.final_layer_norm(encoded.hidden_states[-request.clip_skip])


def denoise(
    checkpoint: Checkpoint,
    request: DrawRequest,
    *,
    scheduler: Scheduler,
    timesteps: torch.Tensor,
    latents: torch.Tensor,
    text: torch.Tensor,
    generator: torch.Generator,
    watch: Watch,
) -> torch.Tensor:
    """Noisy latents (1, C, h, w) to clean ones, over `timesteps`, reporting every step."""
    extra = {"generator": generator} if "generator" in inspect.signature(scheduler.step).parameters else {}
    watch.phase(Phase.DRAWING)
    for timestep in timesteps:
        # Both halves of guidance in one forward pass: half the launches, and the weights are read once.
        model_input = scheduler.scale_model_input(torch.cat([latents] * len(text)), timestep)
        predicted = checkpoint.pipe.unet(model_input, timestep, encoder_hidden_states=text, return_dict=False)[0]
        if len(text) == 2:
            without, with_prompt = predicted.chunk(2)
            predicted = without + request.guidance * (with_prompt - without)
        result = scheduler.step(predicted, timestep, latents, **extra)
        latents = result.prev_sample
        watch.step(_preview(checkpoint, scheduler, result))
    return latents


def _preview(checkpoint: Checkpoint, scheduler: Scheduler, result: SchedulerOutput) -> Callable[[], bytes]:
    """A function that makes the preview of this step: the clean picture as the network imagines it now."""

    def make() -> bytes:
        imagined = getattr(result, "pred_original_sample", None)
        if imagined is None:  # the multistep solvers keep it among their own state
            imagined = getattr(scheduler, "model_outputs")[-1]  # noqa: B009  (only they have it)
        return to_preview(preview_pixels(imagined, checkpoint.preview))

    return make


def decode(checkpoint: Checkpoint, latents: torch.Tensor) -> Pixels:
    """Clean latents (1, C, h, w) to pixels (8h, 8w, 3); DrawingFailed if that gives no picture."""
    vae = checkpoint.pipe.vae
    values = vae.decode(latents.to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0]  # (1, 3, H, W)
    return checked(values[0].float().permute(1, 2, 0).cpu().numpy())


def noise_like(latents_shape: tuple[int, ...], generator: torch.Generator, checkpoint: Checkpoint) -> torch.Tensor:
    """Noise from a CPU generator in the checkpoint's own precision: one seed is one picture on every card."""
    return torch.randn(latents_shape, generator=generator, dtype=checkpoint.dtype).to(checkpoint.device)
