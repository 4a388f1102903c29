"""Every name that people's files have for a layer of a flow-matching transformer; imports no torch.

Files call layers by diffusers' paths or by those of the original code, with dots or with underscores, and behind one of
many beginnings: kohya's sd-scripts and musubi-tuner `lora_unet_`, OneTrainer `lora_transformer_`, ComfyUI and
ai-toolkit `diffusion_model.`, diffusers `transformer.`. Here each name stands once, with underscores, as some
converters turn underscores into dots. Where the original code has one layer for what diffusers keeps as several
(queries, keys and values), its name means all of them, in the order of their rows.

The names are those of the published checkpoints, as diffusers' own converters of them have them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from inference.models.lora.names import Layer, Part, flat

_BEGINNINGS: Final = (
    "lora_unet_", "lycoris_", "lora_transformer_", "transformer_", "diffusion_model_", "model_diffusion_model_",
    "base_model_model_", "transformer_base_model_model_", "unet_", "",
)  # fmt: skip
_TEXT_BEGINNINGS: Final = (
    "lora_te_", "lora_te1_", "lora_te3_", "text_encoder_", "text_encoder_base_model_model_",
    *(f"text_encoders_{kind}_transformer_" for kind in ("t5xxl", "gemma2_2b", "qwen3_06b", "qwen3_4b", "qwen25_7b")),
)  # fmt: skip
# Anima's conditioner is in the original file a part of the network.
_CONDITIONER: Final = ("llm_adapter_", "text_conditioner_")

Rules = tuple[tuple[str, str], ...]  # what of diffusers' path is called how; all that fit are applied, in this order

_ANIMA: Final[Rules] = (
    (r"^transformer_blocks\.", "blocks."),
    (r"\.norm1\.linear_([12])$", r".adaln_modulation_self_attn.\1"),
    (r"\.norm2\.linear_([12])$", r".adaln_modulation_cross_attn.\1"),
    (r"\.norm3\.linear_([12])$", r".adaln_modulation_mlp.\1"),
    (r"\.attn1\.", ".self_attn."), (r"\.attn2\.", ".cross_attn."),
    (r"\.to_([qkv])$", r".\1_proj"), (r"\.to_out\.0$", ".output_proj"), (r"\.norm_([qk])$", r".\1_norm"),
    (r"\.ff\.net\.0\.proj$", ".mlp.layer1"), (r"\.ff\.net\.2$", ".mlp.layer2"),
    (r"^norm_out\.linear_([12])$", r"final_layer.adaln_modulation.\1"), (r"^proj_out$", "final_layer.linear"),
    (r"^time_embed\.t_embedder\.", "t_embedder.1."), (r"^time_embed\.norm$", "t_embedding_norm"),
    (r"^patch_embed\.proj$", "x_embedder.proj.1"), (r"^learnable_pos_embed$", "extra_pos_embedder"),
)  # fmt: skip
_LUMINA: Final[Rules] = (
    (r"\.norm1\.linear$", ".adaLN_modulation.1"), (r"\.norm1\.norm$", ".attention_norm1"),
    (r"\.norm([12])$", r".attention_norm\1"), (r"\.feed_forward\.linear_([123])$", r".feed_forward.w\1"),
    (r"\.attn\.norm_([qk])$", r".attn.\1_norm"), (r"\.to_out\.0$", ".out"), (r"\.attn\.", ".attention."),
    (r"^time_caption_embed\.caption_embedder\.", "cap_embedder."),
    (r"^time_caption_embed\.timestep_embedder\.linear_1$", "t_embedder.mlp.0"),
    (r"^time_caption_embed\.timestep_embedder\.linear_2$", "t_embedder.mlp.2"),
    (r"^norm_out\.linear_1$", "final_layer.adaLN_modulation.1"), (r"^norm_out\.linear_2$", "final_layer.linear"),
)  # fmt: skip
_Z_IMAGE: Final[Rules] = (
    (r"\.to_out\.0$", ".out"), (r"\.attention\.norm_([qk])$", r".attention.\1_norm"),
    (r"^all_x_embedder\.2-1$", "x_embedder"), (r"^all_final_layer\.2-1\.", "final_layer."),
)  # fmt: skip
_CHROMA: Final[Rules] = (
    (r"^transformer_blocks\.", "double_blocks."), (r"^single_transformer_blocks\.", "single_blocks."),
    (r"^(single_blocks\.\d+)\.proj_out$", r"\1.linear2"), (r"^proj_out$", "final_layer.linear"),
    (r"\.attn\.to_out\.0$", ".img_attn.proj"), (r"\.attn\.to_add_out$", ".txt_attn.proj"),
    (r"\.ff\.net\.0\.proj$", ".img_mlp.0"), (r"\.ff\.net\.2$", ".img_mlp.2"),
    (r"\.ff_context\.net\.0\.proj$", ".txt_mlp.0"), (r"\.ff_context\.net\.2$", ".txt_mlp.2"),
    (r"^(distilled_guidance_layer\.layers\.\d+)\.linear_1$", r"\1.in_layer"),
    (r"^(distilled_guidance_layer\.layers\.\d+)\.linear_2$", r"\1.out_layer"),
    (r"^context_embedder$", "txt_in"), (r"^x_embedder$", "img_in"),
    (r"^(single_blocks\.\d+)\.attn\.norm_q$", r"\1.norm.query_norm"),
    (r"^(single_blocks\.\d+)\.attn\.norm_k$", r"\1.norm.key_norm"),
    (r"\.attn\.norm_q$", ".img_attn.norm.query_norm"), (r"\.attn\.norm_k$", ".img_attn.norm.key_norm"),
    (r"\.attn\.norm_added_q$", ".txt_attn.norm.query_norm"), (r"\.attn\.norm_added_k$", ".txt_attn.norm.key_norm"),
)  # fmt: skip
_ORIGINAL: Final[Mapping[str, Rules]] = {
    "anima": _ANIMA, "lumina2": _LUMINA, "z-image": _Z_IMAGE, "chroma": _CHROMA, "qwen-image": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fusion:
    """One layer of the original code, and those that diffusers has for it: a block, its layers, the original name."""

    block: str
    layers: tuple[str, ...]
    original: str


_QKV: Final = ("to_q", "to_k", "to_v")
_FUSIONS: Final[Mapping[str, tuple[_Fusion, ...]]] = {
    "lumina2": (_Fusion(r"(.+\.)attn", _QKV, r"\1attention.qkv"),),
    "z-image": (_Fusion(r"(.+\.attention)", _QKV, r"\1.qkv"),),
    "chroma": (
        _Fusion(r"transformer_blocks\.(\d+)\.attn", _QKV, r"double_blocks.\1.img_attn.qkv"),
        _Fusion(
            r"transformer_blocks\.(\d+)\.attn", ("add_q_proj", "add_k_proj", "add_v_proj"),
            r"double_blocks.\1.txt_attn.qkv",
        ),
        _Fusion(
            r"single_transformer_blocks\.(\d+)", ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
            r"single_blocks.\1.linear1",
        ),
    ),
}  # fmt: skip


def flow_names_of(family: str, paths: Mapping[Part, Iterable[str]]) -> dict[str, Layer]:
    """Every name by which a file may mean a layer of a flow-matching family, with underscores for its dots.

    `paths` are the layers' paths in each part of the pipeline. KeyError for another family.
    """
    names: dict[str, Layer] = {}
    for part, layers in paths.items():
        for spelt, layer in _spelt(family, part, [path for path in layers if path]):
            for beginning in _TEXT_BEGINNINGS if part is Part.TEXT else _BEGINNINGS:
                names.setdefault(beginning + flat(spelt), layer)
    return names


def _spelt(family: str, part: Part, paths: list[str]) -> Iterator[tuple[str, Layer]]:
    """The layers of a part by all names they have within it."""
    match part:
        case Part.TRANSFORMER:
            for path in paths:
                short = path.removesuffix(".0") if path.endswith(".to_out.0") else path
                for spelt in dict.fromkeys((path, short, original(family, path))):
                    yield spelt, Layer(part, (path,))
            for fused, together in set(fused_in(family, paths).values()):
                yield fused, Layer(part, together)
        case Part.CONDITIONER:
            for path in paths:
                yield from ((beginning + path, Layer(part, (path,))) for beginning in _CONDITIONER)
        case _:
            for path in paths:
                bare = path.removeprefix("model.")
                yield from ((spelt, Layer(part, (path,))) for spelt in (bare, f"model.{bare}"))


def original(family: str, path: str) -> str:
    """The published files' path of a layer of diffusers' network. KeyError for another family."""
    for pattern, name in _ORIGINAL[family]:
        path = re.sub(pattern, name, path)
    return path


def fused_in(family: str, paths: Iterable[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """For each layer that published files have together with others: their one path, and all of diffusers'."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    here = set(paths)
    for fusion in _FUSIONS.get(family, ()):
        first = re.compile(f"({fusion.block})\\.{re.escape(fusion.layers[0])}")
        for block in [match[1] for path in here if (match := first.fullmatch(path))]:
            together = tuple(f"{block}.{each}" for each in fusion.layers)
            if here.issuperset(together):
                found |= dict.fromkeys(together, (re.sub(fusion.block, fusion.original, block), together))
    return found
