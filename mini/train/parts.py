"""The network that finds parts by words: `python -m mini.train.parts`.

Recipe: the artist draws pictures with a mask for every part; each step takes eight of them (a quarter as the drawing
model's autoencoder gives them back, because that is what it will see; brighter, darker, noisy, mirrored) and asks for
five parts of each by one of many phrases, now and then for one that is not there. Cross entropy and the overlap (Dice,
Milletari et al. 2016, arXiv:1606.04797), which counts a small part as much as a large one. The words are read by the
shipped text encoder, which stays as it is.
"""

# diffusers annotates outputs as unions, and torch leaves memory formats out of a module's `to`.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false

import argparse
import multiprocessing
import os
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.format import open_memmap
from safetensors.torch import save_file

from inference.engine.part_network import SIDE, PartNetwork
from mini import drawing
from mini.artist import GROUPS, compose, draw
from mini.artist.drawing import ALWAYS
from mini.train import vae as vaes
from mini.train.captions import SYNONYMS
from mini.train.data import RUNS, seeds_for_training
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.muon import pair
from mini.train.text import tokens

NAMES = (*ALWAYS, *GROUPS["accessories"])
SHIPPED = Path(__file__).parent.parent / "weights" / "parts" / "parts.safetensors"
BATCH, ASKED, ABSENT = 8, 5, 0.15
DECODED = 0.25
ENDS = ("stem.enter", "out", "weigh", "read")
WORDS: dict[str, tuple[str, ...]] = {
    "background": ("background", "the background", "what is behind", "scenery", "surroundings", "the place"),
    "hair": ("hair", "hairstyle", "hairdo", "the hair", "locks", "blue hair", "long hair"),
    "face": ("face", "the face", "head", "expression", "facial features"),
    "skin": ("skin", "bare skin", "the skin", "body", "neck and face"),
    "eyes": ("eyes", "eye", "the eyes", "both eyes", "red eyes"),
    "mouth": ("mouth", "lips", "the mouth", "smile"),
    "clothes": ("clothes", "clothing", "outfit", "garment", "shirt", "dress", "what she wears", "jacket", "top"),
    "accessories": ("accessories", "accessory", "what is worn beside the clothes", "ornaments", "jewelry"),
}
FORMS = ("{}",) * 4 + ("the {}", "her {}", "his {}", "their {}", "the girl's {}", "the man's {}", "only the {}")


def phrase(name: str, dice: random.Random) -> str:
    """One of the many ways to name a part."""
    word = dice.choice(WORDS.get(name) or (name, name, *SYNONYMS.get(name, ())))
    text = word if word.startswith(("the ", "what ")) else dice.choice(FORMS).format(word)
    return text.capitalize() if dice.random() < 0.1 else text


@torch.no_grad()
def _draw(folder: Path, first: int, step: int) -> None:
    os.nice(5)
    torch.set_num_threads(1)
    seeds = [int(line) for line in (folder / "parts_seeds.txt").read_text().split()]
    pixels, bits = (open_memmap(folder / f"parts_{name}.npy", "r+") for name in ("pixels", "masks"))
    vae = drawing.load().vae
    for index in range(first, len(seeds), step):
        if pixels[index].any():
            continue
        made = draw(compose(seeds[index]), SIDE)
        masks, seen = made.masks(), made.pixels
        bits[index] = sum((masks[name].astype(np.uint32) << n for n, name in enumerate(NAMES) if name in masks))
        if random.Random(seeds[index]).random() < DECODED:
            with mixed(vae.device):
                latents = vae.encode(vaes.to_tensor(seen[None], vae.device)).latent_dist.mean
                seen = vaes.to_pixels(vae.decode(latents).sample)[0]
        pixels[index] = seen
        if index % 200 < step:
            print(f"parts: {index}", flush=True)


