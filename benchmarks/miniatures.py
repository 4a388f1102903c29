"""Checkpoints in miniature: real names, classes and configuration of every UNet family, narrow, with random weights.

`write` puts one down in any form an operator has; `stock` is the same checkpoint as diffusers itself builds it, by its
own converters, for whatever is to be compared. Neither uses a line of our loader.
"""

# diffusers' and transformers' classes are hardly typed.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from benchmarks.key_lists import TEXT_WIDTH, UNET, VAE, narrow
from inference.models.tokenizers import Padding, clip_tokenizer

Tensors = dict[str, torch.Tensor]
_UNET_WIDTHS = (32, 64, 128, 128)


class Form(StrEnum):
    """How an operator may have a checkpoint."""

    SINGLE = "single file"
    FOLDER = "folder"
    FP16 = "folder of fp16 variants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What distinguishes one checkpoint of a family from another."""

    seed: int = 0
    channels: int = 4  # 9: inpainting, 8: InstructPix2Pix
    v_prediction: bool = False
    zero_terminal_snr: bool = False
    markers: Sequence[str] = ()  # empty tensors in a single file: "v_pred", "ztsnr"
    metadata: Mapping[str, str] | None = None
    oddities: bool = False  # what some files also hold: averaged copies, position ids, a 24th layer, schedule buffers
    bare_text: bool = False  # without `text_model.` before SD1's text encoder's names
    without: Sequence[str] = ()  # beginnings of names that the file lacks
    dtype: torch.dtype = torch.float32


PLAIN = Facts()


def write(folder: Path, family: str, form: Form = Form.SINGLE, facts: Facts = PLAIN) -> Path:
    """Write the checkpoint below `folder` and return where it is: a .safetensors file, or diffusers' folders."""
    folder.mkdir(parents=True, exist_ok=True)
    if form is Form.SINGLE:
        path = folder / f"{family}.safetensors"
        save_file(_file_tensors(family, facts), path, metadata=dict(facts.metadata) if facts.metadata else None)
        return path
    path = folder / f"{family}-{form.name.lower()}"
    pipe = stock(family, facts)
    if form is Form.FP16:
        pipe.to(dtype=torch.float16).save_pretrained(path, variant="fp16")
    else:
        pipe.save_pretrained(path)
    return path


def write_vae(path: Path, *, seed: int, family: str = "sd15", diffusers_names: bool = False) -> Path:
    """Write another autoencoder: a folder, or a file of its own in either layout of names if `path` ends so."""
    tensors = {name: tensor for name, tensor in original("sd15", Facts(seed=seed)).items() if name.startswith(VAE)}
    if path.suffix != ".safetensors":
        _vae(family, tensors).save_pretrained(path)
    elif diffusers_names:
        save_file(convert_ldm_vae_checkpoint(tensors, _vae_config(family)), path)
    else:
        extra = {"loss.logvar": torch.zeros(())}  # training's own, which old files still carry
        save_file({name.removeprefix(VAE): tensor for name, tensor in tensors.items()} | extra, path)
    return path


def original(family: str, facts: Facts = PLAIN) -> Tensors:
    """Every tensor by its name in the original file, in single precision; the same numbers for the same seed."""
    shapes = narrow(family, channels=facts.channels)
    tensors = {name: _numbers(name, shape, facts.seed) for name, shape in shapes.items()}
    if facts.v_prediction:  # what the probe of a real SD2 v-model sees: an answer far below its question
        tensors[f"{UNET}out.2.bias"] -= 2
    return tensors


