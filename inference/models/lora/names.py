"""Every name that people's files have for a layer, and which layer of the model it means; imports no torch.

The names are made from the model's own list of layers and its configuration, so they hold for a model of any depth:
kohya writes a path with its dots as underscores, diffusers writes it as it is, and both know the layers of the network
either by diffusers' paths or by those of the original code (`input_blocks.4.1`), here called sgm after SDXL's
repository. The text encoder's paths have begun with `text_model.` for years; transformers 5 dropped that for one class
of the two, and files may have it or not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Part(StrEnum):
    """The networks of a pipeline that a LoRA changes, by their names in it."""

    UNET = "unet"
    TRANSFORMER = "transformer"
    CONDITIONER = "text_conditioner"
    TEXT = "text_encoder"
    TEXT_2 = "text_encoder_2"


TEXTS: Final = frozenset({Part.TEXT, Part.TEXT_2})


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a pipeline, or several that a file has as one, whose rows stand in this order there."""

    part: Part
    paths: tuple[str, ...]


_UNDERSCORED: Final = {
    Part.UNET: ("lora_unet_", "lycoris_"),
    Part.TEXT: ("lora_te_", "lora_te1_"),
    Part.TEXT_2: ("lora_te2_",),
}
_DOTTED: Final = {
    Part.UNET: ("unet.", "unet.base_model.model.", "base_model.model.", ""),
    Part.TEXT: ("text_encoder.", "text_encoders.clip_l.transformer.", "text_encoders.clip_h.transformer.",
                "clip_l.transformer.", "text_encoder.base_model.model."),
    Part.TEXT_2: ("text_encoder_2.", "text_encoders.clip_g.transformer.", "clip_g.transformer.",
                  "text_encoder_2.base_model.model."),
}  # fmt: skip
_SGM_DOTTED = ("diffusion_model.", "model.diffusion_model.", "unet.")

# What diffusers called the attention's projections while they lived in a `processor`.
_PROCESSOR = re.compile(r"\.processor(?=\.)")
_OLD_PROJECTION = re.compile(r"\.(self_attn\.)?to_(q|k|v|out)$")


def plain(stem: str) -> str:
    """A dotted name without what older versions of diffusers put into it."""
    return _PROCESSOR.sub("", stem)


def names_of(paths: Mapping[Part, Iterable[str]], config: Mapping[str, Any]) -> dict[str, Layer]:
    """Every name by which a file may mean a layer. `paths` are the layers' paths in each part, `config` the network's.

    `config` needs `layers_per_block`, `down_block_types` and `up_block_types` of diffusers' UNet2DConditionModel.
    """
    names: dict[str, Layer] = {}
    originals = dict(_sgm_paths(config))
    for part, layers in paths.items():
        for path in layers:
            layer = Layer(part, (path,))
            names.update(dict.fromkeys(_names(part, path), layer))
            if part is Part.UNET and (sgm := _sgm(path, originals)):
                names[f"lora_unet_{flat(sgm)}"] = layer
                names.update(dict.fromkeys((prefix + sgm for prefix in _SGM_DOTTED), layer))
    return names


def find(names: Mapping[str, Layer], stem: str) -> Layer | None:
    """The layer that a file calls `stem`; None if the model has none of that name."""
    return names.get(stem) or names.get(plain(stem)) or names.get(flat(plain(stem)))


def _names(part: Part, path: str) -> Iterator[str]:
    """A layer's names by the model's own paths."""
    for spelt in _spellings(part, path):
        for prefix in _UNDERSCORED[part]:
            yield prefix + flat(spelt)
        for prefix in _DOTTED[part]:
            yield prefix + spelt


def _spellings(part: Part, path: str) -> Iterator[str]:
    """The path itself, and what other versions of the libraries call the same layer."""
    if part is Part.UNET:
        yield path
        if path.endswith(".to_out.0"):
            yield path.removesuffix(".0")
        return
    bare = path.removeprefix("text_model.")
    yield bare
    if bare != "text_projection":
        yield f"text_model.{bare}"
    if found := re.fullmatch(r"(.*\.self_attn\.)(q|k|v|out)_proj", bare):
        yield f"text_model.{found[1]}to_{found[2]}"
        yield f"{found[1]}to_{found[2]}"


def flat(path: str) -> str:
    """A path with underscores for its dots, as kohya writes it."""
    return path.replace(".", "_")


# Inside a block, diffusers' name -> the original one.
_RESNET: Final = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
_ENDS: Final = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip


def _sgm(path: str, originals: Mapping[str, str]) -> str | None:
    """The original path of a layer of diffusers' network; None where there is none."""
    if path in _ENDS:
        return _ENDS[path]
    for ours, original in originals.items():
        if path.startswith(f"{ours}."):
            rest = path.removeprefix(f"{ours}.")
            return f"{original}.{_RESNET.get(rest, rest) if '.resnets.' in ours else rest}"
        if path == ours:
            return original
    return None


def _sgm_paths(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Blocks of diffusers' network and where the original code has them.

    There the input blocks are counted through: one for the first convolution, one per layer, one per downsampling.
    """
    downs, ups = list(config["down_block_types"]), list(config["up_block_types"])
    layers = config["layers_per_block"]
    counts = [layers] * len(downs) if isinstance(layers, int) else list(layers)
    place = 1
    for block, count in enumerate(counts):
        for layer in range(count):
            yield f"down_blocks.{block}.resnets.{layer}", f"input_blocks.{place}.0"
            yield f"down_blocks.{block}.attentions.{layer}", f"input_blocks.{place}.1"
            place += 1
        if block < len(downs) - 1:
            yield f"down_blocks.{block}.downsamplers.0.conv", f"input_blocks.{place}.0.op"
            place += 1
    yield "mid_block.resnets.0", "middle_block.0"
    yield "mid_block.attentions.0", "middle_block.1"
    yield "mid_block.resnets.1", "middle_block.2"
    place = 0
    for block, count in enumerate(reversed(counts)):
        for layer in range(count + 1):
            yield f"up_blocks.{block}.resnets.{layer}", f"output_blocks.{place}.0"
            yield f"up_blocks.{block}.attentions.{layer}", f"output_blocks.{place}.1"
            place += 1
        if block < len(ups) - 1:
            behind = 2 if "CrossAttn" in ups[block] else 1
            yield f"up_blocks.{block}.upsamplers.0.conv", f"output_blocks.{place - 1}.{behind}.conv"
