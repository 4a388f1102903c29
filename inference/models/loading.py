"""Checkpoints from disk into memory: offline, safetensors only, in whichever form the operator has them."""

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from transformers import CLIPTokenizer

from inference.engine.preview import PreviewFit, fit_preview
from inference.errors import N_, BadWeights, LoadFailed, ModelMissing
from inference.models import folder_form, single_file
from inference.models.catalog import ROOT, Model
from inference.models.families import FLOW
from inference.models.folder_form import read_tokenizer
from inference.models.header import BROKEN
from inference.models.lora.family import title_of
from inference.models.recognise import Found, Kind, recognise_file
from inference.models.schedule import make_schedule
from inference.models.single_file import Parts
from inference.models.tokenizers import Padding, clip_tokenizer
from inference.models.weight_files import read_json

FAMILIES = ("sd15", "sd21", "sdxl")

log = logging.getLogger(__name__)

UNUSABLE = N_("The model {model} cannot be used: {what}. Choose another one, or tell the bot's operator.")
OTHER_FAMILY = N_("The files of {model} are of the family {found}, not {family}. Correct its entry in config.toml.")
NO_ENGINE = N_("it is made for a family that I cannot draw with yet")
NO_CHECKPOINT = N_("it is no checkpoint")
NO_VAE = N_("{model} comes without a VAE. Name one in its entry in config.toml: vae = FILE.")
NO_TEXT = N_(
    "{model} comes without a text encoder. Name another checkpoint of its family in its entry in config.toml: "
    "text_encoder = FILE."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint in memory, ready to draw."""

    model: Model
    pipe: Any  # StableDiffusionPipeline or StableDiffusionXLPipeline; their parts are untyped
    device: torch.device
    dtype: torch.dtype
    preview: PreviewFit


def pick_device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def pick_dtype(device: torch.device) -> torch.dtype:
    """Half precision on a GPU, single precision on a processor."""
    return torch.float16 if device.type == "cuda" else torch.float32


def load(model: Model, device: torch.device, dtype: torch.dtype | None = None) -> Checkpoint:
    """Read a checkpoint onto the device; nothing is left behind if it cannot be.

    ModelMissing if it is not there, BadWeights if its files break the format or are not what its entry says,
    LoadFailed for whatever else stops a library.
    """
    dtype = dtype or pick_dtype(device)
    if model.family not in FLOW and not (model.folder.is_file() or (model.folder / "unet").is_dir()):
        raise ModelMissing(model=model.title)
    try:
        return (_load_flow if model.family in FLOW else _load)(model, device, dtype)
    except (torch.OutOfMemoryError, MemoryError, ModelMissing, LoadFailed):
        raise
    except BadWeights as error:
        log.warning("the model %s cannot be used: %s", model.name, error.detail)
        if "what" not in error.fields:
            raise
        raise BadWeights(error.detail, template=UNUSABLE, model=model.title, what=error.fields["what"]) from error
    except Exception as error:
        raise LoadFailed(f"{type(error).__name__}: {error}", model=model.title) from error


@torch.inference_mode(False)  # what is made within it could never be changed again, as a LoRA does
def _load(model: Model, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    path, check = model.folder, partial(_check, model)
    for other in filter(None, (model.vae, model.text_encoder)):
        _beside(model, other)  # said at once, not after gigabytes were read
    if path.is_dir():
        found = recognise_file(path)
        check(found)
        parts = folder_form.read_parts(path, model.family, device, dtype)
    else:
        found, parts = single_file.read_parts(path, check, device, dtype)
    _add_what_lies_elsewhere(model, parts, device, dtype)
    pipe = _pipeline(model, found, parts)
    _place(pipe, device, dtype)
    return Checkpoint(model=model, pipe=pipe, device=device, dtype=dtype, preview=fit_preview(pipe.vae))


def _load_flow(model: Model, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    """Transformers are trained and kept in bfloat16: in float16 their activations overflow."""
    from inference.models.flow import load_flow  # its imports take seconds that other families need not wait for

    dtype = torch.bfloat16 if dtype is torch.float16 else dtype
    pipe: Any = load_flow(model, dtype)
    pipe.to(device)
    return Checkpoint(model=model, pipe=pipe, device=device, dtype=dtype, preview=fit_preview(pipe.vae))


def _check(model: Model, found: Found) -> None:
    """BadWeights if what was found cannot be what the entry says."""
    where = model.folder.name
    if found.kind is not Kind.CHECKPOINT:
        raise BadWeights(f"{where}: {found.kind.value}", template=BROKEN, what=NO_CHECKPOINT)
    if found.family not in FAMILIES or found.edm:
        raise BadWeights(f"{where}: {found.family}{' edm' * found.edm}", template=BROKEN, what=NO_ENGINE)
    if found.family != model.family:
        raise BadWeights(
            where, template=OTHER_FAMILY, model=model.title, found=title_of(found.family),
            family=title_of(model.family),
        )  # fmt: skip


def _add_what_lies_elsewhere(model: Model, parts: Parts, device: torch.device, dtype: torch.dtype) -> None:
    """The VAE that the entry chose, and text encoders that the files lack."""
    if model.vae:
        source = _beside(model, model.vae)
        read = folder_form.read_vae if source.is_dir() else single_file.read_vae
        parts["vae"] = read(source, model.family, device, dtype)
    if "vae" not in parts:
        raise BadWeights(model.folder.name, template=NO_VAE, model=model.title)
    if "text_encoder" not in parts and model.text_encoder:
        source = _beside(model, model.text_encoder)
        read = folder_form.read_text_encoders if source.is_dir() else single_file.read_text_encoders
        parts |= read(source, model.family, device, dtype)
    if "text_encoder" not in parts or (model.family == "sdxl" and "text_encoder_2" not in parts):
        raise BadWeights(model.folder.name, template=NO_TEXT, model=model.title)


def _beside(model: Model, path: str) -> Path:
    """A path of the entry; ModelMissing if nothing is there."""
    source = ROOT / path  # which is the path itself where that is absolute
    if not source.exists():
        raise ModelMissing(f"{source} is not there", model=model.title)
    return source


def _pipeline(model: Model, found: Found, parts: Parts) -> StableDiffusionPipeline | StableDiffusionXLPipeline:
    """The parts put together as diffusers does, without anything that judges or marks pictures."""
    folder = model.folder
    written = read_json(folder / "scheduler" / "scheduler_config.json") if folder.is_dir() else {}
    arguments: dict[str, Any] = {
        **parts,
        "scheduler": make_schedule(model, found, written, parts["unet"]),  # type: ignore[arg-type]
        "tokenizer": _tokenizer(folder, "tokenizer", Padding.BANG if model.family == "sd21" else Padding.END),
        "feature_extractor": None,
        "image_encoder": None,
    }
    if model.family == "sdxl":
        index = read_json(folder / "model_index.json") if folder.is_dir() else {}
        return StableDiffusionXLPipeline(
            **arguments,
            tokenizer_2=_tokenizer(folder, "tokenizer_2", Padding.BANG),
            force_zeros_for_empty_prompt=index.get("force_zeros_for_empty_prompt") is not False,
            add_watermarker=False,
        )
    return StableDiffusionPipeline(**arguments, safety_checker=None, requires_safety_checker=False)  # type: ignore[arg-type]


def _tokenizer(folder: Path, part: str, padding: str) -> CLIPTokenizer:
    return read_tokenizer(folder / part) or clip_tokenizer(padding)


def _place(pipe: StableDiffusionPipeline | StableDiffusionXLPipeline, device: torch.device, dtype: torch.dtype) -> None:
    """Put the pipeline on its device, in the memory layout convolutions like."""
    pipe.to(device)
    pipe.unet.to(memory_format=torch.channels_last)
    pipe.vae.to(memory_format=torch.channels_last)
    if not (dtype is torch.float16 and getattr(pipe.vae.config, "force_upcast", False)):
        pipe.vae.to(dtype)  # otherwise it stays in single precision: it overflows in half and would give black pictures
