"""The small network that finds parts of a picture by words: it looks once, and is then asked as often as one likes.

A U-Net gives every pixel a vector; the words, as the drawing model's own text encoder reads them, become a vector of
the same length and a threshold. A pixel belongs to what is named where both point the same way.
"""

from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WIDTHS = (16, 32, 64, 96, 128)
SIDE = 256  # pixels of the pictures that it learned from
FEATURES = 32


class _Two(nn.Module):
    """Two convolutions: (B, C, H, W) to (B, D, H, W)."""

    def __init__(self, entering: int, leaving: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(entering, leaving, 3, padding=1)
        self.norm, self.second_norm = nn.GroupNorm(8, leaving), nn.GroupNorm(8, leaving)
        self.second = nn.Conv2d(leaving, leaving, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same size, `leaving` channels."""
        x = F.silu(self.norm(self.enter(x)))
        return x + F.silu(self.second_norm(self.second(x)))


class PartNetwork(nn.Module):
    """Pictures (B, 3, H, W) in [-1, 1], sides multiples of 16, and words (B, T, width) to scores (B, H, W).

    `width` is that of the text encoder's hidden states, T their number; a score above 0 means that the pixel belongs.
    """

    def __init__(self, width: int = 192) -> None:
        super().__init__()
        self.stem = _Two(3, WIDTHS[0])
        self.down = nn.ModuleList(_Two(coarse, fine) for coarse, fine in pairwise(WIDTHS))
        self.up = nn.ModuleList(_Two(fine + coarse, coarse) for coarse, fine in reversed([*pairwise(WIDTHS)]))
        self.out = nn.Conv2d(WIDTHS[0], FEATURES, 1)
        self.weigh = nn.Linear(width, 1)
        self.read = nn.Sequential(nn.Linear(width, 128), nn.SiLU(), nn.Linear(128, FEATURES + 1))

    def look(self, pictures: torch.Tensor) -> torch.Tensor:
        """The vector of every pixel (B, 32, H, W)."""
        seen = [self.stem(pictures)]
        for block in self.down:
            seen.append(block(F.max_pool2d(seen[-1], 2)))
        x = seen.pop()
        for block in self.up:
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), seen.pop()], 1))
        return self.out(x)

    def scores(self, seen: torch.Tensor, words: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """What `look` saw (B, 32, H, W) and words (B, T, width), of which `there` (B, T) says which are text."""
        weights = self.weigh(words).squeeze(-1).float().masked_fill(~there, -1e4).softmax(1)
        vector, threshold = self.read((weights[..., None] * words.float()).sum(1)).split((FEATURES, 1), dim=1)
        return torch.einsum("bchw,bc->bhw", seen.float(), vector.float()) + threshold[..., None].float()

    def forward(self, pictures: torch.Tensor, words: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """Scores (B, H, W)."""
        return self.scores(self.look(pictures), words, there)


def load(path: Path) -> PartNetwork:
    """The network of a .safetensors file, in single precision."""
    state = {name: value.float() for name, value in load_file(path).items()}
    network = PartNetwork(state["weigh.weight"].shape[1])
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
