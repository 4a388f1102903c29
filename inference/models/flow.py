"""Transformers trained by flow matching (Anima, Chroma, Lumina 2, Qwen-Image, Z-Image): from disk into memory.

Each family is loaded by the one class of diffusers that draws with it. Nothing in the files chooses a class: what
`model_index.json` says is only compared with what the family is.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.guiders.classifier_free_guidance import ClassifierFreeGuidance
from diffusers.image_processor import VaeImageProcessor
from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from diffusers.models.condition_embedders.condition_embedder_anima import AnimaTextConditioner
from diffusers.models.transformers import transformer_cosmos
from diffusers.models.transformers.transformer_chroma import ChromaTransformer2DModel
from diffusers.models.transformers.transformer_cosmos import CosmosTransformer3DModel
from diffusers.models.transformers.transformer_lumina2 import Lumina2Transformer2DModel
from diffusers.models.transformers.transformer_qwenimage import QwenImageTransformer2DModel
from diffusers.models.transformers.transformer_z_image import ZImageTransformer2DModel
from diffusers.modular_pipelines.anima.modular_blocks_anima import AnimaAutoBlocks
from diffusers.modular_pipelines.modular_pipeline import (
    LoopSequentialPipelineBlocks,
    ModularPipeline,
    ModularPipelineBlocks,
)
from diffusers.pipelines.chroma.pipeline_chroma import ChromaPipeline
from diffusers.pipelines.lumina2.pipeline_lumina2 import Lumina2Pipeline
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage import QwenImagePipeline
from diffusers.pipelines.z_image.pipeline_z_image import ZImagePipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from safetensors import SafetensorError
from transformers import Qwen2Tokenizer, Qwen3Model, T5Tokenizer

from inference.errors import LoadFailed, ModelMissing
from inference.models.catalog import ROOT, Model
from inference.models.flow_file import read_networks
from inference.models.single_file import Parts

Pipe = DiffusionPipeline | ModularPipeline

_OURS = {"diffusers", "transformers", None}  # the libraries that parts may come from; None: a part left out

# What the libraries raise over files that are not what they should be.
_FOREIGN = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, ImportError, SafetensorError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loader:
    """The index of a family's folder, the class it must name, what reads it, and what single files hold of it."""

    index: str
    named: str
    read: Callable[[Path, torch.dtype, Parts], Pipe]
    networks: Mapping[str, Any]  # part -> its class


def load_flow(model: Model, dtype: torch.dtype) -> Pipe:
    """The pipeline of a flow-matching family on the processor, its parts in `dtype`.

    A single file is the network; all else is read from the folder that the entry names for its text encoder.
    ModelMissing when there is no such folder, LoadFailed when it holds something else than the family's parts,
    BadWeights when the single file does.
    """
    loader, file = _LOADERS[model.family], model.folder if model.folder.is_file() else None
    folder = ROOT / model.text_encoder if file else model.folder
    index = folder / loader.index
    if not index.is_file():
        raise ModelMissing(f"{index} is not there", model=model.title)
    _check_index(index, loader.named, model.title)
    try:
        networks = read_networks(file, folder, model.family, loader.networks, dtype) if file else {}
        pipe = loader.read(folder, dtype, networks)
    except _FOREIGN as error:
        raise LoadFailed(f"{type(error).__name__}: {error}", model=model.title) from error
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    if isinstance(pipe, DiffusionPipeline):  # its bars would fill the worker's log
        pipe.set_progress_bar_config(disable=True)
    return pipe


