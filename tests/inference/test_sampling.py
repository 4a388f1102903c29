"""Every sampler on a network that is right by construction, and the schedules that checkpoints are drawn with.

The network knows that clean latents are normal numbers around a pattern, so what it should predict is a formula, and
whatever a sampler draws must be distributed like that: a step lost, noise left over or drawn too weakly shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler, rescale_zero_terminal_snr

from inference.engine.chance import Chance
from inference.engine.conditioning import Conditioning, Texts
from inference.engine.denoise import denoise
from inference.engine.guidance import ByWords
from inference.engine.solvers import multistep_weights
from inference.engine.watch import Watch
from inference.models.catalog import Prediction, Spacing, load_catalog
from inference.models.loading import Checkpoint
from inference.request import DrawRequest, Noise, Sampler, steps_run
from inference.sampling import make_scheduler, set_steps
from tests.inference.conftest import MakeRequest

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning"),
]

SHAPE = (1, 4, 16, 16)
SPREAD = 0.4  # standard deviation of clean latents around their pattern
PATTERN = torch.linspace(-1, 1, 16).repeat(1, 4, 16, 1)
# These jump to a clean picture and back to noise: made for networks that were distilled, theirs is no distribution.
CONSISTENCY = {Sampler.LCM, Sampler.TCD}
FIRST_ORDER = {Sampler.EULER, Sampler.EULER_A, Sampler.DDIM}
TRAINED: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                           "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """These tensors are too small to be shared out."""
    torch.set_num_threads(1)


@dataclass(frozen=True, slots=True)
class Unchanging:
    """The texts of a prompt that says the same at every step."""

    texts: Texts

    def at(self, step: int) -> Texts:
        del step
        return self.texts


class Knowing:
    """A UNet that predicts exactly what it should; `kinds` are as in diffusers' configurations."""

    def __init__(self, prediction: str, *, zero_snr: bool) -> None:
        betas = DDIMScheduler(**TRAINED).betas.double()
        if zero_snr:
            betas = rescale_zero_terminal_snr(betas)
        signal = torch.cumprod(1 - betas, dim=0).clamp(min=2.0**-24)
        self._levels = ((1 - signal) / signal).sqrt().log().numpy()
        self._prediction = prediction
        self.config = SimpleNamespace(addition_embed_type=None, time_cond_proj_dim=None)
        self.seen: list[float] = []

    def __call__(self, noisy: torch.Tensor, timestep: torch.Tensor, **_: object) -> tuple[torch.Tensor]:
        self.seen.append(float(timestep))
        sigma = float(np.exp(np.interp(float(timestep), np.arange(1000), self._levels)))
        noisy = noisy.double() * (sigma**2 + 1) ** 0.5
        clean = PATTERN + (noisy - PATTERN) * SPREAD**2 / (SPREAD**2 + sigma**2)
        noise = (noisy - clean) / sigma
        answer = noise if self._prediction == "epsilon" else (noise - sigma * clean) / (sigma**2 + 1) ** 0.5
        return (answer.float(),)


def scheduler_of(sampler: Sampler, prediction: str = "epsilon", *, zero_snr: bool = False, **other: Any) -> Any:  # noqa: ANN401
    """The sampler for a checkpoint that was trained so."""
    trained = {**TRAINED, "prediction_type": prediction, "rescale_betas_zero_snr": zero_snr, **other}
    return make_scheduler(sampler, DDIMScheduler(**trained))


def drawn(
    request: DrawRequest, prediction: str = "epsilon", *, zero_snr: bool = False, skipped: int = 0
) -> tuple[torch.Tensor, Knowing]:
    """The latents that `request` comes to, and the network that was asked."""
    unet = Knowing(prediction, zero_snr=zero_snr)
    cpu = torch.device("cpu")
    checkpoint = Checkpoint(
        model=load_catalog().models["genga-mini"], pipe=SimpleNamespace(unet=unet), device=cpu, dtype=torch.float32,
        preview=torch.zeros(5, 3),
    )  # fmt: skip
    facts: dict[str, Any] = {**TRAINED, "prediction_type": prediction, "rescale_betas_zero_snr": zero_snr}
    scheduler = make_scheduler(request.sampler, DDIMScheduler(**facts), noise=request.noise)
    timesteps = set_steps(scheduler, request.steps, cpu, skipped=skipped, noise=request.noise)
    chance = Chance(request, request.seed, cpu)
    noise = chance.noise(SHAPE)
    if skipped:
        clean = PATTERN + SPREAD * torch.randn(SHAPE, generator=torch.Generator().manual_seed(99))
        latents = scheduler.add_noise(clean, noise, timesteps[:1])
    else:
        latents = noise * scheduler.init_noise_sigma
    said = Unchanging(Texts(negative=None, positives=((Conditioning(embeddings=torch.zeros(1, 77, 8)), 1.0),)))
    reported: list[int] = []
    watch = Watch(lambda _p, step, *_: reported.append(step), lambda: False, steps=99, preview_interval_s=1e-9)
    result = denoise(
        checkpoint, scheduler=scheduler, timesteps=timesteps, steps=request.steps - skipped, latents=latents,
        encoded=said, chance=chance, watch=watch, guide=ByWords(unet=unet, request=request),
    )  # fmt: skip
    assert reported == list(range(request.steps - skipped + 1))
    return result, unet


