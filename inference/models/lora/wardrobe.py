"""LoRAs on a loaded pipeline: put on from its pristine weights, and taken off to the last bit.

Nothing is wrapped and no layer is replaced. The weights that a LoRA changes are copied; what is worn is written over
them in place, so memory layout, compiled graphs and offloading hooks do not notice; taking off writes the copies back
and drops them. Every difference is computed in single precision from the pristine weight, and all are added in one
order, that of the files' fingerprints: the bits do not depend on who was named first or on what was worn before.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from inference.errors import N_, ExtraMismatch, ExtraUnusable
from inference.models.families import FLOW
from inference.models.lora.deltas import Misfit, bias_delta, changes_bias, weight_delta
from inference.models.lora.family import title_of
from inference.models.lora.file import Change, Lora
from inference.models.lora.flow_names import flow_names_of
from inference.models.lora.names import TEXTS, Layer, Part, find, names_of

# What a device should have left for drawing while the copies lie on it; else they lie in the machine's memory. SDXL's
# are 5 GB, which a card copies in a hundredth of a second, so they are not kept for the next request.
FREE_BYTES = 6 << 30
OVERFLOWS = N_("at this strength the model's numbers overflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """A LoRA and how strongly each network feels it; 0 leaves the network as it is, and below 0 pushes away."""

    name: str  # for people
    lora: Lora
    unet: float = 1.0  # the network that draws, whatever it is
    text: float = 1.0

    def strength(self, part: Part) -> float:
        """The factor on what this LoRA adds to `part`."""
        return self.text if part in TEXTS else self.unet


_Place = tuple[Part, str]  # a parameter of the pipeline, by its place
_Fitted = tuple[Worn, Change, Layer]  # what a file holds for a layer, and which one that is


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
        self._names = self._names_by(paths)
        # Layers that some files have as one: such files and others may change them at once.
        widest_last = sorted(self._names.values(), key=lambda layer: len(layer.paths))
        self._together = {(layer.part, path): layer.paths for layer in widest_last for path in layer.paths}
        self._pristine: dict[_Place, torch.Tensor] = {}
        self._outfit: object = None

    def _names_by(self, paths: Mapping[Part, Iterable[str]]) -> Mapping[str, Layer]:
        """By which names files mean which layers; none for networks of families that we do not know."""
        if unet := self._modules.get(Part.UNET):
            return names_of(paths, getattr(unet, "config"))  # noqa: B009  (modules have none in types)
        return flow_names_of(self._family, paths) if self._family in FLOW else {}

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
            for (part, paths), changes in self._by_layer(loras).items():
                self._change(part, paths, changes)
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

    def _by_layer(self, loras: Sequence[Worn]) -> dict[tuple[Part, tuple[str, ...]], list[_Fitted]]:
        """What changes each layer, or layers that are one in some files, in the one order.

        ExtraMismatch for a layer that the model does not have.
        """
        found: dict[tuple[Part, tuple[str, ...]], list[_Fitted]] = {}
        for worn in sorted(loras, key=lambda worn: (worn.lora.sha256, worn.unet, worn.text)):
            for change, layer in self._fitted(worn):
                if worn.strength(layer.part):
                    together = self._together[layer.part, layer.paths[0]]
                    found.setdefault((layer.part, together), []).append((worn, change, layer))
        return found

    def _fitted(self, worn: Worn) -> Iterator[tuple[Change, Layer]]:
        """What a file holds for each layer. Some trainers write layers twice, alone and together: that counts once."""
        fitted = [(change, self._find(worn, change)) for change in worn.lora.changes]
        seen: set[_Place] = set()
        for change, layer in sorted(fitted, key=lambda each: len(each[1].paths)):
            places = {(layer.part, path) for path in layer.paths}
            if not places <= seen:
                yield change, layer
            seen |= places

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
            what=title_of(made_for) if made_for not in {"", family} else ExtraMismatch.ANOTHER,
            model=self._model,
            family=title_of(family),
        )

    def _change(self, part: Part, paths: Sequence[str], changes: Sequence[_Fitted]) -> None:
        """Write what `changes` make of these layers over their weights and their biases."""
        modules = {path: self._modules[part].get_submodule(path) for path in paths}
        sums: dict[tuple[str, str], torch.Tensor] = {}
        for worn, change, layer in changes:
            for place, delta in self._deltas(worn, change, {path: modules[path] for path in layer.paths}):
                scaled = delta * worn.strength(part)  # a new tensor: the difference may be the file's own
                sums[place] = sums[place].add_(scaled) if place in sums else scaled
        for (path, name), added in sums.items():
            parameter = modules[path].get_parameter(name)
            value = added.add_(parameter).to(parameter.dtype)
            if not all(map(math.isfinite, torch.stack(torch.aminmax(value)).tolist())):  # NaN is both of them
                worn = changes[0][0]
                raise ExtraUnusable(f"{worn.lora.sha256[:12]}: {path} overflows", extra=worn.name, what=OVERFLOWS)
            self._pristine[part, f"{path}.{name}"] = _copy(parameter.detach())
            parameter.copy_(value)

    def _deltas(
        self, worn: Worn, change: Change, modules: Mapping[str, torch.nn.Module]
    ) -> Iterator[tuple[tuple[str, str], torch.Tensor]]:
        """What one file adds to a layer, or to several as to one: the path, the parameter's name, the difference."""
        weight = _together(modules, "weight")
        try:
            if weight is None:
                raise Misfit("a weight for a layer without one")
            tensors = {role: tensor.to(weight.device) for role, tensor in change.tensors.items()}
            if (delta := weight_delta(change.kind, tensors, weight)) is not None:
                yield from _apart(modules, "weight", delta)
            if changes_bias(tensors):
                if (bias := _together(modules, "bias")) is None:
                    raise Misfit("a bias for a layer without one")
                if (delta := bias_delta(change.kind, tensors, bias)) is not None:
                    yield from _apart(modules, "bias", delta)
        except Misfit as error:
            raise self._mismatch(worn, f"{change.stem}: {error}") from error


def _together(modules: Mapping[str, torch.nn.Module], name: str) -> torch.Tensor | None:
    """A parameter of these layers as if they were one, their rows under each other; None if one has none."""
    parameters = [getattr(module, name, None) for module in modules.values()]
    found = [each for each in parameters if each is not None]
    if len(found) < len(parameters):
        return None
    return found[0] if len(found) == 1 else torch.cat(found)


def _apart(
    modules: Mapping[str, torch.nn.Module], name: str, delta: torch.Tensor
) -> Iterator[tuple[tuple[str, str], torch.Tensor]]:
    """The rows of `delta` that are each layer's own."""
    rows = [module.get_parameter(name).shape[0] for module in modules.values()]
    for path, own in zip(modules, delta.split(rows), strict=True):
        yield (path, name), own


def _copy(parameter: torch.Tensor) -> torch.Tensor:
    """The same bits in the same layout, beside the parameter while its device has room, else in ordinary memory."""
    if parameter.is_cuda and torch.cuda.mem_get_info(parameter.device)[0] < FREE_BYTES + parameter.nbytes:
        return parameter.to("cpu", copy=True)
    return parameter.clone(memory_format=torch.preserve_format)
