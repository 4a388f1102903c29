"""What a file is, by the names and shapes that real ones have."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.key_lists import UNET, VAE, full, narrow
from inference.errors import BadWeights
from inference.models.catalog import Prediction, Spacing
from inference.models.header import Header, TensorInfo
from inference.models.recognise import Found, Kind, recognise, recognise_file
from tests.weights import write_weights


def header_of(shapes: Mapping[str, Sequence[int]], metadata: Mapping[str, str] | None = None) -> Header:
    """A header of such tensors; where they lie is nobody's question here."""
    return Header({name: TensorInfo("F16", tuple(shape), 0, 0) for name, shape in shapes.items()}, metadata or {})


def told(shapes: Mapping[str, Sequence[int]], metadata: Mapping[str, str] | None = None) -> Found:
    return recognise(header_of(shapes, metadata))


@pytest.mark.parametrize("family", ["sd15", "sd21", "sdxl"])
def test_a_checkpoint_is_of_its_family_at_any_width(family: str) -> None:
    for shapes in (full(family), narrow(family)):
        found = told(shapes)
        assert (found.kind, found.family, found.channels) == (Kind.CHECKPOINT, family, 4)
        assert found.has_vae and found.has_text
        assert (found.prediction, found.zero_terminal_snr, found.spacing) == (None, None, None)


@pytest.mark.parametrize("family", ["sd15", "sd21", "sdxl"])
def test_inpainting_and_instructions_are_seen_by_the_first_layer(family: str) -> None:
    assert told(narrow(family, channels=9)).channels == 9
    assert told(narrow(family, channels=8)).channels == 8


def test_a_file_may_hold_the_unet_alone() -> None:
    alone = {name: shape for name, shape in full("sdxl").items() if name.startswith(UNET)}
    for shapes in (alone, {name.removeprefix(UNET): shape for name, shape in alone.items()}):
        found = told(shapes)
        assert (found.kind, found.family, found.channels) == (Kind.CHECKPOINT, "sdxl", 4)
        assert not found.has_vae and not found.has_text


def test_the_refiner_is_no_sdxl() -> None:
    # Its UNet has a fourth level, its only text tower is the large one.
    deeper = {
        f"{UNET}input_blocks.9.0.op.weight": (1280, 1280, 3, 3),
        "conditioner.embedders.0.model.ln_final.bias": (1280,),
    }
    base = {name: shape for name, shape in full("sdxl").items() if not name.startswith("conditioner.")}
    assert told(base | deeper).family == "sdxl-refiner"


@pytest.mark.parametrize(
    ("markers", "metadata", "prediction", "zero_terminal_snr"),
    [
        (("v_pred",), {}, Prediction.V, None),
        (("v_pred", "ztsnr"), {}, Prediction.V, True),
        ((), {"modelspec.prediction_type": "v"}, Prediction.V, None),
        ((), {"modelspec.prediction_type": "epsilon"}, Prediction.EPSILON, None),
        ((), {"modelspec.architecture": "stable-diffusion-v2-768-v"}, Prediction.V, None),
        ((), {"ss_v_parameterization": "True", "ss_zero_terminal_snr": "True"}, Prediction.V, True),
        (("v_pred",), {"modelspec.prediction_type": "epsilon"}, Prediction.V, None),  # the marker is for loaders
        ((), {"modelspec.prediction_type": "whatever"}, None, None),
    ],
)
def test_marker_keys_and_metadata_say_what_is_predicted(
    markers: Sequence[str],
    metadata: Mapping[str, str],
    prediction: Prediction | None,
    zero_terminal_snr: bool | None,
) -> None:
    found = told(dict(narrow("sdxl")) | dict.fromkeys(markers, (0,)), metadata)
    assert (found.prediction, found.zero_terminal_snr) == (prediction, zero_terminal_snr)
    assert found.spacing is (Spacing.TRAILING if zero_terminal_snr else None)
    assert not found.edm


def test_edm_is_told_apart() -> None:
    found = told(dict(narrow("sdxl")) | {"edm_vpred.sigma_max": (), "edm_vpred.sigma_min": ()})
    assert found.edm and found.prediction is Prediction.V


def test_a_vae_is_one_in_either_layout_and_with_a_prefix() -> None:
    whole = {name: shape for name, shape in full("sd15").items() if name.startswith(VAE)}
    bare = {name.removeprefix(VAE): shape for name, shape in whole.items()}
    assert {told(shapes).kind for shapes in (whole, bare, bare | {"loss.logvar": ()})} == {Kind.VAE}


