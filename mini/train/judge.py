"""The classifier that judges drawings: `python -m mini.train.judge`.

Recipe: a small residual network of 0.95 M parameters learns from the artist's training pictures alone, 48 at a time:
mirrored, shifted, a little brighter or darker, blurred or noisy; and every sixth went through the autoencoder, so
that it judges decoded pictures fairly. Its score on the artist's test pictures is the ceiling of every measurement.
"""

# diffusers annotates outputs as unions, and torch leaves memory formats out of a module's `to`.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from mini.artist import GROUPS, Scene, attributes
from mini.judge import SHIPPED, Judge, look, shows
from mini.train import vae as vaes
from mini.train.data import RUNS, Pictures, load
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.muon import pair

BATCH = 48
DECODED = 1600


def targets(scenes: list[Scene]) -> dict[str, torch.Tensor]:
    """True answers by group: the tag's number (B,), accessories as zeros and ones (B, 14)."""
    wanted: dict[str, torch.Tensor] = {}
    known = [attributes(scene) for scene in scenes]
    for group, names in GROUPS.items():
        values = [true.get(group) for true in known]
        if group == "accessories":
            wanted[group] = torch.tensor([[float(name in (value or ())) for name in names] for value in values])
        else:
            wanted[group] = torch.tensor([names.index(v) if isinstance(v, str) else len(names) for v in values])
    return wanted


def loss_of(scores: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy summed over the groups; accessories as separate yes-or-no questions."""
    parts = [
        5 * F.binary_cross_entropy_with_logits(score.float(), wanted[group].to(score.device))
        if group == "accessories"
        else F.cross_entropy(score.float(), wanted[group].to(score.device))
        for group, score in scores.items()
    ]
    return torch.stack(parts).sum()


@torch.no_grad()
def decoded(folder: Path, pictures: Pictures) -> np.ndarray:
    """The first pictures as the autoencoder gives them back, uint8 (1600, 256, 256, 3)."""
    path = folder / "decoded.npy"
    if not path.exists():
        vae, latents, parts = vaes.trained(folder), np.load(folder / "latents.npy", mmap_mode="r"), []
        device = next(vae.parameters()).device
        for first in range(0, min(DECODED, len(pictures.seeds)), 16):
            with mixed(device):
                images = vae.decode(torch.from_numpy(np.array(latents[first : first + 16])).float().to(device)).sample
            parts.append(vaes.to_pixels(images))
        np.save(path, np.concatenate(parts))
    return np.load(path, mmap_mode="r")


def spoiled(images: torch.Tensor) -> torch.Tensor:
    """Mirrors, shifts, brightens, blurs or roughens pictures (B, 3, H, W) by small random amounts."""
    if torch.rand(()) < 0.5:
        images = images.flip(3)
    dx, dy = torch.randint(-10, 11, (2,)).tolist()
    images = F.pad(images, (10, 10, 10, 10), mode="replicate")[..., 10 + dy : 266 + dy, 10 + dx : 266 + dx]
    gain = 1 + 0.06 * (torch.rand(len(images), 1, 1, 1, device=images.device) - 0.5)
    images = images * gain + 0.06 * (torch.rand(len(images), 1, 1, 1, device=images.device) - 0.5)
    if torch.rand(()) < 0.25:
        images = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    if torch.rand(()) < 0.5:
        images = images + 0.06 * torch.rand(()) * torch.randn_like(images)
    return images


def train(folder: Path, minutes: float) -> Judge:
    """Trains for `minutes` in all and gives the averaged judge."""
    device, pictures, dice = pick_device(), load(folder), np.random.default_rng()
    decoded_pixels = decoded(folder, pictures)
    judge = Judge().to(device).to(memory_format=torch.channels_last)
    average = Average(judge, 0.995)
    muon, optimizer = pair(judge, ("stem", "heads"), muon=5e-3, adam=2e-3)
    training = Training(folder, "judge", minutes=minutes, judge=judge, muon=muon, optimizer=optimizer, average=average)
    for _ in training.steps():
        chosen = dice.integers(0, len(pictures.seeds), BATCH)
        chosen[::6] %= len(decoded_pixels)
        pixels = pictures.pixels[chosen]
        pixels[::6] = decoded_pixels[chosen[::6]]
        images = spoiled(vaes.to_tensor(pixels, device)).contiguous(memory_format=torch.channels_last)
        with mixed(device):
            scores = judge(images)
        loss = loss_of(scores, targets([pictures.scene(int(index)) for index in chosen]))
        judge.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
        muon.step()
        optimizer.step()
        average.update()
        training.add(loss)
    average.swap()
    return judge.cpu().eval()


def ceiling(judge: Judge, pictures: Pictures) -> dict[str, tuple[int, int]]:
    """By group, how many of the true tags of the artist's test pictures the judge finds, and of how many."""
    scores: dict[str, tuple[int, int]] = dict.fromkeys(GROUPS, (0, 0))
    for first in range(0, len(pictures.seeds), 40):
        part = range(first, min(first + 40, len(pictures.seeds)))
        for index, found in zip(part, look(judge, pictures.pixels[first : part.stop]), strict=True):
            for group, value in attributes(pictures.scene(index)).items():
                for tag in (value,) if isinstance(value, str) else value:
                    right, of = scores[group]
                    scores[group] = (right + shows(found, group, tag), of + 1)
    return scores


def main() -> None:
    """Trains the judge, saves it in half precision, prints its score on test pictures."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.judge", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--save", type=Path, default=SHIPPED)
    options = parser.parse_args()
    judge = train(options.folder, options.minutes)
    options.save.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in judge.state_dict().items()}, options.save)
    for group, (right, of) in ceiling(judge, load(options.folder, "test")).items():
        print(f"{group}: {right / of:.1%} of {of}")


if __name__ == "__main__":
    main()
