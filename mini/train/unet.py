"""The network that draws, learning on cached latents: `python -m mini.train.unet`.

Recipe: every picture is encoded once, and worded anew each time (captions.py; every tenth wording is empty, for
classifier-free guidance). Each step takes 16 pictures and their twins (twins.py), adds the same noise of a random
strength to both of a pair and asks a stock UNet2DConditionModel of 7.1 M parameters for the velocity (v-prediction,
mean squared error; how the two answers of a pair differ counts eight times). A face counts several times: it is a
tenth of the picture, but all of the expression and the eyes, and with every latent counting the same, 15,000 steps
knew all places and hair colours and a quarter of the expressions. The words reach it twice: through cross-attention,
and pooled into the embedding of the time, which scales every block.
Weight matrices learn by Muon, everything else by AdamW, with a warm-up and a cosine; the shipped weights are the
moving average. Sample sheets are drawn every ten minutes.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from numpy.lib.format import open_memmap
from PIL import Image
from torch.nn.attention import SDPBackend, sdpa_kernel

from mini.artist import Scene
from mini.train import vae as vaes
from mini.train.assemble import pipeline, scheduler, words
from mini.train.captions import caption
from mini.train.data import RUNS, Pictures, load
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.muon import pair
from mini.train.text import WIDTH, tokens

PAIRS = 16
CONTRAST = 7.0
# On a CPU the plain form of attention is the one whose backward pass uses AMX; the fused one is four times slower.
torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)  # in bfloat16 throughout, on a CPU too
ATTENTION = {"cpu": [SDPBackend.MATH], "cuda": [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]}
HEAD_WEIGHT, FACE_WEIGHT, EYE_WEIGHT, MOUTH_WEIGHT = 2.0, 6.0, 10.0, 16.0
ENDS = ("conv_in", "conv_out", "time_embedding", "positional_embedding")
EMPTY_SHARE = 0.1
SHEET_S = 600
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
    """The untrained UNet; `attention_head_dim` counts heads.

    It goes down to 4 x 4, where one convolution sees the whole picture: after the same 130 seconds of training it knew
    the clean latents better (error 0.47 at time 900) than a wider one that ended at 8 x 8 (0.52).
    """
    return UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(64, 96, 112, 128),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=(4, 2, 4, 4),
        norm_num_groups=16,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=6,
    )


@torch.no_grad()
def cache_latents(folder: Path, pictures: Pictures, vae: AutoencoderKL) -> np.ndarray:
    """Every picture's latents, float16 (N, 4, 32, 32), not yet evened out; encoded once and kept in the folder."""
    path, count = folder / f"{pictures.name}_latents.npy", len(pictures.seeds)
    if path.exists():
        return np.load(path, mmap_mode="r")
    fresh = path.with_suffix(".part")
    latents = open_memmap(fresh, "w+", np.float16, (count, 4, 32, 32))
    device = next(vae.parameters()).device
    for first in range(0, count, 16):
        images = vaes.to_tensor(pictures.pixels[first : first + 16], device)
        with mixed(device):
            latents[first : first + 16] = vae.encode(images).latent_dist.mean.float().cpu().numpy()
        if first % 4000 == 0:
            print(f"{pictures.name} latents: {first} of {count}", flush=True)
    latents.flush()
    fresh.rename(path)
    return np.load(path, mmap_mode="r")


