"""LoRAs put on a pipeline and taken off again: against a dense merge, against fresh loads, to the bit."""

# A diffusers pipeline's parts are untyped.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.errors import ExtraMismatch, ExtraUnusable
from inference.models.catalog import Catalog, Model
from inference.models.loading import load
from inference.models.lora.file import Lora, read
from inference.models.lora.wardrobe import Wardrobe, Worn
from tests.inference.lora.merging import bits, merged, values
from tests.inference.lora.writing import kohya, lora_tensors, write

CPU = torch.device("cpu")
# Single precision against double precision: weights below 3, changes below 1.
TOLERANCE = 1e-6
STRENGTHS = st.sampled_from([1.0, 0.6, -0.3, 0.0])
KINDS = ["lora", "tucker", "loha", "lokr", "full", "dora"]
OUTFITS = st.lists(st.tuples(st.sampled_from(KINDS), STRENGTHS), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def model(catalog: Catalog) -> Model:
    return catalog.find("genga-mini")


@pytest.fixture(scope="module")
def pipe(model: Model) -> StableDiffusionPipeline:
    return load(model, CPU, torch.float32).pipe


@pytest.fixture
def wardrobe(pipe: StableDiffusionPipeline) -> Iterator[Wardrobe]:
    """A wardrobe; whatever a test leaves worn, the next one finds nothing."""
    wardrobe = Wardrobe(pipe, model="genga-mini", family="sd15")
    yield wardrobe
    wardrobe.take_off()


@pytest.fixture(scope="module")
def loras(pipe: StableDiffusionPipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lora]:
    """A file of every kind, for the network with its convolutions and for the text encoder."""
    folder, made = tmp_path_factory.mktemp("loras"), {}
    for kind in KINDS:
        tensors = lora_tensors(kind, "unet", pipe.unet, kernels=kind != "dora")
        tensors |= lora_tensors(kind, "text_encoder", pipe.text_encoder)
        path = folder / f"{kind}.safetensors"
        made[kind] = read(path, write(path, tensors))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_dense_merge_and_comes_off_without_a_trace(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora], kind: str
) -> None:
    before, expected = bits(pipe), merged(kind, loras[kind], pipe, 0.7, -0.4)
    wardrobe.wear([Worn(name=kind, lora=loras[kind], unet=0.7, text=-0.4)])
    worn = values(pipe)
    assert max(np.abs(worn[name] - expected[name]).max() for name in expected) <= TOLERANCE
    after = bits(pipe)
    assert sum(after[name] != before[name] for name in before) >= len(loras[kind].changes)
    wardrobe.take_off()
    assert bits(pipe) == before


def test_a_strength_of_nothing_leaves_that_network_alone(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora]
) -> None:
    before = bits(pipe)
    wardrobe.wear([Worn(name="a", lora=loras["lora"], unet=1.0, text=0.0)])
    changed = {name for name, fingerprint in bits(pipe).items() if fingerprint != before[name]}
    assert changed
    assert all(name.startswith("unet.") for name in changed)


def test_several_add_up_and_the_order_is_no_matter(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora]
) -> None:
    several = [Worn(name=kind, lora=loras[kind], unet=0.5, text=0.25) for kind in KINDS]
    alone, plain = [], values(pipe)
    for each in several:
        wardrobe.wear([each])
        alone.append(values(pipe))
    wardrobe.wear(several)
    together, once = values(pipe), bits(pipe)
    for name, value in plain.items():
        added = sum((each[name] - value for each in alone), np.zeros_like(value))
        assert np.abs(together[name] - value - added).max() <= len(KINDS) * TOLERANCE
    wardrobe.wear(several[::-1])
    assert bits(pipe) == once


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_comes_back_to_the_bit(model: Model, loras: dict[str, Lora], dtype: torch.dtype) -> None:
    pipe = load(model, CPU, dtype).pipe
    before, wardrobe = bits(pipe), Wardrobe(pipe)
    assert pipe.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    for kind in KINDS:
        wardrobe.wear([Worn(name=kind, lora=loras[kind])])
        assert bits(pipe) != before
        assert pipe.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    wardrobe.take_off()
    assert bits(pipe) == before


