"""Our loop's latents against diffusers' own pipelines, family by family, in single precision."""

# A diffusers pipeline returns a union of everything it may return, and its parts are untyped.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# ruff: noqa: ANN401

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import StableDiffusionInpaintPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_img2img import (
    StableDiffusionXLImg2ImgPipeline,
)
from PIL import Image

from inference.engine import image_to_image, text_to_image
from inference.pixels import Pixels
from inference.request import DrawRequest, Sampler
from tests.inference.conftest import MakeRequest
from tests.inference.stock import TOLERANCE, apart, checkpoint_of, quiet, theirs, with_network
from tests.miniature import miniature_xl

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning"),
]

ZERO_SNR = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """These tensors are too small to be shared out."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def xl() -> StableDiffusionXLPipeline:
    pipe = miniature_xl()
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def sd(miniature: Path) -> StableDiffusionPipeline:
    pipe = StableDiffusionPipeline.from_pretrained(miniature, safety_checker=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def picture() -> Pixels:
    dice = np.random.default_rng(3)
    coarse = Image.fromarray(dice.integers(0, 256, (6, 6, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((96, 64), Image.Resampling.BICUBIC))


@pytest.fixture(autouse=True)
def never_trained() -> Iterator[None]:
    with torch.inference_mode():
        yield


def ours(pipe: Any, request: DrawRequest, picture: Pixels | None = None, seed: int | None = None) -> torch.Tensor:
    checkpoint, seed = checkpoint_of(pipe), request.seed if seed is None else seed
    if picture is None:
        return text_to_image.draw_latents(checkpoint, request, seed, quiet())
    return image_to_image.draw_latents(checkpoint, request, seed, quiet(), picture=picture)


@pytest.mark.parametrize(("sampler", "negative"), [
    (Sampler.EULER, ""), (Sampler.EULER_A, "hat"), (Sampler.DPMPP_2M_KARRAS, ""), (Sampler.DPMPP_2M_SDE, "hat"),
    (Sampler.DDIM, "hat"), (Sampler.HEUN, ""), (Sampler.UNIPC, "hat"), (Sampler.LCM, "hat"),
])  # fmt: skip
def test_sdxl_from_words_is_what_the_stock_pipeline_draws(
    sampler: Sampler, negative: str, xl: StableDiffusionXLPipeline, make_request: MakeRequest
) -> None:
    request = make_request(sampler=sampler, negative=negative, steps=4, width=96, height=64)
    assert apart(ours(xl, request), theirs(xl, request)) <= TOLERANCE


@pytest.mark.parametrize("sampler", [Sampler.EULER_A, Sampler.DPMPP_2M, Sampler.DDIM])
def test_sdxl_from_a_picture_is_what_the_stock_pipeline_draws(
    sampler: Sampler, xl: StableDiffusionXLPipeline, picture: Pixels, make_request: MakeRequest
) -> None:
    request = make_request(sampler=sampler, negative="hat", steps=6, strength=0.7, image="a" * 64, width=96, height=64)
    pipe = StableDiffusionXLImg2ImgPipeline(**xl.components, add_watermarker=False)
    pipe.set_progress_bar_config(disable=True)
    stock = theirs(pipe, request, image=Image.fromarray(picture), strength=0.7)
    assert apart(ours(xl, request, picture), stock) <= TOLERANCE


@pytest.mark.parametrize("sampler", [Sampler.EULER, Sampler.DPMPP_2M, Sampler.DDIM])
def test_v_prediction_with_zero_terminal_snr_and_rescaled_guidance_is_what_the_stock_pipeline_draws(
    sampler: Sampler, make_request: MakeRequest
) -> None:
    pipe = miniature_xl(**ZERO_SNR)
    pipe.set_progress_bar_config(disable=True)
    request = make_request(sampler=sampler, negative="hat", steps=5, guidance_rescale=0.7)
    stock = theirs(pipe, request, guidance_rescale=0.7)
    # Steps from a noise level of 4096 round in the fourth place.
    assert apart(ours(pipe, request), stock) <= 5 * TOLERANCE
    assert apart(ours(pipe, replace(request, guidance_rescale=0.0)), stock) > 0.01


@pytest.mark.parametrize(("clip_skip", "stock_skip"), [(1, None), (2, None), (3, 1)])
def test_clip_skip_2_is_what_sdxl_does_anyway(
    clip_skip: int, stock_skip: int | None, xl: StableDiffusionXLPipeline, make_request: MakeRequest
) -> None:
    # Without guidance: the stock pipeline skips layers for the prompt alone, and never for the negative one.
    request = make_request(sampler=Sampler.EULER, guidance=1.0, steps=3, clip_skip=clip_skip)
    assert apart(ours(xl, request), theirs(xl, request, clip_skip=stock_skip)) <= TOLERANCE


@pytest.mark.parametrize("clip_skip", [1, 2])
@pytest.mark.parametrize("rescale", [0.0, 0.5])
def test_sd_with_clip_skip_and_rescaled_guidance_is_what_the_stock_pipeline_draws(
    clip_skip: int, rescale: float, sd: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    request = make_request(
        sampler=Sampler.EULER_A, negative="hat", steps=4, clip_skip=clip_skip, guidance_rescale=rescale, width=96
    )
    pipe = sd
    if clip_skip > 1:
        # diffusers' own clip_skip looks for an attribute that transformers 5 no longer has.
        shorter = copy.deepcopy(sd.text_encoder)
        del shorter.encoder.layers[-1]
        pipe = StableDiffusionPipeline(**{**sd.components, "text_encoder": shorter}, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
    assert apart(ours(sd, request), theirs(pipe, request, guidance_rescale=rescale)) <= TOLERANCE


def test_every_picture_of_a_request_is_the_one_of_its_own_seed(
    xl: StableDiffusionXLPipeline, make_request: MakeRequest
) -> None:
    request = make_request(sampler=Sampler.EULER_A, negative="hat", steps=3, count=2)
    both = theirs(
        xl, request, num_images_per_prompt=2,
        generator=[torch.Generator().manual_seed(request.seed + index) for index in range(2)],
    )  # fmt: skip
    for index in range(2):
        assert apart(ours(xl, request, seed=request.seed + index), both[index : index + 1]) <= TOLERANCE


def test_an_inpainting_checkpoint_draws_from_words_as_if_everything_were_masked(
    sd: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    request = make_request(sampler=Sampler.EULER, negative="hat", steps=4)
    pipe = StableDiffusionInpaintPipeline(**with_network(sd, in_channels=9), requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    anything = Image.effect_noise((64, 64), 80).convert("RGB")
    stock = theirs(pipe, request, image=anything, mask_image=Image.new("L", (64, 64), 255), strength=1.0)
    assert apart(ours(pipe, request), stock) <= TOLERANCE


def test_a_checkpoint_for_instructions_draws_from_words_with_no_picture_beside(
    sd: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    pipe = StableDiffusionPipeline(**with_network(sd, in_channels=8), requires_safety_checker=False)
    request = make_request(sampler=Sampler.EULER, steps=4)
    latents = ours(pipe, request)
    assert latents.shape == (1, 4, 8, 8)
    assert latents.isfinite().all()


def test_a_latent_consistency_model_is_told_the_guidance_scale(
    sd: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    request = make_request(sampler=Sampler.LCM, negative="hat", steps=4, guidance=8.0)
    pipe = StableDiffusionPipeline(**with_network(sd, time_cond_proj_dim=9), requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    stock = theirs(pipe, request)
    assert apart(ours(pipe, request), stock) <= TOLERANCE
    assert apart(ours(pipe, replace(request, guidance=2.0)), stock) > 0.01