def measure(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each of the four latent channels."""
    latents = torch.from_numpy(np.array(np.load(folder / "train_latents.npy", mmap_mode="r")[:4000])).float()
    return latents.mean((0, 2, 3)), latents.std((0, 2, 3))


def importance(boxes: np.ndarray) -> torch.Tensor:
    """How much each latent counts, float (N, 1, 32, 32) of mean 1, from boxes of head and eyes in pixels (N, 3, 4).

    The face lies between the brows and the chin, the mouth in the lower part of it. Weights that depend on neither
    noise nor network leave the minimum of the squared error where it is, once the place of the face is known; only the
    learning shifts.
    """
    weight = torch.ones(len(boxes), 1, 32, 32)
    for one, (head, left, right) in zip(weight[:, 0], boxes.tolist(), strict=True):
        brows = min(left[1], right[1]) - (left[3] - left[1]) // 2
        face = (min(left[0], right[0]), brows, max(left[2], right[2]), head[3])
        mouth = ((left[0] + left[2]) // 2, (2 * left[3] + head[3]) // 3, (right[0] + right[2]) // 2, head[3])
        values = (HEAD_WEIGHT, FACE_WEIGHT, EYE_WEIGHT, EYE_WEIGHT, MOUTH_WEIGHT)
        for box, value in zip((head, face, left, right, mouth), values, strict=True):
            x, y, x_end, y_end = (max(0, edge) for edge in box)
            one[y // 8 : y_end // 8 + 1, x // 8 : x_end // 8 + 1] = value
    return weight / weight.mean()


def train(folder: Path, minutes: float, compiled: bool) -> None:
    """Trains for `minutes` in all and leaves `unet.pt`, the loss curve and sample sheets."""
    device, pictures, twins = pick_device(), load(folder), load(folder, "twin")
    vae, (tokenizer, encoder) = vaes.trained(folder), words(folder)
    encoder.to(device)
    pairs = torch.from_numpy(np.stack([cache_latents(folder, each, vae) for each in (pictures, twins)], 1)).float()
    mean, std = measure(folder)
    pairs = (pairs - mean.view(4, 1, 1)) / std.view(4, 1, 1)
    unet = build().to(device, memory_format=torch.channels_last)
    sampled = pipeline(unet, vaes.even_out(vae, mean, std), tokenizer, encoder)
    muon, optimizer = pair(unet, ENDS, muon=3e-3, adam=8e-4)
    average = Average(unet, 0.998)
    training = Training(folder, "unet", minutes=minutes, unet=unet, muon=muon, optimizer=optimizer, average=average)
    if compiled:
        compile_outer(unet)
    weights = importance(pictures.boxes)
    kept, dice, drawn = scheduler().alphas_cumprod.to(device), random.Random(training.step), time.monotonic()
    for _ in training.steps():
        chosen = torch.randint(0, len(pairs), (PAIRS,))
        both = [(pictures.scene(index), twins.scene(index)) for index in chosen.tolist()]
        texts = [text for scenes in both for text in wordings(scenes, dice)]
        clean = pairs[chosen].flatten(0, 1).to(device, memory_format=torch.channels_last)
        noise = torch.randn_like(clean[::2]).repeat_interleave(2, 0)
        times = draw_times(PAIRS).repeat_interleave(2).to(device)
        noisy, wanted = noised(clean, noise, kept[times])
        with mixed(device), sdpa_kernel(ATTENTION[device.type]):
            said = encoder(tokens(tokenizer, texts).to(device)).last_hidden_state
            found = unet(noisy, times, said).sample
        errors = found.float() - wanted
        loss = (weights[chosen].to(device) * pair_loss(errors[::2], errors[1::2])).mean()
        unet.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        muon.step()
        optimizer.step()
        average.update()
        training.add(loss)
        if time.monotonic() - drawn > SHEET_S:
            average.swap()
            sheet(folder, sampled)
            average.swap()
            drawn = time.monotonic()
    average.swap()
    sheet(folder, sampled)


def draw_times(count: int) -> torch.Tensor:
    """`count` times of [0, 1000), one from each of as many equally likely parts: less chance than drawing them freely.

    The middle, where faces take shape, is three times as likely as the ends.
    """
    even = (torch.arange(count) + torch.rand(count)) / count
    return ((even + torch.sin(2 * math.pi * even) / (4 * math.pi)) * 1000).long().clamp(0, 999)


def wordings(twins: tuple[Scene, Scene], dice: random.Random) -> list[str]:
    """A caption of each, both by the same throws of the dice; empty for one pair of ten."""
    if dice.random() < EMPTY_SHARE:
        return ["", ""]
    seed = dice.random()
    return [caption(scene, random.Random(seed)).text for scene in twins]


def pair_loss(errors: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """The mean squared error of two answers, of which the half that sets them apart counts `1 + CONTRAST` times."""
    together, apart = (errors + others) / 2, (errors - others) / 2
    return together.square() + (1 + CONTRAST) * apart.square()


def compile_outer(unet: UNet2DConditionModel, backend: str = "inductor") -> None:
    """Compiles the two blocks that work on whole latents, where most of the time between convolutions goes.

    Not the whole network: on a CPU torch 2.13's compiled backward pass gave zeros before the last upsampling, so that
    every weight inside the outermost level silently stopped learning.
    """
    unet.down_blocks[0].compile(backend=backend)
    unet.up_blocks[-1].compile(backend=backend)


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


def sheet(folder: Path, sampled: StableDiffusionPipeline) -> None:
    """Draws the fixed prompts and saves them as one picture, 4 x 3."""
    device = sampled.unet.device
    with mixed(device):
        seeds = [torch.Generator("cpu").manual_seed(seed) for seed in range(len(SHEET_PROMPTS))]
        found = sampled(
            list(SHEET_PROMPTS), num_inference_steps=20, guidance_scale=4.0, generator=seeds, output_type="np"
        )
    pixels = (found.images * 255).round().astype(np.uint8)
    rows = [np.concatenate(list(pixels[first : first + 4]), axis=1) for first in range(0, len(pixels), 4)]
    Image.fromarray(np.concatenate(rows)).save(folder / "unet_sheet.png")


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.unet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--compile", action="store_true", help="a tenth faster on a CPU; needs a C++ compiler")
    options = parser.parse_args()
    train(options.folder, options.minutes, options.compile)


if __name__ == "__main__":
    main()
