"""Tiny .safetensors files with the key names and shapes by which each kind of file is told, and no sense in them."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

UNET = "model.diffusion_model."
_TEXT = {"sd15": "cond_stage_model.transformer.text_model.x", "sd21": "cond_stage_model.model.x",
         "sdxl": "conditioner.embedders.1.model.x"}  # fmt: skip


def write(path: Path, tensors: Mapping[str, tuple[int, ...]], metadata: Mapping[str, str] | None = None) -> Path:
    """A file with these tensors, all zeros in half precision."""
    listed: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    place = 0
    for name, shape in tensors.items():
        size = 2
        for side in shape:
            size *= side
        listed[name] = {"dtype": "F16", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    head = json.dumps(listed).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(head)) + head + bytes(place))
    return path


def checkpoint(
    path: Path, family: str, *, channels: int = 4, marks: tuple[str, ...] = (), text: bool = True, vae: bool = True,
    metadata: Mapping[str, str] | None = None,
) -> Path:  # fmt: skip
    """A checkpoint of a Stable Diffusion family: only what it is told by."""
    tensors: dict[str, tuple[int, ...]] = {
        f"{UNET}input_blocks.0.0.weight": (8, channels, 3, 3),
        f"{UNET}input_blocks.1.1.proj_in.weight": (8, 8, 1, 1) if family == "sd15" else (8, 8),
        f"{UNET}middle_block.0.in_layers.0.weight": (8,),
    }
    if vae:
        tensors["first_stage_model.encoder.conv_in.weight"] = (8, 3, 3, 3)
        tensors["first_stage_model.decoder.conv_in.weight"] = (8, 4, 3, 3)
    if family == "sdxl":
        tensors[f"{UNET}label_emb.0.0.weight"] = (8, 8)
    if text:
        tensors[_TEXT[family]] = (8,)
    return write(path, tensors | dict.fromkeys(marks, (0,)), metadata)


def lora(path: Path, metadata: Mapping[str, str] | None = None) -> Path:
    """A LoRA for SD1.5 as kohya's trainer writes it."""
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    shapes = {f"{name}.lora_down.weight": (4, 768), f"{name}.lora_up.weight": (320, 4), f"{name}.alpha": ()}
    return write(path, shapes, metadata)


def vae(path: Path) -> Path:
    """A VAE alone, in the original layout."""
    return write(path, {"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)})
