"""What a file or folder of weights is, from its own keys, shapes and words: kind, family, prediction; imports no torch.

Families are told apart by structure rather than by width, so that a narrow model of the same build is known as well:
SDXL's UNet has a label embedding, SD2's has linear projections, SD1's has 1 x 1 convolutions. What fine-tunes share
with their base (Pony, Illustrious ... and SDXL) no key can tell: that is the entry's to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import cast

from inference.models.catalog import Prediction, Spacing
from inference.models.header import CHECKPOINT, Header, TensorInfo, read_header
from inference.models.lora.family import family_of
from inference.models.weight_files import read_json, weight_files

Tensors = Mapping[str, TensorInfo]
UNET, VAE = "model.diffusion_model.", "first_stage_model."


class Kind(StrEnum):
    """What a file is for."""

    CHECKPOINT = "checkpoint"
    VAE = "vae"
    LORA = "lora"
    EMBEDDING = "embedding"
    CONTROLNET = "controlnet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a file without reading its weights. None and "" stand for what it does not say."""

    kind: Kind
    family: str = ""  # as `Model.family`, or the name of one we cannot draw with: "sdxl-refiner", "flux" ...
    channels: int = 0  # what a UNet takes: 4, or 9 for inpainting, or 8 for InstructPix2Pix
    prediction: Prediction | None = None
    zero_terminal_snr: bool | None = None
    spacing: Spacing | None = None
    edm: bool = False  # marked for the noise levels of EDM, which no family of ours is drawn with
    has_vae: bool = False
    has_text: bool = False


# A key of one architecture and no other -> its family; tested in this order on names without their first part.
_TRANSFORMERS = (
    (re.compile(r"(^|\.)llm_adapter\."), "anima"),
    (re.compile(r"(^|\.)distilled_guidance_layer\."), "chroma"),
    (re.compile(r"(^|\.)cap_pad_token$"), "z-image"),
    (re.compile(r"(^|\.)(cap_embedder|time_caption_embed)\."), "lumina2"),
    (re.compile(r"(^|\.)transformer_blocks\.0\.(img_mod|img_mlp)\."), "qwen-image"),
    (re.compile(r"(^|\.)joint_blocks\.0\."), "sd3"),
    (re.compile(r"(^|\.)double_blocks\.0\.img_attn\."), "flux"),
    (re.compile(r"^net\.blocks\.0\.self_attn\."), "cosmos"),
    (re.compile(r"(^|\.)double_layers\.0\.attn\."), "auraflow"),
)
_LORA = re.compile(
    r"[._]lora\.(up|down)\.weight$|"
    r"\.(lora_(up|down|mid|A|B)(\.weight|\.default\.weight)?|hada_(w1|w2|t1|t2)(_a|_b)?|lokr_(w1|w2|t2)(_a|_b)?|diff|"
    r"diff_b|dora_scale|lora_magnitude_vector(\.weight)?|oft_blocks|oft_diag|on_input|w_norm|b_norm)$|^(lora|lycoris)_"
)
_BY_TEXT_WIDTH = {768: "sd15", 1024: "sd21", 2048: "sdxl"}
_BY_PIPELINE = (
    ("StableDiffusionXL", "sdxl"), ("StableDiffusion3", "sd3"), ("StableDiffusion", "sd15"), ("Anima", "anima"),
    ("Lumina2", "lumina2"), ("ZImage", "z-image"), ("QwenImage", "qwen-image"), ("Chroma", "chroma"),
    ("Flux", "flux"), ("AuraFlow", "auraflow"),
)  # fmt: skip


