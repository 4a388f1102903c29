"""Every sampler, step by step, beside what it should be: diffusers' scheduler, set up here by hand, or its formula.

The network is a formula of what it is shown and when, so that the noise levels and timesteps it is asked about count
as well. LMS and DPM++ SDE need libraries in diffusers that are not here: k-diffusion's published steps are walked for
them in double precision. Differences are of samples scaled to variance one, as the network is shown them.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from inference.request import Sampler
from inference.sampling import make_scheduler, set_steps

STEPS, SHAPE = 8, (1, 4, 8, 8)
CPU = torch.device("cpu")
_BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
# What each sampler is in diffusers, and with which settings; the rest is the checkpoint's.
_KARRAS = {"use_karras_sigmas": True, "timestep_spacing": "linspace"}
_SDE = {"algorithm_type": "sde-dpmsolver++"}
_DIFFUSERS: dict[Sampler, tuple[str, dict[str, Any]]] = {
    Sampler.EULER: ("EulerDiscreteScheduler", {}),
    Sampler.EULER_A: ("EulerAncestralDiscreteScheduler", {}),
    Sampler.HEUN: ("HeunDiscreteScheduler", {}),
    Sampler.DPM2: ("KDPM2DiscreteScheduler", {}),
    Sampler.DPM2_A: ("KDPM2AncestralDiscreteScheduler", {}),
    Sampler.DPMPP_2M: ("DPMSolverMultistepScheduler", {}),
    Sampler.DPMPP_2M_KARRAS: ("DPMSolverMultistepScheduler", _KARRAS),
    Sampler.DPMPP_2M_SDE: ("DPMSolverMultistepScheduler", _SDE),
    Sampler.DPMPP_2M_SDE_KARRAS: ("DPMSolverMultistepScheduler", _SDE | _KARRAS),
    Sampler.DPMPP_3M_SDE: ("DPMSolverMultistepScheduler", _SDE | {"solver_order": 3}),
    Sampler.DPMPP_3M_SDE_KARRAS: ("DPMSolverMultistepScheduler", _SDE | _KARRAS | {"solver_order": 3}),
    Sampler.DDIM: ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False}),
    Sampler.UNIPC: ("UniPCMultistepScheduler", {}),
    Sampler.LCM: ("LCMScheduler", {"set_alpha_to_one": False}),
    Sampler.TCD: ("TCDScheduler", {"set_alpha_to_one": False}),
    Sampler.DEIS: ("DEISMultistepScheduler", {}),
    Sampler.PLMS: ("PNDMScheduler", {"skip_prk_steps": True, "set_alpha_to_one": False}),
}
# diffusers' classes that make a schedule of zero terminal SNR themselves.
_OWN_ZERO_SNR = {
    "DDIMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler",
    "UniPCMultistepScheduler", "LCMScheduler", "TCDScheduler",
}  # fmt: skip
_SINGLE_STEPS = (Sampler.DPMPP_SDE, Sampler.DPMPP_SDE_KARRAS)
Trace = list[torch.Tensor]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a checkpoint was trained for."""

    title: str
    prediction: str
    zero_snr: bool


TRAINED = (
    Trained("epsilon", "epsilon", False),
    Trained("v", "v_prediction", False),
    Trained("v, zero SNR", "v_prediction", True),
)


def steps(sampler: Sampler, trained: Trained) -> tuple[float, float]:
    """How far apart ours is from what it should be, at the worst step; and the same with another prediction."""
    wanted = _walked(sampler, trained) if sampler in {Sampler.LMS, *_SINGLE_STEPS} else _theirs(sampler, trained)
    other = {"epsilon": "v_prediction", "v_prediction": "epsilon"}[trained.prediction]
    # Without any signal epsilon would be divided by zero; there the schedule is said wrongly instead.
    lie = Trained("", trained.prediction, False) if trained.zero_snr else Trained("", other, False)
    return _apart(_ours(sampler, trained), wanted), _apart(_ours(sampler, lie), wanted)


