"""The optimizer moves every weight matrix in all directions alike, and learns."""

import torch
from torch import nn

from mini.train.muon import orthogonal, pair


def test_every_singular_value_comes_near_to_one() -> None:
    torch.manual_seed(0)
    for shape in ((3, 16, 64), (2, 64, 16)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(*shape)).float())
        assert values.min() > 0.5 and values.max() < 1.3


def test_ends_and_vectors_are_left_to_adamw() -> None:
    network = nn.Sequential()
    network.add_module("conv_in", nn.Conv2d(4, 8, 3))
    network.add_module("inner", nn.Conv2d(8, 8, 3))
    muon, adam = pair(network, ("conv_in",), muon=0.1, adam=0.1)
    assert [tuple(weight.shape) for weight in muon.param_groups[0]["params"]] == [(8, 8, 3, 3)]
    assert len(adam.param_groups[0]["params"]) == 3


def test_it_learns_a_linear_map() -> None:
    torch.manual_seed(0)
    layer, wanted = nn.Linear(16, 16), torch.randn(16, 16)
    muon, adam = pair(layer, (), muon=0.1, adam=0.01)
    losses: list[float] = []
    for _ in range(200):
        inputs = torch.randn(64, 16)
        loss = (layer(inputs) - inputs @ wanted).square().mean()
        layer.zero_grad()
        loss.backward()
        muon.step()
        adam.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.05 * losses[0]
