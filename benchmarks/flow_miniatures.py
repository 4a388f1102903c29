"""Checkpoints of the transformer families in miniature: their real classes and folders, narrow, with random weights.

Nothing here looks at how Genga loads: the folders are written by diffusers' own `save_pretrained`, as their publishers
write theirs.
"""

import logging
from collections.abc import Callable
from pathlib import Path

# The classes annotate lists and optional parts more narrowly than they take them.
# pyright: reportArgumentType=false, reportCallIssue=false, reportPrivateImportUsage=false
import torch
from diffusers import (
    AnimaAutoBlocks,
    AnimaTextConditioner,
    AutoencoderKL,
    AutoencoderKLQwenImage,
    ChromaPipeline,
    ChromaTransformer2DModel,
    CosmosTransformer3DModel,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    ModularPipeline,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from diffusers.guiders import ClassifierFreeGuidance
from transformers import (
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizer,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

Pipe = DiffusionPipeline | ModularPipeline

_WIDTH = 32
_HEAD = 16
_WORDS = "".join(chr(code) for code in range(33, 127))


def write(folder: Path, family: str) -> Path:
    """A whole checkpoint of `family` in `folder`; the same weights every time. KeyError for an unknown family."""
    pipe = stock(family)
    if isinstance(pipe, ModularPipeline):
        pipe.save_pretrained(str(folder), overwrite_modular_index=True)
    else:
        pipe.save_pretrained(folder)
    return folder


def stock(family: str) -> Pipe:
    """The same in memory: diffusers' own pipeline. KeyError for an unknown family."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        pipe = _PIPELINES[family]()
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)  # T5 drops numbers by chance while it is trained
    return pipe


def _anima() -> Pipe:
    logging.getLogger("diffusers").setLevel(logging.ERROR)  # it warns that guiders are new
    pipe = AnimaAutoBlocks().init_pipeline()
    pipe.update_components(
        text_encoder=_qwen3(),
        tokenizer=_qwen_tokenizer(),
        t5_tokenizer=_t5_tokenizer(),
        text_conditioner=AnimaTextConditioner(
            source_dim=_WIDTH, target_dim=_WIDTH, model_dim=_WIDTH, num_layers=1, num_attention_heads=2,
            target_vocab_size=256, min_sequence_length=16,
        ),
        transformer=CosmosTransformer3DModel(
            in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=_HEAD, num_layers=1,
            mlp_ratio=2.0, text_embed_dim=_WIDTH, adaln_lora_dim=8, max_size=(4, 32, 32), patch_size=(1, 2, 2),
            extra_pos_embed_type=None,
        ),
        vae=_qwen_vae(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        guider=ClassifierFreeGuidance(guidance_scale=4.0),
    )  # fmt: skip
    return pipe


def _lumina2() -> Pipe:
    return Lumina2Pipeline(
        transformer=Lumina2Transformer2DModel(
            sample_size=8, patch_size=2, in_channels=4, hidden_size=_WIDTH, num_layers=1, num_refiner_layers=1,
            num_attention_heads=2, num_kv_heads=1, multiple_of=16, axes_dim_rope=(4, 6, 6), axes_lens=(300, 64, 64),
            cap_feat_dim=_WIDTH,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=_flux_vae(latents=4),
        text_encoder=Gemma2Model(
            Gemma2Config(
                vocab_size=256, hidden_size=_WIDTH, intermediate_size=2 * _WIDTH, num_hidden_layers=2,
                num_attention_heads=2, num_key_value_heads=1, head_dim=_HEAD, sliding_window=64,
                max_position_embeddings=512,
            )
        ),
        tokenizer=GemmaTokenizer(vocab=_vocabulary("<pad>", "<eos>", "<bos>", "<unk>", "<mask>"), merges=[]),
    )  # fmt: skip


def _qwen_image() -> Pipe:
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": 256, "hidden_size": _WIDTH, "intermediate_size": 2 * _WIDTH, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 2048,
            "rope_scaling": {"mrope_section": [2, 3, 3], "rope_type": "default", "type": "default"},
            "rope_theta": 1_000_000.0,
        },
        vision_config={
            "depth": 1, "hidden_size": _WIDTH, "intermediate_size": _WIDTH, "num_heads": 2, "out_hidden_size": _WIDTH,
        },
        hidden_size=_WIDTH, vision_end_token_id=1, vision_start_token_id=1, vision_token_id=1, image_token_id=1,
        video_token_id=1,
    )  # fmt: skip
    return QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, shift=1.0, shift_terminal=0.02,
            base_image_seq_len=256, max_image_seq_len=8192, time_shift_type="exponential",
        ),
        vae=_qwen_vae(),
        text_encoder=Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=_qwen_tokenizer(),
        transformer=QwenImageTransformer2DModel(
            patch_size=2, in_channels=64, out_channels=16, num_layers=1, attention_head_dim=_HEAD,
            num_attention_heads=2, joint_attention_dim=_WIDTH, axes_dims_rope=(4, 6, 6),
        ),
    )  # fmt: skip


def _z_image() -> Pipe:
    tokenizer = _qwen_tokenizer()
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message.content }}{% endfor %}{% if add_generation_prompt %}:{% endif %}"
    )
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_flux_vae(latents=16),
        text_encoder=_qwen3(),
        tokenizer=tokenizer,
        transformer=ZImageTransformer2DModel(
            in_channels=16, dim=_WIDTH, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=_WIDTH,
            axes_dims=[4, 6, 6], axes_lens=[1024, 64, 64],
        ),
    )  # fmt: skip


def _chroma() -> Pipe:
    config = T5Config(
        vocab_size=256, d_model=_WIDTH, d_kv=_HEAD, d_ff=2 * _WIDTH, num_layers=1, num_heads=2, is_encoder_decoder=False
    )
    return ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_flux_vae(latents=16),
        text_encoder=T5EncoderModel(config),
        tokenizer=_t5_tokenizer(),
        transformer=ChromaTransformer2DModel(
            in_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=_HEAD, num_attention_heads=2,
            joint_attention_dim=_WIDTH, axes_dims_rope=(4, 6, 6), approximator_num_channels=8,
            approximator_hidden_dim=_WIDTH, approximator_layers=1,
        ),
    )  # fmt: skip


def _flux_vae(latents: int) -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16), layers_per_block=1, latent_channels=latents, norm_num_groups=4,
        sample_size=64, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip


def _qwen_vae() -> AutoencoderKLQwenImage:
    return AutoencoderKLQwenImage(base_dim=8, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1)


def _qwen3() -> Qwen3Model:
    return Qwen3Model(
        Qwen3Config(
            vocab_size=256, hidden_size=_WIDTH, intermediate_size=2 * _WIDTH, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, head_dim=_HEAD, max_position_embeddings=1024,
        )
    )  # fmt: skip


def _vocabulary(*special: str) -> dict[str, int]:
    pieces = [*special, *_WORDS, "Ġ", "▁", "Ċ"]
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def _qwen_tokenizer() -> Qwen2Tokenizer:
    return Qwen2Tokenizer(vocab=_vocabulary("<|endoftext|>", "<|im_start|>", "<|im_end|>"), merges=[])


def _t5_tokenizer() -> T5Tokenizer:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in _WORDS)]
    return T5Tokenizer(vocab=pieces, extra_ids=0)


_PIPELINES: dict[str, Callable[[], Pipe]] = {
    "anima": _anima,
    "lumina2": _lumina2,
    "qwen-image": _qwen_image,
    "z-image": _z_image,
    "chroma": _chroma,
}
FAMILIES = tuple(_PIPELINES)