def _network(shown: torch.Tensor, timestep: float) -> torch.Tensor:
    """Something that depends on all it is told, and stays calm."""
    turned = shown.roll(1, dims=-1)
    return 0.4 * torch.sin(2 * shown + timestep / 300) + 0.3 * turned


def _noise() -> tuple[torch.Tensor, torch.Generator]:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(5)), torch.Generator().manual_seed(6)


def _ours(sampler: Sampler, trained: Trained) -> Trace:
    spacing = "trailing" if trained.zero_snr else "leading"
    facts: dict[str, Any] = {
        **_BETAS, "prediction_type": trained.prediction, "rescale_betas_zero_snr": trained.zero_snr,
        "timestep_spacing": spacing, "steps_offset": 1, "clip_sample": False, "set_alpha_to_one": False,
    }  # fmt: skip
    checkpoint = DDIMScheduler(**facts)
    scheduler = make_scheduler(sampler, checkpoint)
    return _stepped(scheduler, set_steps(scheduler, STEPS, CPU))


def _theirs(sampler: Sampler, trained: Trained) -> Trace:
    """diffusers' own scheduler, made here."""
    name, own = _DIFFUSERS[sampler]
    settings: dict[str, Any] = {
        **_BETAS, "prediction_type": trained.prediction, "steps_offset": 1, "timestep_spacing": "leading", **own,
    }  # fmt: skip
    if trained.zero_snr:
        settings = {**settings, "timestep_spacing": "trailing"}
        settings.pop("use_karras_sigmas", None)  # they would spend every step above all that can be seen
        if name in _OWN_ZERO_SNR:
            settings["rescale_betas_zero_snr"] = True
        else:
            settings["trained_betas"] = list(_zero_snr_betas())
    scheduler = getattr(diffusers, name)(**settings)
    scheduler.set_timesteps(STEPS, device=CPU)
    return _stepped(scheduler, scheduler.timesteps)


def _stepped(scheduler: Any, timesteps: torch.Tensor) -> Trace:  # noqa: ANN401
    """The samples after each call of the network, scaled to variance one where the scheduler tells how."""
    start, generator = _noise()
    sample = start * scheduler.init_noise_sigma
    trace: Trace = []
    takes = "generator" in scheduler.step.__code__.co_varnames
    for index, timestep in enumerate(timesteps):
        shown = scheduler.scale_model_input(sample, timestep)
        extra = {"generator": generator} if takes else {}
        sample = scheduler.step(_network(shown, float(timestep)), timestep, sample, **extra).prev_sample
        trace.append(sample / _size(scheduler, index + 1))
    return trace


def _size(scheduler: Any, index: int) -> float:  # noqa: ANN401
    """The standard deviation of a sample before call `index`: that of noise and signal, where both are not one."""
    if float(scheduler.init_noise_sigma) == 1.0 or not hasattr(scheduler, "sigmas"):
        return 1.0
    return math.sqrt(float(scheduler.sigmas[min(index, len(scheduler.sigmas) - 1)]) ** 2 + 1)


def _betas() -> torch.Tensor:
    """Linear in their roots."""
    return torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2


def _zero_snr_betas() -> np.ndarray:
    """arXiv:2305.08891, algorithm 1, in double precision; the last one leaves a signal of 2^-24, as diffusers does."""
    signal = np.sqrt(np.cumprod(1 - _betas().double().numpy()))
    first, last = signal[0], signal[-1]
    signal = ((signal - last) * first / (first - last)) ** 2
    signal[-1] = 2.0**-24
    return 1 - signal / np.concatenate([[1.0], signal[:-1]])


