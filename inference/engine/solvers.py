"""Two samplers of our own, because diffusers' forms of them need libraries that nothing else here needs.

LMS (Katherine Crowson's k-diffusion; Adams-Bashforth over uneven noise levels) needs scipy there for integrals of
polynomials, which are exact on paper. DPM-Solver++ SDE (arXiv:2211.01095, appendix B; single steps of two calls) needs
torchsde there for a Brownian path that can be asked anywhere; ours is walked in order, so two draws a step are one.
Letters are k-diffusion's: a noisy sample is x = x_0 + sigma * noise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_heun_discrete import HeunDiscreteScheduler
from diffusers.utils.torch_utils import randn_tensor
from numpy.polynomial import Polynomial


class Stepped:
    """What a step leaves: the next sample, and the clean one as the network imagines it now."""

    def __init__(self, prev_sample: torch.Tensor, pred_original_sample: torch.Tensor) -> None:
        self.prev_sample = prev_sample
        self.pred_original_sample = pred_original_sample

    def __getitem__(self, index: int) -> torch.Tensor:
        """By place, as diffusers' pipelines take it."""
        return (self.prev_sample, self.pred_original_sample)[index]


class LMSScheduler(EulerDiscreteScheduler):
    """Linear multistep of up to four earlier slopes."""

    most = 4

    def set_timesteps(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on as they are
        """As Euler's; what was remembered of another picture is forgotten."""
        super().set_timesteps(*arguments, **named)
        self._slopes: list[torch.Tensor] = []

    def step(self, model_output: torch.Tensor, timestep: torch.Tensor, sample: torch.Tensor, **_: object) -> Stepped:
        """One step from `sample` (B, C, h, w), by the network's `model_output` for it."""
        if self._step_index is None:
            self._init_step_index(timestep)
        index = int(self._step_index or 0)
        sigma = self.sigmas[index]
        clean = clean_sample(model_output, sample, sigma, self.config["prediction_type"])
        self._slopes = [*self._slopes, (sample - clean) / sigma][-self.most :]
        levels = self.sigmas[index + 1 - len(self._slopes) : index + 1].tolist()
        weights = multistep_weights(levels, float(self.sigmas[index + 1]))
        following = sample + sum(weight * slope for weight, slope in zip(weights, self._slopes, strict=True))
        self._step_index = index + 1
        return Stepped(torch.as_tensor(following), clean)


class DPMSolverSDEScheduler(HeunDiscreteScheduler):
    """Every step goes half way (in log sigma), looks again there, and takes the whole step by what it saw."""

    def set_timesteps(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on as they are
        """As Heun's, but the second call of a step happens at its middle, not at its end."""
        super().set_timesteps(*arguments, **named)
        self._half_way: tuple[torch.Tensor, torch.Tensor] | None = None  # where the step began, and the noise so far
        levels = torch.cat([self.sigmas[:1], self.sigmas[1:-1:2]]).double()  # each level once
        middles = (levels[:-1] * levels[1:]).sqrt().numpy()
        known = np.log(((1 - self.alphas_cumprod) / self.alphas_cumprod).sqrt().double().numpy())
        self.timesteps[1::2] = torch.from_numpy(np.interp(np.log(middles), known, np.arange(len(known)))).float()

    def scale_model_input(self, sample: torch.Tensor, timestep: float | torch.Tensor) -> torch.Tensor:
        """`sample` as the network wants it: of variance 1."""
        if self._step_index is None:
            self._init_step_index(timestep)
        return sample / (self._level() ** 2 + 1).sqrt()

    def _level(self) -> torch.Tensor:
        """The noise level that the next call is about."""
        index = int(self._step_index or 0)
        if self._half_way is None:
            return self.sigmas[index]
        return (self.sigmas[index - 1] * self.sigmas[index]).sqrt()

    def step(
        self,
        model_output: torch.Tensor,
        timestep: torch.Tensor,
        sample: torch.Tensor,
        generator: torch.Generator | None = None,
        **_: object,
    ) -> Stepped:
        """Half a step or the rest of it from `sample` (B, C, h, w), by the network's `model_output` for it."""
        if self._step_index is None:
            self._init_step_index(timestep)
        index = int(self._step_index or 0)
        clean = clean_sample(model_output, sample, self._level(), self.config["prediction_type"])
        first = self._half_way is None
        start, end = self.sigmas[index - (not first)], self.sigmas[index + first]
        self._step_index = index + 1
        if end == 0:
            return Stepped(clean, clean)
        middle = (start * end).sqrt()
        noise = randn_tensor(sample.shape, generator=generator, device=sample.device, dtype=sample.dtype)
        if self._half_way is None:
            self._half_way = sample, noise
            return Stepped(_ancestral(sample, clean, start, middle, noise), clean)
        began, earlier = self._half_way
        self._half_way = None
        # The noise of the whole step is that of its two halves: one Brownian path over sigma, walked in order.
        whole = (earlier * (start - middle).sqrt() + noise * (middle - end).sqrt()) / (start - end).sqrt()
        return Stepped(_ancestral(began, clean, start, end, whole), clean)


def clean_sample(predicted: torch.Tensor, sample: torch.Tensor, sigma: torch.Tensor, prediction: str) -> torch.Tensor:
    """x_0 as the network imagines it, from what it predicted for `sample` at noise level `sigma`."""
    match prediction:
        case "epsilon":
            return sample - sigma * predicted
        case "v_prediction":
            return sample / (sigma**2 + 1) - predicted * sigma / (sigma**2 + 1).sqrt()
        case _:
            return predicted


def multistep_weights(levels: Sequence[float], end: float) -> list[float]:
    """How much each slope, known at each of `levels`, counts on the way from the last of them to `end`.

    The integral, from there to there, of the polynomial through the slopes (Adams-Bashforth).
    """
    weights: list[float] = []
    for own in levels:
        others = [level for level in levels if level != own]
        basis = Polynomial.fromroots(others) if others else Polynomial([1.0])
        integral = (basis / float(np.prod([own - level for level in others]))).integ()
        weights.append(float(integral(end) - integral(levels[-1])))
    return weights


def _ancestral(
    sample: torch.Tensor, clean: torch.Tensor, start: torch.Tensor, end: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """From level `start` towards `clean`, below `end`, and up to it by fresh noise (arXiv:2211.01095, equation 9)."""
    up = torch.minimum(end, (end**2 * (start**2 - end**2) / start**2).sqrt())
    down = (end**2 - up**2).sqrt()
    return clean + (down / start) * (sample - clean) + up * noise
