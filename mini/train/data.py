"""The pictures that everything learns from, drawn once: `python -m mini.train.data --count 10000`.

Recipe: scene number n is `compose(n)` unless it shows a held-out pair (split.py); every kept scene and its twin
(twins.py) are drawn at 256 x 256 by two processes into memory-mapped files. Captions are not stored: the scene is
composed again from its seed, and captions.py words it anew each time. Drawing goes on where it stopped.
"""

import argparse
import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from mini.artist import Scene, attributes, compose, draw
from mini.train.split import TEST_SEED, is_held_out
from mini.train.twins import twin

SIZE = 256
RUNS = Path(__file__).parent / "runs"
SCENES = {"train": compose, "twin": twin, "test": compose}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Drawn scenes: `pixels` uint8 (N, 256, 256, 3), `boxes` int16 (N, 3, 4) of head and eyes, the scenes' seeds."""

    name: str
    pixels: np.ndarray
    boxes: np.ndarray
    seeds: list[int]

    def scene(self, index: int) -> Scene:
        """What picture `index` shows."""
        return SCENES[self.name](self.seeds[index])


def seeds_for_training(count: int) -> list[int]:
    """The first `count` seeds whose scenes show no held-out pair."""
    found: list[int] = []
    seed = 0
    while len(found) < count:
        if not is_held_out(attributes(compose(seed))):
            found.append(seed)
        seed += 1
    return found


def seeds_for_tests(count: int) -> list[int]:
    """`count` seeds that training never sees; held-out pairs occur among them."""
    return list(range(TEST_SEED, TEST_SEED + count))


def load(folder: Path, name: str = "train") -> Pictures:
    """Opens what `main` has drawn, without reading it into memory."""
    seeds = [int(line) for line in (folder / f"{name}_seeds.txt").read_text().split()]
    pixels = np.load(folder / f"{name}_pixels.npy", mmap_mode="r")
    return Pictures(name=name, pixels=pixels, boxes=np.load(folder / f"{name}_boxes.npy"), seeds=seeds)


def draw_all(folder: Path, name: str, seeds: list[int], processes: int) -> None:
    """Draws all of `seeds` into `folder`; what is drawn already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder / f"{name}_seeds.txt"
    text = "\n".join(map(str, seeds))
    if not listing.exists():
        open_memmap(folder / f"{name}_pixels.npy", "w+", np.uint8, (len(seeds), SIZE, SIZE, 3))
        open_memmap(folder / f"{name}_boxes.npy", "w+", np.int16, (len(seeds), 3, 4))
        listing.write_text(text)
    elif listing.read_text() != text:
        raise SystemExit(f"{listing} lists other pictures; choose another --folder or remove it")
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        jobs = [(folder, name, first, processes) for first in range(processes)]
        pool.starmap(_draw_some, jobs)
    print(f"{name}: {len(seeds)} pictures in {folder}", flush=True)


def _draw_some(folder: Path, name: str, first: int, step: int) -> None:
    os.nice(1)
    seeds = [int(line) for line in (folder / f"{name}_seeds.txt").read_text().split()]
    pixels = open_memmap(folder / f"{name}_pixels.npy", "r+")
    boxes = open_memmap(folder / f"{name}_boxes.npy", "r+")
    for index in range(first, len(seeds), step):
        if boxes[index].any():
            continue
        drawing = draw(SCENES[name](seeds[index]), SIZE)
        marks = drawing.landmarks
        pixels[index] = drawing.pixels
        boxes[index] = np.rint([marks.head, marks.left_eye_box, marks.right_eye_box])
        if index % 1000 < step:
            print(f"{name}: {index}", flush=True)


def main() -> None:
    """Draws the training pictures, and those that the judge's ceiling is measured on."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.data", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--tests", type=int, default=800)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for name in ("train", "twin"):
        draw_all(options.folder, name, seeds_for_training(options.count), options.processes)
    draw_all(options.folder, "test", seeds_for_tests(options.tests), options.processes)


if __name__ == "__main__":
    main()