@given(outfits=st.lists(OUTFITS, min_size=2, max_size=4))
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_worn_before_a_fresh_load_wears_the_same(
    pipe: StableDiffusionPipeline,
    wardrobe: Wardrobe,
    model: Model,
    loras: dict[str, Lora],
    outfits: list[list[tuple[str, float]]],
) -> None:
    fresh = load(model, CPU, torch.float32).pipe
    plain = bits(fresh)
    worn: list[Worn] = []
    for outfit in outfits:
        worn = [Worn(name=kind, lora=loras[kind], unet=strength) for kind, strength in outfit]
        wardrobe.wear(worn)
    Wardrobe(fresh).wear(worn)
    assert bits(pipe) == bits(fresh)
    wardrobe.take_off()
    assert bits(pipe) == plain


def test_what_was_made_for_another_model_is_said_and_nothing_is_worn(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora], tmp_path: Path
) -> None:
    before = bits(pipe)
    stem = kohya("unet")("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k")
    wide = {f"{stem}.lora_up.weight": torch.ones(640, 2), f"{stem}.lora_down.weight": torch.ones(2, 2048)}
    path = tmp_path / "xl.safetensors"
    xl = read(path, write(path, wide))
    worn = [Worn(name="good", lora=loras["lora"]), Worn(name="pastel-xl", lora=xl)]
    with pytest.raises(ExtraMismatch) as refused:
        wardrobe.wear(worn)
    assert refused.value.english() == (
        "pastel-xl was made for Stable Diffusion XL, but genga-mini is Stable Diffusion 1.5. "
        "Leave it out, or choose a model that it was made for."
    )
    assert bits(pipe) == before


def test_a_layer_that_the_model_lacks_is_another_kind_of_model(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    stem = "lora_unet_down_blocks_7_resnets_0_conv1"
    tensors = {f"{stem}.lora_up.weight": torch.ones(8, 2), f"{stem}.lora_down.weight": torch.ones(2, 8)}
    path = tmp_path / "odd.safetensors"
    with pytest.raises(ExtraMismatch) as refused:
        wardrobe.wear([Worn(name="odd", lora=read(path, write(path, tensors)))])
    assert "odd was made for another kind of model" in refused.value.english()


def test_a_bias_where_the_layer_has_none_does_not_fit(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    path, before = tmp_path / "bias.safetensors", bits(pipe)
    stem = kohya("unet")("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q")
    with pytest.raises(ExtraMismatch):
        wardrobe.wear([Worn(name="bias", lora=read(path, write(path, {f"{stem}.diff_b": torch.ones(16)})))])
    assert bits(pipe) == before


def test_numbers_that_overflow_are_said_and_nothing_is_worn(model: Model, loras: dict[str, Lora]) -> None:
    pipe = load(model, CPU, torch.float16).pipe
    before = bits(pipe)
    with pytest.raises(ExtraUnusable) as refused:
        Wardrobe(pipe).wear([Worn(name="a", lora=loras["lora"], unet=1e7)])
    assert "overflow" in refused.value.english()
    assert bits(pipe) == before


def test_an_outfit_ends_with_its_block_whatever_happens(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora]
) -> None:
    before = bits(pipe)
    with pytest.raises(KeyError), wardrobe.worn([Worn(name="a", lora=loras["lora"])]):
        assert bits(pipe) != before
        raise KeyError
    assert bits(pipe) == before


def test_a_drawing_that_was_given_up_takes_nothing_from_the_next(
    pipe: StableDiffusionPipeline, wardrobe: Wardrobe, loras: dict[str, Lora]
) -> None:
    def drawing(kind: str) -> Generator[None, None, None]:
        with wardrobe.worn([Worn(name=kind, lora=loras[kind])]):
            yield

    given_up, current = drawing("lora"), drawing("loha")
    next(given_up)
    next(current)
    worn = bits(pipe)
    given_up.close()
    assert bits(pipe) == worn


def test_no_copy_is_kept_of_what_is_not_worn(wardrobe: Wardrobe, loras: dict[str, Lora]) -> None:
    wardrobe.wear([Worn(name="a", lora=loras["lora"])])
    worn = wardrobe.copied_bytes
    wardrobe.wear([Worn(name="a", lora=loras["lora"], text=0.0)])
    assert 0 < wardrobe.copied_bytes < worn
    wardrobe.take_off()
    assert wardrobe.copied_bytes == 0
