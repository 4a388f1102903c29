"""A transformer family's network as one file, in the names and with the fused layers of the published files.

Written from the published converters, the other way round, for the miniatures' one block of each sort. Nothing here
looks at how Genga reads such a file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks import flow_miniatures
from benchmarks.flow_loras import PUBLISHED, Layers

# Where the files wrap the network, and what else is in some of them that nobody draws with.
WRAPPED = {"anima": "net.", "lumina2": "model.diffusion_model.", "z-image": "", "qwen-image": "", "chroma": ""}
_UNUSED = {
    "anima": ("net.pos_embedder.dim_spatial_range",),
    "lumina2": ("model.diffusion_model.norm_final.weight", "text_encoders.gemma2_2b.norm.weight", "vae.post.weight"),
}
_BLOCKS = ("layers.0", "noise_refiner.0", "context_refiner.0")
_NORMS = ("attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2")

# The layers that no LoRA of `flow_loras` changes.
_REST: Mapping[str, Layers] = {
    "anima": {
        **{f"blocks.0.{theirs}.{letter}_norm": (f"transformer_blocks.0.{ours}.norm_{letter}",)
           for theirs, ours in (("self_attn", "attn1"), ("cross_attn", "attn2")) for letter in "qk"},
        **{f"blocks.0.adaln_modulation_{theirs}.{each}": (f"transformer_blocks.0.norm{ours}.linear_{each}",)
           for ours, theirs in ((1, "self_attn"), (2, "cross_attn"), (3, "mlp")) for each in (1, 2)},
        "final_layer.adaln_modulation.1": ("norm_out.linear_1",),
        "t_embedder.1.linear_2": ("time_embed.t_embedder.linear_2",),
        "t_embedding_norm": ("time_embed.norm",),
    },
    "lumina2": {
        **{f"{block}.attention.{letter}_norm": (f"{block}.attn.norm_{letter}",)
           for block in _BLOCKS for letter in "qk"},
        **{f"{block}.{name}": (f"{block}.{name.removeprefix('attention_')}",) for block in _BLOCKS for name in _NORMS},
        **{f"{block}.attention_norm1": (f"{block}.norm1.norm",) for block in _BLOCKS[:2]},
        "cap_embedder.0": ("time_caption_embed.caption_embedder.0",),
        "t_embedder.mlp.2": ("time_caption_embed.timestep_embedder.linear_2",),
    },
    "z-image": {
        **{f"{block}.attention.{letter}_norm": (f"{block}.attention.norm_{letter}",)
           for block in _BLOCKS for letter in "qk"},
        **{f"{block}.{name}": (f"{block}.{name}",) for block in _BLOCKS for name in _NORMS},
        "noise_refiner.0.adaLN_modulation.0": ("noise_refiner.0.adaLN_modulation.0",),
        "cap_embedder.0": ("cap_embedder.0",),
        "t_embedder.mlp.0": ("t_embedder.mlp.0",),
    },
    "qwen-image": {
        **{f"transformer_blocks.0.attn.{name}": (f"transformer_blocks.0.attn.{name}",)
           for name in ("norm_q", "norm_k", "norm_added_q", "norm_added_k")},
        "txt_norm": ("txt_norm",),
        "time_text_embed.timestep_embedder.linear_2": ("time_text_embed.timestep_embedder.linear_2",),
    },
    "chroma": {
        **{f"double_blocks.0.{theirs}_attn.norm.{long}_norm": (f"transformer_blocks.0.attn.norm_{ours}{long[0]}",)
           for theirs, ours in (("img", ""), ("txt", "added_")) for long in ("query", "key")},
        **{f"single_blocks.0.norm.{long}_norm": (f"single_transformer_blocks.0.attn.norm_{long[0]}",)
           for long in ("query", "key")},
        "distilled_guidance_layer.in_proj": ("distilled_guidance_layer.in_proj",),
        "distilled_guidance_layer.layers.0.out_layer": ("distilled_guidance_layer.layers.0.linear_2",),
        "distilled_guidance_layer.norms.0": ("distilled_guidance_layer.norms.0",),
    },
}  # fmt: skip


def write(path: Path, family: str, *, times: float = 1.0) -> Path:
    """The network of `family`'s miniature, every number `times` what it is; ValueError if a layer is forgotten here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: (times * tensor).contiguous() for name, tensor in tensors(family).items()}, path)
    return path


def tensors(family: str) -> dict[str, torch.Tensor]:
    """What the file holds, by name."""
    pipe: Any = flow_miniatures.stock(family)
    left = dict(pipe.transformer.state_dict())
    made: dict[str, torch.Tensor] = {}
    for name, places in {**PUBLISHED[family], **_REST[family]}.items():
        for leaf in ("weight", "bias"):
            if not name.startswith("llm_adapter.") and f"{places[0]}.{leaf}" in left:
                joined = torch.cat([left.pop(f"{place}.{leaf}") for place in places])
                made[_leaf(family, name, leaf)] = joined
    made |= {name: left.pop(name) for name in ("x_pad_token", "cap_pad_token") if name in left}
    if left:
        raise ValueError(f"{family}: {sorted(left)}")
    if family == "anima":
        made |= {f"llm_adapter.{name}": value for name, value in pipe.text_conditioner.state_dict().items()}
    wrapped = {WRAPPED[family] + name: value for name, value in made.items()}
    return wrapped | {name: torch.ones(4) for name in _UNUSED.get(family, ())}


def _leaf(family: str, name: str, leaf: str) -> str:
    """Chroma's norms have a `scale`."""
    norm = family == "chroma" and (name.endswith(("query_norm", "key_norm")) or ".norms." in name)
    return f"{name}.scale" if norm else f"{name}.{leaf}"
