"""The network that finds parts by words: its shapes, its file, and that words decide."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from inference.engine.part_network import PartNetwork, load


@pytest.fixture
def network() -> PartNetwork:
    torch.manual_seed(3)
    return PartNetwork(24).eval().requires_grad_(False)


def test_every_pixel_has_a_score_and_the_words_decide_it(network: PartNetwork) -> None:
    pictures = torch.rand(1, 3, 48, 64) * 2 - 1
    words, there = torch.randn(1, 9, 24), torch.ones(1, 9, dtype=torch.bool)
    scores = network(pictures, words, there)
    assert scores.shape == (1, 48, 64) and scores.isfinite().all()
    assert not torch.allclose(scores, network(pictures, words.flip(2), there))


def test_what_is_no_word_counts_for_nothing(network: PartNetwork) -> None:
    pictures, words = torch.rand(1, 3, 32, 32), torch.randn(1, 9, 24)
    there = torch.zeros(1, 9, dtype=torch.bool)
    there[:, 1:4] = True
    other = words.clone()
    other[:, 4:] = 100.0
    torch.testing.assert_close(network(pictures, words, there), network(pictures, other, there))


def test_its_file_says_how_wide_the_words_are(network: PartNetwork, tmp_path: Path) -> None:
    file = tmp_path / "parts.safetensors"
    save_file({name: value.half() for name, value in network.state_dict().items()}, file)
    again = load(file)
    inputs = torch.rand(1, 3, 32, 32), torch.randn(1, 5, 24), torch.ones(1, 5, dtype=torch.bool)
    torch.testing.assert_close(again(*inputs), network(*inputs), atol=0.02, rtol=0.02)
