"""LoRAs for SDXL: both text encoders, and the names of its original code."""

# diffusers annotates its pipelines loosely.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline

from benchmarks.key_lists import FAMILIES, UNET, full
from inference.models.lora.file import read
from inference.models.lora.names import Part, find, names_of
from inference.models.lora.wardrobe import Wardrobe, Worn
from tests.inference.lora.merging import bits, merged, values
from tests.inference.lora.writing import kohya, lora_tensors, write
from tests.miniature import miniature_xl

CONFIGS = Path(__file__).resolve().parents[3] / "inference" / "models" / "configs"
# Where the original code has the miniature's attention layers, counted by hand: one layer a block, two blocks.
ORIGINAL = {
    "down_blocks_1_attentions_0": "input_blocks_3_1",
    "mid_block_attentions_0": "middle_block_1",
    "up_blocks_0_attentions_0": "output_blocks_0_1",
    "up_blocks_0_attentions_1": "output_blocks_1_1",
}


@pytest.fixture(scope="module")
def pipe() -> StableDiffusionXLPipeline:
    return miniature_xl()


def tensors_of(pipe: StableDiffusionXLPipeline, kind: str, *, kernels: bool = False) -> dict[str, torch.Tensor]:
    tensors = lora_tensors(kind, "unet", pipe.unet, kernels=kernels)
    for part in ("text_encoder", "text_encoder_2"):
        tensors |= lora_tensors(kind, part, getattr(pipe, part))
    return tensors


def with_original_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As kohya names them for SDXL: the network's layers by the original code, the first encoder by number."""
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        for ours, original in ORIGINAL.items():
            name = name.replace(f"lora_unet_{ours}_", f"lora_unet_{original}_")
        renamed[name.replace("lora_te_", "lora_te1_")] = tensor
    return renamed


def outputs(pipe: StableDiffusionXLPipeline) -> list[torch.Tensor]:
    """What the three networks answer to something."""
    generator = torch.Generator().manual_seed(3)
    latents, text = (torch.randn(shape, generator=generator) for shape in ((1, 4, 8, 8), (1, 77, 96)))
    ids = torch.arange(20)[None]
    added = {"text_embeds": torch.ones(1, 64), "time_ids": torch.ones(1, 6)}
    with torch.no_grad():
        return [
            pipe.unet(latents, 500, encoder_hidden_states=text, added_cond_kwargs=added).sample,
            pipe.text_encoder(ids).last_hidden_state,
            pipe.text_encoder_2(ids).text_embeds,
        ]


@pytest.mark.parametrize("kind", ["lora", "loha", "dora"])
def test_both_encoders_are_merged_and_come_off_to_the_bit(
    pipe: StableDiffusionXLPipeline, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "xl.safetensors"
    lora = read(path, write(path, tensors_of(pipe, kind, kernels=kind == "loha")))
    before, expected = bits(pipe), merged(kind, lora, pipe, 0.9, 0.3)
    wardrobe = Wardrobe(pipe)
    wardrobe.wear([Worn(name="x", lora=lora, unet=0.9, text=0.3)])
    worn = values(pipe)
    assert max(np.abs(worn[name] - expected[name]).max() for name in expected) <= 1e-6
    wardrobe.take_off()
    assert bits(pipe) == before


def test_the_original_names_are_what_diffusers_makes_of_them(pipe: StableDiffusionXLPipeline, tmp_path: Path) -> None:
    tensors = tensors_of(pipe, "lora")
    plain, original = tmp_path / "plain.safetensors", tmp_path / "original.safetensors"
    wardrobe = Wardrobe(pipe)
    wardrobe.wear([Worn(name="x", lora=read(plain, write(plain, tensors)))])
    worn = bits(pipe)
    lora = read(original, write(original, with_original_names(tensors)))
    assert not any("attentions" in change.stem for change in lora.changes)
    wardrobe.wear([Worn(name="x", lora=lora)])
    assert bits(pipe) == worn
    ours = outputs(pipe)
    wardrobe.take_off()
    stock = copy.deepcopy(pipe)
    stock.load_lora_weights(tmp_path, weight_name=original.name, adapter_name="x")
    for mine, theirs in zip(ours, outputs(stock), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)
    for mine, without in zip(ours, outputs(pipe), strict=True):
        assert not torch.allclose(mine, without, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_of_the_published_files_is_named(family: str) -> None:
    """Their names and shapes, against networks of full size without numbers."""
    config = CONFIGS / {"sd21": "sd21v"}.get(family, family) / "unet" / "config.json"
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(json.loads(config.read_text(encoding="utf-8")))
    shapes = {name: tuple(value.shape) for name, value in unet.state_dict().items()}
    names = names_of({Part.UNET: {name.rpartition(".")[0] for name in shapes}}, unet.config)
    seen: set[str] = set()
    for key, shape in full(family).items():
        if key.startswith(UNET):
            stem, _, leaf = key.removeprefix(UNET).rpartition(".")
            layer = find(names, f"lora_unet_{stem.replace('.', '_')}")
            assert layer is not None, key
            assert shapes[f"{layer.paths[0]}.{leaf}"] == shape, key
            assert find(names, UNET + stem) == layer
            assert find(names, kohya("unet")(layer.paths[0])) == layer
            seen.add(f"{layer.paths[0]}.{leaf}")
    assert len(seen) > 600
