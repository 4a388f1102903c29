"""LoRAs of the transformer families as people's programs write them, and the weights they stand for, merged densely.

Which layer of the published files is which of diffusers' is written down here layer by layer, from the published
converters, for the miniatures' one block of each sort. Nothing here looks at how Genga reads or applies a file.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks import flow_miniatures
from benchmarks.lora_miniatures import RANK, Kind, Layer, deltas, factors

Layers = Mapping[str, tuple[str, ...]]  # a layer of the published files -> diffusers' layers, in the order of its rows


class Form(StrEnum):
    """How a file calls layers."""

    KOHYA = "kohya"  # sd-scripts and musubi-tuner, by the published files
    FLAT = "kohya, diffusers' names"  # musubi-tuner where its network is built like diffusers'
    COMFY = "ComfyUI"  # and ai-toolkit, by the published files
    ONE_TRAINER = "OneTrainer"
    DIFFUSERS = "peft"


_ANIMA: Layers = {
    **{f"blocks.0.{theirs}_attn.{letter}_proj": (f"transformer_blocks.0.{ours}.to_{letter}",)
       for theirs, ours in (("self", "attn1"), ("cross", "attn2")) for letter in "qkv"},
    "blocks.0.self_attn.output_proj": ("transformer_blocks.0.attn1.to_out.0",),
    "blocks.0.cross_attn.output_proj": ("transformer_blocks.0.attn2.to_out.0",),
    "blocks.0.mlp.layer1": ("transformer_blocks.0.ff.net.0.proj",),
    "blocks.0.mlp.layer2": ("transformer_blocks.0.ff.net.2",),
    "blocks.0.adaln_modulation_self_attn.1": ("transformer_blocks.0.norm1.linear_1",),
    "blocks.0.adaln_modulation_cross_attn.2": ("transformer_blocks.0.norm2.linear_2",),
    "blocks.0.adaln_modulation_mlp.1": ("transformer_blocks.0.norm3.linear_1",),
    "final_layer.adaln_modulation.2": ("norm_out.linear_2",),
    "final_layer.linear": ("proj_out",),
    "x_embedder.proj.1": ("patch_embed.proj",),
    "t_embedder.1.linear_1": ("time_embed.t_embedder.linear_1",),
    "llm_adapter.blocks.0.cross_attn.q_proj": ("text_conditioner.blocks.0.cross_attn.q_proj",),
    "llm_adapter.blocks.0.self_attn.o_proj": ("text_conditioner.blocks.0.self_attn.o_proj",),
    "llm_adapter.blocks.0.mlp.2": ("text_conditioner.blocks.0.mlp.2",),
}  # fmt: skip


def _refined(block: str, attention: str, out: str, feed: Mapping[str, str]) -> Layers:
    """A block of Lumina 2 or of Z-Image; queries, keys and values are one layer in the files."""
    return {
        f"{block}.attention.qkv": tuple(f"{block}.{attention}.to_{letter}" for letter in "qkv"),
        f"{block}.attention.out": (f"{block}.{attention}.{out}",),
        **{f"{block}.feed_forward.{theirs}": (f"{block}.feed_forward.{ours}",) for theirs, ours in feed.items()},
    }


_BLOCKS = ("layers.0", "noise_refiner.0", "context_refiner.0")
_LUMINA: Layers = {
    **{name: places for block in _BLOCKS for name, places in
       _refined(block, "attn", "to_out.0", {"w1": "linear_1", "w2": "linear_2", "w3": "linear_3"}).items()},
    "layers.0.adaLN_modulation.1": ("layers.0.norm1.linear",),
    "noise_refiner.0.adaLN_modulation.1": ("noise_refiner.0.norm1.linear",),
    "cap_embedder.1": ("time_caption_embed.caption_embedder.1",),
    "t_embedder.mlp.0": ("time_caption_embed.timestep_embedder.linear_1",),
    "final_layer.adaLN_modulation.1": ("norm_out.linear_1",),
    "final_layer.linear": ("norm_out.linear_2",),
    "x_embedder": ("x_embedder",),
}  # fmt: skip
_Z_IMAGE: Layers = {
    **{name: places for block in _BLOCKS for name, places in
       _refined(block, "attention", "to_out.0", {"w1": "w1", "w2": "w2", "w3": "w3"}).items()},
    "layers.0.adaLN_modulation.0": ("layers.0.adaLN_modulation.0",),
    "cap_embedder.1": ("cap_embedder.1",),
    "t_embedder.mlp.2": ("t_embedder.mlp.2",),
    "final_layer.adaLN_modulation.1": ("all_final_layer.2-1.adaLN_modulation.1",),
    "final_layer.linear": ("all_final_layer.2-1.linear",),
    "x_embedder": ("all_x_embedder.2-1",),
}  # fmt: skip
_QWEN: Layers = {
    name: (name,)
    for name in (
        *(f"transformer_blocks.0.attn.{layer}" for layer in (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")),
        *(f"transformer_blocks.0.{stream}_{layer}" for stream in ("img", "txt")
          for layer in ("mlp.net.0.proj", "mlp.net.2", "mod.1")),
        "img_in", "txt_in", "proj_out", "norm_out.linear", "time_text_embed.timestep_embedder.linear_1",
    )
}  # fmt: skip
_CHROMA: Layers = {
    "double_blocks.0.img_attn.qkv": tuple(f"transformer_blocks.0.attn.to_{letter}" for letter in "qkv"),
    "double_blocks.0.txt_attn.qkv": tuple(f"transformer_blocks.0.attn.add_{letter}_proj" for letter in "qkv"),
    "double_blocks.0.img_attn.proj": ("transformer_blocks.0.attn.to_out.0",),
    "double_blocks.0.txt_attn.proj": ("transformer_blocks.0.attn.to_add_out",),
    "double_blocks.0.img_mlp.0": ("transformer_blocks.0.ff.net.0.proj",),
    "double_blocks.0.img_mlp.2": ("transformer_blocks.0.ff.net.2",),
    "double_blocks.0.txt_mlp.0": ("transformer_blocks.0.ff_context.net.0.proj",),
    "double_blocks.0.txt_mlp.2": ("transformer_blocks.0.ff_context.net.2",),
    "single_blocks.0.linear1": (
        *(f"single_transformer_blocks.0.attn.to_{letter}" for letter in "qkv"), "single_transformer_blocks.0.proj_mlp",
    ),
    "single_blocks.0.linear2": ("single_transformer_blocks.0.proj_out",),
    "distilled_guidance_layer.layers.0.in_layer": ("distilled_guidance_layer.layers.0.linear_1",),
    "distilled_guidance_layer.out_proj": ("distilled_guidance_layer.out_proj",),
    "txt_in": ("context_embedder",), "img_in": ("x_embedder",), "final_layer.linear": ("proj_out",),
}  # fmt: skip
PUBLISHED: Mapping[str, Layers] = {
    "anima": _ANIMA, "lumina2": _LUMINA, "z-image": _Z_IMAGE, "qwen-image": _QWEN, "chroma": _CHROMA,
}  # fmt: skip
# Text encoders that sd-scripts trains along: how it calls them, ComfyUI's name of the model, a few layers.
_TEXTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "anima": ("lora_te", "qwen3_06b.transformer.model", ("layers.0.self_attn.q_proj", "layers.1.mlp.gate_proj")),
    "lumina2": ("lora_te", "gemma2_2b.transformer.model", ("layers.0.self_attn.q_proj", "layers.1.mlp.up_proj")),
    "chroma": ("lora_te3", "t5xxl.transformer", ("encoder.block.0.layer.0.SelfAttention.q",)),
}  # fmt: skip


def write(path: Path, family: str, form: Form, kind: Kind, *, alpha: float | None = 1.0, texts: bool = True) -> Path:
    """Write the LoRA, with some of the text encoder's layers where trainers change these too.

    `alpha` is what the file says, and what it means is that over the rank; None says nothing.
    """
    tensors: dict[str, torch.Tensor] = {}
    modules = _modules(flow_miniatures.stock(family))
    for number, (stem, places) in enumerate(_named(family, form, texts=texts)):
        layer = _layer(modules, stem, places)
        if kind is Kind.LOKR and any(side % 2 for side in layer.weight.shape):
            continue
        for role, tensor in factors(kind, layer, number).items():
            tensors[f"{stem}.{_ROLES.get((form, role), role)}"] = tensor.float().contiguous()
        if alpha is not None and form is not Form.DIFFUSERS and kind is not Kind.FULL:
            tensors[f"{stem}.alpha"] = torch.tensor(alpha)
    said: dict[str, str] = {}
    if form is Form.DIFFUSERS:
        said["lora_adapter_metadata"] = json.dumps(_described(tensors, alpha))
    save_file(tensors, path, metadata=said or None)
    return path


def merged(family: str, form: Form, kind: Kind, *, alpha: float | None = 1.0, unet: float, text: float) -> Any:  # noqa: ANN401
    """diffusers' own pipeline with the LoRA of this alpha in its weights, at these strengths."""
    pipe = flow_miniatures.stock(family)
    modules = _modules(pipe)
    times = RANK if alpha is None else alpha
    for number, (stem, places) in enumerate(_named(family, form)):
        layer = _layer(modules, stem, places)
        if kind is Kind.LOKR and any(side % 2 for side in layer.weight.shape):
            continue
        strength = text if places[0].startswith("text_encoder.") else unet
        rows = [modules[place].weight.shape[0] for place in places]
        for leaf, delta in deltas(kind, layer, number, alpha=times):
            for place, own in zip(places, delta.split(rows), strict=True):
                parameter = modules[place].get_parameter(leaf)
                parameter.copy_((parameter.double() + strength * own).float())
    return pipe


