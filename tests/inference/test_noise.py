"""Philox against the figures that its authors and torch published, and what the transform makes of it."""

import numpy as np
import pytest

from inference.noise import Philox, philox

# Salmon et al. 2011, Random123's known answers (kat_vectors, philox4x32 with 10 rounds): counter, key, words.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
# torch.manual_seed(0); torch.randn(3, 4, device="cuda")
ON_A_CARD = [
    [-0.9247, -0.4253, -2.6438, 0.1452],
    [-0.1209, -0.5797, -0.6229, -0.3284],
    [-1.0745, -0.3631, -1.6711, 2.2655],
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_authors_known_answers(counter: str, key: str, answer: str) -> None:
    low, high = words(key)
    assert philox(np.array([words(counter)], np.uint32).T, (low, high)).T.tolist() == [words(answer)]


def test_seed_0_is_what_torch_draws_on_a_card() -> None:
    assert np.abs(Philox(0).normal((3, 4)) - np.array(ON_A_CARD)).max() < 5e-5


def test_elements_do_not_depend_on_how_many_are_drawn_with_them() -> None:
    assert Philox(7).normal((5,)).tolist() == Philox(7).normal((4, 5)).ravel()[:5].tolist()


def test_every_call_seed_and_half_of_a_long_seed_gives_other_numbers() -> None:
    dice = Philox(3)
    drawn = [dice.normal((100,)), dice.normal((100,)), Philox(4).normal((100,)), Philox(3 + 2**32).normal((100,))]
    for index, one in enumerate(drawn):
        for other in drawn[:index]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.4
    assert Philox(-1).normal((2,)).tolist() == Philox(2**64 - 1).normal((2,)).tolist()


def test_the_numbers_are_normal() -> None:
    drawn = Philox(1).normal((200_000,)).astype(float)
    assert np.isfinite(drawn).all()
    moments = [drawn.mean(), (drawn**2).mean(), (drawn**3).mean(), (drawn**4).mean()]
    # Five standard errors of each: sqrt(var / N) with variances 1, 2, 15 and 96.
    for moment, true, variance in zip(moments, [0, 1, 0, 3], [1, 2, 15, 96], strict=True):
        assert abs(moment - true) < 5 * (variance / len(drawn)) ** 0.5
