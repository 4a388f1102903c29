"""Measures the shipped model: `python -m mini.evaluate`.

Draws prompts (half with tags that were never drawn together for training, a third English sentences), asks the judge
what the pictures show, and asks it the same about the artist's own picture of every prompted scene: that score is the
ceiling. Then how far seeds differ, and whether negative prompts remove what they name. In bfloat16, 20 steps.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from mini.artist import GROUPS, Scene, attributes, compose, draw, tags
from mini.drawing import GUIDANCE, SHIPPED, STEPS
from mini.drawing import draw as draw_prompts
from mini.drawing import load as load_pipeline
from mini.judge import Found, Judge, look, shows
from mini.judge import load as load_judge
from mini.train.captions import Said, from_artist
from mini.train.split import TEST_SEED, is_held_out, pairs

BATCH = 16
WANTED = {
    "hair_color": 0.97, "background": 0.95, "eye_color": 0.90, "hair_style": 0.90, "garment": 0.90,
    "accessories": 0.90, "expression": 0.85,
}  # fmt: skip
# Loose prompts leave much to chance; what chance draws is then forbidden.
LOOSE = (
    "1girl",
    "1boy",
    "1girl, upper body",
    "1girl, portrait",
    "a woman",
    "1boy, smile",
    "1girl, city",
    "1girl, dress",
)
Score = tuple[int, int]  # found, asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A text, the scene it describes, what it says of it, and the pair of groups by which combining is measured."""

    text: str
    scene: Scene
    said: Said
    held_out: bool
    pair: tuple[str, str]


def prompts(count: int, seed: int) -> list[Prompt]:
    """Every second with a held-out pair, every third a sentence; the same for the same seed."""
    dice, combined = random.Random(seed), pairs()
    first = 2 * TEST_SEED + seed * 1_000_000
    made: list[Prompt] = []
    for number in range(count):
        group, tag, other_group, other = dice.choice(combined)
        if held_out := number % 2 == 0:
            scene = compose(first + number, **{group: tag, other_group: other})
        else:
            scene = next(s for s in _scenes(first + 100_000 + number * 100) if not is_held_out(attributes(s)))
        if number % 3 == 0:
            # The fifth of the artist's sentences says too little to ask about both tags of a pair.
            worded = from_artist(scene, dice.randrange(4))
            text, said = worded.text, worded.said
        else:
            text, said = ", ".join(tags(scene)), attributes(scene)
        made.append(Prompt(text=text, scene=scene, said=said, held_out=held_out, pair=(group, other_group)))
    return made


def _scenes(seed: int) -> Iterator[Scene]:
    while True:
        yield compose(seed)
        seed += 1


def asked(prompt: Prompt) -> Iterator[tuple[str, str]]:
    """Every (group, tag) that a prompt asks for."""
    for group in GROUPS:
        value = prompt.said.get(group, ())
        for tag in (value,) if isinstance(value, str) else value:
            yield group, tag


def count_found(made: list[Prompt], found: list[Found]) -> dict[str, Score]:
    """By group, how many of the tags asked for are shown."""
    scores: dict[str, Score] = dict.fromkeys(GROUPS, (0, 0))
    for prompt, answer in zip(made, found, strict=True):
        for group, tag in asked(prompt):
            right, of = scores[group]
            scores[group] = (right + shows(answer, group, tag), of + 1)
    return scores


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def combining(made: list[Prompt], found: list[Found]) -> tuple[float, float, float]:
    """Shares of paired tags found in prompts with held-out pairs and in others; half the difference's interval."""
    shares: dict[bool, list[float]] = {True: [], False: []}
    for prompt, answer in zip(made, found, strict=True):
        known = attributes(prompt.scene)
        shares[prompt.held_out].append(sum(shows(answer, group, str(known[group])) for group in prompt.pair) / 2)
    held, seen = np.array(shares[True]), np.array(shares[False])
    half = 1.96 * math.sqrt(held.var() / len(held) + seen.var() / len(seen))
    return float(held.mean()), float(seen.mean()), half


def spread(pictures: np.ndarray) -> float:
    """Mean absolute difference, 0 to 255, between pictures (N, 256, 256, 3), pair by pair."""
    pairs_of = combinations(pictures.astype(np.float32), 2)
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs_of]))


