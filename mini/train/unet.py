"""The network that draws, learning on cached latents: `python -m mini.train.unet`.

Recipe: every picture is encoded once; each step takes 32 latents, words each of their scenes anew (captions.py), adds
noise of a random strength and asks a stock UNet2DConditionModel of 6.8 M parameters for the velocity (v-prediction,
plain mean squared error). Every tenth caption is empty, for classifier-free guidance. AdamW at 8e-4 with a short
warm-up, cosine to 1 %; the shipped weights are the moving average. Sample sheets are drawn every five minutes.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from numpy.lib.format import open_memmap
from PIL import Image
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, CLIPTokenizer

from mini.artist import Scene
from mini.train import vae as vaes
from mini.train.assemble import pipeline, scheduler, words
from mini.train.captions import caption
from mini.train.data import RUNS, Pictures, load
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.text import WIDTH, tokens

BATCH = 32
# On a CPU the plain form of attention is the one whose backward pass uses AMX; the fused one is four times slower.
ATTENTION = {"cpu": [SDPBackend.MATH], "cuda": [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]}
EMPTY_SHARE = 0.1
SHEET_S = 300
SHEET_PROMPTS = (
    "1girl, blue hair, long hair, red eyes, smile, white dress, beach, day",
    "1boy, black hair, short hair, green eyes, serious, grey suit, city, night",
    "1girl, pink hair, twintails, blue eyes, laughing, yellow hoodie, cat ears, cherry blossoms",
    "A woman with a brown braid and glasses, wearing a green sweater, in front of a library.",
    "1girl, white hair, bob cut, purple eyes, closed eyes, black kimono, hair flower, snow, night",
    "1boy, red hair, spiked hair, yellow eyes, angry, armor, mountains, sunset",
    "1girl, green hair, hair bun, brown eyes, wink, blue overalls, simple background",
    "A man with wavy blonde hair and blue eyes wearing a red jacket and headphones in a forest.",
    "1girl, purple hair, ponytail, pink eyes, surprised, pink t-shirt, ribbon, flower field",
    "1girl, orange hair, wavy hair, aqua eyes, blush, brown coat, scarf, beret, starry sky, portrait",
    "1girl, aqua hair, sunglasses, hat",
    "1girl",
)


def build() -> UNet2DConditionModel:
    """The untrained UNet: attention only at 16 x 16 and below, four heads (what diffusers calls a head's size)."""
    return UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(64, 128, 128),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    )


@torch.no_grad()
def cache_latents(folder: Path, pictures: Pictures, vae: AutoencoderKL) -> np.ndarray:
    """Every picture's latents, float16 (N, 4, 32, 32), not yet evened out; encoded once and kept in the folder."""
    path, count = folder / "latents.npy", len(pictures.seeds)
    if path.exists():
        return np.load(path, mmap_mode="r")
    fresh = folder / "latents.part"
    latents = open_memmap(fresh, "w+", np.float16, (count, 4, 32, 32))
    device = next(vae.parameters()).device
    for first in range(0, count, 16):
        images = vaes.to_tensor(pictures.pixels[first : first + 16], device)
        with mixed(device):
            latents[first : first + 16] = vae.encode(images).latent_dist.mean.float().cpu().numpy()
        if first % 4000 == 0:
            print(f"latents: {first} of {count}", flush=True)
    latents.flush()
    fresh.rename(path)
    return np.load(path, mmap_mode="r")