def _check_index(index: Path, named: str, model: str) -> None:
    """LoadFailed unless the index names the family's class, and no part from code of its own."""
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))
        says = entries.get("_class_name")
        libraries = {entry[0] for entry in entries.values() if isinstance(entry, list)}
    except (OSError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise LoadFailed(f"{index.name}: {error}", model=model) from error
    if says != named:
        raise LoadFailed(f"{index.name} names {says!s:.80}, not {named}", model=model)
    if not libraries <= _OURS:
        raise LoadFailed(f"{index.name} names parts of {sorted(map(str, libraries - _OURS))}", model=model)


def _whole(kind: type[DiffusionPipeline]) -> Callable[[Path, torch.dtype, Parts], Pipe]:
    """Reads a folder that diffusers wrote as a whole."""

    def read(folder: Path, dtype: torch.dtype, given: Parts) -> Pipe:
        return kind.from_pretrained(folder, dtype=dtype, local_files_only=True, use_safetensors=True, **given)

    return read


class _Transforms:
    """The one thing that diffusers' Cosmos transformer wants of torchvision, which Genga does without."""

    class InterpolationMode:
        """The one kind that is asked for."""

        NEAREST = "nearest"

    class functional:
        """Named and placed as torchvision has it."""

        @staticmethod
        def resize(mask: torch.Tensor, size: list[int], interpolation: object) -> torch.Tensor:
            """A mask (B, 1, H, W) at another size, each cell as the nearest one was."""
            del interpolation
            return torch.nn.functional.interpolate(mask, size=size, mode="nearest")


_ANIMA: Mapping[str, Any] = {
    "text_encoder": Qwen3Model,
    "text_conditioner": AnimaTextConditioner,
    "transformer": CosmosTransformer3DModel,
    "vae": AutoencoderKLQwenImage,
}


def _anima(folder: Path, dtype: torch.dtype, given: Parts) -> Pipe:
    """Anima has a modular pipeline only, whose index names a place on the hub for every part: they are read here."""
    # It would log every cancelled picture as an error, with all that was on the way.
    logging.getLogger("diffusers.modular_pipelines").setLevel(logging.CRITICAL)
    if not hasattr(transformer_cosmos, "transforms"):
        setattr(transformer_cosmos, "transforms", _Transforms)  # noqa: B010 - it has none where torchvision is missing
    read = {
        name: kind.from_pretrained(folder / name, dtype=dtype, local_files_only=True, use_safetensors=True)
        for name, kind in _ANIMA.items()
        if name not in given
    }
    blocks = AnimaAutoBlocks()
    _silence(blocks)
    pipe = blocks.init_pipeline()
    pipe.update_components(
        **read,
        **given,
        tokenizer=Qwen2Tokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        t5_tokenizer=T5Tokenizer.from_pretrained(folder / "t5_tokenizer", local_files_only=True),
        scheduler=FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler", local_files_only=True),
        guider=ClassifierFreeGuidance(guidance_scale=4.0),
        image_processor=VaeImageProcessor(vae_scale_factor=8),
    )
    return pipe


def _silence(blocks: ModularPipelineBlocks) -> None:
    """No bars: a modular pipeline hands that word on to the first row of its blocks only, and the loop lies below."""
    for block in blocks.sub_blocks.values():
        if isinstance(block, LoopSequentialPipelineBlocks):
            block.set_progress_bar_config(disable=True)
        _silence(block)


def _loader(kind: type[DiffusionPipeline], network: Any) -> _Loader:  # noqa: ANN401
    return _Loader(index="model_index.json", named=kind.__name__, read=_whole(kind), networks={"transformer": network})


_LOADERS: Mapping[str, _Loader] = {
    "anima": _Loader(
        index="modular_model_index.json", named="AnimaModularPipeline", read=_anima,
        networks={part: _ANIMA[part] for part in ("text_conditioner", "transformer")},
    ),
    "chroma": _loader(ChromaPipeline, ChromaTransformer2DModel),
    "lumina2": _loader(Lumina2Pipeline, Lumina2Transformer2DModel),
    "qwen-image": _loader(QwenImagePipeline, QwenImageTransformer2DModel),
    "z-image": _loader(ZImagePipeline, ZImageTransformer2DModel),
}  # fmt: skip
