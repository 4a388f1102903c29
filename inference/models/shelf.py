"""Checkpoints that stay warm: on the device as far as the budget goes, then in RAM, then not at all.

What to move is decided by `memory.plan`; this only carries it out. Moving a checkpoint away and back restores the same
bits in the same layout, so a picture does not depend on what was drawn before it.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from torch import nn

from inference import host
from inference.errors import OutOfMemory
from inference.models.catalog import Model
from inference.models.loading import Checkpoint, load, pick_dtype
from inference.models.memory import (
    Budget,
    Held,
    Kind,
    LowVram,
    Mode,
    Need,
    Place,
    Plan,
    TooLarge,
    Way,
    largest,
    plan,
    scaled,
)
from inference.models.offload import end_turn, layer_by_layer, stop_turns, take_turns
from inference.models.parts import weights_of
from inference.models.sizes import TILE, Weights, rule_for

_CPU = torch.device("cpu")
_WHOLE = Way(mode=Mode.WHOLE, tiled=False)
_UNKNOWN_RAM = 8 << 30
_CPU_SHARE = 0.6  # of the machine's memory, for checkpoints and their work, where there is no GPU
_RAM_SHARE = 0.4  # of the machine's memory, for checkpoints beside a GPU
_RESERVE_BYTES, _RESERVE_SHARE = 768 << 20, 0.04  # the driver's own, and what the estimates may be off by

Load = Callable[[Model, torch.device, torch.dtype], Checkpoint]


@dataclass(slots=True, kw_only=True)
class _Slot:
    """A checkpoint in memory."""

    checkpoint: Checkpoint
    sha256: str  # of the files it was read from
    weights: Weights
    place: Place
    way: Way
    used: int


class Shelf:
    """Keeps checkpoints within a budget and readies the one that is wanted; used from one thread."""

    def __init__(self, device: torch.device, budget: Budget, *, load: Load = load) -> None:
        self.budget = budget
        self._device = device
        self._load = load
        self._slots: dict[str, _Slot] = {}
        self._clock = itertools.count(1)
        self._half = pick_dtype(device) is not torch.float32
        # Called before a checkpoint is moved: whatever was put onto its weights is taken off.
        self.before_move: Callable[[Checkpoint], None] = lambda _: None

    def checkpoint(
        self,
        model: Model,
        width: int,
        height: int,
        *,
        after: Way | None = None,
        loading: Callable[[], None] = lambda: None,
    ) -> Checkpoint:
        """`model`, ready to draw a picture of this size; `loading` is called first if anything has to be moved.

        `after` is a way that was tried and ran out of memory: a lesser one is taken. OutOfMemory if nothing fits;
        whatever loading raises otherwise.
        """
        self._forget_if_changed(model)
        found = plan(self.budget, self._held(), self.need(model, width, height), after=after)
        if isinstance(found, TooLarge):
            raise too_large(found, width, height)
        slot = self._slots.get(model.name)
        if found.moves or slot is None or slot.way.mode is not found.way.mode:
            loading()
        slot = self._carried_out(found, model)
        set_tiling(slot.checkpoint.pipe.vae, tiled=found.way.tiled)
        slot.way, slot.used = found.way, next(self._clock)
        return slot.checkpoint

    def need(self, model: Model, width: int, height: int) -> Need:
        """What a picture of this size needs; the weights are those in memory, or what the files' headers say."""
        slot = self._slots.get(model.name)
        weights = slot.weights if slot else weights_of(model, half=self._half)
        rule = rule_for(model.family, half=self._half)
        return Need(model=model.name, weights=weights, rule=rule, width=width, height=height)

    def way(self, name: str) -> Way | None:
        """How the checkpoint called `name` was readied last; None if it is not held."""
        slot = self._slots.get(name)
        return slot.way if slot else None

    def way_after(self, model: Model, width: int, height: int, tried: Way | None) -> Way | None:
        """The next lesser way to draw a picture of this size, None if `tried` was the last."""
        found = plan(self.budget, self._held(), self.need(model, width, height), after=tried)
        return None if isinstance(found, TooLarge) else found.way

    def smaller(self, model: Model, width: int, height: int) -> TooLarge:
        """A size to propose after one that should have fitted did not: half as many pixels, or fewer; or none."""
        half = scaled(self.need(model, width, height), math.sqrt(0.5))
        found = largest(self.budget, half)
        return found if min(found.width, found.height) >= model.min_side else TooLarge(width=0, height=0)

    def rest(self) -> None:
        """A request is over: parts that came to the device for it alone leave it."""
        for slot in self._slots.values():
            if slot.way.mode is Mode.TURNS:
                end_turn(slot.checkpoint.pipe, self._device)
                self.free()

    def release(self) -> None:
        """Give the device back: what fits into RAM stays there, the rest is dropped."""
        room = self.budget.ram - sum(each.weights.total for each in self._slots.values() if each.place is Place.RAM)
        for name, slot in sorted(self._slots.items(), key=lambda item: item[1].used, reverse=True):
            if slot.place is not Place.DEVICE:
                continue
            if slot.weights.total <= room:
                room -= slot.weights.total
                self._to_ram(name)
            else:
                del self._slots[name]
        self.free()

    def ready(self) -> list[str]:
        """The checkpoints that can draw without being moved, the one used last first."""
        latest = sorted(self._slots.items(), key=lambda item: item[1].used, reverse=True)
        return [name for name, slot in latest if slot.place is Place.DEVICE or slot.way.mode is not Mode.WHOLE]

    def free(self) -> None:
        """Hand unused memory of the device back to it."""
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _held(self) -> Sequence[Held]:
        return [
            Held(model=name, bytes=slot.weights.total, place=slot.place, used=slot.used)
            for name, slot in self._slots.items()
        ]

    def _forget_if_changed(self, model: Model) -> None:
        """The catalogue's entry may have been corrected, or its files replaced, since the checkpoint was loaded."""
        slot = self._slots.get(model.name)
        if slot and (slot.checkpoint.model != model or slot.sha256 != model.sha256):
            del self._slots[model.name]
            self.free()

    def _carried_out(self, found: Plan, model: Model) -> _Slot:
        """Make the plan's moves and bring the wanted checkpoint into its mode."""
        for move in found.moves:
            match move.kind:
                case Kind.DROP:
                    del self._slots[move.model]
                    self.free()
                case Kind.TO_RAM:
                    self._to_ram(move.model)
                    self.free()
                case Kind.FROM_RAM | Kind.FROM_DISK:
                    pass  # below: the mode decides where it goes
        slot = self._slots.get(model.name)
        if slot and Mode.LAYERS in {slot.way.mode, found.way.mode} and slot.way.mode is not found.way.mode:
            # Group offloading rewires every layer; a fresh load is the only state that is surely the same.
            del self._slots[model.name]
            slot = None
        try:
            return self._in_mode(slot, found.way.mode) if slot else self._loaded(model, found.way.mode)
        except BaseException:
            self._slots.pop(model.name, None)  # half of it may be here and half there
            self.free()
            raise

    def _loaded(self, model: Model, mode: Mode) -> _Slot:
        """Read `model` from disk; modes that run from RAM never put all of it onto the device."""
        sha256 = model.sha256  # before: files that are replaced meanwhile are read again the next time
        # Outside inference mode, so that its weights are plain tensors that may be moved from anywhere.
        with torch.inference_mode(mode=False):
            checkpoint = self._load(model, self._device if mode is Mode.WHOLE else _CPU, pick_dtype(self._device))
        checkpoint = replace(checkpoint, device=self._device)  # where it computes, wherever its weights lie
        place = Place.DEVICE if mode is Mode.WHOLE else Place.RAM
        weights = _weights(checkpoint.pipe)
        slot = _Slot(checkpoint=checkpoint, sha256=sha256, weights=weights, place=place, way=_WHOLE, used=0)
        self._slots[model.name] = slot
        return self._in_mode(slot, mode)

    def _in_mode(self, slot: _Slot, mode: Mode) -> _Slot:
        """Bring a checkpoint from the mode it is in to `mode`; only LAYERS cannot be left."""
        pipe = slot.checkpoint.pipe
        if mode is Mode.WHOLE and slot.place is Place.RAM:
            self.before_move(slot.checkpoint)
            stop_turns(pipe)
            _move(pipe, self._device, pinned=False)
            slot.place = Place.DEVICE
        elif mode is not Mode.WHOLE and slot.way.mode is not mode:
            self.before_move(slot.checkpoint)
            if mode is Mode.TURNS:
                take_turns(pipe, self._device)
            else:
                layer_by_layer(pipe, self._device)
            slot.place = Place.RAM
        slot.way = Way(mode=mode, tiled=slot.way.tiled)
        return slot

    def _to_ram(self, name: str) -> None:
        slot = self._slots.pop(name)  # if this fails, half of it may be here and half there
        self.before_move(slot.checkpoint)
        _move(slot.checkpoint.pipe, _CPU, pinned=self._device.type == "cuda")
        slot.place = Place.RAM
        self._slots[name] = slot