def prepare(folder: Path, count: int, processes: int) -> None:
    """Draws `count` pictures with their masks; what is there already stays."""
    listing = folder / "parts_seeds.txt"
    if not listing.exists():
        folder.mkdir(parents=True, exist_ok=True)
        open_memmap(folder / "parts_pixels.npy", "w+", np.uint8, (count, SIDE, SIDE, 3))
        open_memmap(folder / "parts_masks.npy", "w+", np.uint32, (count, SIDE, SIDE))
        listing.write_text("\n".join(map(str, seeds_for_training(count))))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.starmap(_draw, [(folder, first, processes) for first in range(processes)])


def overlap_loss(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Cross entropy and what is missing of the overlap, of scores (B, H, W) and masks of 0 and 1."""
    shares = scores.sigmoid()
    both, all_ = (shares * wanted).sum((1, 2)), shares.sum((1, 2)) + wanted.sum((1, 2))
    return F.binary_cross_entropy_with_logits(scores, wanted) + (1 - (2 * both + 20) / (all_ + 20)).mean()


def _varied(pictures: torch.Tensor) -> torch.Tensor:
    """A little brighter or darker, noisy."""
    light = 1 + 0.1 * torch.randn(len(pictures), 1, 1, 1)
    return (pictures * light + 0.05 * torch.rand(len(pictures), 1, 1, 1) * torch.randn_like(pictures)).clamp(-1, 1)


def train(folder: Path, minutes: float) -> None:
    """Trains for `minutes` in all and leaves `parts.pt` and the loss curve."""
    device, base = pick_device(), drawing.load()
    pixels, bits = (np.load(folder / f"parts_{name}.npy", mmap_mode="r") for name in ("pixels", "masks"))
    encoder = base.text_encoder.to(device).eval().requires_grad_(False)
    network = PartNetwork().to(device, memory_format=torch.channels_last)
    muon, optimizer = pair(network, ENDS, muon=3e-3, adam=1e-3)
    average = Average(network, 0.995)
    training = Training(folder, "parts", minutes=minutes, net=network, muon=muon, optimizer=optimizer, average=average)
    dice = random.Random(training.step)
    for _ in training.steps():
        chosen = dice.sample(range(len(pixels)), BATCH)
        pictures = vaes.to_tensor(pixels[sorted(chosen)], device)
        masks = torch.from_numpy(np.ascontiguousarray(bits[sorted(chosen)]).astype(np.int64))
        if dice.random() < 0.5:
            pictures, masks = pictures.flip(3), masks.flip(2)
        asked = [_asked(one, dice) for one in masks for _ in range(ASKED)]
        wanted = torch.stack([((masks[n // ASKED] >> NAMES.index(name)) & 1).float() for n, name in enumerate(asked)])
        numbers = tokens(base.tokenizer, [phrase(name, dice) for name in asked]).to(device)
        with mixed(device):
            words = encoder(numbers).last_hidden_state
            seen = network.look(_varied(pictures).contiguous(memory_format=torch.channels_last))
        there = _there(numbers, base.tokenizer.eos_token_id)
        loss = overlap_loss(network.scores(seen.repeat_interleave(ASKED, 0), words, there), wanted.to(device))
        network.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        muon.step()
        optimizer.step()
        average.update()
        training.add(loss)
    average.swap()
    SHIPPED.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, SHIPPED)


def _asked(masks: torch.Tensor, dice: random.Random) -> str:
    """The name of a part that is there, now and then of another one."""
    here = [name for number, name in enumerate(NAMES) if ((masks >> number) & 1).any()]
    return dice.choice(NAMES) if dice.random() < ABSENT else dice.choice(here)


def _there(numbers: torch.Tensor, end: int) -> torch.Tensor:
    """Which of the tokens (B, T) are words: those between the first and the end."""
    before_end = (numbers == end).long().cumsum(1) == 0
    before_end[:, 0] = False
    return before_end


def main() -> None:
    """Reads the options, draws and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.parts", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=40)
    options = parser.parse_args()
    prepare(options.folder, options.count, os.cpu_count() or 1)
    train(options.folder, options.minutes)


if __name__ == "__main__":
    main()
