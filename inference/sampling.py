"""Samplers by name: which scheduler each one is, and the noise schedule that the checkpoint was trained with."""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler, rescale_zero_terminal_snr
from diffusers.schedulers.scheduling_deis_multistep import DEISMultistepScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_heun_discrete import HeunDiscreteScheduler
from diffusers.schedulers.scheduling_k_dpm_2_ancestral_discrete import KDPM2AncestralDiscreteScheduler
from diffusers.schedulers.scheduling_k_dpm_2_discrete import KDPM2DiscreteScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from diffusers.schedulers.scheduling_pndm import PNDMScheduler
from diffusers.schedulers.scheduling_tcd import TCDScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from diffusers.schedulers.scheduling_utils import SchedulerMixin, SchedulerOutput

from inference.engine.solvers import DPMSolverSDEScheduler, LMSScheduler
from inference.models.catalog import Model, Spacing
from inference.request import Noise, Sampler


class Scheduler(Protocol):
    """What the denoising loop needs of a diffusers scheduler; each one holds the state of one picture."""

    config: Any
    order: int  # calls of the network for one step; the last step takes one call less
    timesteps: torch.Tensor
    alphas_cumprod: torch.Tensor
    init_noise_sigma: float | torch.Tensor

    def set_timesteps(self, num_inference_steps: int, *, device: torch.device) -> None: ...
    def set_begin_index(self, begin_index: int) -> None: ...
    def scale_model_input(self, sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor: ...
    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor
    ) -> torch.Tensor: ...
    @property
    def step(self) -> Callable[..., SchedulerOutput]: ...


_SDE = {"algorithm_type": "sde-dpmsolver++"}
_KARRAS = {"use_karras_sigmas": True, "timestep_spacing": Spacing.LINSPACE.value}  # always over the whole range
# "DPM++ 2M SDE" and "3M SDE" are the multistep forms (arXiv:2211.01095): one call of the network a step.
_SCHEDULERS: dict[Sampler, tuple[type[Any], dict[str, Any]]] = {
    Sampler.EULER: (EulerDiscreteScheduler, {}),
    Sampler.EULER_A: (EulerAncestralDiscreteScheduler, {}),
    Sampler.HEUN: (HeunDiscreteScheduler, {}),
    Sampler.DPM2: (KDPM2DiscreteScheduler, {}),
    Sampler.DPM2_A: (KDPM2AncestralDiscreteScheduler, {}),
    Sampler.LMS: (LMSScheduler, {}),
    Sampler.DPMPP_2M: (DPMSolverMultistepScheduler, {}),
    Sampler.DPMPP_2M_KARRAS: (DPMSolverMultistepScheduler, {**_KARRAS}),
    Sampler.DPMPP_SDE: (DPMSolverSDEScheduler, {}),
    Sampler.DPMPP_SDE_KARRAS: (DPMSolverSDEScheduler, {**_KARRAS}),
    Sampler.DPMPP_2M_SDE: (DPMSolverMultistepScheduler, {**_SDE}),
    Sampler.DPMPP_2M_SDE_KARRAS: (DPMSolverMultistepScheduler, {**_SDE, **_KARRAS}),
    Sampler.DPMPP_3M_SDE: (DPMSolverMultistepScheduler, {**_SDE, "solver_order": 3}),
    Sampler.DPMPP_3M_SDE_KARRAS: (DPMSolverMultistepScheduler, {**_SDE, **_KARRAS, "solver_order": 3}),
    Sampler.DDIM: (DDIMScheduler, {}),
    Sampler.UNIPC: (UniPCMultistepScheduler, {}),
    Sampler.LCM: (LCMScheduler, {}),
    Sampler.TCD: (TCDScheduler, {}),
    Sampler.DEIS: (DEISMultistepScheduler, {}),
    Sampler.PLMS: (PNDMScheduler, {"skip_prk_steps": True}),
}

# What a checkpoint's scheduler file says about how the network was trained; the rest of it is one sampler's own.
_TRAINING = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "timestep_spacing",
    "steps_offset",
    "set_alpha_to_one",
    "rescale_betas_zero_snr",
)
_SPACED_THERE_TOO = {Sampler.DDIM, Sampler.PLMS, Sampler.UNIPC, Sampler.LCM, Sampler.TCD, Sampler.DEIS}
_ALMOST_ZERO = 2.0**-24  # what diffusers' own schedulers put for a signal of zero, where they divide by it


