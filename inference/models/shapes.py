"""The configuration of each part of a checkpoint, from its family's files in configs/ and the shapes in its own file;
imports no torch."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Shapes = Mapping[str, tuple[int, ...]]  # by diffusers' and transformers' names
Config = dict[str, Any]  # as the libraries read it from JSON

_CONFIGS = Path(__file__).with_name("configs")
# Every text tower and every UNet but SD1's splits its width into heads of 64.
_HEAD = 64


@cache
def _text(family: str, part: str) -> str:
    name = "scheduler_config.json" if part == "scheduler" else "config.json"
    return (_CONFIGS / family / part / name).read_text(encoding="utf-8")


def family_config(family: str, part: str) -> Config:
    """The published configuration of `part` ("unet", "vae", "text_encoder", "text_encoder_2", "scheduler")."""
    return json.loads(_text("sd21base" if family == "sd21" else family, part))


def unet_config(family: str, shapes: Shapes) -> Config:
    """The UNet's; KeyError, ValueError, IndexError or StopIteration if the shapes are of none."""
    levels = range(_count(shapes, r"down_blocks\.(\d+)\."))
    widths = [shapes[f"down_blocks.{level}.resnets.0.conv2.weight"][0] for level in levels]
    depths = [_depth(shapes, f"down_blocks.{level}") for level in levels]
    config = family_config(family, "unet")
    config |= {
        "in_channels": shapes["conv_in.weight"][1],
        "out_channels": shapes["conv_out.weight"][0],
        "block_out_channels": widths,
        "layers_per_block": _count(shapes, r"down_blocks\.0\.resnets\.(\d+)\."),
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)],
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": next(shape[1] for name, shape in shapes.items() if name.endswith("attn2.to_k.weight")),
    }
    if family != "sd15":  # whose UNets have eight heads, however wide
        config["attention_head_dim"] = [max(1, width // _HEAD) for width in widths]
    if "add_embedding.linear_1.weight" in shapes:
        config["projection_class_embeddings_input_dim"] = shapes["add_embedding.linear_1.weight"][1]
    return config


def _count(shapes: Shapes, pattern: str) -> int:
    """How many there are of what `pattern` numbers from 0; ValueError for more than all tensors could belong to."""
    count = max((1 + int(found[1]) for name in shapes if (found := re.match(pattern, name))), default=0)
    if count > len(shapes):
        raise ValueError(f"{count} of {pattern}")
    return count


def _depth(shapes: Shapes, block: str) -> int:
    """How many transformer layers stand behind each other in a block; 0 if it has no attention."""
    return _count(shapes, re.escape(block) + r"\.attentions\.0\.transformer_blocks\.(\d+)\.")


def vae_config(family: str, shapes: Shapes) -> Config:
    """The autoencoder's; KeyError or ValueError if the shapes are of none."""
    levels = _count(shapes, r"encoder\.down_blocks\.(\d+)\.")
    config = family_config(family, "vae")
    return config | {
        "block_out_channels": [
            shapes[f"encoder.down_blocks.{level}.resnets.0.conv2.weight"][0] for level in range(levels)
        ],
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "layers_per_block": _count(shapes, r"encoder\.down_blocks\.0\.resnets\.(\d+)\."),
        "latent_channels": shapes["decoder.conv_in.weight"][1],
        "mid_block_add_attention": "decoder.mid_block.attentions.0.to_q.weight" in shapes,
    }


def text_config(family: str, part: str, shapes: Shapes) -> Config:
    """A text encoder's; KeyError or ValueError if the shapes are of none."""
    vocabulary, width = shapes["embeddings.token_embedding.weight"]
    config = family_config(family, part)
    config |= {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": shapes["encoder.layers.0.mlp.fc1.weight"][0],
        "num_hidden_layers": _count(shapes, r"encoder\.layers\.(\d+)\."),
        "num_attention_heads": max(1, width // _HEAD),
        "max_position_embeddings": shapes["embeddings.position_embedding.weight"][0],
    }
    if "text_projection.weight" in shapes:
        config["projection_dim"] = shapes["text_projection.weight"][0]
    return config
