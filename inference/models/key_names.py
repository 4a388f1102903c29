"""Names of tensors in single files, as the first programs wrote them, and what diffusers and transformers call them;
imports no torch.

Written from the published module trees: CompVis/latent-diffusion (UNet, autoencoder), mlfoundations/open_clip (text
towers of SD2 and SDXL), openai/CLIP by way of transformers (SD1's). The numbers of levels, layers and widths come from
the file itself, so a narrow model is named as a full one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a parameter comes from: a tensor of the file, or a third or some rows of it, or what it is on its side."""

    name: str
    third: int | None = None  # query, key and value lie in one tensor, in this order
    rows: tuple[int, int] | None = None  # from the first of these to before the second
    transposed: bool = False


Sources = dict[str, Source]  # the parameter's name -> where it is

_RESNET = {
    "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj", "out_layers.0": "norm2",
    "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
}  # fmt: skip
_UNET_TOP = {
    "time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1", "label_emb.0.2": "add_embedding.linear_2",
    "input_blocks.0.0": "conv_in", "out.0": "conv_norm_out", "out.2": "conv_out",
    "middle_block.1": "mid_block.attentions.0",
}  # fmt: skip
_VAE = (
    (re.compile(r"^(encoder|decoder)\.mid\.block_1\."), r"\1.mid_block.resnets.0."),
    (re.compile(r"^(encoder|decoder)\.mid\.block_2\."), r"\1.mid_block.resnets.1."),
    (re.compile(r"^(encoder|decoder)\.mid\.attn_1\."), r"\1.mid_block.attentions.0."),
    (re.compile(r"^encoder\.down\.(\d+)\.block\."), r"encoder.down_blocks.\1.resnets."),
    (re.compile(r"^encoder\.down\.(\d+)\.downsample\."), r"encoder.down_blocks.\1.downsamplers.0."),
    (re.compile(r"^(encoder|decoder)\.norm_out\."), r"\1.conv_norm_out."),
    (re.compile(r"\bnin_shortcut\b"), "conv_shortcut"),
)
# In the file's first form and in diffusers' own before version 0.17.
_VAE_ATTENTION = {
    "norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0",
    "query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0",
}  # fmt: skip
_VAE_PART = re.compile(r"^(encoder\.|decoder\.|quant_conv\.|post_quant_conv\.)")
_OPEN_CLIP = {
    "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}  # fmt: skip
_OPEN_CLIP_TOP = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}


def below(names: Iterable[str], prefix: str) -> list[str]:
    """The names that begin with `prefix`, without it."""
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def unet_sources(names: Iterable[str], prefix: str) -> Sources:
    """Every parameter of a UNet2DConditionModel that the file holds, in either layout of names."""
    inside = below(names, prefix)
    if "conv_in.weight" in inside:
        return {name: Source(prefix + name) for name in inside}
    places = _unet_places(inside)
    sources: Sources = {}
    for name in inside:
        if place := _unet_name(name, places):
            sources[place] = Source(prefix + name)
    return sources


def _unet_places(inside: list[str]) -> dict[str, str]:
    """Beginnings of names: `input_blocks.4.0` -> `down_blocks.1.resnets.0`, for every part of every block."""
    parts: dict[tuple[str, int], set[str]] = {}
    for name in inside:
        if found := re.match(r"(input_blocks|output_blocks)\.(\d+)\.(\d+(?:\.(?:op|conv)(?=\.))?)", name):
            parts.setdefault((found[1], int(found[2])), set()).add(found[3])
    places: dict[str, str] = {}
    level = layer = 0
    for (side, number), kinds in sorted(parts.items()):
        if (side, number) == ("input_blocks", 0):
            continue
        if (side, number) == ("output_blocks", 0):
            level = layer = 0
        block = f"{'down' if side == 'input_blocks' else 'up'}_blocks.{level}"
        for kind in kinds:
            here = f"{side}.{number}.{kind}"
            if kind.endswith(".op"):
                places[here] = f"{block}.downsamplers.0.conv"
            elif kind.endswith(".conv"):
                places[here] = f"{block}.upsamplers.0.conv"
            else:
                places[here] = f"{block}.{'resnets' if kind == '0' else 'attentions'}.{layer}"
        ends = any("." in kind for kind in kinds)
        level, layer = (level + 1, 0) if ends else (level, layer + 1)
    return places