def make_scheduler(
    sampler: Sampler, checkpoint: SchedulerMixin, model: Model | None = None, *, noise: Noise = Noise.CPU
) -> Scheduler:
    """A fresh scheduler for one picture, with the schedule that the checkpoint was trained with.

    That is what the checkpoint's own scheduler says, and where the entry of `model` says otherwise, that. A picture of
    A1111's has its noise levels, which for these samplers are the same whatever the checkpoint says.
    """
    kind, own = _SCHEDULERS[sampler]
    config: dict[str, Any] = {name: checkpoint.config[name] for name in _TRAINING if name in checkpoint.config}  # type: ignore[attr-defined]
    arguments = {"set_alpha_to_one": False, "clip_sample": False, **config, **_said(model), **own}
    takes = _parameters(kind)
    if noise is Noise.A1111 and sampler not in _SPACED_THERE_TOO:
        arguments["timestep_spacing"] = Spacing.LINSPACE.value
    if arguments.get("rescale_betas_zero_snr"):
        # The schedule must begin where there is no signal at all (arXiv:2305.08891, section 3.3), which "leading" never
        # does; and Karras' levels, spread from there, would spend nearly every step above all that can be seen.
        arguments["use_karras_sigmas"] = False
        if arguments.get("timestep_spacing", Spacing.LEADING) == Spacing.LEADING or own.get("use_karras_sigmas"):
            arguments["timestep_spacing"] = Spacing.TRAILING.value
        if "rescale_betas_zero_snr" not in takes:
            arguments["trained_betas"] = _rescaled(checkpoint)
    return kind(**{name: value for name, value in arguments.items() if name in takes})


def set_steps(
    scheduler: Scheduler, steps: int, device: torch.device, *, skipped: int = 0, noise: Noise = Noise.CPU
) -> torch.Tensor:
    """The timesteps of a picture of `steps` steps that leaves out the first `skipped`; one entry per network call."""
    if isinstance(scheduler, LCMScheduler | TCDScheduler) and steps > scheduler.config["original_inference_steps"]:
        scheduler.register_to_config(original_inference_steps=steps)  # its teacher's steps, of which it takes some
    solver: Any = scheduler  # whose classes differ in what they take
    if (
        noise is Noise.A1111
        and isinstance(solver, DPMSolverMultistepScheduler)
        and not solver.config["use_karras_sigmas"]
    ):
        # diffusers leaves the last noise level out here, A1111 goes down to it; to the nearest whole timestep.
        last = solver.config["num_train_timesteps"] - 1
        levels = torch.linspace(last, 0, steps, dtype=torch.float64).round().long().tolist()
        solver.set_timesteps(timesteps=levels, device=device)
    else:
        scheduler.set_timesteps(steps, device=device)
    if hasattr(scheduler, "set_begin_index"):  # DDIM and PLMS have none and need none
        scheduler.set_begin_index(skipped * scheduler.order)
    if isinstance(scheduler, PNDMScheduler) and skipped:
        # It takes its first step twice, and so lists the second timestep twice: wherever it begins.
        rest = scheduler.timesteps[skipped + 1 :]
        return torch.cat([rest[:2], rest[1:]])
    return scheduler.timesteps[skipped * scheduler.order :]


def _said(model: Model | None) -> dict[str, Any]:
    """What the catalogue's entry says about the schedule, by diffusers' names."""
    if model is None:
        return {}
    said = {
        "prediction_type": model.prediction and model.prediction.value,
        "timestep_spacing": model.spacing and model.spacing.value,
        "rescale_betas_zero_snr": model.zero_terminal_snr,
    }
    return {name: value for name, value in said.items() if value is not None}


def _rescaled(checkpoint: SchedulerMixin) -> list[float]:
    """Betas of zero terminal SNR (arXiv:2305.08891, algorithm 1) for schedulers that cannot make them themselves."""
    betas: torch.Tensor = DDIMScheduler.from_config(checkpoint.config, rescale_betas_zero_snr=False).betas  # type: ignore[attr-defined]
    rescaled = rescale_zero_terminal_snr(betas.double())
    rescaled[-1] = 1 - _ALMOST_ZERO / torch.cumprod(1 - rescaled, dim=0)[-2]
    return rescaled.tolist()


@cache
def _parameters(kind: type[Any]) -> frozenset[str]:
    """The names of what a scheduler can be made with."""
    return frozenset(inspect.signature(kind.__init__).parameters)