BLOCK = "attentions_0_transformer_blocks_0_attn2_to_k"
LORAS = {
    "kohya, SD1.5": ({f"lora_unet_down_blocks_0_{BLOCK}.lora_down.weight": (8, 768)}, "sd15"),
    "kohya, SDXL": ({"lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": (8, 2048)}, "sdxl"),
    "diffusers, SD2": ({"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 1024)},
                       "sd21"),
    "LoHa": ({f"lora_unet_mid_block_{BLOCK}.hada_w1_b": (4, 768)}, "sd15"),
    "text encoders only": ({"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (4, 1280)}, "sdxl"),
}  # fmt: skip


@pytest.mark.parametrize("name", LORAS)
def test_a_lora_is_one_and_of_the_family_its_shapes_fit(name: str) -> None:
    shapes, family = LORAS[name]
    stem = next(iter(shapes)).split(".lora")[0]
    found = told(dict(shapes) | {f"{stem}.alpha": ()})
    assert (found.kind, found.family) == (Kind.LORA, family)


def test_an_embedding_is_as_wide_as_the_text_encoder_it_was_trained_for() -> None:
    assert told({"emb_params": (8, 768)}).family == "sd15"
    assert told({"string_to_param.*": (4, 1024)}).family == "sd21"
    assert told({"<cat-toy>": (768,)}).family == "sd15"
    both = told({"clip_l": (8, 768), "clip_g": (8, 1280)})
    assert (both.kind, both.family) == (Kind.EMBEDDING, "sdxl")
    assert told({"a": (3, 700)}).kind is Kind.UNKNOWN


CONTROLNETS = {
    "old names": ({"control_model.input_hint_block.0.weight": (16, 3, 3, 3),
                   "control_model.input_blocks.1.1.proj_in.weight": (320, 320, 1, 1)}, "sd15"),
    "diffusers": ({"controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
                   "down_blocks.1.attentions.0.proj_in.weight": (640, 640), "conv_in.weight": (320, 4, 3, 3),
                   "add_embedding.linear_1.weight": (1280, 2816), "mid_block.resnets.0.norm1.weight": (1,)}, "sdxl"),
    "a control LoRA": ({"lora_controlnet": (), "input_blocks.0.0.up": (1, 1)}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTROLNETS)
def test_a_controlnet_is_no_checkpoint(name: str) -> None:
    shapes, family = CONTROLNETS[name]
    assert (told(shapes).kind, told(shapes).family) == (Kind.CONTROLNET, family)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("net.llm_adapter.blocks.0.cross_attn.q_proj.weight", "anima"),
        ("model.diffusion_model.cap_embedder.0.weight", "lumina2"),
        ("model.diffusion_model.cap_pad_token", "z-image"),
        ("transformer_blocks.0.img_mod.1.weight", "qwen-image"),
        ("distilled_guidance_layer.in_proj.bias", "chroma"),
        ("model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale", "flux"),
        ("model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.weight", "sd3"),
    ],
)
def test_transformers_are_named_by_what_only_they_have(name: str, family: str) -> None:
    found = told({name: (8, 8), "model.diffusion_model.x_embedder.weight": (8, 8)})
    assert (found.kind, found.family) == (Kind.CHECKPOINT, family)


def test_an_upscaler_is_nothing_we_know() -> None:
    assert told({"conv_first.weight": (64, 3, 3, 3), "body.0.rdb1.conv1.weight": (32, 64, 3, 3)}).kind is Kind.UNKNOWN


def write_json(path: Path, **listed: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(listed), encoding="utf-8")


def test_a_folder_is_what_its_configuration_says(tmp_path: Path) -> None:
    write_json(tmp_path / "model_index.json", _class_name="StableDiffusionXLPipeline")
    write_json(tmp_path / "unet" / "config.json", addition_embed_type="text_time", in_channels=9,
               use_linear_projection=True)  # fmt: skip
    write_json(tmp_path / "scheduler" / "scheduler_config.json", prediction_type="v_prediction",
               rescale_betas_zero_snr=True, timestep_spacing="trailing")  # fmt: skip
    found = recognise_file(tmp_path)
    assert (found.kind, found.family, found.channels) == (Kind.CHECKPOINT, "sdxl", 9)
    assert (found.prediction, found.zero_terminal_snr, found.spacing) == (Prediction.V, True, Spacing.TRAILING)
    assert not found.has_vae and not found.has_text


def test_novelai_s_open_weights_have_no_index_and_perhaps_no_configuration(tmp_path: Path) -> None:
    weights = {
        name.removeprefix(UNET): ("F16", shape) for name, shape in narrow("sd15").items() if name.startswith(UNET)
    }
    (tmp_path / "unet").mkdir()
    (tmp_path / "vae").mkdir()
    write_weights(tmp_path / "unet" / "diffusion_pytorch_model.safetensors", weights)
    found = recognise_file(tmp_path)
    assert (found.kind, found.family, found.has_vae, found.has_text) == (Kind.CHECKPOINT, "sd15", True, False)
    write_json(tmp_path / "unet" / "config.json", cross_attention_dim=768)
    assert recognise_file(tmp_path).family == "sd15"


@pytest.mark.parametrize(
    ("pipeline", "family"),
    [("AnimaModularPipeline", "anima"), ("Lumina2Pipeline", "lumina2"), ("ZImagePipeline", "z-image"),
     ("QwenImageEditPlusPipeline", "qwen-image"), ("ChromaPipeline", "chroma"), ("StableDiffusion3Pipeline", "sd3")],
)  # fmt: skip
def test_a_folder_of_a_transformer_is_named(tmp_path: Path, pipeline: str, family: str) -> None:
    write_json(tmp_path / "model_index.json", _class_name=pipeline)
    assert recognise_file(tmp_path).family == family


@pytest.mark.parametrize("nonsense", [[], {}, ["epsilon"], 5, True, None])
def test_a_schedule_that_says_something_else_than_words_says_nothing(tmp_path: Path, nonsense: object) -> None:
    write_json(tmp_path / "unet" / "config.json", in_channels=nonsense, down_block_types=nonsense)
    write_json(tmp_path / "scheduler" / "scheduler_config.json", prediction_type=nonsense, timestep_spacing=nonsense)
    found = recognise_file(tmp_path)
    assert (found.family, found.prediction, found.spacing) == ("sd15", None, None)


def test_a_folder_that_says_nothing_or_nonsense(tmp_path: Path) -> None:
    assert recognise_file(tmp_path).kind is Kind.UNKNOWN
    write_json(tmp_path / "config.json", _class_name="AutoencoderKL")
    assert recognise_file(tmp_path).kind is Kind.VAE
    for text in ("[1]", "nonsense", "[" * 100_000):
        (tmp_path / "model_index.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadWeights) as caught:
            recognise_file(tmp_path)
        assert "garbled" in caught.value.english()
