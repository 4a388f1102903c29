"""A checkpoint in diffusers' folder form: a folder for each part, with its configuration and its weights."""

from pathlib import Path
from typing import cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from transformers import CLIPTokenizer

from inference.models import shapes
from inference.models.building import (
    INCOMPLETE,
    Make,
    Weights,
    build,
    build_vae,
    make_text_encoder,
    make_unet,
    make_vae,
    opened,
    refusal,
)
from inference.models.header import GARBLED
from inference.models.key_names import Source, Sources, clip_sources, unet_sources, vae_sources
from inference.models.single_file import Parts
from inference.models.tokenizers import VOCABULARY, Padding, clip_tokenizer
from inference.models.weight_files import read_json, weight_files

_TEXT_PARTS = ("text_encoder", "text_encoder_2")
_LAYERS = ("layers_per_block", "transformer_layers_per_block", "num_hidden_layers")  # how many are built


def read_parts(folder: Path, family: str, device: torch.device, dtype: torch.dtype) -> Parts:
    """All parts that lie in the folder: UNet and VAE, and the text encoders if they are there."""
    parts = read_text_encoders(folder, family, device, dtype)
    parts["vae"] = read_vae(folder / "vae", family, device, dtype)
    with opened(weight_files(folder / "unet"), device, dtype) as weights:
        config = _config(folder / "unet", weights)

        def make(seen: shapes.Shapes) -> torch.nn.Module:
            return make_unet(config or shapes.unet_config(family, seen))

        parts["unet"] = build(weights, unet_sources(weights.header.tensors, ""), make)
    return parts


def read_text_encoders(folder: Path, family: str, device: torch.device, dtype: torch.dtype) -> Parts:
    """The text encoders that lie in the folder."""
    parts: Parts = {}
    for part in _TEXT_PARTS[: 2 if family == "sdxl" else 1]:
        if (folder / part).is_dir():
            with opened(weight_files(folder / part), device, dtype) as weights:
                sources = _text_sources(weights, projected=part == "text_encoder_2")
                config = _config(folder / part, weights)
                parts[part] = build(weights, sources, _text_maker(config, part, family))
    return parts


def read_vae(folder: Path, family: str, device: torch.device, dtype: torch.dtype) -> AutoencoderKL:
    """The autoencoder whose configuration and weights lie in the folder."""
    with opened(weight_files(folder), device, dtype) as weights:
        config = _config(folder, weights)
        sources = vae_sources(weights.header.tensors, "")
        return build_vae(weights, sources, lambda seen: make_vae(config or shapes.vae_config(family, seen)))


def read_tokenizer(folder: Path) -> CLIPTokenizer | None:
    """The tokenizer in the folder; None if there is no such folder, BadWeights if it is none."""
    if not folder.is_dir():
        return None
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise refusal(folder, GARBLED, str(error)) from error
    if tokenizer.pad_token == Padding.BANG and len(tokenizer) == VOCABULARY:
        # Read from a folder, it takes every "!" of a prompt for padding; the network learned it as a token of its own.
        return clip_tokenizer(Padding.BANG)
    return tokenizer


def _text_sources(weights: Weights, *, projected: bool) -> Sources:
    """The text encoder's parameters; of what CLIP's pictures were for, only the projection of SDXL's second."""
    sources = clip_sources(weights.header.tensors, "")
    if projected:
        sources["text_projection.weight"] = Source("text_projection.weight")
    return sources


def _text_maker(config: shapes.Config, part: str, family: str) -> Make[torch.nn.Module]:
    def make(seen: shapes.Shapes) -> torch.nn.Module:
        projected = part == "text_encoder_2"
        return make_text_encoder(config or shapes.text_config(family, part, seen), projected=projected)

    return make


def _config(folder: Path, weights: Weights) -> shapes.Config:
    """What the folder says of a part; empty where it says nothing, BadWeights for more layers than it has tensors."""
    config = read_json(folder / "config.json")
    for name in _LAYERS:
        said = config.get(name)
        counts = cast(list[object], said) if isinstance(said, list) else [said]
        if any(isinstance(count, int) and count > len(weights.header.tensors) for count in counts):
            raise weights.refuse(INCOMPLETE, f"({name})")
    return config
