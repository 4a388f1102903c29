"""Which layer a file means by a name."""

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from inference.models.lora.names import Layer, Part, find, names_of

ATTENTION = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"


def paths_of(module: torch.nn.Module) -> list[str]:
    return [name.rpartition(".")[0] for name, _ in module.named_parameters()]


@pytest.fixture(scope="module")
def xl() -> dict[str, Layer]:
    """The names of a network built like SDXL's, and of both its encoders."""
    text = CLIPTextConfig(
        vocab_size=20, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
        bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(8, 16, 16),
            layers_per_block=2,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 2),  # pyright: ignore[reportArgumentType]
            cross_attention_dim=8,
            attention_head_dim=8,
            norm_num_groups=4,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=16,
        )
        encoders = {Part.TEXT: CLIPTextModel(text), Part.TEXT_2: CLIPTextModelWithProjection(text)}
    modules = {Part.UNET: unet, **encoders}
    return names_of({part: paths_of(module) for part, module in modules.items()}, unet.config)


@pytest.mark.parametrize(
    "stem",
    [
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
        "lycoris_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
        "diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q",
        "base_model.model.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
        "down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q",
        ATTENTION,
    ],
)
def test_one_layer_has_many_names(xl: dict[str, Layer], stem: str) -> None:
    assert find(xl, stem) == Layer(Part.UNET, (ATTENTION,))


@pytest.mark.parametrize(
    ("stem", "path"),
    [
        ("lora_unet_input_blocks_0_0", "conv_in"),
        ("lora_unet_input_blocks_3_0_op", "down_blocks.0.downsamplers.0.conv"),
        ("lora_unet_input_blocks_5_0_in_layers_2", "down_blocks.1.resnets.1.conv1"),
        ("lora_unet_input_blocks_4_0_skip_connection", "down_blocks.1.resnets.0.conv_shortcut"),
        ("lora_unet_input_blocks_4_0_emb_layers_1", "down_blocks.1.resnets.0.time_emb_proj"),
        ("lora_unet_middle_block_1_proj_in", "mid_block.attentions.0.proj_in"),
        ("lora_unet_middle_block_2_out_layers_3", "mid_block.resnets.1.conv2"),
        ("lora_unet_output_blocks_2_2_conv", "up_blocks.0.upsamplers.0.conv"),
        ("lora_unet_output_blocks_5_1_transformer_blocks_1_attn2_to_out_0",
         "up_blocks.1.attentions.2.transformer_blocks.1.attn2.to_out.0"),
        ("unet.up_blocks.1.attentions.2.transformer_blocks.1.attn2.processor.to_out",
         "up_blocks.1.attentions.2.transformer_blocks.1.attn2.to_out.0"),
        ("lora_unet_label_emb_0_2", "add_embedding.linear_2"),
        ("lora_unet_time_embed_0", "time_embedding.linear_1"),
        ("lora_unet_out_2", "conv_out"),
    ],
)  # fmt: skip
def test_the_original_names_are_counted_through(xl: dict[str, Layer], stem: str, path: str) -> None:
    assert find(xl, stem) == Layer(Part.UNET, (path,))


@pytest.mark.parametrize(
    ("stem", "layer"),
    [
        ("lora_te1_text_model_encoder_layers_0_self_attn_q_proj",
         Layer(Part.TEXT, ("encoder.layers.0.self_attn.q_proj",))),
        ("lora_te_text_model_encoder_layers_0_mlp_fc1", Layer(Part.TEXT, ("encoder.layers.0.mlp.fc1",))),
        ("text_encoder.text_model.encoder.layers.0.mlp.fc2", Layer(Part.TEXT, ("encoder.layers.0.mlp.fc2",))),
        ("text_encoder.encoder.layers.0.self_attn.to_out", Layer(Part.TEXT, ("encoder.layers.0.self_attn.out_proj",))),
        ("lora_te2_text_model_encoder_layers_0_self_attn_v_proj",
         Layer(Part.TEXT_2, ("text_model.encoder.layers.0.self_attn.v_proj",))),
        ("text_encoder_2.text_model.encoder.layers.0.self_attn.to_k",
         Layer(Part.TEXT_2, ("text_model.encoder.layers.0.self_attn.k_proj",))),
        ("lora_te2_text_projection", Layer(Part.TEXT_2, ("text_projection",))),
        ("text_encoders.clip_g.transformer.text_model.encoder.layers.0.mlp.fc1",
         Layer(Part.TEXT_2, ("text_model.encoder.layers.0.mlp.fc1",))),
    ],
)  # fmt: skip
def test_both_text_encoders_are_found_whatever_their_paths_begin_with(
    xl: dict[str, Layer], stem: str, layer: Layer
) -> None:
    assert find(xl, stem) == layer


@pytest.mark.parametrize(
    "stem", ["lora_unet_double_blocks_0_img_attn_qkv", "lora_te3_x", "bundle_emb", "vae.conv_in", ""]
)
def test_what_the_model_does_not_have_is_not_found(xl: dict[str, Layer], stem: str) -> None:
    assert find(xl, stem) is None
