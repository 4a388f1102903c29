"""Samplers by name: which diffusers scheduler each one is, and with which arguments."""

from typing import Any

from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    SchedulerMixin,
    UniPCMultistepScheduler,
)

from inference.request import Sampler

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


def make_scheduler(sampler: Sampler, checkpoint: SchedulerMixin) -> Any:
    """A fresh scheduler for one picture; betas and prediction type are those the checkpoint was trained with."""
    kind, arguments = _SCHEDULERS[sampler]
    return kind.from_config(checkpoint.config, **arguments)  # type: ignore[attr-defined]
