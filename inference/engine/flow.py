"""Drawing with transformers trained by flow matching: diffusers' own pipelines, followed step by step.

They encode their text and guide themselves in ways of their own, and have one sampler, the Euler steps of rectified
flow (arXiv:2209.03003). Their scheduler is what every one of them calls once a step: ours reports the step, shows the
preview and stops when nobody wants the picture any more.
"""

from typing import Any

# diffusers annotates tensors as FloatTensor, which no tensor is an instance of.
# pyright: reportArgumentType=false
import torch
from diffusers.guiders.classifier_free_guidance import ClassifierFreeGuidance
from diffusers.modular_pipelines.modular_pipeline import ModularPipeline
from diffusers.pipelines.chroma.pipeline_chroma import ChromaPipeline
from diffusers.pipelines.chroma.pipeline_chroma_img2img import ChromaImg2ImgPipeline
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage import QwenImagePipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage_img2img import QwenImageImg2ImgPipeline
from diffusers.pipelines.z_image.pipeline_z_image_img2img import ZImageImg2ImgPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
    FlowMatchEulerDiscreteSchedulerOutput,
)
from PIL import Image

from inference.engine.image_to_image import fitted
from inference.engine.preview import preview_pixels
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.loading import Checkpoint
from inference.pixels import Pixels, checked, to_preview
from inference.request import DrawRequest, steps_run

_FROM_PICTURE: dict[str, type[Any]] = {
    "chroma": ChromaImg2ImgPipeline,
    "qwen-image": QwenImageImg2ImgPipeline,
    "z-image": ZImageImg2ImgPipeline,
}
_NO_WORDS = " "  # what these encoders take for an empty prompt; nothing at all has no tokens to encode


def draw(
    checkpoint: Checkpoint, request: DrawRequest, seed: int, watch: Watch, *, picture: Pixels | None = None
) -> Pixels:
    """One picture of `request` from this seed, starting from `picture` where there is one."""
    watch.phase(Phase.TEXT)
    pipe, family = checkpoint.pipe, checkpoint.model.family
    arguments = _arguments(family, request)
    arguments["generator"] = torch.Generator("cpu").manual_seed(seed)
    if picture is not None:
        arguments["image"] = Image.fromarray(fitted(picture, request.width, request.height))
        # Just so far that their count of steps is ours: they round what is left out, we what is taken.
        arguments["strength"] = (steps_run(request) - 1e-6) / request.steps
        if family in _FROM_PICTURE:
            pipe = _FROM_PICTURE[family](**pipe.components)
    kept, guided = pipe.scheduler, getattr(pipe, "guider", None)
    followed = _Followed.from_config(kept.config)
    assert isinstance(followed, _Followed)
    followed.begin(checkpoint, request, watch, steps_run(request))
    _replace(pipe, followed, guided and ClassifierFreeGuidance(guidance_scale=request.guidance))
    try:
        images = pipe(**arguments, output="images") if guided else pipe(**arguments).images
    finally:
        _replace(pipe, kept, guided)
    return checked(images[0] * 2 - 1)


class _Followed(FlowMatchEulerDiscreteScheduler):
    """The scheduler of one picture; every step is reported, and after the last one the decoding begins."""

    def begin(self, checkpoint: Checkpoint, request: DrawRequest, watch: Watch, steps: int) -> None:
        """Say whom to tell."""
        self._checkpoint, self._request, self._watch, self._left = checkpoint, request, watch, steps

    def stretch_shift_to_terminal(self, t: torch.Tensor) -> torch.Tensor:
        """The levels stretched so that the last one is where the family ends; a single one can only begin."""
        return super().stretch_shift_to_terminal(t) if len(t) > 1 else t

    def step(  # as its base has it, which pipelines look at
        self, model_output: torch.Tensor, timestep: torch.Tensor, sample: torch.Tensor, return_dict: bool = True
    ) -> FlowMatchEulerDiscreteSchedulerOutput | tuple[torch.Tensor]:
        """One Euler step, and a word about it; Cancelled once nobody wants the picture."""
        [latents] = super().step(model_output, timestep, sample, return_dict=False)

        def preview() -> bytes:
            return to_preview(
                preview_pixels(_as_map(self._checkpoint, self._request, latents), self._checkpoint.preview)
            )

        self._watch.step(preview)
        self._left -= 1
        if not self._left:
            self._watch.phase(Phase.DECODING)
        return FlowMatchEulerDiscreteSchedulerOutput(prev_sample=latents) if return_dict else (latents,)


def _arguments(family: str, request: DrawRequest) -> dict[str, Any]:
    """What a family's pipeline is called with; guidance of 1 is off, as everywhere."""
    arguments: dict[str, Any] = {
        "prompt": request.prompt or _NO_WORDS,
        "negative_prompt": request.negative or _NO_WORDS,
        "width": request.width,
        "height": request.height,
        "num_inference_steps": request.steps,
        "output_type": "np",
    }
    match family:
        case "qwen-image":
            arguments["true_cfg_scale"] = request.guidance
        case "z-image":  # counts from zero: it adds so many times the difference to what the prompt alone gives
            arguments["guidance_scale"] = request.guidance if request.guidance > 1 else 0.0
        case "chroma" | "lumina2":
            arguments["guidance_scale"] = request.guidance
        case _:  # Anima's guidance is a part of its pipeline
            pass
    return arguments


def _replace(
    pipe: DiffusionPipeline | ModularPipeline,
    scheduler: FlowMatchEulerDiscreteScheduler,
    guider: ClassifierFreeGuidance | None,
) -> None:
    if isinstance(pipe, ModularPipeline):
        pipe.update_components(scheduler=scheduler, guider=guider)
    else:
        pipe.register_modules(scheduler=scheduler)


def _as_map(checkpoint: Checkpoint, request: DrawRequest, latents: torch.Tensor) -> torch.Tensor:
    """Latents as the family keeps them, to (1, C, h, w)."""
    match checkpoint.model.family:
        case "qwen-image":
            unpacked = QwenImagePipeline._unpack_latents(latents, request.height, request.width, 8)
        case "chroma":
            unpacked = ChromaPipeline._unpack_latents(latents, request.height, request.width, 8)
        case _:
            unpacked = latents
    return unpacked[:, :, 0] if unpacked.ndim == 5 else unpacked
