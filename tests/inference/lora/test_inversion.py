"""Words that stand for vectors of their own while a request is drawn."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from transformers import CLIPTextModelWithProjection

from inference.errors import BadWeights
from inference.models.catalog import Catalog
from inference.models.loading import load
from inference.models.lora.inversion import Inversion, known, read, tokens_of
from inference.models.lora.names import Part
from tests.inference.lora.writing import random, write

WIDTH = 32


@pytest.fixture(scope="module")
def pipe(catalog: Catalog) -> StableDiffusionPipeline:
    return load(catalog.find("genga-mini"), torch.device("cpu"), torch.float32).pipe


def inversion_from(folder: Path, tensors: Mapping[str, torch.Tensor], word: str = "EasyNegative") -> Inversion:
    path = folder / "embedding.safetensors"
    return read(path, write(path, tensors), word)


@pytest.mark.parametrize("name", ["emb_params", "string_to_param.*", "<cat-toy>"])
def test_the_forms_people_share_are_read(tmp_path: Path, name: str) -> None:
    vectors = random(3, WIDTH, seed=1)
    made = inversion_from(tmp_path, {name: vectors})
    assert made.word == "easynegative"
    assert made.vectors.keys() == {Part.TEXT}
    assert torch.equal(made.vectors[Part.TEXT], vectors)


def test_a_single_vector_may_lie_flat(tmp_path: Path) -> None:
    assert inversion_from(tmp_path, {"<toy>": random(WIDTH, seed=1)}).vectors[Part.TEXT].shape == (1, WIDTH)


def test_sdxl_s_files_hold_vectors_for_both_encoders(tmp_path: Path, pipe: StableDiffusionPipeline) -> None:
    made = inversion_from(tmp_path, {"clip_l": random(2, 32, seed=1), "clip_g": random(2, 48, seed=2)})
    assert {part: vectors.shape for part, vectors in made.vectors.items()} == {Part.TEXT: (2, 32), Part.TEXT_2: (2, 48)}
    assert not made.fits(pipe)


@pytest.mark.parametrize(
    "tensors",
    [
        {"clip_l": torch.ones(2, 32), "clip_g": torch.ones(3, 48)},
        {"clip_l": torch.ones(2, 32), "other": torch.ones(2, 32)},
        {"emb_params": torch.ones(2, 2, 32)},
        {"emb_params": torch.ones(300, 32)},
        {"emb_params": torch.full((2, 32), torch.nan)},
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    with pytest.raises(BadWeights):
        inversion_from(tmp_path, tensors)


def test_a_word_s_vectors_are_looked_up_like_tokens(tmp_path: Path, pipe: StableDiffusionPipeline) -> None:
    encoder, vectors = pipe.text_encoder, random(2, WIDTH, seed=3)
    made = inversion_from(tmp_path, {"emb_params": vectors})
    assert made.fits(pipe)
    table = encoder.get_input_embeddings()
    before = table.weight.clone()
    size = table.num_embeddings
    ids = torch.tensor([[3, size, size + 1, 5]])
    with torch.no_grad():
        by_hand = torch.stack([before[3], *vectors, before[5]])[None]
        with known(pipe, [made]):
            assert tokens_of(encoder) == {"easynegative": (size, size + 1)}
            looked_up = encoder.get_input_embeddings()(ids)
            states = encoder(ids).last_hidden_state
        assert torch.equal(looked_up, by_hand)
        # The encoder of transformers takes no vectors, so the reference lends it a longer table.
        longer = torch.nn.Embedding.from_pretrained(torch.cat([before, vectors]))
        encoder.set_input_embeddings(longer)
        try:
            assert torch.equal(states, encoder(ids).last_hidden_state)
        finally:
            encoder.set_input_embeddings(table)
    assert tokens_of(encoder) == {}
    assert encoder.get_input_embeddings() is table
    assert torch.equal(table.weight, before)


def test_several_words_get_tokens_one_behind_the_other(tmp_path: Path, pipe: StableDiffusionPipeline) -> None:
    one = inversion_from(tmp_path, {"emb_params": random(2, WIDTH, seed=1)}, "one")
    two = inversion_from(tmp_path, {"emb_params": random(3, WIDTH, seed=2)}, "Two")
    size = pipe.text_encoder.get_input_embeddings().num_embeddings
    with known(pipe, [one, two]):
        assert tokens_of(pipe.text_encoder) == {
            "one": (size, size + 1),
            "two": (size + 2, size + 3, size + 4),
        }


def test_half_precision_tables_give_half_precision_vectors(tmp_path: Path, catalog: Catalog) -> None:
    pipe = load(catalog.find("genga-mini"), torch.device("cpu"), torch.float16).pipe
    made = inversion_from(tmp_path, {"emb_params": random(1, WIDTH, seed=1)})
    with known(pipe, [made]), torch.no_grad():
        (token,) = tokens_of(pipe.text_encoder)["easynegative"]
        assert pipe.text_encoder.get_input_embeddings()(torch.tensor([[token]])).dtype is torch.float16


def test_a_drawing_that_was_given_up_leaves_no_words_to_the_next(tmp_path: Path, pipe: StableDiffusionPipeline) -> None:
    made = inversion_from(tmp_path, {"emb_params": random(1, WIDTH, seed=1)})
    given_up, current = known(pipe, [made]), known(pipe, [])
    given_up.__enter__()
    with current:
        assert tokens_of(pipe.text_encoder) == {}
        given_up.__exit__(None, None, None)
        assert tokens_of(pipe.text_encoder) == {}


def test_an_encoder_with_a_projection_is_told_the_same_way(pipe: StableDiffusionPipeline) -> None:
    second = CLIPTextModelWithProjection(pipe.text_encoder.config)
    both = SimpleNamespace(text_encoder=pipe.text_encoder, text_encoder_2=second)
    made = Inversion(word="x", vectors={Part.TEXT: random(1, 32, seed=1), Part.TEXT_2: random(1, 32, seed=2)})
    assert made.fits(both)
    with known(both, [made]):
        assert tokens_of(second)
    assert tokens_of(second) == {}
