"""What a LoRA adds to a layer's weight, by the published formulas; pure functions of tensors.

LoRA: arXiv:2106.09685. LoCon, LoHa, LoKr, their Tucker forms, full differences and (IA)^3: arXiv:2309.14859, section 3.
DoRA: arXiv:2402.09353, equation 5. Everything is computed in single precision from the layer's own, pristine weight;
a strength is a factor on the finished difference. That is what DoRA's line between W and W' means too, so no order
among several LoRAs exists.

The paper writes W as (out, in); so do torch's linear layers, and convolutions add (kh, kw).
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import Final

import torch

from inference.models.lora.keys import BAD_FACTORS, Kind, refused

Tensors = Mapping[str, torch.Tensor]  # role (keys.py) -> tensor


class Misfit(Exception):
    """The difference has another shape than the weight: the file was made for another model."""


def weight_delta(kind: Kind, tensors: Tensors, weight: torch.Tensor) -> torch.Tensor | None:
    """What to add to `weight`, in float32 and of its shape; None if only the bias changes. Misfit if it cannot fit."""
    if kind is Kind.IA3:
        return _ia3(tensors, weight)
    make = _FORMULAS.get(kind)
    delta = make(tensors, weight) if make else tensors.get("diff", tensors.get("w_norm"))
    if delta is None:
        return None
    shaped = _shaped(delta.float(), weight)
    if "dora_scale" in tensors or "magnitude" in tensors:
        return _dora(tensors, shaped, weight.float())
    return shaped


def bias_delta(kind: Kind, tensors: Tensors, bias: torch.Tensor) -> torch.Tensor | None:
    """What to add to `bias`, in float32; None if it stays as it is."""
    delta = tensors.get("diff_b", tensors.get("b_norm"))
    if kind is Kind.LORA and "up_bias" in tensors:
        scaled = tensors["up_bias"].float() * _scale(tensors, rank=tensors["down"].shape[0])
        delta = scaled if delta is None else scaled + delta.float()
    return None if delta is None else _shaped(delta.float(), bias)


def changes_bias(tensors: Tensors) -> bool:
    """Whether there is anything in it for the bias."""
    return not {"diff_b", "b_norm", "up_bias"}.isdisjoint(tensors)


def _shaped(delta: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """`delta` in the weight's shape: a kernel may have been flattened, a linear layer written as a 1 x 1 kernel."""
    if delta.numel() != weight.numel() or delta.shape[0] != weight.shape[0]:
        raise Misfit(f"{tuple(delta.shape)} for {tuple(weight.shape)}")
    return delta.reshape(weight.shape)


def _refuse_over(numbers: int, weight: torch.Tensor) -> None:
    """Misfit for a product larger than the weight: factors in a small file may ask for more than any machine has."""
    if numbers > weight.numel():
        raise Misfit(f"{numbers} numbers for {tuple(weight.shape)}")


def _scale(tensors: Tensors, *, rank: int) -> float:
    """alpha / rank; a file without alpha means alpha = rank."""
    alpha = tensors.get("alpha")
    return 1.0 if alpha is None else float(alpha) / rank


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    """As a float32 matrix: kernels are flattened behind the first dimension."""
    return tensor.float().flatten(1)


