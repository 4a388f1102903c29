"""What the editing network learns from, drawn and encoded once: `python -m mini.train.edit_data --count 4000`.

Recipe: of every family of scenes (edits.py) four pictures are drawn and encoded by the shipped autoencoder. For
inpainting two of them are encoded once more with a hole (grey, as the stock pipeline makes it) in the shape of a part,
a box or a stroke. Only latents are kept, and for every two of the four where they differ. Two processes; drawing goes
on where it stopped, and training may begin with what is there.
"""

# diffusers annotates `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import itertools
import multiprocessing
import os
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap

from mini import drawing
from mini.artist import Drawing, attributes, compose, draw
from mini.train import vae as vaes
from mini.train.data import RUNS, SIZE
from mini.train.edits import VARIANTS, family
from mini.train.loop import mixed
from mini.train.split import is_held_out

CELLS = SIZE // 8
MEMBERS = 1 + VARIANTS
HOLED = 2  # of a family, those that are encoded with a hole too
DUOS = tuple(itertools.combinations(range(MEMBERS), 2))
DIFFERS = 6  # of 255, in any channel: less is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """Encoded families: `latents` float16 (N, 4, 4, 32, 32), evened out; `differs` uint8 (N, 6, 32, 32), shares of 255
    of each 8 x 8 pixels that differ between two of them, by DUOS; `holed` and `holes` (N, 2, ...) the pictures with a
    hole and where it is (1); `boxes` int16 (N, 4, 3, 4) of heads and eyes; `done` whether a family is there.
    """

    seeds: list[int]
    latents: np.ndarray
    differs: np.ndarray
    holed: np.ndarray
    holes: np.ndarray
    boxes: np.ndarray
    done: np.ndarray


SHAPES: dict[str, tuple[type, tuple[int, ...]]] = {
    "latents": (np.float16, (MEMBERS, 4, CELLS, CELLS)),
    "differs": (np.uint8, (len(DUOS), CELLS, CELLS)),
    "holed": (np.float16, (HOLED, 4, CELLS, CELLS)),
    "holes": (np.uint8, (HOLED, CELLS, CELLS)),
    "boxes": (np.int16, (MEMBERS, 3, 4)),
    "done": (np.uint8, ()),
}


def seeds(count: int) -> list[int]:
    """The first `count` scenes that show no held-out pair."""
    good = (seed for seed in itertools.count() if not is_held_out(attributes(compose(seed))))
    return list(itertools.islice(good, count))


def load(folder: Path, mode: str = "r") -> Families:
    """What `main` has made so far, without reading it into memory."""
    found = {name: np.load(folder / f"edit_{name}.npy", mmap_mode=mode) for name in SHAPES}
    return Families(seeds=[int(line) for line in (folder / "edit_seeds.txt").read_text().split()], **found)


def hole(drawn: Drawing, dice: random.Random) -> np.ndarray:
    """Where a picture is to be drawn anew, bool (256, 256): a part grown a little, a box, or strokes."""
    kind = dice.random()
    if kind < 0.55:
        masks = drawn.masks()
        part = masks[dice.choice([name for name in masks if masks[name].sum() > 60])]
        return grown(part, dice.choice((0, 4, 8, 16, 24)))
    found = np.zeros((SIZE, SIZE), bool)
    if kind < 0.6:
        return ~found
    for _ in range(1 if kind < 0.85 else dice.randint(2, 6)):
        width, height = dice.randint(24, 150), dice.randint(24, 150)
        x, y = dice.randint(-20, SIZE - 20), dice.randint(-20, SIZE - 20)
        found[max(0, y) : y + height, max(0, x) : x + width] = True
        if kind >= 0.85:  # strokes are thin
            found[max(0, y + 30) : y + height, max(0, x) : x + width] = False
    return found


def grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    """The mask and everything at most so far from it, bool (H, W)."""
    if not pixels:
        return mask
    field = torch.from_numpy(mask[None, None].astype(np.float32))
    return torch.nn.functional.max_pool2d(field, 2 * pixels + 1, 1, pixels)[0, 0].numpy() > 0


def differing(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two pictures (256, 256, 3) differ, for each 8 x 8 pixels: uint8 (32, 32), 255 where all do."""
    apart = (np.abs(one.astype(np.int16) - other).max(-1) > DIFFERS).astype(np.float32)
    return (apart.reshape(CELLS, 8, CELLS, 8).mean((1, 3)) * 255).astype(np.uint8)


@torch.no_grad()
def _make(folder: Path, first: int, step: int) -> None:
    os.nice(5)
    torch.set_num_threads(1)
    families, vae = load(folder, "r+"), drawing.load().vae
    for index in range(first, len(families.seeds), step):
        if families.done[index]:
            continue
        seed = families.seeds[index]
        drawn, dice = [draw(scene, SIZE) for scene in family(seed)], random.Random(f"{seed} holes")
        holes = np.stack([hole(each, dice) for each in drawn[:HOLED]])
        pixels = np.stack([each.pixels for each in drawn])
        images = vaes.to_tensor(pixels, vae.device)
        empty = images[:HOLED] * torch.from_numpy(~holes)[:, None]
        with mixed(vae.device):
            both = vae.encode(torch.cat([images, empty])).latent_dist.mean.float() * vae.config.scaling_factor
        families.latents[index], families.holed[index] = both[:MEMBERS].numpy(), both[MEMBERS:].numpy()
        families.holes[index] = holes[:, ::8, ::8]  # the nearest pixel, as the stock pipeline takes it
        families.differs[index] = [differing(pixels[one], pixels[other]) for one, other in DUOS]
        marks = [each.landmarks for each in drawn]
        families.boxes[index] = np.rint([(one.head, one.left_eye_box, one.right_eye_box) for one in marks])
        families.done[index] = 1
        if index % 200 < step:
            print(f"families: {index}", flush=True)


def main() -> None:
    """Draws and encodes families until all are there."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.edit_data", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    listing = options.folder / "edit_seeds.txt"
    if not listing.exists():
        for name, (kind, shape) in SHAPES.items():
            open_memmap(options.folder / f"edit_{name}.npy", "w+", kind, (options.count, *shape))
        listing.write_text("\n".join(map(str, seeds(options.count))))
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        pool.starmap(_make, [(options.folder, first, options.processes) for first in range(options.processes)])


if __name__ == "__main__":
    main()
