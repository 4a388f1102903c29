"""The network that edits and inpaints, learning from the one that draws: `python -m mini.train.edit`.

Recipe: the shipped UNet gets five more input channels, a mask and the latents of a picture, and gives up a part of its
middle block, so that its file stays small. Of each step's 32 latents two thirds are edits (edits.py): the mask is 0,
the picture is the one before, the words are an instruction, and the answer is the picture after (InstructPix2Pix,
Brooks et al. 2022). They come in pairs: the same picture and the same noise with two instructions, so that the two
answers differ in nothing but what the words ask for; how they differ counts several times (twins.py). The others are
inpainting: the mask is 1 where the picture has a hole, the words are a caption. Without the mask's channel it is a
stock InstructPix2Pix network, with it a stock inpainting one. What changes counts more than what stays; so do faces.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image
from torch.nn.attention import sdpa_kernel

from mini import drawing
from mini.artist import draw
from mini.train import edit_data
from mini.train.captions import caption
from mini.train.data import RUNS, SIZE
from mini.train.edit_data import DUOS, HOLED, MEMBERS, Families
from mini.train.editing import edit
from mini.train.edits import family, instruction
from mini.train.loop import Average, Training, mixed, pick_device
from mini.train.muon import pair
from mini.train.split import TEST_SEED
from mini.train.text import tokens
from mini.train.unet import ATTENTION, ENDS, compile_outer, draw_times, importance, noised, pair_loss

PAIRS, OF_EDITS = 16, 11
CHANGED_WEIGHT, OUTSIDE_WEIGHT = 6.0, 0.1
NO_WORDS, NO_PICTURE, NEITHER = 0.05, 0.05, 0.05  # left out now and then, for the two guidances
SHEET_S = 900
SHEET_EDITS = 8


def build(drawer: UNet2DConditionModel) -> UNet2DConditionModel:
    """An untrained one: what the drawing network knows, and zeros where it has no input yet."""
    config = dict(drawer.config) | {"in_channels": 9, "mid_block_type": "UNetMidBlock2D"}
    unet = UNet2DConditionModel.from_config(config)
    assert isinstance(unet, UNet2DConditionModel)
    known = {name: value for name, value in drawer.state_dict().items() if name in unet.state_dict()}
    known["conv_in.weight"] = torch.cat(
        [known["conv_in.weight"], torch.zeros(len(known["conv_in.weight"]), 5, 3, 3)], 1
    )
    unet.load_state_dict(known)
    return unet


class Batches:
    """Random training pairs, from families that are there by now."""

    def __init__(self, families: Families, dice: random.Random) -> None:
        self.families, self.dice = families, dice
        self.there = np.flatnonzero(families.done)

    def edits(self, count: int) -> tuple[torch.Tensor, torch.Tensor, list[str], torch.Tensor]:
        """Pairs of one picture and two instructions: latents after, inputs beside them, words, weights (2 * count)."""
        after, beside, texts, weights = [], [], [], []
        for index in self.dice.choices(self.there, k=count):
            scenes = family(self.families.seeds[index])
            source, one, other = self.dice.sample(range(MEMBERS), 3)
            chance, latents = self.dice.random(), self.families.latents[index]
            no_words = chance < NO_WORDS + NEITHER
            picture = latents[source] * (not NO_WORDS <= chance < NO_WORDS + NEITHER + NO_PICTURE)
            face = importance(self.families.boxes[index][source][None])[0].numpy()
            changed = sum(
                self.families.differs[index][DUOS.index((min(source, e), max(source, e)))] for e in (one, other)
            )
            weight = face * (1 + CHANGED_WEIGHT * np.minimum(changed / 255.0, 1.0))
            weights += [weight / weight.mean()]
            for each in (one, other):
                after.append(latents[each])
                beside.append(np.concatenate([np.zeros_like(picture[:1]), picture]))
                texts.append("" if no_words else instruction(scenes[source], scenes[each], self.dice))
        return _stacked(after), _stacked(beside), texts, _stacked(weights)

    def holes(self, count: int) -> tuple[torch.Tensor, torch.Tensor, list[str], torch.Tensor]:
        """Pictures with a hole, all by themselves: latents, inputs beside them, captions, weights (count)."""
        whole, beside, texts, weights = [], [], [], []
        for index in self.dice.choices(self.there, k=count):
            which = self.dice.randrange(HOLED)
            scene, hole = family(self.families.seeds[index])[which], self.families.holes[index][which][None]
            whole.append(self.families.latents[index][which])
            beside.append(np.concatenate([hole, self.families.holed[index][which]]))
            texts.append("" if self.dice.random() < 2 * NO_WORDS else caption(scene, self.dice).text)
            face = importance(self.families.boxes[index][which][None])[0].numpy()
            weight = face * np.maximum(hole, OUTSIDE_WEIGHT)
            weights.append(weight / weight.mean())
        return _stacked(whole), _stacked(beside), texts, _stacked(weights)


def _stacked(arrays: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack(arrays).astype(np.float32))


def train(folder: Path, minutes: float, compiled: bool) -> None:
    """Trains for `minutes` in all and leaves `edit.pt`, the loss curve and sample sheets."""
    device, base = pick_device(), drawing.load()
    families = edit_data.load(folder)
    encoder = base.text_encoder.to(device).eval().requires_grad_(False)
    unet = build(base.unet).to(device, memory_format=torch.channels_last)
    muon, optimizer = pair(unet, ENDS, muon=2e-3, adam=8e-4)
    average = Average(unet, 0.998)
    training = Training(folder, "edit", minutes=minutes, unet=unet, muon=muon, optimizer=optimizer, average=average)
    if compiled:
        compile_outer(unet)
    kept, drawn = base.scheduler.alphas_cumprod.to(device), time.monotonic()
    for step in training.steps():
        if step % 500 == 0 or step == training.step:
            batches = Batches(families, random.Random(step))
        edits, holes = batches.edits(OF_EDITS), batches.holes(2 * (PAIRS - OF_EDITS))
        clean, beside = (torch.cat([edits[part], holes[part]]).to(device) for part in (0, 1))
        noise = torch.randn_like(clean)
        noise[1 : 2 * OF_EDITS : 2] = noise[0 : 2 * OF_EDITS : 2]
        times = torch.cat([draw_times(OF_EDITS).repeat_interleave(2), draw_times(len(holes[0]))]).to(device)
        noisy, wanted = noised(clean, noise, kept[times])
        seen = torch.cat([noisy, beside], 1).contiguous(memory_format=torch.channels_last)
        with mixed(device), sdpa_kernel(ATTENTION[device.type]):
            said = encoder(tokens(base.tokenizer, edits[2] + holes[2]).to(device)).last_hidden_state
            found = unet(seen, times, said).sample
        errors = found.float() - wanted
        apart = errors[: 2 * OF_EDITS]
        losses = [
            edits[3].to(device) * pair_loss(apart[::2], apart[1::2]),
            holes[3].to(device) * errors[2 * OF_EDITS :] ** 2,
        ]
        loss = (losses[0].mean() * OF_EDITS + losses[1].mean() * (PAIRS - OF_EDITS)) / PAIRS
        unet.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        muon.step()
        optimizer.step()
        average.update()
        training.add(loss)
        if time.monotonic() - drawn > SHEET_S:
            _sheet_of_average(folder, base, unet, average)
            drawn = time.monotonic()
    _sheet_of_average(folder, base, unet, average)


def trained(folder: Path) -> UNet2DConditionModel:
    """The averaged network of a run's last checkpoint."""
    unet = build(drawing.load().unet)
    state = torch.load(folder / "edit.pt", map_location="cpu", weights_only=True)
    for live, mean in zip(unet.parameters(), state["average"]["mean"], strict=True):
        live.data.copy_(mean)
    return unet.eval().requires_grad_(False)


