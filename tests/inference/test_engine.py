"""The denoising loop against diffusers' own pipelines, in this process, with the miniature checkpoint."""

# A diffusers pipeline returns a union of everything it may return.
# pyright: reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportOptionalMemberAccess=false

import copy
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import StableDiffusionImg2ImgPipeline
from PIL import Image

from inference import metadata
from inference.engine import image_to_image
from inference.engine.diffusion import Diffusion
from inference.engine.watch import Watch
from inference.errors import BadWeights, Cancelled, DrawingFailed, ModelMissing
from inference.messages import Phase
from inference.models.catalog import Catalog, Model
from inference.models.loading import load, pick_device
from inference.pixels import Pixels, checked, from_png, to_png
from inference.request import DrawRequest, Sampler
from inference.sampling import make_scheduler
from tests.inference.conftest import MakeRequest
from tests.miniature import build_miniature, catalog_with

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning"),
]

Draw = Callable[..., list[Pixels]]
# Ours and the stock pipeline run the same operations in single precision. They differ by the memory layout of the
# convolutions alone, whose sums round differently; after 8-bit rounding that is at most one step, seldom seen.
TOLERANCE = 1
# The pipelines ask TCD for no noise at all; its paper (arXiv:2402.19159) and its own default are 0.3.
AS_THE_SAMPLER_LIKES = {Sampler.TCD: {"eta": 0.3}}


@pytest.fixture(scope="module")
def engine() -> Diffusion:
    return Diffusion(threads=1)


@pytest.fixture(scope="module")
def model(catalog: Catalog) -> Model:
    return catalog.find("genga-mini")


@pytest.fixture(scope="module")
def draw(engine: Diffusion, model: Model) -> Draw:
    """A function that draws a request with the real engine, here."""

    def draw(
        request: DrawRequest, inputs: Mapping[str, bytes] | None = None, watch: Watch | None = None
    ) -> list[Pixels]:
        quiet = Watch(lambda *_: None, lambda: False, steps=engine.steps(request), preview_interval_s=0)
        return list(engine.draw(request, model, inputs or {}, watch or quiet))

    return draw


