"""A network that tells the artist's pictures from the decoder's, so that the decoder learns to draw real lines.

The mean error alone blurs: where a thin line may be a pixel to the left or to the right, its best guess is none. A
critic that sees 18 pixels at a time knows that nothing drawn looks so. Hinge losses, spectral norms on all layers
(Miyato et al. 2018); the share of its say is fixed by the size of the gradients (Esser et al. 2021, equation 7, here
taken at the picture instead of at the decoder's last layer).
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

WIDTHS = (32, 64, 96)
SHARE = 0.5


class Critic(nn.Module):
    """Pictures (B, 3, H, W) in [-1, 1] to opinions (B, 1, H/4, W/4): above 0 where they look drawn by the artist."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = WIDTHS
        self.layers = nn.Sequential(
            spectral_norm(nn.Conv2d(3, first, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(first, second, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(second, third, 3, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(third, 1, 1)),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The opinion on every patch."""
        return self.layers(images)


def lesson(critic: Critic, drawn: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The critic's own loss: real patches should score over 1, drawn ones under -1."""
    return F.relu(1 - critic(wanted)).mean() + F.relu(1 + critic(drawn.detach())).mean()


def persuade(critic: Critic, drawn: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Adds to the error's `gradient` at the picture the way towards a better opinion, at `SHARE` of its length."""
    shown = drawn.detach().requires_grad_()
    (way,) = torch.autograd.grad(-critic(shown).float().mean(), shown)
    return gradient + SHARE * gradient.norm() / (way.norm() + 1e-12) * way
