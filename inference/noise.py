"""The noise that torch draws on an NVIDIA card, on any processor: what A1111's pictures begin with.

Philox4x32-10 is a counter through ten rounds of a keyed mixer (Salmon et al., Parallel random numbers: as easy as 1, 2,
3, SC 2011). CUDA gives every element a sequence of its own and turns its first two words into a normal number by Box
and Muller's transform (cuRAND, curand_normal4).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_ROUNDS: Final = 10
_MULTIPLIERS: Final = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS: Final = (np.uint32(0x9E3779B9), np.uint32(0xBB67AE85))  # the golden ratio, and sqrt(3) - 1
_WORD: Final = np.uint64(0xFFFFFFFF)


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Random words (4, N) for the counters (4, N), lowest word first, under the two words of `key`."""
    first, second, third, fourth = counter
    keys = [np.uint32(key[0]), np.uint32(key[1])]
    with np.errstate(over="ignore"):
        for _ in range(_ROUNDS):
            left, right = first * _MULTIPLIERS[0], third * _MULTIPLIERS[1]  # 64 bits each
            first, second, third, fourth = (
                _high(right) ^ second ^ keys[0],
                _low(right),
                _high(left) ^ fourth ^ keys[1],
                _low(left),
            )
            keys = [one + step for one, step in zip(keys, _KEY_STEPS, strict=True)]
    return np.stack([first, second, third, fourth])


class Philox:
    """A generator as torch has one on an NVIDIA card."""

    def __init__(self, seed: int) -> None:
        seed %= 2**64
        self._key = (seed & 0xFFFFFFFF, seed >> 32)
        self._drawn = 0

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Normal numbers of this shape; every call draws new ones.

        Equal to the card's up to rounding, for as many elements as the card has threads at once (some 100 000).
        """
        counter = np.zeros((4, math.prod(shape)), np.uint32)
        counter[0] = self._drawn
        counter[2] = np.arange(counter.shape[1])  # which element: its sequence
        self._drawn += 1
        words = philox(counter, self._key)
        # Both words go to the middle of their share of (0, 1), so that none becomes 0 or 1.
        radius = np.sqrt(-2 * np.log((words[0] + 0.5) / 2**32))
        return (radius * np.sin(2 * math.pi * ((words[1] + 0.5) / 2**32))).astype(np.float32).reshape(shape)


def _low(product: NDArray[np.uint64]) -> Words:
    return (product & _WORD).astype(np.uint32)


def _high(product: NDArray[np.uint64]) -> Words:
    return (product >> np.uint64(32)).astype(np.uint32)
