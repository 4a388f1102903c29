"""A whole checkpoint from one .safetensors file, without a network: SD1.x, SD2.x and SDXL, and their variants that
take a mask or a picture."""

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from inference.errors import N_
from inference.models import shapes
from inference.models.building import (
    INCOMPLETE,
    Weights,
    build,
    build_vae,
    make_text_encoder,
    make_unet,
    make_vae,
    opened,
)
from inference.models.key_names import Sources, clip_sources, open_clip_sources, unet_sources, vae_sources
from inference.models.recognise import UNET, Found, recognise

Parts = dict[str, torch.nn.Module]  # by diffusers' names: "unet", "vae", "text_encoder", "text_encoder_2"

NO_VAE = N_("it is no VAE")
NO_TEXT = N_("it holds no text encoder of that family")
_CLIP = {"sd15": "cond_stage_model.transformer.", "sdxl": "conditioner.embedders.0.transformer."}
_SD2_LAYERS, _SDXL_LAYERS = 23, 32


def read_parts(
    path: Path, check: Callable[[Found], None], device: torch.device, dtype: torch.dtype
) -> tuple[Found, Parts]:
    """What the file is, and all parts that it holds; BadWeights if one of them is not whole.

    `check` is told what the file is before any part is read, and raises if that is of no use. Only the UNet is sure to
    be among the parts: some files leave the VAE or the text encoders to others.
    """
    with opened([path], device, dtype) as weights:
        found = recognise(weights.header)
        check(found)
        names = weights.header.tensors.keys()
        # The text encoders first: they are small, and a file that lacks half of one is refused before the long part.
        parts = _text_encoders(weights, found.family)
        if prefix := _vae_prefix(names):
            parts["vae"] = _vae(weights, found.family, prefix)
        sources = unet_sources(names, UNET if any(name.startswith(UNET) for name in names) else "")
        parts["unet"] = build(weights, sources, lambda seen: make_unet(shapes.unet_config(found.family, seen)))
        return found, parts


def read_vae(path: Path, family: str, device: torch.device, dtype: torch.dtype) -> AutoencoderKL:
    """The autoencoder in a file of its own, or in a whole checkpoint, in either layout of names."""
    with opened([path], device, dtype) as weights:
        names = weights.header.tensors.keys()
        if "decoder.conv_in.weight" in names:
            return _vae(weights, family, "")
        if prefix := _vae_prefix(names):
            return _vae(weights, family, prefix)
        raise weights.refuse(NO_VAE)


def read_text_encoders(path: Path, family: str, device: torch.device, dtype: torch.dtype) -> Parts:
    """The text encoders of another checkpoint of the family, for one that comes without."""
    with opened([path], device, dtype) as weights:
        if parts := _text_encoders(weights, family):
            return parts
        raise weights.refuse(NO_TEXT)


def _vae_prefix(names: Iterable[str]) -> str:
    """Where a checkpoint keeps its autoencoder; "" if it has none."""
    return next((prefix for prefix in ("first_stage_model.", "vae.") if f"{prefix}decoder.conv_in.weight" in names), "")


def _vae(weights: Weights, family: str, prefix: str) -> AutoencoderKL:
    sources = vae_sources(weights.header.tensors, prefix)
    return build_vae(weights, sources, lambda seen: make_vae(shapes.vae_config(family, seen)))


def _text_encoders(weights: Weights, family: str) -> Parts:
    """The family's text encoders; none if the file holds none, BadWeights if it holds only some of them."""
    names = weights.header.tensors.keys()
    found: dict[str, Sources] = {}
    if family in _CLIP:
        found["text_encoder"] = clip_sources(names, _CLIP[family])
    if family == "sd21":
        tower = open_clip_sources(names, "cond_stage_model.model.", layers=_SD2_LAYERS, projected=False)
        found["text_encoder"] = tower
    if family == "sdxl":
        tower = open_clip_sources(names, "conditioner.embedders.1.model.", layers=_SDXL_LAYERS, projected=True)
        found["text_encoder_2"] = tower
    if not any(found.values()):
        return {}
    if not all(found.values()):
        raise weights.refuse(INCOMPLETE)
    return {part: _text_encoder(weights, family, part, sources) for part, sources in found.items()}


def _text_encoder(weights: Weights, family: str, part: str, sources: Sources) -> torch.nn.Module:
    def make(seen: shapes.Shapes) -> torch.nn.Module:
        return make_text_encoder(shapes.text_config(family, part, seen), projected=part == "text_encoder_2")

    return build(weights, sources, make)