def measure(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each of the four latent channels."""
    latents = torch.from_numpy(np.load(folder / "latents.npy")[:4000]).float()
    return latents.mean((0, 2, 3)), latents.std((0, 2, 3))


def states(texts: list[str], tokenizer: CLIPTokenizer, encoder: CLIPTextModel) -> torch.Tensor:
    """What the UNet reads of these texts, (B, 77, 192)."""
    device = next(encoder.parameters()).device
    with torch.no_grad(), mixed(device):
        return encoder(tokens(tokenizer, texts).to(device)).last_hidden_state.float()


def texts_for(scenes: list[Scene], dice: random.Random) -> list[str]:
    """A fresh caption for each scene, now and then none."""
    return ["" if dice.random() < EMPTY_SHARE else caption(scene, dice).text for scene in scenes]


def train(folder: Path, minutes: float, compiled: bool) -> None:
    """Trains for `minutes` in all and leaves `unet.pt`, the loss curve and sample sheets."""
    device, pictures, dice = pick_device(), load(folder), random.Random()
    vae = vaes.trained(folder)
    latents = torch.from_numpy(np.array(cache_latents(folder, pictures, vae))).float()
    mean, std = measure(folder)
    latents = (latents - mean.view(4, 1, 1)) / std.view(4, 1, 1)
    vae = vaes.even_out(vae, mean, std)
    tokenizer, encoder = words(folder)
    encoder = encoder.to(device)
    unet = build().to(device, memory_format=torch.channels_last)
    average = Average(unet, 0.999)
    optimizer = torch.optim.AdamW(unet.parameters(), 8e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    training = Training(folder, "unet", minutes=minutes, rate=8e-4, unet=unet, optimizer=optimizer, average=average)
    forward = torch.compile(unet) if compiled else unet
    kept, drawn = scheduler().alphas_cumprod.to(device), time.monotonic()
    print(f"unet: {len(latents)} latents, means {mean.tolist()}, stds {std.tolist()}", flush=True)
    for _ in training.steps():
        chosen = torch.randint(0, len(latents), (BATCH,))
        read = states(texts_for([pictures.scene(int(i)) for i in chosen], dice), tokenizer, encoder)
        clean = latents[chosen].to(device, memory_format=torch.channels_last)
        noise = torch.randn_like(clean)
        # One time from each of 32 equal parts of the schedule: less chance in the loss than drawing them freely.
        times = ((torch.arange(BATCH) + torch.rand(BATCH)) / BATCH * 1000).long().clamp(max=999).to(device)
        noisy, wanted = noised(clean, noise, kept[times])
        with mixed(device), sdpa_kernel(ATTENTION[device.type]):
            found = forward(noisy, times, read).sample
            loss = F.mse_loss(found.float(), wanted)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        average.update()
        training.add(loss)
        if time.monotonic() - drawn > SHEET_S:
            sheet(folder, unet, average, vae, tokenizer, encoder)
            drawn = time.monotonic()
    sheet(folder, unet, average, vae, tokenizer, encoder)


def noised(clean: torch.Tensor, noise: torch.Tensor, kept: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents of which the share `kept` (B,) of the variance is left, and their velocity, what v-prediction asks for.

    Salimans and Ho 2022, appendix D: z = sqrt(a) x + sqrt(1 - a) e and v = sqrt(a) e - sqrt(1 - a) x. (The scheduler's
    own `add_noise` reads the order of its sampling steps, which before a sampling is not the order of training.)
    """
    signal, rest = kept.sqrt().view(-1, 1, 1, 1), (1 - kept).sqrt().view(-1, 1, 1, 1)
    return signal * clean + rest * noise, signal * noise - rest * clean


def trained(folder: Path) -> UNet2DConditionModel:
    """The averaged UNet of a run's last checkpoint."""
    unet = build()
    state = torch.load(folder / "unet.pt", map_location="cpu", weights_only=True)
    for live, mean in zip(unet.parameters(), state["average"]["mean"], strict=True):
        live.data.copy_(mean)
    return unet.eval().requires_grad_(False)


@torch.no_grad()
def sheet(
    folder: Path,
    unet: UNet2DConditionModel,
    average: Average,
    vae: AutoencoderKL,
    tokenizer: CLIPTokenizer,
    encoder: CLIPTextModel,
) -> None:
    """Draws the fixed prompts with the averaged weights and saves them as one picture, 4 x 3."""
    average.swap()
    device = next(unet.parameters()).device
    made = pipeline(unet, vae, tokenizer, encoder)
    with mixed(device):
        seeds = torch.Generator("cpu").manual_seed(0)
        found = made(list(SHEET_PROMPTS), num_inference_steps=20, guidance_scale=5.0, generator=seeds, output_type="np")
    average.swap()
    pixels = (found.images * 255).round().astype(np.uint8)
    rows = [np.concatenate(list(pixels[first : first + 4]), axis=1) for first in range(0, len(pixels), 4)]
    Image.fromarray(np.concatenate(rows)).save(folder / "unet_sheet.png")


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.unet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--compile", action="store_true", help="a fifth faster on a CPU; needs a C++ compiler")
    options = parser.parse_args()
    train(options.folder, options.minutes, options.compile)


if __name__ == "__main__":
    main()