def budget_of(
    device: torch.device, *, vram_bytes: int = 0, ram_bytes: int = 0, low_vram: LowVram = LowVram.AUTO
) -> Budget:
    """What may be used of this machine; 0 means what is free on the card less a reserve, and a share of the RAM.

    Without a GPU the device is RAM, `ram_bytes` counts for it, and there is nothing beside it to move things to.
    """
    machine = host.memory_bytes() or _UNKNOWN_RAM
    if device.type != "cuda":
        return Budget(device=ram_bytes or int(machine * _CPU_SHARE), ram=0, low_vram=low_vram)
    free, total = torch.cuda.mem_get_info(device)
    reserve = max(_RESERVE_BYTES, int(total * _RESERVE_SHARE))
    return Budget(
        device=vram_bytes or max(0, free - reserve), ram=ram_bytes or int(machine * _RAM_SHARE), low_vram=low_vram
    )


def too_large(found: TooLarge, width: int, height: int, detail: str = "") -> OutOfMemory:
    """The error for a picture that does not fit, naming the largest that would."""
    if not found.width:
        return OutOfMemory(detail, width=width, height=height)
    return OutOfMemory(detail, width=width, height=height, fits=f"{found.width}×{found.height}")


def _modules(pipe: DiffusionPipeline) -> Iterator[nn.Module]:
    for part in pipe.components.values():
        if isinstance(part, nn.Module):
            yield part


