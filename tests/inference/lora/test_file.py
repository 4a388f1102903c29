"""What a LoRA's file may hold, and what it says of itself."""

import json
from pathlib import Path

import pytest
import torch

from inference.errors import BadWeights
from inference.models.header import CHECKPOINT, UPLOAD, Header, TensorInfo, read_header
from inference.models.lora.family import about, family_of, trigger_words
from inference.models.lora.file import LoraFiles, read
from inference.models.lora.keys import Kind, pieces
from tests.inference.lora.writing import tag_frequency, write

STEM = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
PAIR = {f"{STEM}.lora_up.weight": torch.ones(8, 2), f"{STEM}.lora_down.weight": torch.ones(2, 8)}


def header(**shapes: tuple[int, ...]) -> Header:
    """A header that lists such tensors; a dot in a name is written as two underscores here."""
    return Header({name.replace("__", "."): TensorInfo("F16", shape, 0, 0) for name, shape in shapes.items()})


def refusal(tensors: dict[str, torch.Tensor], folder: Path) -> str:
    """The sentence with which a file of these tensors is refused."""
    path = folder / "bad.safetensors"
    sha256 = write(path, tensors)
    with pytest.raises(BadWeights) as refused:
        read(path, sha256)
    return refused.value.english()


def test_a_file_is_read_layer_by_layer(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    sha256 = write(path, PAIR | {f"{STEM}.alpha": torch.tensor(1.0), "bundle_emb.word.string_to_param": torch.ones(3)})
    lora = read(path, sha256, UPLOAD)
    (change,) = lora.changes
    assert (change.stem, change.kind, set(change.tensors)) == (STEM, Kind.LORA, {"up", "down", "alpha"})
    assert torch.equal(change.tensors["up"], PAIR[f"{STEM}.lora_up.weight"])


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({f"{STEM}.lora_up.weight": torch.ones(8, 2)}, "something is missing"),
        ({f"{STEM}.hada_w1_a": torch.ones(8, 2), f"{STEM}.hada_w1_b": torch.ones(2, 8)}, "something is missing"),
        (PAIR | {"somebody.else": torch.ones(1)}, "no part of a LoRA"),
        (PAIR | {f"{STEM}.lora_A.weight": torch.ones(2, 8)}, "no part of a LoRA"),
        (PAIR | {f"{STEM}.oft_blocks": torch.ones(2, 4, 4)}, "in a way I do not know"),
        ({"model.diffusion_model.out.2.weight": torch.ones(4, 8)}, "it is no LoRA"),
        ({"emb_params": torch.ones(2, 8)}, "it is no LoRA"),
        (PAIR | {f"{STEM}.lora_down.weight": torch.ones(3, 8)}, "do not go together"),
        (PAIR | {f"{STEM}.lora_up.weight": torch.ones(8)}, "do not go together"),
        (PAIR | {f"{STEM}.alpha": torch.ones(2)}, "do not go together"),
        (PAIR | {f"{STEM}.lora_mid.weight": torch.ones(3, 2, 3, 3)}, "do not go together"),
        ({f"{STEM}.lora_up.weight": torch.ones(8, 2000), f"{STEM}.lora_down.weight": torch.ones(2000, 8)}, "together"),
        (PAIR | {f"{STEM}.alpha": torch.tensor(float("nan"))}, "NaN"),
        (PAIR | {f"{STEM}.lora_up.weight": torch.tensor([[1.0, float("inf")]] * 8)}, "NaN"),
        (PAIR | {f"{STEM}.lora_up.weight": torch.full((8, 2), 3e4)}, "far too large"),
    ],
)
def test_what_is_no_lora_of_ours_is_refused_in_one_sentence(
    tmp_path: Path, tensors: dict[str, torch.Tensor], words: str
) -> None:
    assert words in refusal(tensors, tmp_path)


def test_a_file_that_is_not_the_one_that_was_chosen_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    write(path, PAIR)
    with pytest.raises(BadWeights, match="changed"):
        read(path, "0" * 64)


def test_a_file_is_read_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path, files = tmp_path / "one.safetensors", LoraFiles()
    sha256 = write(path, PAIR)
    assert files.read(path, sha256) is files.read(path, sha256)
    write(path, {name: 2 * tensor for name, tensor in PAIR.items()} | {f"{STEM}.alpha": torch.tensor(1.0)})
    with pytest.raises(BadWeights, match="changed"):
        files.read(path, sha256)