def _unet_name(name: str, places: Mapping[str, str]) -> str | None:
    """What diffusers calls a parameter of the UNet; None if it has no such one."""
    for middle, resnet in (("middle_block.0.", "mid_block.resnets.0"), ("middle_block.2.", "mid_block.resnets.1")):
        if name.startswith(middle):
            return _resnet_name(resnet, name.removeprefix(middle))
    for start, place in _UNET_TOP.items():
        if name.startswith(f"{start}."):
            return place + name.removeprefix(start)
    found = re.match(r"(\w+_blocks\.\d+\.\d+)(\.(?:op|conv))?\.(.*)", name)
    place = places.get(found[1] + (found[2] or "")) if found else None
    if found is None or place is None:
        return None
    return _resnet_name(place, found[3]) if ".resnets." in place else f"{place}.{found[3]}"


def _resnet_name(place: str, rest: str) -> str | None:
    layer, _, kind = rest.rpartition(".")
    return f"{place}.{_RESNET[layer]}.{kind}" if layer in _RESNET else None


def vae_sources(names: Iterable[str], prefix: str) -> Sources:
    """Every parameter of an AutoencoderKL that the file holds, in either layout of names."""
    inside = [name for name in below(names, prefix) if _VAE_PART.match(name)]
    levels = [int(found[1]) for name in inside if (found := re.match(r"decoder\.up\.(\d+)\.", name))]
    return {_vae_name(name, max(levels, default=0)): Source(prefix + name) for name in inside}


def _vae_name(name: str, last_level: int) -> str:
    if found := re.match(r"decoder\.up\.(\d+)\.(block|upsample)\.(.*)", name):
        part = f"resnets.{found[3]}" if found[2] == "block" else f"upsamplers.0.{found[3]}"
        name = f"decoder.up_blocks.{last_level - int(found[1])}.{part}"  # the first programs count from the picture
    for pattern, renamed in _VAE:
        name = pattern.sub(renamed, name)
    if found := re.match(r"(.*mid_block\.attentions\.0)\.(\w+)\.(weight|bias)$", name):
        name = f"{found[1]}.{_VAE_ATTENTION.get(found[2], found[2])}.{found[3]}"
    return name


def clip_sources(names: Iterable[str], prefix: str) -> Sources:
    """Every parameter of CLIP-L's text model, whether or not the file says `text_model.` before each."""
    sources: Sources = {}
    for name in below(names, prefix):
        place = name.removeprefix("text_model.")
        if place.startswith(("embeddings.", "encoder.", "final_layer_norm.")) and not place.endswith("position_ids"):
            sources[place] = Source(prefix + name)
    return sources


def open_clip_sources(names: Iterable[str], prefix: str, *, layers: int, projected: bool) -> Sources:
    """Every parameter of an OpenCLIP text tower's first `layers` layers, as transformers calls them, and of its
    projection if it is `projected`. SD2 never runs the 24th layer, though some files carry it."""
    sources: Sources = {}
    for name in below(names, prefix):
        if name in _OPEN_CLIP_TOP:
            sources[_OPEN_CLIP_TOP[name]] = Source(prefix + name)
        elif name == "text_projection" and projected:
            sources["text_projection.weight"] = Source(prefix + name, transposed=True)
        elif (found := re.match(r"transformer\.resblocks\.(\d+)\.(.*)", name)) and int(found[1]) < layers:
            sources |= _open_clip_layer(f"encoder.layers.{found[1]}", found[2], prefix + name)
    return sources


def _open_clip_layer(layer: str, rest: str, name: str) -> Sources:
    if found := re.match(r"attn\.in_proj_(weight|bias)$", rest):
        return {
            f"{layer}.self_attn.{part}_proj.{found[1]}": Source(name, third=third) for third, part in enumerate("qkv")
        }
    part, _, kind = rest.rpartition(".")
    return {f"{layer}.{_OPEN_CLIP[part]}.{kind}": Source(name)} if part in _OPEN_CLIP else {}
