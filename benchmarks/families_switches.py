"""What stays behind when models and LoRAs come and go: nothing, to the bit."""

import hashlib
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks import flow_loras, flow_miniatures
from benchmarks.families_rows import CHECKPOINTS, LORAS, found, request_for
from benchmarks.lora_miniatures import Kind, Names
from benchmarks.lora_miniatures import write as write_lora
from benchmarks.miniatures import Facts, Form, write
from inference.engine.diffusion import Diffusion
from inference.engine.watch import Watch
from inference.messages import NO_FILES, Files
from inference.models.catalog import Model
from inference.models.loading import Checkpoint
from inference.models.memory import Budget, Mode, Way, peak_bytes
from inference.pixels import Pixels
from inference.request import DrawRequest, LoraUse, Wish

SEQUENCES, LENGTH = 10, 4
# Kinds of LoRA, each with the names that it comes with.
_KINDS = tuple((Names.PEFT if kind is Kind.LORA else Names.KOHYA, kind) for kind in Kind)


class World:
    """Checkpoints and LoRAs in an operator's folders."""

    def __init__(self, root: Path, seed: int) -> None:
        self.models: dict[str, Model] = {}
        self.loras: dict[str, LoraUse] = {}
        self.files: dict[str, Path] = {}
        for folder in (CHECKPOINTS, LORAS):
            (root / "webui" / folder).mkdir(parents=True)
        facts = Facts(seed=seed)
        for number, family in enumerate(("sd15", "sd21", "sdxl")):
            path = write(root / "webui" / CHECKPOINTS, family, Form.SINGLE, replace(facts, seed=seed + number))
            self.models[family], _ = found(root, path)
        for names, kind in _KINDS:
            path = write_lora(root / "webui" / LORAS / f"{kind.name}.safetensors", "sd15", names, kind, facts=facts)
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            self.files[sha256] = path
            self.loras[kind.value] = LoraUse(name=kind.value, sha256=sha256, unet=0.8, text=0.5)

    def request(self, family: str, *loras: LoraUse) -> DrawRequest:
        """A small picture by the family's checkpoint."""
        return replace(request_for(self.models[family], Wish(steps=2)), loras=loras)


def restored(seed: int) -> Iterator[tuple[str, bool]]:
    """For each kind of LoRA, all kinds at once, and one per transformer: the bits after it was worn are as before."""
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        world = World(Path(place), seed)
        engine = Diffusion(threads=1, budget=Budget(device=8 << 30, ram=0))
        plain = world.request("sd15")
        checkpoint = engine.shelf.checkpoint(world.models["sd15"], plain.width, plain.height)
        before, first = bits(checkpoint), drawn(engine, world.models["sd15"], plain)
        for title, uses in (*((name, (use,)) for name, use in world.loras.items()), ("all", (*world.loras.values(),))):
            worn = drawn(engine, world.models["sd15"], world.request("sd15", *uses), world.files)
            again = drawn(engine, world.models["sd15"], plain)
            yield title, bits(checkpoint) == before and np.array_equal(first, again) and (worn != first).any().item()
    for family in flow_miniatures.FAMILIES:
        yield f"{family}, {Kind.LORA.value}", _restored(family)


def _restored(family: str) -> bool:
    """Whether a transformer's bits after it wore a LoRA are what they were."""
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        root = Path(place)
        for folder in (CHECKPOINTS, LORAS):
            (root / "webui" / folder).mkdir(parents=True)
        model, _ = found(root, flow_miniatures.write(root / "webui" / CHECKPOINTS / family, family))
        path = root / "webui" / LORAS / "mine.safetensors"
        flow_loras.write(path, family, flow_loras.Form.KOHYA, Kind.LORA)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        plain = request_for(model, Wish(steps=2))
        dressed = replace(plain, loras=(LoraUse(name="mine", sha256=sha256, unet=0.8, text=0.5),))
        engine = Diffusion(threads=1, budget=Budget(device=8 << 30, ram=0))
        checkpoint = engine.shelf.checkpoint(model, plain.width, plain.height)
        before, first = bits(checkpoint), drawn(engine, model, plain)
        worn, again = drawn(engine, model, dressed, {sha256: path}), drawn(engine, model, plain)
        return bits(checkpoint) == before and np.array_equal(first, again) and (worn != first).any().item()


def switched(seed: int) -> Iterator[tuple[str, bool]]:
    """Random sequences of models and LoRAs in random rooms: each picture is that of a fresh load, bit by bit."""
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        world = World(Path(place), seed)
        choices = [(family, ()) for family in world.models]
        choices += [("sd15", (world.loras[kind],)) for kind in (Kind.LORA.value, Kind.LOHA.value, Kind.DORA.value)]
        requests = {index: world.request(family, *uses) for index, (family, uses) in enumerate(choices)}
        fresh = {
            index: drawn(Diffusion(threads=1), world.models[choices[index][0]], request, world.files)
            for index, request in requests.items()
        }
        for number in range(SEQUENCES):
            dice = random.Random(seed * 1000 + number)
            budget = _room(world, dice)
            engine, sequence = Diffusion(threads=1, budget=budget), dice.choices(list(requests), k=LENGTH)
            same = [
                np.array_equal(
                    drawn(engine, world.models[choices[each][0]], requests[each], world.files), fresh[each]
                )
                for each in sequence
            ]  # fmt: skip
            titles = ("+".join((choices[each][0], *(use.name for use in choices[each][1]))) for each in sequence)
            yield " → ".join(titles), all(same)


def _room(world: World, dice: random.Random) -> Budget:
    """Room for one or two of the checkpoints on the device, and for none, some or all beside it."""
    shelf = Diffusion(threads=1).shelf
    needs = [shelf.need(model, 64, 96) for model in world.models.values()]
    largest = max(need.weights.total for need in needs)
    work = max(peak_bytes(need, Way(mode=Mode.WHOLE, tiled=False)) - need.weights.total for need in needs)
    return Budget(device=work + int(dice.choice([1.3, 2.3]) * largest), ram=int(dice.choice([0, 1.5, 3]) * largest))


def drawn(engine: Diffusion, model: Model, request: DrawRequest, files: Files = NO_FILES) -> Pixels:
    """The one picture of the request."""
    quiet = Watch(lambda *_: None, lambda: False, steps=engine.steps(request), preview_interval_s=0)
    [pixels] = engine.draw(request, model, {}, quiet, files)
    return pixels


def bits(checkpoint: Checkpoint) -> dict[str, str]:
    """A fingerprint of every weight and of how it lies in memory."""
    return {
        f"{part}.{name}": hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest() + str(value.stride())
        for part, module in checkpoint.pipe.components.items()
        if isinstance(module, torch.nn.Module)
        for name, value in module.state_dict().items()
    }