def _walked(sampler: Sampler, trained: Trained) -> Trace:
    """LMS or DPM++ SDE as k-diffusion has them, in double precision."""
    karras = sampler is Sampler.DPMPP_SDE_KARRAS and not trained.zero_snr
    known = _levels(trained)
    if karras:
        low, high = known[0] ** (1 / 7), known[-1] ** (1 / 7)
        levels = np.linspace(high, low, STEPS) ** 7
    elif trained.zero_snr:
        levels = np.interp(np.round(np.arange(1000, 0, -1000 / STEPS)) - 1, np.arange(1000), known)
    else:
        levels = np.interp(np.arange(STEPS)[::-1] * (1000 // STEPS) + 1, np.arange(1000), known)
    levels = np.append(levels, 0.0)
    start, generator = _noise()
    highest = float(levels[0])
    leading = not (karras or trained.zero_snr)
    sample = start.double() * (math.sqrt(highest**2 + 1) if leading else highest)

    def clean(sample: torch.Tensor, level: float) -> torch.Tensor:
        timestep = float(np.interp(math.log(level), np.log(known), np.arange(1000)))
        told = float(np.float32(timestep))
        answer = _network(sample / math.sqrt(level**2 + 1), told)
        if trained.prediction == "epsilon":
            return sample - level * answer
        return sample / (level**2 + 1) - answer * level / math.sqrt(level**2 + 1)

    walk = _lms if sampler is Sampler.LMS else _single_steps
    return list(walk(sample, levels.tolist(), clean, generator))


def _levels(trained: Trained) -> np.ndarray:
    """The noise level of every timestep, from betas in single precision, as everybody has them."""
    betas = torch.tensor(_zero_snr_betas(), dtype=torch.float32) if trained.zero_snr else _betas()
    signal = torch.cumprod(1 - betas, dim=0).double().numpy()
    return np.sqrt((1 - signal) / signal)


Clean = Callable[[torch.Tensor, float], torch.Tensor]


def _lms(sample: torch.Tensor, levels: list[float], clean: Clean, _: torch.Generator) -> Iterator[torch.Tensor]:
    """Linear multistep over four slopes; the integrals by Gauss and Legendre, exact for these polynomials."""
    places, weights = np.polynomial.legendre.leggauss(4)
    slopes: list[torch.Tensor] = []
    for index, level in enumerate(levels[:-1]):
        slopes = [(sample - clean(sample, level)) / level, *slopes][:4]
        middle, half = (levels[index + 1] + level) / 2, (levels[index + 1] - level) / 2
        following = sample
        for own, slope in enumerate(slopes):
            others = [levels[index - other] for other in range(len(slopes)) if other != own]
            basis = [
                math.prod((middle + half * place - other) / (levels[index - own] - other) for other in others)
                for place in places
            ]
            following = following + slope * half * float(np.dot(weights, basis))
        sample = following
        yield sample / math.sqrt(levels[index + 1] ** 2 + 1)


def _single_steps(
    sample: torch.Tensor, levels: list[float], clean: Clean, generator: torch.Generator
) -> Iterator[torch.Tensor]:
    """DPM-Solver++ SDE with its middle at half of log sigma; the noise of a step is that of its halves."""

    def moved(sample: torch.Tensor, aim: torch.Tensor, start: float, end: float, noise: torch.Tensor) -> torch.Tensor:
        up = min(end, math.sqrt(end**2 * (start**2 - end**2) / start**2))
        down = math.sqrt(end**2 - up**2)
        # -expm1(t - s) of k-diffusion, where e^(t - s) is down / start.
        return (down / start) * sample + (1 - down / start) * aim + up * noise

    for start, end in itertools.pairwise(levels):
        aim = clean(sample, start)
        if end == 0:
            yield aim
            return
        middle = math.sqrt(start * end)
        first = torch.randn(SHAPE, generator=generator).double()
        between = moved(sample, aim, start, middle, first)
        yield between / math.sqrt(end**2 + 1)
        aim = clean(between, middle)
        second = torch.randn(SHAPE, generator=generator).double()
        whole = (first * math.sqrt(start - middle) + second * math.sqrt(middle - end)) / math.sqrt(start - end)
        sample = moved(sample, aim, start, end, whole)
        yield sample / math.sqrt(end**2 + 1)


def _apart(one: Trace, other: Trace) -> float:
    if len(one) != len(other):
        return math.inf
    largest = max(float((mine - theirs).abs().max()) for mine, theirs in zip(one, other, strict=True))
    return largest if math.isfinite(largest) else math.inf
