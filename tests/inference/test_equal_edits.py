"""Instructions and inpainting against diffusers' own pipelines, and what stays of a picture, in single precision."""

# A diffusers pipeline returns a union of everything it may return, and its parts are untyped.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import StableDiffusionInpaintPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix import (
    StableDiffusionInstructPix2PixPipeline,
)
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint import (
    StableDiffusionXLInpaintPipeline,
)
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_instruct_pix2pix import (
    StableDiffusionXLInstructPix2PixPipeline,
)
from PIL import Image

from inference.engine import inpaint, instruct
from inference.masks import Mask
from inference.pixels import Pixels
from inference.request import Sampler
from tests.inference.conftest import MakeRequest
from tests.inference.stock import TOLERANCE, apart, checkpoint_of, quiet, theirs, with_network
from tests.miniature import miniature_xl

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning"),
]
WIDTH, HEIGHT = 96, 64


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """These tensors are too small to be shared out."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def never_trained() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def xl() -> StableDiffusionXLPipeline:
    return miniature_xl()


@pytest.fixture(scope="module")
def sd(miniature: Path) -> StableDiffusionPipeline:
    return StableDiffusionPipeline.from_pretrained(miniature, safety_checker=None, requires_safety_checker=False)


@pytest.fixture(scope="module")
def picture() -> Pixels:
    dice = np.random.default_rng(3)
    coarse = Image.fromarray(dice.integers(0, 256, (6, 6, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def mask() -> Mask:
    found = np.zeros((HEIGHT, WIDTH), np.float32)
    found[16:48, 24:72] = 1
    return found


@pytest.mark.parametrize(("family", "sampler", "keeping"), [
    ("sd", Sampler.EULER_A, 1.5), ("sd", Sampler.DPMPP_2M, 1.0), ("sd", Sampler.DDIM, 2.2), ("xl", Sampler.EULER, 1.5),
])  # fmt: skip
def test_an_instruction_makes_what_the_stock_pipeline_makes(
    family: str, sampler: Sampler, keeping: float, request: pytest.FixtureRequest, picture: Pixels,
    make_request: MakeRequest,
) -> None:  # fmt: skip
    parts = with_network(request.getfixturevalue(family), in_channels=8)
    if family == "sd":
        pipe: Any = StableDiffusionInstructPix2PixPipeline(**parts, requires_safety_checker=False)
    else:
        parts = {name: part for name, part in parts.items() if name not in ("image_encoder", "feature_extractor")}
        pipe = StableDiffusionXLInstructPix2PixPipeline(**parts, add_watermarker=False)
    asked = make_request(prompt="make it night", sampler=sampler, negative="hat", steps=4, width=WIDTH, height=HEIGHT)
    size = {"width": WIDTH, "height": HEIGHT} if family == "xl" else {}
    stock = theirs(pipe, asked, image=Image.fromarray(picture), image_guidance_scale=keeping, **size)
    latents = instruct.draw_latents(checkpoint_of(pipe), asked, asked.seed, quiet(), picture=picture, keeping=keeping)
    assert apart(latents, stock) <= TOLERANCE
    other = instruct.draw_latents(checkpoint_of(pipe), asked, asked.seed, quiet(), picture=picture, keeping=keeping + 1)
    assert apart(other, stock) > 100 * TOLERANCE


@pytest.mark.parametrize(("family", "channels", "sampler", "strength"), [
    ("sd", 9, Sampler.EULER_A, 1.0), ("sd", 9, Sampler.DPMPP_2M, 0.7), ("sd", 4, Sampler.DDIM, 1.0),
    ("sd", 4, Sampler.EULER, 0.6), ("xl", 9, Sampler.EULER, 0.9), ("xl", 4, Sampler.DPMPP_2M_KARRAS, 0.7),
])  # fmt: skip
def test_inpainting_makes_what_the_stock_pipeline_makes(
    family: str, channels: int, sampler: Sampler, strength: float, request: pytest.FixtureRequest, picture: Pixels,
    mask: Mask, make_request: MakeRequest,
) -> None:  # fmt: skip
    kinds: dict[str, Any] = {"sd": StableDiffusionInpaintPipeline, "xl": StableDiffusionXLInpaintPipeline}
    more = {"requires_safety_checker": False} if family == "sd" else {"add_watermarker": False}
    pipe = kinds[family](**with_network(request.getfixturevalue(family), in_channels=channels), **more)
    asked = make_request(
        sampler=sampler, negative="hat", steps=5, width=WIDTH, height=HEIGHT, image="a" * 64, strength=strength
    )
    stock = theirs(
        pipe, asked, image=Image.fromarray(picture), mask_image=Image.fromarray((mask * 255).astype(np.uint8)),
        strength=strength, width=WIDTH, height=HEIGHT,
    )  # fmt: skip
    latents = inpaint.draw_latents(checkpoint_of(pipe), asked, asked.seed, quiet(), picture=picture, mask=mask)
    assert apart(latents, stock) <= TOLERANCE
    other = inpaint.draw_latents(checkpoint_of(pipe), asked, asked.seed, quiet(), picture=picture, mask=1 - mask)
    assert apart(other, stock) > 100 * TOLERANCE


@pytest.mark.parametrize("channels", [4, 9])
def test_outside_a_soft_mask_every_pixel_stays(
    channels: int, sd: StableDiffusionPipeline, picture: Pixels, mask: Mask, make_request: MakeRequest
) -> None:
    soft = np.asarray(
        Image.fromarray((mask * 255).astype(np.uint8)).resize((12, 8)).resize((WIDTH, HEIGHT)), np.float32
    )
    soft = soft / 255
    asked = make_request(steps=2, width=WIDTH, height=HEIGHT, image="a" * 64, strength=1.0)
    checkpoint = checkpoint_of(
        StableDiffusionPipeline(**with_network(sd, in_channels=channels), requires_safety_checker=False)
    )
    after = inpaint.draw(checkpoint, asked, asked.seed, quiet(), picture=picture, mask=soft)
    assert (soft == 0).any() and ((soft > 0) & (soft < 1)).any()
    assert np.array_equal(after[soft == 0], picture[soft == 0])
    assert (after[soft == 1] != picture[soft == 1]).any()


def test_a_picture_and_its_mask_are_cut_alike(picture: Pixels) -> None:
    large = np.asarray(Image.fromarray(picture).resize((300, 100)))
    bright = (large[..., 0] > 128).astype(np.float32)
    cut = inpaint.fitted(large, 64, 64)
    assert np.abs(inpaint.fitted_mask(bright, 64, 64) - (cut[..., 0] > 128)).mean() < 0.06
