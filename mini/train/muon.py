"""Muon, an optimizer that learns our small networks in fewer steps than AdamW.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks": the momentum of every weight matrix is
replaced by the nearest orthogonal matrix, found by five Newton-Schulz steps. Scaled as in Liu et al. 2025, "Muon is
scalable for LLM training", equation 4. torch.optim.Muon takes matrices only; here convolutions are matrices too, one
row for each output channel, and those of one shape are worked on together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
MOMENTUM = 0.95


class Muon(Optimizer):
    """For weights of two or more dimensions that map features to features; the others want AdamW."""

    def __init__(self, weights: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(list(weights), {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step from the gradients at hand; `closure` is there for the interface and may not be given."""
        assert closure is None
        for group in self.param_groups:
            alike: dict[tuple[int, ...], list[nn.Parameter]] = defaultdict(list)
            for weight in group["params"]:
                alike[(len(weight), weight[0].numel())].append(weight)
            for shape, weights in alike.items():
                moves = orthogonal(torch.stack([self._momentum(weight).reshape(shape) for weight in weights]))
                for weight, move in zip(weights, moves.float(), strict=True):
                    weight.add_(move.view_as(weight), alpha=-0.2 * max(shape) ** 0.5 * group["lr"])
        return None

    def _momentum(self, weight: nn.Parameter) -> torch.Tensor:
        assert weight.grad is not None, "every weight takes part in every step"
        state = self.state[weight]
        if not state:
            state["mean"] = torch.zeros_like(weight)
        state["mean"].lerp_(weight.grad, 1 - MOMENTUM)
        return weight.grad.lerp(state["mean"], MOMENTUM)  # Nesterov's look ahead


def pair(module: nn.Module, ends: tuple[str, ...], *, muon: float, adam: float) -> tuple[Muon, torch.optim.AdamW]:
    """Both optimizers for the trainable weights of `module`, with their rates.

    A weight whose name contains one of `ends` is where features begin or end, and so AdamW's.
    """
    named = [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
    inner = {name for name, weight in named if weight.ndim >= 2 and not any(end in name for end in ends)}
    matrices = [weight for name, weight in named if name in inner]
    others = [weight for name, weight in named if name not in inner]
    return Muon(matrices, muon), torch.optim.AdamW(others, adam, betas=(0.9, 0.99), weight_decay=0.01, fused=True)


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Roughly the nearest orthogonal matrix of each (N, rows, columns): singular values between 0.7 and 1.2."""
    a, b, c = COEFFICIENTS
    found = matrices.bfloat16()
    if upright := found.shape[-2] > found.shape[-1]:
        found = found.mT
    found = found / (found.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(STEPS):
        square = found @ found.mT
        found = torch.baddbmm(found, torch.baddbmm(square, square, square, beta=b, alpha=c), found, beta=a)
    return found.mT if upright else found
