"""Which family of models a LoRA was made for, and the words it was made with, from its header; imports no torch.

No program writes the family in one agreed place, so the sizes of the layers decide: the attention to the prompt is as
wide as the family's text encoders, and the newer networks have layers that no other family has.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from inference.models.header import Header
from inference.models.lora.keys import split

# For people, by `Model.family`; what is not listed is called by its own name.
TITLES: Final = {
    "genga-mini": "Genga mini",
    "sd15": "Stable Diffusion 1.5",
    "sd21": "Stable Diffusion 2",
    "sdxl": "Stable Diffusion XL",
    "anima": "Anima",
    "lumina2": "Lumina 2",
    "qwen-image": "Qwen-Image",
    "z-image": "Z-Image",
    "chroma": "Chroma",
    "flux": "FLUX",
    "sd3": "Stable Diffusion 3",
}


def title_of(family: str) -> str:
    """What people call a family."""
    return TITLES.get(family, family) or "?"


# Width of the text the UNet attends to: of the model that comes with us, CLIP-L, OpenCLIP ViT-H, both of SDXL's.
_BY_TEXT_WIDTH: Final = {192: "genga-mini", 768: "sd15", 1024: "sd21", 2048: "sdxl"}
# A UNet's attention to the prompt; transformers have layers of that name too.
_UNET_TEXT: Final = re.compile(r"(attentions_\d+|blocks_\d+_1|middle_block_1)_transformer_blocks_\d+_attn2_to_[kv]$")
# Only SDXL stacks transformers within one attention layer. Its UNet has three levels and no attention in the finest;
# those of Stable Diffusion 1 and 2 have four, with attention in all but the coarsest, and go into it by convolutions
# (1) or linear layers (2).
_XL_ONLY: Final = re.compile(
    r"attentions_\d+_transformer_blocks_[1-9]|_1_transformer_blocks_[1-9]|output_blocks_[0-2]_1_(proj|transformer)"
)
_FOUR_LEVELS: Final = re.compile(
    r"(down_blocks_0|up_blocks_3)_attentions_|input_blocks_[12]_1_(proj|transformer)|output_blocks_(9|1[01])_1_"
)
_INTO_TRANSFORMER: Final = re.compile(r"_proj_(in|out)$")
# Layers that one family of transformers has and no other; tested in this order, on names with underscores.
_BY_LAYER: Final = (
    (re.compile(r"llm_adapter|text_conditioner|adaln_modulation_(self|cross)_attn|(^|_)blocks_\d+_mlp_layer[12]$|"
                r"(^|_)blocks_\d+_(self|cross)_attn_([qkv]|output)_proj$|transformer_blocks_\d+_norm[123]_linear_[12]$"),
     "anima"),
    (re.compile(r"transformer_blocks_\d+_(img|txt)_(mlp_net|mod_1)"), "qwen-image"),
    (re.compile(r"distilled_guidance_layer"), "chroma"),
    (re.compile(r"(joint_blocks|joint_transformer_blocks)_\d+_"), "sd3"),
    # Chroma is FLUX without what the prompt modulates. The layers both have do not tell which of them it was.
    (re.compile(r"_mod_lin$|_modulation_lin$|single_transformer_blocks_\d+_norm_linear$|"
                r"(^|_)(vector_in|guidance_in|time_text_embed_(text|guidance)_embedder)_"), "flux"),
    (re.compile(r"(layers|noise_refiner|context_refiner)_\d+_(attention_to_[qkv]|adaLN_modulation_0)$"), "z-image"),
    (re.compile(r"(layers|noise_refiner|context_refiner)_\d+_"
                r"(attn_to_([qkv]|out_0)|feed_forward_linear_[123]|norm1_linear|adaLN_modulation_1)$"), "lumina2"),
)  # fmt: skip
# The other layers of Lumina 2 and Z-Image have the same names, but not the same width; and keys and values have fewer
# heads than queries in the one.
_REFINED: Final = re.compile(r"(^|_)(layers|noise_refiner|context_refiner)_\d+_(attention|feed_forward)_")
_BY_REFINED_WIDTH: Final = {2304: "lumina2", 3840: "z-image"}
# Attention alone is called the same in several families. FLUX has no more than 19 such blocks, and SD 3 is narrower.
_TWO_STREAMS: Final = re.compile(
    r"(?<!single)(?:^|_)transformer_blocks_(\d+)_attn_(to_[qkv]|to_out_0|add_[qkv]_proj|to_add_out)$"
)
_FLUX_BLOCKS, _QWEN_WIDTH = 19, 3072
# What trainers write, by its beginning: `ss_base_model_version` of sd-scripts, `modelspec.architecture` of ModelSpec.
_BY_WORD: Final = (
    ("sdxl", "sdxl"), ("stable-diffusion-xl", "sdxl"), ("sd_v1", "sd15"), ("stable-diffusion-v1", "sd15"),
    ("sd_v2", "sd21"), ("stable-diffusion-v2", "sd21"), ("sd3", "sd3"), ("stable-diffusion-3", "sd3"),
    ("anima", "anima"), ("lumina", "lumina2"), ("qwen", "qwen-image"), ("z-image", "z-image"), ("zimage", "z-image"),
    ("chroma", "chroma"), ("flux", "flux"),
)  # fmt: skip
_TEXT_ENCODER: Final = re.compile(r"^(lora_te1?_|text_encoder\.|text_encoders\.clip_[lh]\.|clip_l\.)")
_SECOND_ENCODER: Final = re.compile(r"^(lora_te2_|text_encoder_2\.|text_encoders\.clip_g\.|clip_g\.)")

MAX_CHARS = 200
MAX_WORDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a LoRA's file says of itself: text by a stranger, bounded and printable, never to be shown unescaped."""

    name: str = ""
    title: str = ""
    base: str = ""  # the model it was trained on
    trigger: str = ""  # the phrase its author says brings it out
    words: tuple[str, ...] = ()  # the tags it was trained with, the most frequent first


