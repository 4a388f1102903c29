"""The autoencoder between 256 x 256 pictures and 4 x 32 x 32 latents: `python -m mini.train.vae`.

Recipe: a stock AutoencoderKL of 3.0 M parameters learns on 128-pixel crops (half of them around an eye, where every
pixel counts six times), 8 at a time; in the second half of its time every other step takes 2 whole pictures instead,
because normalising a whole picture is not quite normalising a crop. The loss is the mean error of values (colours)
and of their horizontal and vertical differences (lines) at three scales, plus a little KL divergence, which keeps
latents near a normal distribution. AdamW, cosine to zero. Afterwards `--decoder MINUTES` trains the decoder alone on
kept latents, a little noisy, for sharper lines, in the second half of its time against a critic (critic.py); the
UNet's latents stay what they are.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from torch import nn

from mini.train.critic import Critic, lesson, persuade
from mini.train.data import RUNS, SIZE, Pictures, load
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.muon import pair

CROP = 128
KL_WEIGHT = 2e-4
OPPONENTS = ((0.5, 0.7, 0.3), (1.5, -1.5, 0.0), (-0.45, -0.45, 0.9))
COARSE_WEIGHT = 4.0
FACE_WEIGHT, EYE_WEIGHT = 2.0, 6.0


def build() -> AutoencoderKL:
    """The untrained autoencoder; narrow where pictures are large, because that is where its time goes."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 32, 96, 128),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=SIZE,
        mid_block_add_attention=False,
    )


def to_tensor(pixels: np.ndarray, device: torch.device) -> torch.Tensor:
    """Uint8 (B, H, W, 3) to channels-last float (B, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def to_pixels(images: torch.Tensor) -> np.ndarray:
    """Float (B, 3, H, W) in [-1, 1] to uint8 (B, H, W, 3)."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """`pixels` uint8 (B, side, side, 3), their `weights` float32 (B, 1, side, side), and from where: (index, x, y)."""

    pixels: np.ndarray
    weights: np.ndarray
    places: list[tuple[int, int, int]]


def batch(pictures: Pictures, dice: np.random.Generator, count: int, side: int) -> Crops:
    """Random crops that begin at whole latents, every 8 pixels."""
    indices = sorted(int(index) for index in dice.integers(len(pictures.seeds), size=count))
    places = [(index, *_corner(pictures, index, dice, side)) for index in indices]
    pixels = [pictures.pixels[index, y : y + side, x : x + side] for index, x, y in places]
    weights = [_weight(pictures, index)[None, y : y + side, x : x + side] for index, x, y in places]
    return Crops(pixels=np.stack(pixels), weights=np.stack(weights), places=places)


def _corner(pictures: Pictures, index: int, dice: np.random.Generator, crop: int) -> tuple[int, int]:
    """Where a crop begins, x and y; half of them are around an eye."""
    eyes = pictures.boxes[index][1:].clip(0, SIZE)
    middle = dice.integers(0, SIZE, 2) if dice.random() < 0.5 else eyes[dice.integers(2)].reshape(2, 2).mean(0)
    x, y = (middle - crop / 2 + dice.uniform(-16, 16, 2)).clip(0, SIZE - crop).astype(int)
    return int(x) // 8 * 8, int(y) // 8 * 8


def _weight(pictures: Pictures, index: int) -> np.ndarray:
    """How much each pixel counts, float32 (256, 256)."""
    weight = np.ones((SIZE, SIZE), np.float32)
    values = (FACE_WEIGHT, EYE_WEIGHT, EYE_WEIGHT)
    for (left, top, right, bottom), value in zip(pictures.boxes[index].clip(0, SIZE), values, strict=True):
        weight[top:bottom, left:right] = value
    return weight


def distance(drawn: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Weighted mean error of values and of their differences to the right and below, at three scales.

    Errors are split into brightness, red against green, and blue against yellow, lest all care goes to brightness;
    for the same reason the colour of each 8 x 8 pixels, what one latent stands for, counts most.
    """
    mix = torch.tensor(OPPONENTS, device=drawn.device)
    total, error = torch.zeros((), device=drawn.device), torch.einsum("bchw,dc->bdhw", drawn - wanted, mix)
    for _ in range(3):
        right, below = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
        total = total + (error.abs() * weight).mean()
        total = total + (right.abs() * weight[..., 1:]).mean() + (below.abs() * weight[..., 1:, :]).mean()
        error, weight = F.avg_pool2d(error, 2), F.avg_pool2d(weight, 2)
    return total + COARSE_WEIGHT * (error * weight).abs().mean()


