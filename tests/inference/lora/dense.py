"""The published formulas once more, element by element in double precision: the references of the LoRA tests.

Written with loops over indices and numpy's own products, from the papers, not from our code. Every function gets the
arrays of one layer by their names in LyCORIS's files and returns what is added to a weight of that shape.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lora(t: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    """Sum over the rank, output by output."""
    up, down = t["up"], t["down"]
    rank = down.shape[0]
    delta = np.zeros(shape)
    for o in range(shape[0]):
        for r in range(rank):
            if "mid" in t:
                for s in range(rank):
                    kernel = t["mid"][r, s]
                    delta[o] += up[o, r].item() * np.multiply.outer(down[s].ravel(), kernel)
            else:
                delta[o] += up[o, r].item() * down[r].reshape(shape[1:])
    return delta * scale(t, rank)


def loha(t: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    """Hadamard product of two low-rank arrays."""
    sides = []
    for n in "12":
        a, b = t[f"hada_w{n}_a"], t[f"hada_w{n}_b"]
        if f"hada_t{n}" in t:
            side = np.zeros(shape)
            for p, q in np.ndindex(a.shape[0], b.shape[0]):
                side += np.multiply.outer(np.multiply.outer(a[p], b[q]), t[f"hada_t{n}"][p, q])
        else:
            side = np.stack([sum(a[o, r] * b[r] for r in range(b.shape[0])) for o in range(shape[0])]).reshape(shape)
        sides.append(side)
    return sides[0] * sides[1] * scale(t, t["hada_w1_b"].shape[0])


def lokr(t: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    """Kronecker product, block by block: block (a, c) is w1[a, c] times w2."""
    w1 = t["lokr_w1"] if "lokr_w1" in t else np.dot(t["lokr_w1_a"], t["lokr_w1_b"])
    if "lokr_w2" in t:
        w2 = t["lokr_w2"]
    elif "lokr_t2" in t:
        w2 = np.tensordot(t["lokr_w2_a"], t["lokr_t2"], (0, 0))  # (o, s, kh, kw)
        w2 = np.moveaxis(np.tensordot(w2, t["lokr_w2_b"], (1, 0)), -1, 1)
    else:
        w2 = np.tensordot(t["lokr_w2_a"], t["lokr_w2_b"], (1, 0))
    rows, columns = shape[0] // w1.shape[0], shape[1] // w1.shape[1]
    w2 = w2.reshape(rows, columns, *shape[2:])
    delta = np.zeros(shape)
    for a, c in np.ndindex(*w1.shape):
        delta[a * rows : (a + 1) * rows, c * columns : (c + 1) * columns] = w1[a, c] * w2
    inner = t.get("lokr_w2_b", t.get("lokr_w1_b"))
    return delta if inner is None else delta * scale(t, inner.shape[0])


def full(t: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
    """It is written out."""
    return t["diff"].reshape(shape)


def ia3(t: Mapping[str, Array], weight: Array) -> Array:
    """Every input, or every output, gets longer by its own share."""
    delta = np.zeros(weight.shape)
    for n, share in enumerate(t["weight"].ravel()):
        where = (slice(None), n) if t["on_input"].item() else (n,)
        delta[where] = share * weight[where]
    return delta


def dora(delta: Array, magnitude: Array, weight: Array, *, outputs: bool) -> Array:
    """Row by row, or column by column: the direction of W + D, at the length that the file says."""
    merged = weight + delta
    result = np.zeros(weight.shape)
    for n, length in enumerate(magnitude.ravel()):
        where = (n,) if outputs else (slice(None), n)
        result[where] = length * merged[where] / np.linalg.norm(merged[where].ravel()) - weight[where]
    return result


def scale(t: Mapping[str, Array], rank: int) -> float:
    """alpha / rank; no alpha means 1."""
    return t["alpha"].item() / rank if "alpha" in t else 1.0