@pytest.fixture(scope="module")
def stock(miniature: Path) -> StableDiffusionPipeline:
    pipe = StableDiffusionPipeline.from_pretrained(miniature, safety_checker=None, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module")
def source() -> Pixels:
    """A soft coloured picture to draw from."""
    dice = np.random.default_rng(3)
    coarse = Image.fromarray(dice.integers(0, 256, (6, 6, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((64, 64), Image.Resampling.BICUBIC))


def difference(ours: Pixels, theirs: Pixels) -> int:
    return int(np.abs(ours.astype(int) - theirs.astype(int)).max())


@pytest.mark.parametrize(("sampler", "guidance"), [*((each, 5.0) for each in Sampler), (Sampler.EULER_A, 1.0)])
def test_text_to_image_is_what_the_stock_pipeline_draws(
    sampler: Sampler, guidance: float, draw: Draw, stock: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    request = make_request(sampler=sampler, guidance=guidance, steps=5, negative="hat", width=80, seed=5)
    [ours] = draw(request)
    scheduler = stock.scheduler
    stock.scheduler = make_scheduler(sampler, scheduler)
    try:
        theirs = stock(
            request.prompt, negative_prompt="hat", width=80, height=64, num_inference_steps=5, guidance_scale=guidance,
            generator=torch.Generator("cpu").manual_seed(5), output_type="np", **AS_THE_SAMPLER_LIKES.get(sampler, {}),
        ).images[0]  # fmt: skip
    finally:
        stock.scheduler = scheduler
    assert ours.shape == (64, 80, 3)
    assert ours.std() > 5
    assert difference(ours, (theirs * 255).round().astype(np.uint8)) <= TOLERANCE


# PLMS: diffusers' pipeline loses a step, see test_sampling.py.
@pytest.mark.parametrize("sampler", [each for each in Sampler if each is not Sampler.PLMS])
def test_image_to_image_is_what_the_stock_pipeline_draws(
    sampler: Sampler, draw: Draw, stock: StableDiffusionPipeline, make_request: MakeRequest, source: Pixels
) -> None:
    request = make_request(sampler=sampler, steps=6, strength=0.7, image="a" * 64, seed=5)
    [ours] = draw(request, {"a" * 64: to_png(source, {})})
    parts = {**stock.components, "scheduler": make_scheduler(sampler, stock.scheduler)}
    pipe = StableDiffusionImg2ImgPipeline(**parts, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    theirs = pipe(
        request.prompt, image=Image.fromarray(source), strength=0.7, num_inference_steps=6, guidance_scale=5.0,
        generator=torch.Generator("cpu").manual_seed(5), output_type="np", **AS_THE_SAMPLER_LIKES.get(sampler, {}),
    ).images[0]  # fmt: skip
    assert difference(ours, (theirs * 255).round().astype(np.uint8)) <= TOLERANCE


def test_clip_skip_2_is_a_text_encoder_without_its_last_layer(
    draw: Draw, stock: StableDiffusionPipeline, make_request: MakeRequest
) -> None:
    # diffusers' own clip_skip looks for an attribute that transformers 5 no longer has.
    request = make_request(sampler=Sampler.DDIM, clip_skip=2, steps=3)
    [ours] = draw(request)
    shorter = copy.deepcopy(stock.text_encoder)
    del shorter.encoder.layers[-1]
    theirs = StableDiffusionPipeline(**{**stock.components, "text_encoder": shorter}, requires_safety_checker=False)(
        request.prompt, width=64, height=64, num_inference_steps=3, guidance_scale=5.0,
        generator=torch.Generator("cpu").manual_seed(request.seed), output_type="np",
    ).images[0]  # fmt: skip
    assert difference(ours, (theirs * 255).round().astype(np.uint8)) <= TOLERANCE
    assert difference(ours, draw(make_request(sampler=Sampler.DDIM, steps=3))[0]) > TOLERANCE


def test_the_same_request_is_the_same_bytes_whatever_was_drawn_before(
    draw: Draw, make_request: MakeRequest, source: Pixels
) -> None:
    request = make_request(sampler=Sampler.EULER_A)
    [alone] = draw(request)
    draw(make_request(width=96, sampler=Sampler.UNIPC, guidance=1.0))
    draw(make_request(strength=0.3, image="b" * 64), {"b" * 64: to_png(source, {})})
    with pytest.raises(Cancelled):
        draw(make_request(), watch=Watch(lambda *_: None, lambda: True, steps=4, preview_interval_s=0))
    assert draw(request)[0].tobytes() == alone.tobytes()


def test_each_picture_of_a_request_can_be_drawn_alone(draw: Draw, make_request: MakeRequest) -> None:
    three = draw(make_request(count=3))
    assert difference(three[0], three[1]) > 5
    [alone] = draw(make_request(seed=13))
    assert three[2].tobytes() == alone.tobytes()


def test_a_picture_says_how_to_draw_it_again(draw: Draw, make_request: MakeRequest, source: Pixels) -> None:
    request = make_request(prompt="1girl, 青い髪", count=2, strength=0.5, image="c" * 64, parent="d" * 64)
    inputs = {"c" * 64: to_png(source, {})}
    second = draw(request, inputs)[1]
    png = to_png(second, metadata.chunks(request, 1))
    again = metadata.read(png)
    assert again == replace(request, seed=12, count=1, parent=None)
    assert draw(again, inputs)[0].tobytes() == from_png(png).tobytes() == second.tobytes()


def test_a_v_prediction_checkpoint_is_sampled_as_one(
    tmp_path: Path, engine: Diffusion, make_request: MakeRequest
) -> None:
    folder = build_miniature(tmp_path / "v", prediction_type="v_prediction")
    loaded = load(catalog_with(folder).find("genga-mini"), pick_device())
    for sampler in Sampler:
        assert make_scheduler(sampler, loaded.pipe.scheduler).config.prediction_type == "v_prediction"


def test_steps_are_counted_over_all_pictures_and_previews_are_small(draw: Draw, make_request: MakeRequest) -> None:
    seen: list[tuple[Phase, int, int, bytes | None]] = []
    watch = Watch(lambda *said: seen.append(said), lambda: False, steps=6, preview_interval_s=1e-9)
    draw(make_request(steps=3, count=2, width=96), watch=watch)
    steps = [(step, steps) for phase, step, steps, preview in seen if preview]
    assert steps == [(number, 6) for number in range(1, 7)]
    for _, _, _, preview in seen:
        if preview:
            assert Image.open(io.BytesIO(preview)).size == (128, 85)
    assert [phase for phase, step, *_ in seen if phase is not Phase.DRAWING] == [Phase.TEXT, Phase.DECODING] * 2


def test_a_cancel_is_heard_at_the_next_step(draw: Draw, make_request: MakeRequest) -> None:
    seen: list[int] = []
    watch = Watch(lambda _p, step, *_: seen.append(step), lambda: 2 in seen, steps=10, preview_interval_s=0)
    with pytest.raises(Cancelled):
        draw(make_request(steps=10), watch=watch)
    assert max(seen) == 2


def test_only_the_judged_text_is_drawn(draw: Draw, make_request: MakeRequest) -> None:
    with pytest.raises(DrawingFailed):
        draw(replace(make_request(), prompt="something else"))


def test_a_checkpoint_that_is_absent_or_broken_is_named(model: Model, miniature: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        load(replace(model, path=str(tmp_path)), pick_device())
    broken = tmp_path / "broken"
    for file in miniature.rglob("*"):
        if file.is_file():
            copy = broken / file.relative_to(miniature)
            copy.parent.mkdir(parents=True, exist_ok=True)
            data = file.read_bytes()
            copy.write_bytes(data[: len(data) // 2] if file.suffix == ".safetensors" else data)
    with pytest.raises(BadWeights) as raised:
        load(replace(model, path=str(broken)), pick_device())
    assert "Genga mini" in raised.value.english()


@pytest.mark.parametrize("values", [np.full((8, 8, 3), np.nan), np.full((8, 8, 3), -1.0)], ids=["nan", "black"])
def test_what_is_no_picture_is_not_shown(values: np.ndarray) -> None:
    with pytest.raises(DrawingFailed):
        checked(values.astype(np.float32))


def test_an_input_of_another_shape_is_cropped_not_squeezed() -> None:
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 255
    square = image_to_image.fitted(wide, 64, 64)
    assert square.shape == (64, 64, 3)
    assert square.mean() > 240