def train(folder: Path, minutes: float) -> None:
    """Trains for `minutes` in all, and leaves `vae.pt`, the loss curve and a strip of pictures before and after."""
    device, pictures, dice = pick_device(), load(folder), np.random.default_rng()
    vae = build().to(device, memory_format=torch.channels_last)
    average = Average(vae, 0.995)
    optimizer = torch.optim.AdamW(vae.parameters(), 1.5e-3, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)
    training = Training(folder, "vae", minutes=minutes, vae=vae, optimizer=optimizer, average=average)
    for step in training.steps():
        count, crop = (8, CROP) if training.progress < 0.5 or step % 2 else (2, SIZE)
        crops = batch(pictures, dice, count, crop)
        wanted = to_tensor(crops.pixels, device)
        with mixed(device):
            posterior = vae.encode(wanted).latent_dist
            drawn = vae.decode(posterior.sample()).sample
        kl = 0.5 * (posterior.mean.float().square() + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        weight = torch.from_numpy(crops.weights).to(device)
        loss = distance(drawn.float(), wanted, weight) + KL_WEIGHT * kl
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        average.update()
        training.add(loss)
        if step % 250 == 249:
            strip(folder, vae, average, pictures, step)
    average.swap()
    torch.save(vae.state_dict(), folder / "vae_final.pt")
    average.swap()


def sharpen(folder: Path, minutes: float) -> None:
    """Trains the decoder alone for `minutes` in all, on the latents that the UNet learned from; renews the results."""
    device, pictures, dice = pick_device(), load(folder), np.random.default_rng()
    latents = np.load(folder / "latents.npy", mmap_mode="r")
    noise = 0.05 * float(latents[:1000].astype(np.float32).std())
    vae = trained(folder)
    decoder = (
        nn.ModuleDict({"post_quant_conv": vae.post_quant_conv, "decoder": vae.decoder}).train().requires_grad_(True)
    )
    average = Average(decoder, 0.995)
    muon, optimizer = pair(decoder, ("conv_in", "conv_out", "post_quant_conv"), muon=2e-3, adam=5e-4)
    critic = Critic().to(device)
    learning = torch.optim.AdamW(critic.parameters(), 4e-4, betas=(0.5, 0.9), weight_decay=0.01, fused=True)
    training = Training(
        folder, "decoder", minutes=minutes, decoder=decoder, muon=muon, optimizer=optimizer, average=average,
        critic=critic, learning=learning,
    )  # fmt: skip
    for step in training.steps():
        count, crop = (8, CROP) if step % 3 else (2, SIZE)
        crops, size = batch(pictures, dice, count, crop), crop // 8
        parts = [latents[index, :, y // 8 : y // 8 + size, x // 8 : x // 8 + size] for index, x, y in crops.places]
        given = torch.from_numpy(np.stack(parts)).to(device).float()
        wanted, weight = to_tensor(crops.pixels, device), torch.from_numpy(crops.weights).to(device)
        with mixed(device):
            drawn = vae.decode(given + noise * torch.randn_like(given)).sample
        shown = drawn.detach().float().requires_grad_()
        loss = distance(shown, wanted, weight)
        (gradient,) = torch.autograd.grad(loss, shown)
        if training.progress > 0.5:
            with mixed(device):
                blame = lesson(critic, shown, wanted)
                gradient = persuade(critic, shown, gradient)
            critic.zero_grad()
            blame.backward()
            learning.step()
        decoder.zero_grad()
        drawn.backward(gradient.to(drawn.dtype))
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        muon.step()
        optimizer.step()
        average.update()
        training.add(loss)
        if step % 250 == 249:
            strip(folder, vae, average, pictures, step)
    average.swap()
    torch.save(vae.state_dict(), folder / "vae_final.pt")


def trained(folder: Path) -> AutoencoderKL:
    """The averaged autoencoder of a finished run (of its last checkpoint, if it is not finished), with its scale."""
    vae = build()
    final = folder / "vae_final.pt"
    if final.exists():
        vae.load_state_dict(torch.load(final, map_location="cpu", weights_only=True))
    else:
        state = torch.load(folder / "vae.pt", map_location="cpu", weights_only=True)
        for live, mean in zip(vae.parameters(), state["average"]["mean"], strict=True):
            live.data.copy_(mean)
    return vae.to(pick_device(), memory_format=torch.channels_last).eval().requires_grad_(False)


@torch.no_grad()
def even_out(vae: AutoencoderKL, mean: torch.Tensor, std: torch.Tensor) -> AutoencoderKL:
    """Folds "minus mean, divided by std", four numbers each, into the two 1 x 1 convolutions around the latents.

    Pictures come back exactly as before, but every latent channel is now normal, which the UNet's noise takes it for.
    """
    enter, leave = vae.quant_conv, vae.post_quant_conv
    assert enter is not None and leave is not None and enter.bias is not None and leave.bias is not None
    mean, std = mean.to(enter.weight), std.to(enter.weight)
    enter.weight[:4] /= std.view(4, 1, 1, 1)
    enter.bias[:4] = (enter.bias[:4] - mean) / std
    enter.bias[4:] -= 2 * std.log()
    leave.bias += leave.weight[:, :, 0, 0] @ mean
    leave.weight *= std.view(1, 4, 1, 1)
    vae.register_to_config(scaling_factor=1.0)
    return vae


@torch.no_grad()
def strip(folder: Path, vae: AutoencoderKL, average: Average, pictures: Pictures, step: int) -> None:
    """Saves six pictures above what the averaged autoencoder makes of them, and prints the mean error."""
    average.swap()
    pixels = np.stack([pictures.pixels[index] for index in range(6)])
    wanted = to_tensor(pixels, next(vae.parameters()).device)
    with mixed(wanted.device):
        posterior = vae.encode(wanted).latent_dist
        drawn = vae.decode(posterior.mean).sample.float()
    average.swap()
    error, spread, std = (drawn - wanted).abs().mean(), posterior.mean.float().std(), posterior.std.float().mean()
    print(f"vae: step {step}, mean error {error:.4f}, latents' std {spread:.2f}, posterior's {std:.3f}", flush=True)
    rows = [np.concatenate(list(row), axis=1) for row in (pixels, to_pixels(drawn))]
    Image.fromarray(np.concatenate(rows)).save(folder / "vae_strip.png")


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.vae", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--decoder", type=float, metavar="MINUTES", help="train the decoder alone, afterwards")
    options = parser.parse_args()
    if options.decoder:
        sharpen(options.folder, options.decoder)
    else:
        train(options.folder, options.minutes)


if __name__ == "__main__":
    main()
