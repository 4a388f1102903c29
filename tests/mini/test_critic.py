"""The critic learns to tell sharp from soft, and what it asks for is sharpness."""

import numpy as np
import torch
import torch.nn.functional as F

from mini.artist import compose, draw
from mini.train.critic import SHARE, Critic, lesson, persuade
from mini.train.vae import to_tensor


def _sharp_and_soft() -> tuple[torch.Tensor, torch.Tensor]:
    pixels = np.stack([draw(compose(1_000_000_200 + seed)).pixels[64:192, 64:192] for seed in range(2)])
    sharp = to_tensor(pixels, torch.device("cpu"))
    return sharp, F.interpolate(F.avg_pool2d(sharp, 4), scale_factor=4, mode="bilinear")


def test_it_learns_to_tell_sharp_from_soft() -> None:
    torch.manual_seed(0)
    critic, (sharp, soft) = Critic(), _sharp_and_soft()
    optimizer = torch.optim.AdamW(critic.parameters(), 1e-3, betas=(0.5, 0.9))
    for _ in range(40):
        loss = lesson(critic, soft, sharp)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert critic(sharp).mean() > critic(soft).mean() + 0.3


def test_its_say_is_a_fixed_share_and_betters_its_opinion() -> None:
    torch.manual_seed(0)
    critic, (_, soft) = Critic().eval(), _sharp_and_soft()
    gradient = torch.randn_like(soft)
    added = persuade(critic, soft, gradient) - gradient
    assert torch.isclose(added.norm(), SHARE * gradient.norm(), rtol=1e-3)
    with torch.no_grad():
        assert critic(soft - 0.05 * added / added.abs().max()).mean() > critic(soft).mean()
    assert all(weight.grad is None for weight in critic.parameters())