def _tucker(core: torch.Tensor, out: torch.Tensor, into: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """core (r, s, kh, kw), out (r, O), into (s, I) -> (O, I, kh, kw); arXiv:2309.14859, appendix B."""
    _refuse_over(out.shape[1] * into.shape[1] * prod(core.shape[2:]), weight)
    core = core.float()
    if core.shape[1] * out.shape[1] <= core.shape[0] * into.shape[1]:  # the way on which less lies in between
        return torch.einsum("so...,si->oi...", torch.einsum("rs...,ro->so...", core, out), into)
    return torch.einsum("ri...,ro->oi...", torch.einsum("rs...,si->ri...", core, into), out)


def _lora(tensors: Tensors, weight: torch.Tensor) -> torch.Tensor:
    """up (O, r), down (r, I, kh, kw): W += alpha/r * up down, or over a core in between."""
    up, down = tensors["up"], tensors["down"]
    scaled = _flat(up) * _scale(tensors, rank=down.shape[0])
    if "mid" in tensors:
        return _tucker(tensors["mid"], scaled.T, _flat(down), weight)
    _refuse_over(up.shape[0] * prod(down.shape[1:]), weight)
    return (scaled @ _flat(down)).reshape(up.shape[0], *down.shape[1:])


def _loha(tensors: Tensors, weight: torch.Tensor) -> torch.Tensor:
    """(w1_a w1_b) * (w2_a w2_b), elementwise; in the Tucker form w_a is (r, O) and w_b (r, I)."""
    first, second = (_product(tensors, f"hada_w{side}", f"hada_t{side}", weight) for side in (1, 2))
    if first.shape != second.shape:
        raise refused(BAD_FACTORS, "loha")
    return first * second * _scale(tensors, rank=tensors["hada_w1_b"].shape[0])


def _lokr(tensors: Tensors, weight: torch.Tensor) -> torch.Tensor:
    """Kronecker product of w1 and w2, either of them a product of two; alpha counts only if one of them is."""
    first = _whole(tensors, "lokr_w1", "", weight)
    second = _whole(tensors, "lokr_w2", "lokr_t2", weight)
    _refuse_over(first.numel() * second.numel(), weight)
    factored = tensors.get("lokr_w2_b", tensors.get("lokr_w1_b"))
    scale = 1.0 if factored is None else _scale(tensors, rank=factored.shape[0])
    first = first.reshape(*first.shape, *[1] * (second.dim() - first.dim()))
    return torch.kron(first, second.contiguous()) * scale


def _whole(tensors: Tensors, name: str, core: str, weight: torch.Tensor) -> torch.Tensor:
    """A side of the Kronecker product: as it is in the file, or put together from its factors, (o, i[, kh, kw])."""
    if name in tensors:
        return tensors[name].float()
    return _product(tensors, name, core, weight)


def _product(tensors: Tensors, name: str, core: str, weight: torch.Tensor) -> torch.Tensor:
    a, b = tensors[f"{name}_a"], tensors[f"{name}_b"]
    if core in tensors:
        return _tucker(tensors[core], _flat(a), _flat(b), weight)
    _refuse_over(a.shape[0] * prod(b.shape[1:]), weight)
    return (_flat(a) @ _flat(b)).reshape(a.shape[0], *b.shape[1:])


def _ia3(tensors: Tensors, weight: torch.Tensor) -> torch.Tensor:
    """W += W * l, with one number per input or per output."""
    factors = tensors["weight"].float().flatten()
    axis = 1 if float(tensors["on_input"]) else 0
    if factors.numel() != weight.shape[axis]:
        raise Misfit(f"{factors.numel()} factors for {tuple(weight.shape)}")
    shape = [1] * weight.dim()
    shape[axis] = -1
    return weight.float() * factors.reshape(shape)


def _dora(tensors: Tensors, delta: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """m (W + D) / |W + D| - W, the norm over everything but the axis that m runs along.

    peft's magnitude runs along the outputs. LyCORIS's `dora_scale` does so in files of today, (O, 1, ...); in those of
    its first versions, and of whoever follows the paper's letter, it runs along the inputs, (1, I, ...).
    """
    merged = weight + delta
    magnitude = tensors.get("dora_scale", tensors.get("magnitude"))
    assert magnitude is not None
    outputs, inputs = merged.shape[0], merged.shape[1]
    along_outputs = "magnitude" in tensors or magnitude.dim() == 1 or magnitude.shape[0] == outputs
    if magnitude.numel() != (outputs if along_outputs else inputs):
        raise Misfit(f"magnitude {tuple(magnitude.shape)} for {tuple(weight.shape)}")
    shape = [1] * merged.dim()
    shape[0 if along_outputs else 1] = -1
    others = [axis for axis in range(merged.dim()) if shape[axis] == 1]
    norm = merged.square().sum(dim=others, keepdim=True).sqrt()
    # A row of zeros has no direction to give a length to.
    direction = merged / norm.clamp_min(torch.finfo(torch.float32).tiny)
    return magnitude.float().reshape(shape) * direction - weight


_FORMULAS: Final[Mapping[Kind, Callable[[Tensors, torch.Tensor], torch.Tensor]]] = {
    Kind.LORA: _lora,
    Kind.LOHA: _loha,
    Kind.LOKR: _lokr,
}
