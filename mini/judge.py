"""A small classifier that tells what a picture shows; it has only ever seen the artist's own pictures.

It measures how often a drawing shows what was asked. Trained by mini/train/judge.py, shipped in mini/weights/judge.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from mini.artist import GROUPS

SHIPPED = Path(__file__).parent / "weights" / "judge" / "judge.safetensors"
WIDTHS = (24, 40, 72, 112, 136)

Found = dict[str, str | tuple[str, ...]]


class Block(nn.Module):
    """Halves a picture's side, then adds what two convolutions see: (B, C, H, W) to (B, D, H/2, W/2)."""

    def __init__(self, entering: int, leaving: int) -> None:
        super().__init__()
        self.halve = nn.Conv2d(entering, leaving, 3, stride=2, padding=1)
        self.first_norm, self.second_norm = nn.GroupNorm(8, leaving), nn.GroupNorm(8, leaving)
        self.first = nn.Conv2d(leaving, leaving, 3, padding=1)
        self.second = nn.Conv2d(leaving, leaving, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The features one step coarser."""
        x = self.halve(x)
        return x + self.second(F.silu(self.second_norm(self.first(F.silu(self.first_norm(x))))))


class Judge(nn.Module):
    """Pictures (B, 3, 256, 256) in [-1, 1] to scores by group; accessories are one yes or no each.

    Group `time` has one score more than tags: that no time of day is to be seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in pairwise(WIDTHS)))
        self.norm = nn.GroupNorm(8, WIDTHS[-1])
        sizes = {group: len(tags) + (group == "time") for group, tags in GROUPS.items()}
        self.heads = nn.ModuleDict({group: nn.Linear(2 * WIDTHS[-1], size) for group, size in sizes.items()})

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Scores (B, tags) by group."""
        seen = F.silu(self.norm(self.blocks(self.stem(images))))
        pooled = torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], dim=1)
        return {group: head(pooled) for group, head in self.heads.items()}


def load(path: Path = SHIPPED) -> Judge:
    """The trained judge, in single precision."""
    judge = Judge()
    judge.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def look(judge: Judge, pixels: np.ndarray) -> list[Found]:
    """What pictures uint8 (B, 256, 256, 3) show, one tag for each group; `accessories` a tuple."""
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    found: list[Found] = [{} for _ in pixels]
    for group, scores in judge(images.contiguous(memory_format=torch.channels_last)).items():
        names = GROUPS[group]
        for row, answer in zip(scores, found, strict=True):
            if group == "accessories":
                answer[group] = tuple(name for name, score in zip(names, row.tolist(), strict=True) if score > 0)
            elif (best := int(row.argmax())) < len(names):
                answer[group] = names[best]
    return found


def shows(found: Found, group: str, asked: str) -> bool:
    """Whether what was asked of `group` is among what was found."""
    answer = found.get(group, ())
    return asked in answer if isinstance(answer, tuple) else asked == answer
