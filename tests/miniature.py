"""A Stable Diffusion in miniature with random weights: the real classes and files, for tests that need no sense in
the picture and cannot wait for one."""

from dataclasses import replace
from pathlib import Path

# diffusers annotates lists of blocks as tuples of one, and transformers its token ids as anything.
# pyright: reportArgumentType=false
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from inference.models.catalog import Catalog, load_catalog

_WIDTH = 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.:()"


def build_miniature(folder: Path, *, prediction_type: str = "epsilon", seed: int = 7) -> Path:
    """Write a whole checkpoint into `folder`; the same weights every time for the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tokenizer = _tokenizer()
        pipe = StableDiffusionPipeline(
            vae=_vae(),
            text_encoder=_text_encoder(tokenizer),
            tokenizer=tokenizer,
            unet=_unet(),
            scheduler=DDIMScheduler(
                beta_start=0.00085,
                beta_end=0.012,
                beta_schedule="scaled_linear",
                clip_sample=False,
                set_alpha_to_one=False,
                steps_offset=1,
                prediction_type=prediction_type,
            ),
            safety_checker=None,
            feature_extractor=None,
            image_encoder=None,
            requires_safety_checker=False,
        )
    pipe.save_pretrained(folder)
    return folder


def build_miniature_xl(folder: Path, *, seed: int = 8) -> Path:
    """Write a whole SDXL into `folder`; the same weights every time for the same seed."""
    miniature_xl(seed=seed).save_pretrained(folder)
    return folder


def miniature_xl(*, seed: int = 8, **scheduler: object) -> StableDiffusionXLPipeline:
    """An SDXL in memory: two text encoders, a pooled vector, and a network that is told of sizes."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tokenizer, other = _tokenizer(), _tokenizer()
        trained = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
        return StableDiffusionXLPipeline(
            vae=_vae(scaling_factor=0.13025),
            text_encoder=_text_encoder(tokenizer, layers=4),
            text_encoder_2=CLIPTextModelWithProjection(_text_config(other, width=2 * _WIDTH, layers=4)),
            tokenizer=tokenizer,
            tokenizer_2=other,
            unet=_unet_xl(),
            scheduler=EulerDiscreteScheduler(**{**trained, "timestep_spacing": "leading", **scheduler}),
            add_watermarker=False,
        )


def catalog_with(folder: Path) -> Catalog:
    """The real catalogue, but `genga-mini` is the checkpoint in `folder` and may draw as small as 64 px."""
    entry = load_catalog().models["genga-mini"]
    return Catalog({"genga-mini": replace(entry, path=str(folder), min_side=64)})


def _tokenizer() -> CLIPTokenizer:
    """Every word is spelt letter by letter."""
    marks = ["<|startoftext|>", "<|endoftext|>"]
    pieces = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS), *marks]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _text_encoder(tokenizer: CLIPTokenizer, *, layers: int = 2) -> CLIPTextModel:
    return CLIPTextModel(_text_config(tokenizer, width=_WIDTH, layers=layers))


def _text_config(tokenizer: CLIPTokenizer, *, width: int, layers: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _vae(*, scaling_factor: float = 0.18215) -> AutoencoderKL:
    return AutoencoderKL(
        scaling_factor=scaling_factor,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        mid_block_add_attention=False,
    )


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=_WIDTH,
        attention_head_dim=8,
        norm_num_groups=8,
    )


def _unet_xl() -> UNet2DConditionModel:
    """Both encoders' hidden states side by side, and the pooled vector with six numbers about the size."""
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        cross_attention_dim=3 * _WIDTH,
        attention_head_dim=(2, 4),
        norm_num_groups=8,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 2 * _WIDTH,
    )