def _weights(pipe: DiffusionPipeline) -> Weights:
    """The bytes that a loaded pipeline's parts take; what is neither network nor VAE helps with the text."""
    sizes = {"texts": 0, "network": 0, "vae": 0}
    for name, part in pipe.components.items():
        if isinstance(part, nn.Module):
            kind = {"unet": "network", "transformer": "network", "vae": "vae"}.get(name, "texts")
            sizes[kind] += sum(tensor.nbytes for tensor in (*part.parameters(), *part.buffers()))
    return Weights(**sizes)


def _move(pipe: DiffusionPipeline, device: torch.device, *, pinned: bool) -> None:
    """Copy every parameter and buffer to `device`, bits and strides kept; the old memory is freed as it goes."""
    with torch.inference_mode(mode=False), torch.no_grad():
        for part in _modules(pipe):
            for tensor in itertools.chain(part.parameters(), part.buffers()):
                copy = torch.empty_like(tensor, device=device, pin_memory=pinned, requires_grad=False)
                tensor.data = copy.copy_(tensor)


def set_tiling(vae: AutoencoderKL, *, tiled: bool) -> None:
    """Have the VAE work in overlapping tiles of `TILE` pixels, or all at once."""
    if not tiled:
        vae.disable_tiling()
        return
    vae.enable_tiling()
    if not isinstance(vae, AutoencoderKL):  # Qwen-Image's has tiles of 256 pixels of its own
        return
    scale = 2 ** (len(vae.config["block_out_channels"]) - 1)
    vae.tile_sample_min_size, vae.tile_latent_min_size = TILE, TILE // scale