@pytest.mark.parametrize(("prediction", "zero_snr", "skipped"), [
    ("epsilon", False, 0), ("v_prediction", True, 9),
])  # fmt: skip
@pytest.mark.parametrize("sampler", Sampler)
def test_what_a_sampler_draws_is_distributed_as_the_network_knows(
    sampler: Sampler, prediction: str, zero_snr: bool, skipped: int, make_request: MakeRequest
) -> None:
    latents, _ = drawn(make_request(sampler=sampler, steps=24), prediction, zero_snr=zero_snr, skipped=skipped)
    apart = latents - PATTERN
    # 24 steps are few: the spread comes out smaller by the length of the steps, more so for those of first order.
    assert abs(float(apart.mean())) < 0.06
    if sampler not in CONSISTENCY:
        assert float(apart.std()) == pytest.approx(SPREAD, rel=0.25 if sampler in FIRST_ORDER else 0.13)


@pytest.mark.parametrize("noise", Noise)
def test_the_noise_of_every_step_comes_from_where_the_request_says(noise: Noise, make_request: MakeRequest) -> None:
    plain = make_request(sampler=Sampler.EULER_A, steps=6, noise=noise)
    first, _ = drawn(plain)
    assert torch.equal(first, drawn(plain)[0])
    moved, _ = drawn(replace(plain, eta_noise_delta=31337))
    assert not torch.allclose(first, moved)
    quiet = make_request(sampler=Sampler.EULER, steps=6, noise=noise)
    assert torch.equal(drawn(quiet)[0], drawn(replace(quiet, eta_noise_delta=31337))[0])
    other = replace(plain, noise=next(each for each in Noise if each is not noise))
    assert not torch.allclose(first, drawn(other)[0])


@pytest.mark.parametrize("sampler", Sampler)
def test_a_zero_terminal_snr_schedule_begins_where_there_is_only_noise(sampler: Sampler) -> None:
    scheduler = scheduler_of(sampler, "v_prediction", zero_snr=True)
    timesteps = set_steps(scheduler, 20, torch.device("cpu"))
    assert float(timesteps[0]) == 999
    assert float(scheduler.alphas_cumprod[-1]) < 1e-6
    assert not scheduler.config.get("use_karras_sigmas", False)
    # As many steps as before in the half where shapes are made: Karras' would leave three.
    assert float(timesteps[len(timesteps) // 2]) > 400


def test_ddim_reaches_a_signal_of_exactly_zero() -> None:
    assert float(scheduler_of(Sampler.DDIM, "v_prediction", zero_snr=True).alphas_cumprod[-1]) == 0


def test_a_sampler_s_own_habits_do_not_follow_a_checkpoint_to_another_sampler() -> None:
    karras = scheduler_of(Sampler.DPMPP_2M_KARRAS)
    assert not make_scheduler(Sampler.DPMPP_2M, karras).config.use_karras_sigmas
    euler: Any = make_scheduler(Sampler.EULER, karras)
    assert not make_scheduler(Sampler.DDIM, euler).config.clip_sample


def test_the_catalogue_s_entry_corrects_what_the_files_say() -> None:
    model = replace(
        load_catalog().models["genga-mini"], prediction=Prediction.V, zero_terminal_snr=True, spacing=Spacing.LINSPACE
    )
    config: Mapping[str, Any] = make_scheduler(Sampler.EULER, DDIMScheduler(**TRAINED), model).config
    wanted = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": "linspace"}
    assert {name: config[name] for name in wanted} == wanted


def test_more_steps_than_a_distilled_teacher_had_are_no_error() -> None:
    for sampler in CONSISTENCY:
        assert len(set_steps(scheduler_of(sampler), 80, torch.device("cpu"))) == 80


def a1111_levels(steps: int, *, karras: bool) -> np.ndarray:
    """k-diffusion's: evenly in timesteps between the training's ends, or as Karras et al. (arXiv:2206.00364, eq. 5)."""
    signal = DDIMScheduler(**TRAINED).alphas_cumprod.double().numpy()
    trained = ((1 - signal) / signal) ** 0.5
    if karras:
        return np.linspace(trained[-1] ** (1 / 7), trained[0] ** (1 / 7), steps) ** 7
    return np.exp(np.interp(np.linspace(999, 0, steps), np.arange(1000), np.log(trained)))


@pytest.mark.parametrize("sampler", [
    each for each in Sampler if each.startswith(("dpm", "euler", "heun", "lms"))
])  # fmt: skip
def test_a1111_s_pictures_have_its_noise_levels(sampler: Sampler) -> None:
    scheduler: Any = make_scheduler(sampler, DDIMScheduler(**TRAINED), noise=Noise.A1111)
    set_steps(scheduler, 12, torch.device("cpu"), noise=Noise.A1111)
    levels = sorted({round(float(level), 5) for level in scheduler.sigmas if level > 0}, reverse=True)
    # Multistep samplers take whole timesteps, half of one off at most.
    assert levels == pytest.approx(list(a1111_levels(12, karras="karras" in sampler)), rel=5e-3)


def test_a1111_runs_one_step_more_from_a_picture(make_request: MakeRequest) -> None:
    assert steps_run(make_request(steps=20, strength=0.5, image="a" * 64)) == 10
    assert steps_run(make_request(steps=20, strength=0.5, image="a" * 64, noise=Noise.A1111)) == 11
    assert steps_run(make_request(steps=20, strength=1.0, image="a" * 64, noise=Noise.A1111)) == 20


def test_even_noise_levels_give_adams_and_bashforth_s_weights() -> None:
    assert multistep_weights([4.0, 3.0], 2.0) == pytest.approx([0.5, -1.5])
    fourth = [9 / 24, -37 / 24, 59 / 24, -55 / 24]
    assert multistep_weights([4.0, 3.0, 2.0, 1.0], 0.0) == pytest.approx(fourth)
