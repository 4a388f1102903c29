"""Samplers by name: which diffusers scheduler each one is, and with which arguments."""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from diffusers.schedulers.scheduling_utils import SchedulerMixin, SchedulerOutput

from inference.request import Sampler


class Scheduler(Protocol):
    """What the denoising loop needs of a diffusers scheduler; each one holds the state of one picture."""

    config: Any
    order: int
    timesteps: torch.Tensor
    init_noise_sigma: float | torch.Tensor

    def set_timesteps(self, num_inference_steps: int, *, device: torch.device) -> None: ...
    def set_begin_index(self, begin_index: int) -> None: ...
    def scale_model_input(self, sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor: ...
    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor
    ) -> torch.Tensor: ...
    @property
    def step(self) -> Callable[..., SchedulerOutput]: ...


# "dpm++ sde" is the second-order multistep form (DPM-Solver++ 2M SDE, Lu et al. 2022, arXiv:2211.01095): it draws its
# noise from the request's generator, where the single-step form would need a Brownian tree of another library.
_SCHEDULERS: dict[Sampler, tuple[type[Any], dict[str, Any]]] = {
    Sampler.EULER: (EulerDiscreteScheduler, {}),
    Sampler.EULER_A: (EulerAncestralDiscreteScheduler, {}),
    Sampler.DPMPP_2M: (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    Sampler.DPMPP_2M_KARRAS: (
        DPMSolverMultistepScheduler,
        {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True},
    ),
    Sampler.DPMPP_SDE: (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    Sampler.DDIM: (DDIMScheduler, {}),
    Sampler.UNIPC: (UniPCMultistepScheduler, {}),
}


def make_scheduler(sampler: Sampler, checkpoint: SchedulerMixin) -> Scheduler:
    """A fresh scheduler for one picture; betas and prediction type are those the checkpoint was trained with."""
    kind, arguments = _SCHEDULERS[sampler]
    return kind.from_config(checkpoint.config, **arguments)  # type: ignore[attr-defined]