def test_what_was_not_used_for_the_longest_time_makes_room(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.safetensors" for n in range(3)]
    hashes = [write(path, {name: n * tensor for name, tensor in PAIR.items()}) for n, path in enumerate(paths, 1)]
    files = LoraFiles(limit_bytes=300)  # two of them
    first, second = (files.read(paths[n], hashes[n]) for n in (0, 1))
    assert files.read(paths[0], hashes[0]) is first
    files.read(paths[2], hashes[2])
    assert files.read(paths[0], hashes[0]) is first
    assert files.read(paths[1], hashes[1]) is not second


def test_alpha_may_stand_in_diffusers_description(tmp_path: Path) -> None:
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
    pair = {f"{layer}.lora_B.weight": torch.ones(8, 4), f"{layer}.lora_A.weight": torch.ones(4, 8)}
    for said, alpha in (
        ({"unet.lora_alpha": 2}, 2.0),
        ({"unet.lora_alpha": 2, "unet.use_rslora": True}, 4.0),
        ({"unet.lora_alpha": 2, "unet.alpha_pattern": {"attn1.to_q": 3}}, 3.0),
        ({"text_encoder.lora_alpha": 2}, None),
    ):
        path = tmp_path / "peft.safetensors"
        sha256 = write(path, pair, {"lora_adapter_metadata": json.dumps(said)})
        found = read(path, sha256).changes[0].tensors.get("alpha")
        assert (None if found is None else float(found)) == alpha


@pytest.mark.parametrize(
    ("shapes", "family"),
    [
        ({f"{STEM[:-6]}2_to_k__lora_down__weight": (4, 768)}, "sd15"),
        ({f"{STEM[:-6]}2_to_k__lora_down__weight": (4, 1024)}, "sd21"),
        ({f"{STEM[:-6]}2_to_v__lora_down__weight": (4, 2048)}, "sdxl"),
        ({f"{STEM[:-6]}2_to_k__hada_w1_b": (4, 2048)}, "sdxl"),
        ({f"{STEM[:-6]}2_to_k__lokr_w1": (8, 16), f"{STEM[:-6]}2_to_k__lokr_w2_b": (4, 128)}, "sdxl"),
        ({f"{STEM[:-6]}2_to_k__diff": (1280, 768)}, "sd15"),
        ({"unet__mid_block__attentions__0__transformer_blocks__0__attn2__to_k__lora_A__weight": (4, 2048)}, "sdxl"),
        ({"lora_unet_middle_block_1_transformer_blocks_7_ff_net_2__lora_down__weight": (4, 5120)}, "sdxl"),
        ({"lora_te2_text_model_encoder_layers_0_mlp_fc1__lora_down__weight": (4, 1280)}, "sdxl"),
        ({"lora_te_text_model_encoder_layers_0_self_attn_q_proj__lora_down__weight": (4, 768)}, "sd15"),
        ({"lora_te_text_model_encoder_layers_0_self_attn_q_proj__lora_down__weight": (4, 1024)}, "sd21"),
        ({"lora_unet_blocks_3_cross_attn_q_proj__lora_down__weight": (4, 2048)}, "anima"),
        ({"diffusion_model__layers__3__attention__qkv__lora_A__weight": (4, 2304)}, "lumina2"),
        ({"diffusion_model__layers__3__attention__qkv__lora_A__weight": (4, 3840)}, "z-image"),
        ({"diffusion_model__layers__3__attention__qkv__lora_B__weight": (96, 4),
          "diffusion_model__layers__3__attention__qkv__lora_A__weight": (4, 32)}, "z-image"),
        ({"transformer__layers__3__attn__to_q__lora_A__weight": (4, 32)}, "lumina2"),
        ({"layers__3__attention__to_q__lokr_w1": (4, 4), "layers__3__attention__to_q__lokr_w2": (8, 8)}, "z-image"),
        ({"lora_unet_layers_3_feed_forward_w1__lora_down__weight": (4, 2304)}, "lumina2"),
        ({"transformer__transformer_blocks__3__attn2__to_k__lora_A__weight": (4, 1024)}, "anima"),
        ({"transformer__transformer_blocks__3__norm2__linear_1__lora_A__weight": (4, 2048)}, "anima"),
        ({"transformer__transformer_blocks__3__img_mlp__net__2__lora_A__weight": (4, 12288)}, "qwen-image"),
        ({"transformer__transformer_blocks__30__attn__add_q_proj__lora_A__weight": (4, 3072)}, "qwen-image"),
        ({"transformer__transformer_blocks__3__attn__add_q_proj__lora_A__weight": (4, 3072)}, None),
        ({"lora_unet_distilled_guidance_layer_in_proj__lora_down__weight": (4, 64)}, "chroma"),
        ({"lora_unet_double_blocks_3_img_attn_qkv__lora_down__weight": (4, 3072)}, None),
        ({"lora_unet_double_blocks_3_img_mod_lin__lora_down__weight": (4, 3072)}, "flux"),
        ({"transformer__single_transformer_blocks__3__norm__linear__lora_A__weight": (4, 3072)}, "flux"),
        ({"lora_te_layers_0_self_attn_q_proj__lora_down__weight": (4, 1024)}, None),
        ({"lora_unet_mid_block_resnets_0_conv1__lora_down__weight": (4, 1280, 3, 3)}, None),
        # Narrow models are of the same build.
        ({"lora_unet_down_blocks_0_attentions_1_proj_in__lora_down__weight": (4, 32, 1, 1)}, "sd15"),
        ({"lora_unet_output_blocks_11_1_proj_out__lora_down__weight": (4, 32, 1, 1)}, "sd15"),
        ({"lora_unet_up_blocks_3_attentions_1_proj_in__lora_down__weight": (4, 32)}, "sd21"),
        ({"lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_ff_net_2__lora_down__weight": (4, 32)}, None),
        ({"lora_unet_output_blocks_1_1_proj_in__lora_down__weight": (4, 32)}, "sdxl"),
        ({"lora_unet_output_blocks_2_1_conv__lora_down__weight": (4, 32, 3, 3)}, None),
    ],
)  # fmt: skip
def test_the_family_shows_in_the_sizes_of_layers(shapes: dict[str, tuple[int, ...]], family: str | None) -> None:
    assert family_of(header(**shapes)) == family


def test_a_file_whose_layers_do_not_tell_may_say_its_family() -> None:
    silent = {"lora_unet_mid_block_resnets_0_conv1.diff": TensorInfo("F16", (8, 8, 3, 3), 0, 0)}
    assert family_of(Header(silent, {"ss_base_model_version": "sdxl_base_v1-0"})) == "sdxl"
    assert family_of(Header(silent, {"modelspec.architecture": "stable-diffusion-v1/lora"})) == "sd15"
    for said, family in (("chroma", "chroma"), ("flux1", "flux"), ("lumina2", "lumina2"), ("anima-unknown", "anima")):
        shared = {"lora_unet_single_blocks_3_linear1.lora_down.weight": TensorInfo("F16", (4, 3072), 0, 0)}
        assert family_of(Header(shared, {"ss_base_model_version": said})) == family
    assert family_of(Header(silent, {"ss_base_model_version": "of my own"})) is None


def test_trigger_words_are_the_author_s_phrase_and_what_was_seen_most() -> None:
    metadata = tag_frequency(a={"1girl": 90, "miku": 100, "smile": 30}, b={"miku": 20, "blue hair": 61})
    assert trigger_words(metadata) == ("miku", "1girl", "blue hair")
    assert trigger_words(metadata | {"modelspec.trigger_phrase": "hatsune miku"})[0] == "hatsune miku"
    assert trigger_words({}) == ()


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "3", '{"a": 3}', '{"a": {"b": "c", "d": true, "e": -1, "f": NaN}}', "[" * 90_000]
)
def test_a_stranger_s_metadata_breaks_nothing(text: str) -> None:
    assert trigger_words({"ss_tag_frequency": text}) == ()


def test_a_stranger_s_metadata_is_cut_and_cleaned() -> None:
    said = about(
        {"ss_output_name": "x" * 5000, "modelspec.title": "two\nlines\u202e\x00", "ss_sd_model_name": " a  b "}
        | tag_frequency(a={f"tag {n}\n": 100 for n in range(500)})
    )
    assert said.name == "x" * 200
    assert said.title == "two lines"
    assert said.base == "a b"
    assert len(said.words) <= 20
    assert sum(map(len, said.words)) <= 200


def test_both_rules_read_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    write(path, PAIR)
    assert pieces(read_header(path, UPLOAD)) == pieces(read_header(path, CHECKPOINT))
