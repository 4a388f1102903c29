"""Networks that overflow in half precision: what is drawn all the same, and what is left as it was."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from torch import nn

from inference.engine import text_to_image
from inference.engine.chance import Chance
from inference.engine.diffusion import Diffusion
from inference.engine.latents import encoded_picture
from inference.engine.precision import drawn_in_what_it_takes
from inference.engine.watch import Watch
from inference.errors import Overflowed
from inference.models.catalog import load_catalog
from inference.models.loading import Checkpoint
from inference.pixels import Pixels
from inference.request import DrawRequest, Sampler
from tests.inference.conftest import MakeRequest

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

# Weights that half precision can hold, and sums of them that it cannot: the norm behind them makes them small again.
TOO_LOUD = 3e4


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """These tensors are too small to be shared out."""
    torch.set_num_threads(1)


@pytest.fixture
def half(miniature: Path) -> Checkpoint:
    """The miniature in half precision, as a GPU has it."""
    pipe = StableDiffusionPipeline.from_pretrained(
        miniature, dtype=torch.float16, safety_checker=None, requires_safety_checker=False
    )
    for part in (pipe.unet, pipe.vae, pipe.text_encoder):
        part.eval().requires_grad_(False)
    return Checkpoint(
        model=load_catalog().models["genga-mini"], pipe=pipe, device=torch.device("cpu"), dtype=torch.float16,
        preview=torch.zeros(5, 3),
    )  # fmt: skip


@torch.inference_mode()
def draw(checkpoint: Checkpoint, request: DrawRequest) -> tuple[Pixels, list[int]]:
    """The picture, and the steps as they were reported."""
    reported: list[int] = []
    watch = Watch(lambda _p, step, *_: reported.append(step), lambda: False, steps=9, preview_interval_s=0)
    picture = drawn_in_what_it_takes(
        checkpoint, lambda present: text_to_image.draw(present, request, request.seed, watch), watch
    )
    return picture, reported


def loud(convolution: nn.Conv2d) -> None:
    """Bring its weights up to the most that half precision takes."""
    weight = convolution.weight.data
    weight.copy_(weight.float().abs() * TOO_LOUD / weight.float().abs().max())


def single(checkpoint: Checkpoint, *names: str) -> Checkpoint:
    """Another checkpoint, whose parts of these names are in single precision, with the same weights."""
    pipe = checkpoint.pipe
    parts: dict[str, Any] = {**pipe.components}
    for name in names:
        kind = type(parts[name])
        copied = kind(parts[name].config) if name == "text_encoder" else kind.from_config(parts[name].config)
        copied.load_state_dict(parts[name].state_dict())
        parts[name] = copied.float().eval().requires_grad_(False)
    dtype = torch.float32 if "unet" in names else checkpoint.dtype
    return replace(checkpoint, pipe=StableDiffusionPipeline(**parts, requires_safety_checker=False), dtype=dtype)


def test_a_vae_that_overflows_decodes_in_single_precision_from_then_on(
    half: Checkpoint, make_request: MakeRequest
) -> None:
    loud(half.pipe.vae.decoder.conv_in)
    exact = single(half, "vae")
    request = make_request(sampler=Sampler.EULER, steps=1)
    picture, _ = draw(half, request)
    assert half.pipe.vae.dtype is torch.float32
    assert not any(weight.is_inference() for weight in half.pipe.vae.parameters())
    assert picture.std() > 5
    assert picture.tobytes() == draw(exact, request)[0].tobytes()
    assert draw(half, request)[0].tobytes() == picture.tobytes()


def test_a_vae_that_overflows_encodes_in_single_precision(half: Checkpoint, make_request: MakeRequest) -> None:
    loud(half.pipe.vae.encoder.conv_in)
    white = np.full((64, 64, 3), 255, np.uint8)
    with torch.inference_mode():
        latents = encoded_picture(half, white, Chance(make_request(), 1, half.device))
    assert latents.isfinite().all()
    assert half.pipe.vae.dtype is torch.float32


def test_a_network_that_overflows_draws_once_more_in_single_precision_and_is_as_it_was(
    half: Checkpoint, make_request: MakeRequest
) -> None:
    loud(half.pipe.unet.conv_in)
    exact = single(half, "unet", "text_encoder")
    before = {name: weight.clone() for name, weight in half.pipe.unet.state_dict().items()}
    request = make_request(sampler=Sampler.EULER, steps=1)
    picture, reported = draw(half, request)
    assert picture.std() > 5
    assert picture.tobytes() == draw(exact, request)[0].tobytes()
    assert reported == [0, 0, 1, 0, 0, 1, 1]
    after = half.pipe.unet.state_dict()
    assert all(
        torch.equal(weight, after[name]) and weight.dtype == after[name].dtype for name, weight in before.items()
    )


def test_numbers_that_are_none_in_any_precision_end_in_a_sentence(half: Checkpoint, make_request: MakeRequest) -> None:
    half.pipe.unet.conv_in.weight.data[0] = torch.nan
    with pytest.raises(Overflowed, match="no numbers") as raised:
        draw(half, make_request(steps=1))
    assert "overflowed" in raised.value.english()
    assert half.pipe.unet.dtype is torch.float16


def test_weights_that_are_brought_bit_by_bit_are_not_widened(half: Checkpoint, make_request: MakeRequest) -> None:
    loud(half.pipe.unet.conv_in)
    half.pipe.unet.mid_block._hf_hook = object()
    with pytest.raises(Overflowed):
        draw(half, make_request(steps=1))


def test_the_engine_s_own_checkpoints_go_this_way(miniature: Path, make_request: MakeRequest) -> None:
    model = replace(load_catalog().models["genga-mini"], path=str(miniature), min_side=64)
    engine = Diffusion(threads=1)
    request = make_request(steps=1)
    checkpoint = engine.checkpoint(model)
    checkpoint.pipe.unet.conv_in.weight.data[0] = torch.nan
    with pytest.raises(Overflowed):
        list(engine.draw(request, model, {}, Watch(lambda *_: None, lambda: False, steps=4, preview_interval_s=0)))