def _sheet_of_average(
    folder: Path, base: StableDiffusionPipeline, unet: UNet2DConditionModel, average: Average
) -> None:
    average.swap()
    sheet(folder, base, unet)
    average.swap()


def sheet(folder: Path, base: StableDiffusionPipeline, unet: UNet2DConditionModel) -> None:
    """Pictures before, what the network makes of them and what the artist does, in rows of three by two."""
    dice, befores, afters, texts = random.Random(7), [], [], []
    seed = TEST_SEED
    while len(texts) < SHEET_EDITS:
        seed += 1
        try:
            scenes = family(seed)
        except ValueError:
            continue
        befores.append(draw(scenes[0], SIZE).pixels)
        afters.append(draw(scenes[1], SIZE).pixels)
        texts.append(instruction(scenes[0], scenes[1], dice))
    made = edit(base, unet, np.stack(befores), texts, list(range(len(texts))))
    rows = [np.concatenate(three, axis=1) for three in zip(befores, made, afters, strict=True)]
    half = len(rows) // 2
    picture = np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], axis=1)
    Image.fromarray(picture).save(folder / "edit_sheet.png")
    (folder / "edit_sheet.txt").write_text("\n".join(texts))


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m mini.train.edit", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--compile", action="store_true", help="a tenth faster on a CPU; needs a C++ compiler")
    options = parser.parse_args()
    train(options.folder, options.minutes, options.compile)


if __name__ == "__main__":
    main()