_ROLES: Mapping[tuple[Form, str], str] = {
    (form, f"lora_{theirs}.weight"): f"lora_{letter}.weight"
    for form in (Form.DIFFUSERS, Form.COMFY)
    for theirs, letter in (("up", "B"), ("down", "A"))
}


def _named(family: str, form: Form, *, texts: bool = True) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the file calls each layer, and where diffusers has it in the pipeline."""
    by_published = form in {Form.KOHYA, Form.COMFY}
    for name, places in PUBLISHED[family].items():
        full = tuple(each if each.startswith("text_conditioner.") else f"transformer.{each}" for each in places)
        for stem, where in [(name, full)] if by_published else [(place, (place,)) for place in full]:
            yield _spelt(form, stem), where
    prefix, model, layers = _TEXTS.get(family, ("", "", ()))
    for layer in layers if by_published and texts else ():
        stem = f"{prefix}_{layer.replace('.', '_')}" if form is Form.KOHYA else f"text_encoders.{model}.{layer}"
        yield stem, (f"text_encoder.{layer}",)


def _spelt(form: Form, stem: str) -> str:
    flat = stem.removeprefix("transformer.").replace(".", "_")
    match form:
        case Form.KOHYA | Form.FLAT:
            return f"lora_unet_{flat}"
        case Form.COMFY:
            return f"diffusion_model.{stem}"
        case Form.ONE_TRAINER:
            return f"lora_transformer_{flat}"
        case Form.DIFFUSERS:
            return stem


def _modules(pipe: Any) -> dict[str, Any]:  # noqa: ANN401
    parts = ("transformer", "text_conditioner", "text_encoder")
    return {
        f"{part}.{path}": module
        for part in parts
        if getattr(pipe, part, None) is not None
        for path, module in getattr(pipe, part).named_modules()
    }


def _layer(modules: Mapping[str, Any], stem: str, places: tuple[str, ...]) -> Layer:
    """The layer as the file has it: diffusers' rows under each other."""
    weight = torch.cat([modules[place].weight.detach().double() for place in places])
    return Layer(stem=stem, place=places[0], weight=weight, has_bias=modules[places[0]].bias is not None)


def _described(tensors: Mapping[str, torch.Tensor], alpha: float | None) -> dict[str, object]:
    """What peft says of the adapter, for each network; its alpha stands nowhere else."""
    said: dict[str, object] = {}
    for name in tensors:
        part, _, path = name.partition(".")
        said |= {f"{part}.r": RANK, f"{part}.lora_alpha": RANK if alpha is None else alpha}
        targets = said.setdefault(f"{part}.target_modules", [])
        layer = path.removesuffix(".weight").rpartition(".")[0]
        if isinstance(targets, list) and layer not in targets:
            targets.append(layer)
    return said