def recognise(header: Header) -> Found:
    """What the file with this header is."""
    tensors = header.tensors
    # An all-in-one file beside which a LoRA's few layers lie would still be a checkpoint: that is asked first.
    if any(name.startswith(UNET) for name in tensors):
        return _checkpoint(header, UNET)
    # Names such as `a.diff` exist in no other kind; control-LoRAs mark themselves and are ControlNets.
    if "lora_controlnet" in tensors or any(name.startswith("control_model.") for name in tensors):
        return Found(kind=Kind.CONTROLNET, family=_unet_family(tensors, "control_model."))
    if _has(tensors, "controlnet_cond_embedding.", "input_hint_block.", "control_all_x_embedder."):
        return Found(kind=Kind.CONTROLNET, family=_unet_family(tensors, ""))
    if sum(bool(_LORA.search(name)) for name in tensors) * 3 >= len(tensors):
        return Found(kind=Kind.LORA, family=family_of(header) or "")
    if embedding := _embedding_family(tensors):
        return Found(kind=Kind.EMBEDDING, family=embedding)
    for prefix in ("", VAE, "vae."):
        if {f"{prefix}encoder.conv_in.weight", f"{prefix}decoder.conv_in.weight"} <= tensors.keys():
            return Found(kind=Kind.VAE, has_vae=True)
    if _has(tensors, "input_blocks.0.0.", "conv_in.weight") and _has(tensors, "middle_block.", "mid_block."):
        return _checkpoint(header, "")
    return Found(kind=Kind.CHECKPOINT, family=family) if (family := _transformer(tensors)) else Found(kind=Kind.UNKNOWN)


def recognise_file(path: Path) -> Found:
    """What the operator's file or diffusers folder at `path` is; BadWeights if it cannot be read."""
    return _folder(path) if path.is_dir() else recognise(read_header(path, CHECKPOINT))


def _has(tensors: Tensors, *beginnings: str) -> bool:
    return any(name.startswith(beginnings) for name in tensors)


def _checkpoint(header: Header, prefix: str) -> Found:
    tensors = header.tensors
    family = _transformer(tensors) or _unet_family(tensors, prefix)
    first = tensors.get(f"{prefix}input_blocks.0.0.weight") or tensors.get(f"{prefix}conv_in.weight")
    prediction, zero_terminal_snr = _prediction(header)
    return Found(
        kind=Kind.CHECKPOINT if family else Kind.UNKNOWN,
        family=family,
        channels=first.shape[1] if first and len(first.shape) == 4 else 0,
        prediction=prediction,
        zero_terminal_snr=zero_terminal_snr,
        # With a zero SNR only these schedules begin at the last timestep (arXiv:2305.08891, section 3.3).
        spacing=Spacing.TRAILING if zero_terminal_snr else None,
        edm=any(name.startswith("edm_") for name in tensors),
        has_vae=f"{VAE}decoder.conv_in.weight" in tensors,
        has_text=_has(tensors, "cond_stage_model.", "conditioner.embedders."),
    )


def _unet_family(tensors: Tensors, prefix: str) -> str:
    """Which Stable Diffusion a UNet, or a ControlNet's half of one, belongs to; in either layout of names."""
    labels = _has(tensors, f"{prefix}label_emb.", f"{prefix}add_embedding.")
    if labels:
        # The refiner has a fourth level, and the prompt of the second text encoder alone.
        deep = _has(tensors, f"{prefix}input_blocks.9.", f"{prefix}down_blocks.3.")
        return "sdxl-refiner" if deep or _has(tensors, "conditioner.embedders.0.model.") else "sdxl"
    for name, tensor in tensors.items():
        if name.startswith(prefix) and name.endswith(".proj_in.weight"):
            return "sd15" if len(tensor.shape) == 4 else "sd21"
    return ""


def _transformer(tensors: Tensors) -> str:
    for key, family in _TRANSFORMERS:
        if any(key.search(name) for name in tensors):
            return family
    return ""


