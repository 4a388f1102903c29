"""All that is left to chance in one picture, drawn from its seed as the request says."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from inference.noise import Philox
from inference.request import DrawRequest, Noise


class Chance:
    """The random numbers of one picture, always drawn in single precision: one seed is one picture on every card."""

    def __init__(self, request: DrawRequest, seed: int, device: torch.device) -> None:
        self._device = device
        self._philox = Philox(seed) if request.noise is Noise.A1111 else None
        self._first = torch.Generator("cpu").manual_seed(seed)
        self.generator = self._first  # for the samplers that add noise at every step
        self._later = self._philox
        if request.eta_noise_delta:
            later = (seed + request.eta_noise_delta) % 2**64
            self.generator = torch.Generator("cpu").manual_seed(later)
            self._later = Philox(later) if self._philox else None

    def noise(self, shape: tuple[int, ...]) -> torch.Tensor:
        """The noise that a picture begins with."""
        if self._philox:
            return torch.from_numpy(self._philox.normal(shape)).to(self._device)
        return torch.randn(shape, generator=self._first, dtype=torch.float32).to(self._device)

    def of_posterior(self, posterior: Any) -> torch.Tensor:  # noqa: ANN401 - a DiagonalGaussianDistribution
        """Latents of a picture, from what the VAE's encoder says of them."""
        return posterior.mode() if self._philox else posterior.sample(generator=self._first)

    def stepping(self) -> AbstractContextManager[object]:
        """While this lasts, what is asked of `generator` is drawn as the request says."""
        return _DrawnBy(self._later, self.generator) if self._later else nullcontext()


class _DrawnBy(TorchFunctionMode):
    """Hands out Philox's numbers where a sampler asks torch for those of one generator."""

    def __init__(self, philox: Philox, generator: torch.Generator) -> None:
        super().__init__()
        self._philox = philox
        self._generator = generator

    # The form that torch asks for.
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        named = kwargs or {}
        if func is torch.randn and named.get("generator") is self._generator:
            return torch.from_numpy(self._philox.normal(tuple(args[0]))).to(named.get("dtype") or torch.float32)
        return func(*args, **named)
