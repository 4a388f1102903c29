"""What the UNet is taught is what the sampler asks it for."""

# diffusers leaves memory formats out of what `to` takes.
# pyright: reportCallIssue=false

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mini.train.assemble import scheduler
from mini.train.loop import mixed
from mini.train.text import LENGTH, WIDTH
from mini.train.unet import build, compile_outer, draw_times, importance, noised

# diffusers' schedulers make arrays of tensors in a way that NumPy 2 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_a_perfect_answer_at_any_step_leads_the_sampler_to_the_clean_latents() -> None:
    torch.manual_seed(0)
    clean, noise = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8)
    sampler = scheduler()
    sampler.set_timesteps(20)
    for index, time in enumerate(sampler.timesteps.tolist()):
        noisy, velocity = noised(clean, noise, sampler.alphas_cumprod[time].expand(2))
        sampler._step_index = index
        found = sampler.convert_model_output(velocity, sample=noisy)
        assert torch.allclose(found, clean, atol=2e-3), time


def test_a_sampling_with_perfect_answers_ends_in_the_clean_latents() -> None:
    torch.manual_seed(0)
    clean = torch.randn(2, 4, 8, 8)
    sampler = scheduler()
    sampler.set_timesteps(20)
    latents = torch.randn(2, 4, 8, 8) * sampler.init_noise_sigma
    for time in sampler.timesteps.tolist():
        kept = sampler.alphas_cumprod[time]
        noise = (latents - kept.sqrt() * clean) / (1 - kept).sqrt()
        _, velocity = noised(clean, noise, kept.expand(2))
        latents = sampler.step(velocity, time, latents, return_dict=False)[0]
    assert torch.allclose(latents, clean, atol=0.02)


def test_noise_that_leaves_nothing_of_the_picture_is_nearly_reached() -> None:
    assert float(scheduler().alphas_cumprod[-1]) < 5e-4


def test_the_network_is_as_large_as_promised() -> None:
    assert 6e6 < sum(p.numel() for p in build().parameters()) < 7.5e6


def test_a_face_counts_more_than_the_rest_and_its_eyes_and_mouth_most() -> None:
    head, left, right = (64, 40, 176, 160), (80, 88, 112, 112), (128, 88, 160, 112)
    beyond = [[value + 120 for value in box] for box in (head, left, right)]
    weights = importance(np.array([(head, left, right), beyond], np.int16))
    assert weights.shape == (2, 1, 32, 32)
    assert float(weights.mean()) == pytest.approx(1)
    corner, hair, cheek, eye, mouth = (
        float(weights[0, 0, y, x]) for y, x in ((0, 0), (6, 9), (15, 11), (12, 12), (18, 15))
    )
    assert corner < hair < cheek < eye < mouth


def test_times_cover_everything_and_the_middle_three_times_as_densely_as_the_ends() -> None:
    torch.manual_seed(0)
    times = torch.cat([draw_times(16) for _ in range(2000)])
    assert int(times.min()) == 0
    assert int(times.max()) == 999
    middle = float(((times >= 450) & (times < 550)).float().mean())
    ends = float(((times < 50) | (times >= 950)).float().mean())
    assert middle / ends == pytest.approx(3, rel=0.1)


@pytest.mark.slow
# torch's compiler calls what torch itself has deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_compiled_every_weight_learns_the_same() -> None:
    torch.manual_seed(0)
    unet = build()
    unet.to(memory_format=torch.channels_last)
    noisy, said, times = torch.randn(2, 4, 32, 32), torch.randn(2, LENGTH, WIDTH), torch.tensor([300, 800])

    def gradients() -> dict[str, torch.Tensor]:
        unet.zero_grad()
        with mixed(noisy.device):
            unet(
                noisy.contiguous(memory_format=torch.channels_last), times, said
            ).sample.float().square().mean().backward()
        return {name: weight.grad.flatten() for name, weight in unet.named_parameters() if weight.grad is not None}

    plain = gradients()
    compile_outer(unet, backend="aot_eager")  # all but the making of C++, which takes minutes on a fresh machine
    compiled = gradients()
    assert plain.keys() == compiled.keys() == {name for name, _ in unet.named_parameters()}
    for name, gradient in plain.items():
        if "k_proj.bias" not in name:  # softmax takes no notice of it: its gradient is rounding
            assert F.cosine_similarity(gradient, compiled[name], dim=0) > 0.98, name