def _numbers(name: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Numbers under which a network stays calm: weights by their inputs, norms near one, biases near zero."""
    dice = torch.Generator().manual_seed(zlib.crc32(name.encode()) ^ seed)
    noise = torch.randn(shape, generator=dice)
    if "embedding" in name:
        return noise * 0.3
    if len(shape) > 1:
        return noise / math.sqrt(math.prod(shape[1:]))
    return noise * 0.05 + (1.0 if name.endswith("weight") else 0.0)


def _file_tensors(family: str, facts: Facts) -> Tensors:
    """What the single file holds, with all that real ones add or leave out."""
    tensors = original(family, facts)
    if facts.oddities:
        tensors |= _oddities(family, tensors)
    if facts.bare_text:
        tensors = {name.replace("transformer.text_model.", "transformer."): kept for name, kept in tensors.items()}
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(tuple(facts.without))}
    cast = {name: tensor.to(facts.dtype) if tensor.is_floating_point() else tensor for name, tensor in kept.items()}
    return cast | {marker: torch.empty(0) for marker in facts.markers}


def _oddities(family: str, tensors: Tensors) -> Tensors:
    added = {
        "betas": torch.linspace(0.01, 0.1, 1000),
        "alphas_cumprod": torch.linspace(0.99, 0.005, 1000),
        "model_ema.decay": torch.tensor(0.9999),
        "model_ema.num_updates": torch.tensor(1000),
        "model_ema.diffusion_modelinput_blocks00weight": tensors[f"{UNET}input_blocks.0.0.weight"] + 1,
    }
    if family == "sd21":
        tower = "cond_stage_model.model."
        layer = f"{tower}transformer.resblocks.2."
        last = {name.replace(".2.", ".23."): 9 + kept for name, kept in tensors.items() if name.startswith(layer)}
        return added | last | {f"{tower}text_projection": torch.ones(32, 32), f"{tower}logit_scale": torch.tensor(4.6)}
    place = "cond_stage_model.transformer." if family == "sd15" else "conditioner.embedders.0.transformer."
    added[f"{place}text_model.embeddings.position_ids"] = torch.arange(77)[None]
    return added


def stock(
    family: str, facts: Facts = PLAIN, *, changes: Mapping[str, torch.Tensor] | None = None
) -> StableDiffusionPipeline | StableDiffusionXLPipeline:
    """diffusers' own pipeline of the same weights, in single precision on the processor.

    `changes` are added to the tensors of these names in the original file, before diffusers converts them.
    """
    tensors = original(family, facts)
    for name, change in (changes or {}).items():
        tensors[name] = (tensors[name].double() + change).float()
    arguments: dict[str, Any] = {
        "unet": _unet(family, facts, tensors),
        "vae": _vae(family, tensors),
        "text_encoder": _text_encoder(family, "text_encoder", tensors),
        "tokenizer": clip_tokenizer(Padding.BANG if family == "sd21" else Padding.END),
        "scheduler": _scheduler(family, facts),
        "feature_extractor": None,
    }
    if family == "sdxl":
        return StableDiffusionXLPipeline(
            **arguments,
            text_encoder_2=_text_encoder(family, "text_encoder_2", tensors),
            tokenizer_2=clip_tokenizer(Padding.BANG),
            add_watermarker=False,
        )
    return StableDiffusionPipeline(**arguments, safety_checker=None, requires_safety_checker=False)


def _filled(part: torch.nn.Module, tensors: Tensors) -> Any:  # noqa: ANN401
    part.load_state_dict(tensors, strict=True)
    return part.eval().requires_grad_(False)


def _unet(family: str, facts: Facts, tensors: Tensors) -> UNet2DConditionModel:
    config: dict[str, Any] = {
        "in_channels": facts.channels,
        "sample_size": 64,
        "block_out_channels": _UNET_WIDTHS,
        "cross_attention_dim": TEXT_WIDTH[family],
        "attention_head_dim": 8 if family == "sd15" else (1, 1, 2, 2),
        "use_linear_projection": family != "sd15",
    }
    if family == "sdxl":
        config |= {
            "block_out_channels": _UNET_WIDTHS[:3],
            "attention_head_dim": (1, 1, 2),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "transformer_layers_per_block": (1, 1, 2),
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 64 + 6 * 256,
        }
    unet = UNet2DConditionModel(**config)
    return _filled(unet, convert_ldm_unet_checkpoint(dict(tensors), dict(unet.config)))


def _vae_config(family: str) -> dict[str, Any]:
    return {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (32, 64, 96, 96),
        "layers_per_block": 2,
        "latent_channels": 4,
        "sample_size": 512,
        "scaling_factor": 0.13025 if family == "sdxl" else 0.18215,
        "force_upcast": family == "sdxl",
    }


def _vae(family: str, tensors: Tensors) -> AutoencoderKL:
    config = _vae_config(family)
    return _filled(AutoencoderKL(**config), convert_ldm_vae_checkpoint(dict(tensors), config))


def _text_encoder(family: str, part: str, tensors: Tensors) -> CLIPTextModel | CLIPTextModelWithProjection:
    big = part == "text_encoder_2"
    width = 64 if big else 32
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=3,
        num_attention_heads=1,
        projection_dim=width,
        hidden_act="gelu" if big or family == "sd21" else "quick_gelu",
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=1,
    )
    model = CLIPTextModelWithProjection(config) if big else CLIPTextModel(config)
    if big or family == "sd21":
        prefix = "conditioner.embedders.1.model." if big else "cond_stage_model.model."
        converted = convert_open_clip_checkpoint(model, dict(tensors), prefix=prefix)
    else:
        converted = convert_ldm_clip_checkpoint(dict(tensors))
    if not big:
        converted = {name.removeprefix("text_model."): tensor for name, tensor in converted.items()}
    return _filled(model, {name: tensor.contiguous() for name, tensor in converted.items()})


def _scheduler(family: str, facts: Facts) -> DDIMScheduler | EulerDiscreteScheduler:
    arguments: dict[str, Any] = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "steps_offset": 1,
        "prediction_type": "v_prediction" if facts.v_prediction else "epsilon",
        "rescale_betas_zero_snr": facts.zero_terminal_snr,
        "timestep_spacing": "trailing" if facts.zero_terminal_snr else "leading",
    }
    if family == "sdxl":
        return EulerDiscreteScheduler(**arguments)
    return DDIMScheduler(**arguments, clip_sample=False, set_alpha_to_one=False)


def edit_json(path: Path, **changes: object) -> None:
    """Change keys of a folder's configuration file; None takes one out."""
    listed = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in listed.items() if value is not None}), encoding="utf-8")