def seed_spread(pipeline: StableDiffusionPipeline, count: int = 8, seeds: int = 6) -> tuple[float, float]:
    """How far the seeds of one prompt lie apart, drawn by the model and by the artist; means over `count` prompts."""
    ours, theirs = [], []
    for number in range(count):
        scene = compose(3 * TEST_SEED + number)
        same = [compose(3 * TEST_SEED + 1000 * number + k, **attributes(scene)) for k in range(seeds)]
        theirs.append(spread(np.stack([draw(s).pixels for s in same])))
        ours.append(spread(draw_prompts(pipeline, [", ".join(tags(scene))] * seeds, range(seeds))))
    return float(np.mean(ours)), float(np.mean(theirs))


def negatives(pipeline: StableDiffusionPipeline, judge: Judge, count: int = 96) -> Score:
    """Of pictures redrawn from the same seed with something that they showed as a negative prompt: how many lost it."""
    dice, gone, of = random.Random(0), 0, 0
    for first in range(0, count, BATCH):
        texts, seeds = [LOOSE[k % len(LOOSE)] for k in range(BATCH)], range(first, first + BATCH)
        before = look(judge, draw_prompts(pipeline, texts, seeds))
        unwanted = [dice.choice(list(_removable(found, text))) for found, text in zip(before, texts, strict=True)]
        after = look(judge, draw_prompts(pipeline, texts, seeds, [tag for _, tag in unwanted]))
        gone += sum(not shows(found, *bad) for found, bad in zip(after, unwanted, strict=True))
        of += BATCH
    return gone, of


def _removable(found: Found, text: str) -> Iterator[tuple[str, str]]:
    for group in ("hair_color", "expression", "garment", "accessories", "background"):
        value = found.get(group, ())
        for tag in (value,) if isinstance(value, str) else value:
            if tag not in text:
                yield group, tag


def report(made: list[Prompt], found: list[Found], best: list[Found]) -> None:
    """Prints the table of groups and the line about held-out pairs."""
    scores, ceilings = count_found(made, found), count_found(made, best)
    print("\n| group | found | 95 % interval | of | ceiling | share of ceiling | wanted |")
    print("|---|---|---|---|---|---|---|")
    for group in GROUPS:
        (right, of), (top, _) = scores[group], ceilings[group]
        low, high = wilson(right, of)
        wanted = f"{WANTED[group]:.0%}" if group in WANTED else ""
        share = f"{right / top:.1%}" if top else "–"
        row = (f"{right / of:.1%}", f"{low:.1%} – {high:.1%}", str(of), f"{top / of:.1%}", share, wanted)
        print(f"| {group.replace('_', ' ')} | {' | '.join(row)} |")
    held, seen, half = combining(made, found)
    print(f"\nHeld-out pairs of tags: {held:.1%} found; pairs seen in training: {seen:.1%}.", end=" ")
    print(f"Difference {100 * (held - seen):+.1f} points (95 % interval ± {100 * half:.1f}).")
    held, seen, half = combining(made, best)
    print(f"The same in the artist's own pictures: {100 * (held - seen):+.1f} points (± {100 * half:.1f}).")


def main() -> None:
    """Draws, judges, prints."""
    parser = argparse.ArgumentParser(prog="python -m mini.evaluate", description=__doc__)
    parser.add_argument("--prompts", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=SHIPPED)
    options = parser.parse_args()
    pipeline, judge, started = load_pipeline(options.folder), load_judge(), time.monotonic()
    made, found, best = prompts(options.prompts, options.seed), [], []
    for first in range(0, len(made), BATCH):
        part = made[first : first + BATCH]
        found += look(judge, draw_prompts(pipeline, [p.text for p in part], range(first, first + len(part))))
        best += look(judge, np.stack([draw(p.scene).pixels for p in part]))
        if first % (10 * BATCH) == 0:
            print(f"{first + len(part)} prompts, {time.monotonic() - started:.0f} s", flush=True)
    print(f"\n{len(made)} prompts, {STEPS} steps, guidance {GUIDANCE}, bfloat16 on {pipeline.device.type}.")
    report(made, found, best)
    ours, theirs = seed_spread(pipeline)
    print(f"Seeds of one prompt differ by {ours:.1f} of 255 on average; the artist's pictures of it by {theirs:.1f}.")
    gone, of = negatives(pipeline, judge)
    low, high = wilson(gone, of)
    print(f"A negative prompt removes what it names: {gone / of:.1%} of {of} ({low:.1%} – {high:.1%}).")


if __name__ == "__main__":
    main()