def _prediction(header: Header) -> tuple[Prediction | None, bool | None]:
    """What a UNet predicts and whether its schedule ends without signal, by marker keys, else by what is written."""
    words = header.metadata
    prediction: Prediction | None = None
    written = words.get("modelspec.prediction_type", "").lower()
    if written in {"v", "v_prediction", "v-prediction"} or words.get("ss_v_parameterization", "").lower() == "true":
        prediction = Prediction.V
    elif written in {"epsilon", "eps"}:
        prediction = Prediction.EPSILON
    elif words.get("modelspec.architecture", "").startswith("stable-diffusion-v2-768-v"):
        prediction = Prediction.V
    if "v_pred" in header.tensors or "edm_vpred.sigma_max" in header.tensors:
        prediction = Prediction.V
    marked = "ztsnr" in header.tensors or words.get("ss_zero_terminal_snr", "").lower() == "true"
    return prediction, True if marked else None


def _embedding_family(tensors: Tensors) -> str:
    """The family of a textual inversion: rows as wide as the text encoder's; "" if it is none."""
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    if len(shapes) > 4 or any(not 1 <= len(shape) <= 2 for shape in shapes.values()):
        return ""
    widths = {name: shape[-1] for name, shape in shapes.items()}
    if widths.keys() >= {"clip_l", "clip_g"}:
        return "sdxl"
    alone = set(widths.values())
    return _BY_TEXT_WIDTH.get(alone.pop(), "") if len(alone) == 1 and len(shapes) == 1 and 2048 not in alone else ""


def _folder(folder: Path) -> Found:
    """What a diffusers folder is, by its own configuration files; NovelAI's open weights have no index."""
    index = read_json(folder / "model_index.json") or read_json(folder / "modular_model_index.json")
    unet = read_json(folder / "unet" / "config.json")
    if not unet and not index and (folder / "unet").is_dir():
        return _bare_folder(folder)
    if not index and not unet:
        own = read_json(folder / "config.json")
        return Found(kind=Kind.VAE, has_vae=True) if own.get("_class_name") == "AutoencoderKL" else _nothing()
    pipeline = str(index.get("_class_name", "StableDiffusionPipeline"))
    family = next((family for start, family in _BY_PIPELINE if pipeline.startswith(start)), "")
    if unet:
        family = _configured_family(unet)
    elif family in {"sd15", "sdxl"}:
        return _nothing()  # without its UNet it draws nothing
    schedule = read_json(folder / "scheduler" / "scheduler_config.json")
    prediction, spacing = schedule.get("prediction_type"), schedule.get("timestep_spacing")
    zero_terminal_snr = schedule.get("rescale_betas_zero_snr")
    channels = unet.get("in_channels", 4 if unet else 0)
    return Found(
        kind=Kind.CHECKPOINT if family else Kind.UNKNOWN,
        family=family,
        channels=channels if isinstance(channels, int) else 0,
        prediction=Prediction(prediction) if prediction in list(Prediction) else None,
        zero_terminal_snr=zero_terminal_snr if isinstance(zero_terminal_snr, bool) else None,
        spacing=Spacing(spacing) if spacing in list(Spacing) else None,
        edm="EDM" in str(schedule.get("_class_name", "")),
        has_vae=(folder / "vae").is_dir(),
        has_text=(folder / "text_encoder").is_dir(),
    )


def _bare_folder(folder: Path) -> Found:
    """A folder without a word of configuration, by the names in its UNet."""
    files = weight_files(folder / "unet")
    headers = [read_header(file, CHECKPOINT) for file in files]
    tensors = {name: tensor for header in headers for name, tensor in header.tensors.items()}
    found = recognise(Header(tensors, headers[0].metadata))
    return replace(found, has_vae=(folder / "vae").is_dir(), has_text=(folder / "text_encoder").is_dir())


def _nothing() -> Found:
    return Found(kind=Kind.UNKNOWN)


def _configured_family(unet: Mapping[str, object]) -> str:
    """The family of a UNet by its configuration."""
    if unet.get("addition_embed_type") == "text_time":
        blocks = unet.get("down_block_types")
        deep = isinstance(blocks, list) and len(cast(list[object], blocks)) > 3
        return "sdxl-refiner" if deep else "sdxl"
    return "sd21" if unet.get("use_linear_projection") else "sd15"
