"""What the text encoders hand to the denoising loop, step by step."""

from dataclasses import dataclass
from typing import Protocol

import torch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditioning:
    """One text as a network reads it."""

    embeddings: torch.Tensor  # (1, 77k, C)
    pooled: torch.Tensor | None = None  # (1, P); SDXL alone has one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """What one step is guided by; every text of it is padded to the same k, so that all go through in one batch.

    With guidance g the prediction is negative + g * sum(weight_i * (positive_i - negative)), which is plain
    classifier-free guidance (arXiv:2207.12598) for one text of weight 1, and A1111's AND for several.
    """

    negative: Conditioning | None  # None: guidance is off, and there is one text
    positives: tuple[tuple[Conditioning, float], ...]  # each with its weight


class Encoded(Protocol):
    """The texts of a request over its steps."""

    def at(self, step: int) -> Texts:
        """What step `step` is guided by, counted from 0 over the steps that are run.

        The same object for as long as nothing changes: the loop then builds its batch once.
        """
        ...
