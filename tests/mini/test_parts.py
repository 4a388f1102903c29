"""What the network that finds parts by words learns from."""

import random

import torch

from mini.train.parts import NAMES, overlap_loss, phrase


def test_every_part_has_many_names_and_no_two_parts_share_one() -> None:
    dice = random.Random(4)
    named = {name: {phrase(name, dice).lower() for _ in range(60)} for name in NAMES}
    assert all(len(phrases) >= 5 for phrases in named.values())
    for name, phrases in named.items():
        assert not any(phrases & others for other, others in named.items() if other != name), name


def test_the_loss_is_least_for_the_true_mask_and_counts_a_small_part_as_much_as_a_large_one() -> None:
    small, large = torch.zeros(1, 64, 64), torch.zeros(1, 64, 64)
    small[:, 30:34, 30:34] = 1
    large[:, :32] = 1
    for wanted in (small, large):
        right, nothing = 16 * wanted - 8, torch.full_like(wanted, -8)
        assert overlap_loss(right, wanted) < 0.05
        assert overlap_loss(nothing, wanted) > 0.4
