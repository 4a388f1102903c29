"""The shipped model is a real, small Stable Diffusion that stock diffusers loads and draws with."""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from transformers import CLIPTextModel, CLIPTokenizer

from mini import judge
from mini.artist import GROUPS, attributes, compose, draw
from mini.drawing import SHIPPED
from mini.train.vae import to_pixels, to_tensor

# diffusers' schedulers make arrays of tensors in a way that NumPy 2 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    made = DiffusionPipeline.from_pretrained(SHIPPED)
    made.set_progress_bar_config(disable=True)
    assert isinstance(made, StableDiffusionPipeline)
    return made


def _tensors(file: Path) -> dict[str, dict[str, str]]:
    """A safetensors file's header."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    return header


def test_all_weights_are_half_precision_and_small() -> None:
    files = list(SHIPPED.rglob("*.safetensors"))
    assert len(files) == 3
    for file in files:
        assert file.stat().st_size <= 15e6
        assert {tensor["dtype"] for tensor in _tensors(file).values()} <= {"F16", "I64"}
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*") if file.is_file()) <= 26e6
    assert judge.SHIPPED.stat().st_size <= 2e6


def test_the_parts_are_stock_classes_of_the_promised_size(pipeline: StableDiffusionPipeline) -> None:
    assert type(pipeline.unet) is UNet2DConditionModel
    assert type(pipeline.vae) is AutoencoderKL
    assert type(pipeline.text_encoder) is CLIPTextModel
    assert isinstance(pipeline.tokenizer, CLIPTokenizer)
    assert pipeline.safety_checker is None
    assert sum(p.numel() for p in pipeline.unet.parameters()) <= 7.1e6
    assert pipeline.vae_scale_factor == 8
    assert pipeline.vae.config["latent_channels"] == 4


def test_it_draws_with_few_steps_the_same_from_the_same_seed(pipeline: StableDiffusionPipeline) -> None:
    def drawn(seed: int) -> np.ndarray:
        noise = torch.Generator("cpu").manual_seed(seed)
        made = pipeline("1girl, blue hair", num_inference_steps=4, generator=noise, output_type="np")
        return np.asarray(made.images)

    first, again, other = drawn(1), drawn(1), drawn(2)
    assert first.shape == (1, 256, 256, 3)
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 0.02
    assert first.std() > 0.1


def test_every_tag_is_a_few_whole_words_and_any_other_text_survives(pipeline: StableDiffusionPipeline) -> None:
    tokenizer = pipeline.tokenizer
    for tags in GROUPS.values():
        for tag in tags:
            assert all(token.endswith("</w>") for token in tokenizer.tokenize(tag)), tag
    for text in ("a zyzzyva in 2026", "été 日本 🎨"):
        numbers = tokenizer(text).input_ids
        assert "".join(tokenizer.decode(numbers[1:-1]).split()) == "".join(text.split())
    assert tokenizer("x " * 200, truncation=True, max_length=77).input_ids[-1] == tokenizer.eos_token_id


def test_the_older_vocabulary_files_say_the_same(pipeline: StableDiffusionPipeline) -> None:
    folder = SHIPPED / "tokenizer"
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    assert vocabulary == {word: n for word, n in pipeline.tokenizer.get_vocab().items() if word in vocabulary}
    assert (folder / "merges.txt").read_text(encoding="utf-8").startswith("#version")


def test_the_autoencoder_gives_pictures_back(pipeline: StableDiffusionPipeline) -> None:
    pixels = np.stack([draw(compose(1_000_000_000 + seed)).pixels for seed in range(3)])
    images = to_tensor(pixels, torch.device("cpu"))
    with torch.no_grad():
        latents = pipeline.vae.encode(images).latent_dist.mean
        back = to_pixels(pipeline.vae.decode(latents).sample)
    assert np.abs(back.astype(float) - pixels).mean() < 8
    assert 0.8 < float(latents.std()) * pipeline.vae.config["scaling_factor"] < 1.25


def test_the_judge_recognises_the_artists_pictures() -> None:
    scenes = [compose(1_000_000_500 + seed) for seed in range(24)]
    found = judge.look(judge.load(), np.stack([draw(scene).pixels for scene in scenes]))
    for group in (
        "subject", "hair_color", "hair_style", "eye_color", "expression", "garment", "garment_color", "background"
    ):  # fmt: skip
        right = sum(answer[group] == attributes(scene)[group] for answer, scene in zip(found, scenes, strict=True))
        assert right >= 20, group
