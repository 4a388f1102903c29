"""LoRAs on a loaded pipeline: put on from its pristine weights, and taken off to the last bit.

Nothing is wrapped and no layer is replaced. The weights that a LoRA changes are copied; what is worn is written over
them in place, so memory layout, compiled graphs and offloading hooks do not notice; taking off writes the copies back
and drops them. Every difference is computed in single precision from the pristine weight, and all are added in one
order, that of the files' fingerprints: the bits do not depend on who was named first or on what was worn before.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from inference.errors import N_, ExtraMismatch, ExtraUnusable
from inference.models.lora.deltas import Misfit, bias_delta, changes_bias, weight_delta
from inference.models.lora.family import TITLES
from inference.models.lora.file import Change, Lora
from inference.models.lora.names import Layer, Part, find, names_of

# What a device should have left for drawing while the copies lie on it; else they lie in the machine's memory. SDXL's
# are 5 GB, which a card copies in a hundredth of a second, so they are not kept for the next request.
FREE_BYTES = 6 << 30
OVERFLOWS = N_("at this strength the model's numbers overflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """A LoRA and how strongly each network feels it; 0 leaves the network as it is, and below 0 pushes away."""

    name: str  # for people
    lora: Lora
    unet: float = 1.0
    text: float = 1.0

    def strength(self, part: Part) -> float:
        """The factor on what this LoRA adds to `part`."""
        return self.unet if part is Part.UNET else self.text


_Place = tuple[Part, str]  # a parameter of the pipeline, by its place


class Wardrobe:
    """What a pipeline wears. Not for two threads at a time; the pipeline's weights must be at hand, not `meta`."""

    def __init__(self, pipe: Any, *, model: str = "", family: str = "") -> None:  # noqa: ANN401  (untyped pipelines)
        self._modules: dict[Part, torch.nn.Module] = {
            part: getattr(pipe, part) for part in Part if getattr(pipe, part, None) is not None
        }
        self._model, self._family = model, family
        paths = {
            part: {name.rpartition(".")[0] for name, _ in module.named_parameters()}
            for part, module in self._modules.items()
        }
        # Networks that are no UNet have names of their own; nothing fits them yet.
        unet = self._modules.get(Part.UNET)
        self._names = names_of(paths, getattr(unet, "config")) if unet else {}  # noqa: B009  (modules have none in types)
        self._pristine: dict[_Place, torch.Tensor] = {}
        self._outfit: object = None

    @contextmanager
    def worn(self, loras: Sequence[Worn]) -> Iterator[None]:
        """Inside, the pipeline wears `loras` and nothing else; afterwards it is what it was, whatever happened."""
        outfit = object()
        self.take_off()
        self._outfit = outfit
        try:
            self.wear(loras)
            yield
        finally:
            # A drawing that was given up long ago ends here when it is swept up; what is worn now is not its own.
            if self._outfit is outfit:
                self.take_off()

    @torch.no_grad()
    def wear(self, loras: Sequence[Worn]) -> None:
        """Put on `loras` instead of what is worn; ExtraMismatch or ExtraUnusable, and nothing is worn, if one can't."""
        self.take_off()
        try:
            for (part, path), changes in self._by_layer(loras).items():
                self._change(part, path, changes)
        except BaseException:
            self.take_off()
            raise

    @torch.no_grad()
    def take_off(self) -> None:
        """Every weight is again, to the bit, what was loaded, and no copy is kept."""
        parameters = {part: dict(module.named_parameters()) for part, module in self._modules.items()}
        while self._pristine:
            (part, name), copy = self._pristine.popitem()
            parameters[part][name].copy_(copy)

    @property
    def copied_bytes(self) -> int:
        """What the copies of pristine weights take; nothing while nothing is worn."""
        return sum(copy.nbytes for copy in self._pristine.values())

    def _by_layer(self, loras: Sequence[Worn]) -> dict[tuple[Part, str], list[tuple[Worn, Change]]]:
        """What changes each layer, in the one order; ExtraMismatch for a layer that the model does not have."""
        found: dict[tuple[Part, str], list[tuple[Worn, Change]]] = {}
        for worn in sorted(loras, key=lambda worn: (worn.lora.sha256, worn.unet, worn.text)):
            for change in worn.lora.changes:
                layer = self._find(worn, change)
                if worn.strength(layer.part):
                    found.setdefault((layer.part, layer.path), []).append((worn, change))
        return found

    def _find(self, worn: Worn, change: Change) -> Layer:
        layer = find(self._names, change.stem)
        if layer is None:
            raise self._mismatch(worn, change.stem)
        return layer

    def _mismatch(self, worn: Worn, detail: str) -> ExtraMismatch:
        made_for, family = worn.lora.family or "", self._family
        return ExtraMismatch(
            f"{worn.lora.sha256[:12]}: {detail}",
            extra=worn.name,
            what=TITLES.get(made_for, made_for) if made_for not in {"", family} else ExtraMismatch.ANOTHER,
            model=self._model,
            family=TITLES.get(family, family),
        )

    def _change(self, part: Part, path: str, changes: Sequence[tuple[Worn, Change]]) -> None:
        """Write what `changes` make of a layer over its weight and its bias."""
        module = self._modules[part].get_submodule(path)
        sums: dict[str, torch.Tensor] = {}
        for worn, change in changes:
            for name, delta in self._deltas(worn, change, module):
                scaled = delta * worn.strength(part)  # a new tensor: the difference may be the file's own
                sums[name] = sums[name].add_(scaled) if name in sums else scaled
        for name, added in sums.items():
            parameter = module.get_parameter(name)
            value = added.add_(parameter).to(parameter.dtype)
            if not all(map(math.isfinite, torch.stack(torch.aminmax(value)).tolist())):  # NaN is both of them
                worn = changes[0][0]
                raise ExtraUnusable(f"{worn.lora.sha256[:12]}: {path} overflows", extra=worn.name, what=OVERFLOWS)
            self._pristine[part, f"{path}.{name}"] = _copy(parameter.detach())
            parameter.copy_(value)

    def _deltas(self, worn: Worn, change: Change, module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
        """What one file adds to a layer: parameter name and difference."""
        weight, bias = module.get_parameter("weight"), getattr(module, "bias", None)
        tensors = {role: tensor.to(weight.device) for role, tensor in change.tensors.items()}
        try:
            if (delta := weight_delta(change.kind, tensors, weight)) is not None:
                yield "weight", delta
            if changes_bias(tensors):
                if bias is None:
                    raise Misfit("a bias for a layer without one")
                if (delta := bias_delta(change.kind, tensors, bias)) is not None:
                    yield "bias", delta
        except Misfit as error:
            raise self._mismatch(worn, f"{change.stem}: {error}") from error


def _copy(parameter: torch.Tensor) -> torch.Tensor:
    """The same bits in the same layout, beside the parameter while its device has room, else in ordinary memory."""
    if parameter.is_cuda and torch.cuda.mem_get_info(parameter.device)[0] < FREE_BYTES + parameter.nbytes:
        return parameter.to("cpu", copy=True)
    return parameter.clone(memory_format=torch.preserve_format)