def family_of(header: Header) -> str | None:
    """What it was made for, as `Model.takes` names it; None if the file does not tell (it may still fit)."""
    widths = {split(name): info.shape for name, info in header.tensors.items()}
    layers: dict[str, dict[str, tuple[int, ...]]] = {}
    for found, shape in widths.items():
        if found is not None:
            layers.setdefault(found[0], {})[found[1]] = shape
    flat = {stem.replace(".", "_"): roles for stem, roles in layers.items()}
    return _by_layers(flat) or _by_encoders(layers) or _by_metadata(header.metadata)


def _by_layers(layers: Mapping[str, Mapping[str, tuple[int, ...]]]) -> str | None:
    """By the layers of the network that draws."""
    for stem, roles in layers.items():
        if _UNET_TEXT.search(stem) and (width := _width_in(roles)) in _BY_TEXT_WIDTH:
            return _BY_TEXT_WIDTH[width]
    for pattern, family in _BY_LAYER:
        if any(pattern.search(stem) for stem in layers):
            return family
    if family := next(filter(None, (_by_width(stem, roles) for stem, roles in layers.items())), None):
        return family
    if any(_XL_ONLY.search(stem) for stem in layers):
        return "sdxl"
    if any(_FOUR_LEVELS.search(stem) for stem in layers):
        ranks = {len(roles.get("down", ())) for stem, roles in layers.items() if _INTO_TRANSFORMER.search(stem)}
        return {2: "sd21", 4: "sd15"}.get(ranks.pop()) if len(ranks) == 1 else None
    return None


def _by_width(stem: str, roles: Mapping[str, tuple[int, ...]]) -> str | None:
    """By the sizes of a layer whose name several families of transformers have."""
    width, up = _width_in(roles), roles.get("up", ())
    if _REFINED.search(stem):
        if stem.endswith("_qkv") and width and up:
            return "z-image" if up[0] == 3 * width else "lumina2"
        return _BY_REFINED_WIDTH.get(width or 0)
    if (found := _TWO_STREAMS.search(stem)) and width == _QWEN_WIDTH and int(found[1]) >= _FLUX_BLOCKS:
        return "qwen-image"
    # Anima's network attends to words of this width, and to nothing else of the kind.
    return "anima" if width == 1024 and re.search(r"(^|_)transformer_blocks_\d+_attn2_to_[kv]$", stem) else None


