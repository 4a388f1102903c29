"""What memory drawing takes: the plan for every family at every size of card, and on a GPU what it really took.

    python -m benchmarks.memory              the plan's table, and on a GPU the real worker at several budgets
    python -m benchmarks.memory --computed   the live tensors of the full-size networks, which the plan's figures are

On a GPU, Stable Diffusion 1.5 and SDXL in their full size, with random weights, are written to a temporary folder and
drawn with by the bot's own worker, one for each budget: the peak of the device's memory, and how long a switch takes.
Without one it says so. The live tensors are counted on torch's meta device, where nothing is computed.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import config
from inference.gpu import Drawn, Gpu
from inference.models.catalog import Catalog, load_catalog
from inference.models.memory import Budget, Need, Plan, Way, plan
from inference.models.sizes import FAMILIES, full_size, rule_for
from inference.request import Wish, resolve

GIB = 1 << 30
CARDS_GB = (4, 6, 8, 12, 16, 24)
RESERVE_BYTES = 768 << 20  # as `shelf.budget_of` keeps free
RAM_BYTES = 48 * GIB
LOOK_S = 0.02
SIDES = {"sd15": 512, "sd21": 768}
CONFIGS = Path(__file__).resolve().parents[1] / "inference" / "models" / "configs"


def planned() -> list[tuple[str, ...]]:
    """For each family the way to draw its native size, or the largest size that fits, on each card."""
    found: list[tuple[str, ...]] = []
    for family in FAMILIES:
        weights, side = full_size(family), SIDES.get(family, 1024)
        need = Need(model=family, weights=weights, rule=rule_for(family), width=side, height=side)
        cells = [_cell(plan(Budget(device=card * 10**9 - RESERVE_BYTES, ram=RAM_BYTES), [], need)) for card in CARDS_GB]
        found.append((family, f"{side}×{side}", f"{weights.total / 1e9:.1f} GB", *cells))
    return found


def _cell(found: object) -> str:
    match found:
        case Plan(way=Way(mode=mode, tiled=tiled), peak=peak):
            return f"{mode}{', tiles' if tiled else ''} ({peak / 1e9:.1f})"
        case _:
            size = getattr(found, "width", 0)
            return f"up to {size}" if size else "no"


class _Live(TorchDispatchMode):
    """Counts the bytes of tensors that are alive, and their peak."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor) and (storage := leaf.untyped_storage())._cdata not in self._seen:
                key, size = storage._cdata, storage.nbytes()
                self._seen.add(key)
                self.now += size
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self._gone, key, size)
        return out

    def _gone(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.now -= size


class _FusedAttention(TorchFunctionMode):
    """Attention as the fused kernels do it: no matrix of its own."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if func is torch.nn.functional.scaled_dot_product_attention:
            query, _, value = args[:3]
            return query.new_empty(*query.shape[:-1], value.shape[-1])
        return func(*args, **(kwargs or {}))


def live_bytes(run: Callable[[], object]) -> int:
    """The peak of live tensors that `run` makes on the meta device."""
    with torch.inference_mode(), _FusedAttention(), _Live() as live:
        run()
    return live.peak


def computed(family: str, side: int) -> tuple[float, float]:
    """Live bytes per pixel of the network for one row, and of the VAE's decoder, both in half precision."""
    half, cells = torch.float16, side // 8
    with torch.device("meta"):
        unet: Any = UNet2DConditionModel.from_config(_config(family, "unet"))
        vae: Any = AutoencoderKL.from_config(_config(family, "vae"))
        unet, vae = unet.to(half).eval(), vae.to(half).eval()
        latents = torch.empty(1, 4, cells, cells, dtype=half)
        text = torch.empty(1, 77, unet.config.cross_attention_dim, dtype=half)
        added = {"text_embeds": torch.empty(1, 1280, dtype=half), "time_ids": torch.empty(1, 6, dtype=half)}
        step = torch.empty((), dtype=torch.int64)
        network = live_bytes(
            lambda: unet(latents, step, encoder_hidden_states=text, added_cond_kwargs=added, return_dict=False)
        )
        decoder = live_bytes(lambda: vae.decode(latents))
    return network / side**2, decoder / side**2


def _config(family: str, part: str) -> dict[str, Any]:
    return json.loads((CONFIGS / family / part / "config.json").read_text(encoding="utf-8"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *rows))


def write_full_size(folder: Path, family: str, seed: int) -> Path:
    """A checkpoint of the family's real size with random weights in half precision, as a folder of diffusers'."""
    torch.manual_seed(seed)
    with torch.device("cuda"), torch.no_grad():
        torch.set_default_dtype(torch.float16)
        try:
            parts: dict[str, Any] = {
                "unet": UNet2DConditionModel.from_config(_config(family, "unet")),
                "vae": AutoencoderKL.from_config(_config(family, "vae")),
                "text_encoder": CLIPTextModel(CLIPTextConfig(**_config(family, "text_encoder"))),
            }
            if family == "sdxl":
                config = CLIPTextConfig(**_config(family, "text_encoder_2"))
                parts["text_encoder_2"] = CLIPTextModelWithProjection(config)
        finally:
            torch.set_default_dtype(torch.float32)
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    for name in ("model_index.json", "scheduler/scheduler_config.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIGS / family / name, folder / name)
    return folder


async def drawn(folders: Sequence[str], family: str, vram_gb: float, side: int = 0) -> str:
    """The bot's own worker draws with one checkpoint after the other and with each again; what it took, as one line.

    `folders` are absolute paths of diffusers folders, `side` is in pixels (0: the family's own).
    """
    side = side or SIDES.get(family, 1024)
    entry = replace(load_catalog().models["genga-mini"], family=family, sizes={"square": (side, side)}, max_side=side)
    models = {folder: replace(entry, name=folder, path=folder) for folder in folders}
    catalog, seconds, rungs = Catalog(models), list[float](), set[str]()
    with tempfile.TemporaryDirectory() as data:
        settings = config.Config(
            storage=config.Storage(folder=Path(data)),
            gpu=config.Gpu(vram_gb=vram_gb),
            drawing=config.Drawing(model=folders[0]),
        )
        with _PeakOfDevice() as peak:
            async with Gpu(settings, catalog) as gpu:
                for name in (*models, *models):
                    request = resolve(
                        Wish(prompt="1girl", width=side, height=side, steps=4, seed=0, model=name), model=models[name]
                    )
                    [outcome] = await gpu.draw([request], {}, lambda *_: None)
                    if not isinstance(outcome, Drawn):
                        raise outcome
                    seconds.append(outcome.load_s)
                    rungs |= {*outcome.rungs}
    loads = ", ".join(f"{each:.2f}" for each in seconds)
    took = f"peak {peak.bytes / 1e9:.2f} GB of the device" if torch.cuda.is_available() else "no device to measure"
    return f"{vram_gb:g} GB: {' / '.join(sorted(rungs)) or 'as planned'}; {took}; seconds to be ready: {loads}"


class _PeakOfDevice:
    """The most that the device gave away meanwhile, to whichever process: also what CUDA itself takes."""

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        if torch.cuda.is_available():
            self._before, _ = torch.cuda.mem_get_info()
            self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            self.bytes = max(self.bytes, self._before - torch.cuda.mem_get_info()[0])


def measured() -> None:
    """Every budget in a process of its own, for both families."""
    for family, budgets in {"sd15": (3, 4, 6, 12), "sdxl": (4, 6, 8, 12, 24)}.items():
        with tempfile.TemporaryDirectory() as folder:
            written = [str(write_full_size(Path(folder) / str(seed), family, seed)) for seed in range(2)]
            for budget in budgets:
                command = [sys.executable, "-m", "benchmarks.memory", "--draw", family, str(budget), *written]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                said = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["nothing"]
                sys.stdout.write(f"{family} {said[-1]}\n")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description="What memory drawing takes.")
    parser.add_argument("--computed", action="store_true")
    parser.add_argument("--draw", nargs="+", metavar=("FAMILY", "GB"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.draw:
        family, budget, *folders = given.draw
        sys.stdout.write(asyncio.run(drawn(folders, family, float(budget))) + "\n")
        return
    if given.computed:
        for family, side in (("sd15", 512), ("sdxl", 1024)):
            network, decoder = computed(family, side)
            sys.stdout.write(f"{family}: network {network:.0f} B per pixel and row, VAE {decoder:.0f} B per pixel\n")
        return
    head = ["family", "size", "weights", *(f"{card} GB" for card in CARDS_GB)]
    sys.stdout.write(table(head, planned()))
    if torch.cuda.is_available():
        measured()
    else:
        sys.stdout.write("There is no GPU here: this is what is planned, nothing was measured.\n")


if __name__ == "__main__":
    main()
