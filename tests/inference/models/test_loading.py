"""Checkpoints in every form an operator has them, loaded without a network and held against diffusers' own pipeline."""

# A pipeline's parts are untyped.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.key_lists import TEXT_WIDTH
from benchmarks.miniatures import Facts, Form, stock, write
from inference.models.catalog import Model, load_catalog
from inference.models.loading import Checkpoint, load

CPU = torch.device("cpu")
# Single precision on one processor; our memory layout of the convolutions rounds their sums another way.
TOLERANCE = 1e-4

stocked = cache(stock)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this narrow are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("miniatures")


def entry(family: str, path: Path, **facts: Any) -> Model:  # noqa: ANN401
    """A catalogue's entry for the files at `path`."""
    plain = load_catalog().models["genga-mini"]
    return replace(plain, name="mini", family=family, path=str(path), **facts)


@torch.inference_mode()
def assert_same_parts(family: str, ours: Any, theirs: Any, tolerance: float = TOLERANCE) -> None:  # noqa: ANN401
    """Every network of both pipelines gives the same numbers for the same input."""
    dice = torch.Generator().manual_seed(5)
    latents = torch.randn(1, theirs.unet.config["in_channels"], 8, 8, generator=dice)
    text = torch.randn(1, 77, TEXT_WIDTH[family], generator=dice)
    pooled = torch.randn(1, 64, generator=dice)
    sizes = torch.tensor([[64.0, 64, 0, 0, 64, 64]])
    more = {"added_cond_kwargs": {"text_embeds": pooled, "time_ids": sizes}} if family == "sdxl" else {}
    unets = [pipe.unet(latents, 500, text, return_dict=False, **more)[0] for pipe in (ours, theirs)]
    torch.testing.assert_close(*unets, atol=tolerance, rtol=0)
    pictures = [pipe.vae.decode(latents[:, :4], return_dict=False)[0] for pipe in (ours, theirs)]
    torch.testing.assert_close(*pictures, atol=tolerance, rtol=0)
    assert ours.vae.config["scaling_factor"] == theirs.vae.config["scaling_factor"]
    moments = [pipe.vae.encode(pictures[0], return_dict=False)[0].mean for pipe in (ours, theirs)]
    torch.testing.assert_close(*moments, atol=tolerance, rtol=0)
    for part in ("text_encoder", "text_encoder_2") if family == "sdxl" else ("text_encoder",):
        ids = [pipe.tokenizer("a photo of a cat!", return_tensors="pt").input_ids for pipe in (ours, theirs)]
        states = [getattr(pipe, part)(ids[0], output_hidden_states=True) for pipe in (ours, theirs)]
        torch.testing.assert_close(states[0].hidden_states[-2], states[1].hidden_states[-2], atol=tolerance, rtol=0)
        torch.testing.assert_close(states[0][0], states[1][0], atol=tolerance, rtol=0)
        assert torch.equal(*ids)


def loaded(family: str, path: Path, **facts: Any) -> Checkpoint:  # noqa: ANN401
    return load(entry(family, path, **facts), CPU)


@pytest.mark.parametrize("family", ["sd15", "sd21", "sdxl"])
@pytest.mark.parametrize("form", [Form.SINGLE, Form.FOLDER])
def test_a_checkpoint_in_either_form_is_the_one_that_diffusers_builds(family: str, form: Form, folder: Path) -> None:
    oddities = Facts(oddities=form is Form.SINGLE)  # which files carry and no model has
    checkpoint = loaded(family, write(folder, family, form, oddities))
    assert_same_parts(family, checkpoint.pipe, stocked(family))
    assert checkpoint.pipe.scheduler.config["prediction_type"] == "epsilon"
    assert not any(parameter.requires_grad for parameter in checkpoint.pipe.unet.parameters())