def _by_encoders(layers: Mapping[str, Mapping[str, tuple[int, ...]]]) -> str | None:
    """By the text encoders, for a file that changes nothing else that tells."""
    if any(_SECOND_ENCODER.match(stem) for stem in layers):
        return "sdxl"
    for stem, roles in layers.items():
        # Only CLIP has its layers in an `encoder`; other families' are language models.
        if _TEXT_ENCODER.match(stem) and re.search(r"encoder[._]layers[._]\d+[._].*([qkv]_proj|to_[qkv])$", stem):
            # CLIP-L is SDXL's first encoder too; there it is called by number.
            width = _width_in(roles)
            if width == 1024:
                return "sd21"
            if width == 768 and not stem.startswith("lora_te1_"):
                return "sd15"
    return None


def _by_metadata(metadata: Mapping[str, str]) -> str | None:
    for key in ("ss_base_model_version", "modelspec.architecture"):
        said = metadata.get(key, "").lower()
        for beginning, family in _BY_WORD:
            if said.startswith(beginning):
                return family
    return None


def _width_in(roles: Mapping[str, tuple[int, ...]]) -> int | None:
    """How many inputs the layer has, by the shapes of what changes it; None where that does not show."""
    if "hada_t1" in roles or "mid" in roles:
        return None
    for role in ("down", "hada_w1_b", "diff"):
        if len(shape := roles.get(role, ())) >= 2:
            return shape[1]
    outer = roles.get("lokr_w1") or roles.get("lokr_w1_b")
    inner = roles.get("lokr_w2") or roles.get("lokr_w2_b")
    if outer and inner and len(outer) >= 2 and len(inner) >= 2:
        return outer[1] * inner[1]
    return None


def about(metadata: Mapping[str, str]) -> About:
    """What the file says of itself, cut to five fields of 200 characters."""
    return About(
        name=_clean(metadata.get("ss_output_name", "")),
        title=_clean(metadata.get("modelspec.title", "")),
        base=_clean(metadata.get("ss_sd_model_name", "") or metadata.get("ss_base_model_version", "")),
        trigger=_clean(metadata.get("modelspec.trigger_phrase", "")),
        words=_frequent(metadata.get("ss_tag_frequency", "")),
    )


def trigger_words(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """The words that bring a LoRA out, the surest first: its author's phrase, then the tags it has seen most."""
    said = about(metadata)
    phrase = (said.trigger,) if said.trigger else ()
    return tuple(dict.fromkeys((*phrase, *said.words)))[:MAX_WORDS]


def _frequent(text: str) -> tuple[str, ...]:
    """The tags of sd-scripts' `ss_tag_frequency`, at least half as frequent as the first, over all its folders."""
    counts: dict[str, int] = {}
    for tag, count in _counted(text):
        counts[tag] = counts.get(tag, 0) + count
    most = max(counts.values(), default=0)
    ordered = sorted(counts, key=lambda tag: (-counts[tag], tag))
    words: list[str] = []
    for tag in ordered[:MAX_WORDS]:
        if 2 * counts[tag] >= most and sum(map(len, words)) + len(tag) <= MAX_CHARS:
            words.append(tag)
    return tuple(words)


def _counted(text: str) -> Iterator[tuple[str, int]]:
    """Every tag and count in `{folder: {tag: count}}`; nothing at all if it is anything else."""
    try:
        folders: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(folders, dict):
        return
    for tags in folders.values():
        if isinstance(tags, dict):
            for tag, count in tags.items():
                if isinstance(tag, str) and type(count) is int and 0 < count < 1 << 53 and (clean := _clean(tag)):
                    yield clean, count


def _clean(text: str) -> str:
    """Text as one printable line of at most 200 characters."""
    line = " ".join(text[: 4 * MAX_CHARS].split())
    return "".join(character for character in line if character.isprintable())[:MAX_CHARS].strip()
