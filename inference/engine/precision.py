"""What is done when half precision was too little: the picture once more in single, where there is room for it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn

from inference.engine.watch import Watch
from inference.errors import Overflowed
from inference.models.loading import Checkpoint
from inference.pixels import Pixels

_PARTS = ("unet", "text_encoder", "text_encoder_2")  # the VAE keeps its own precision, see `latents.py`


def drawn_in_what_it_takes(checkpoint: Checkpoint, draw: Callable[[Checkpoint], Pixels], watch: Watch) -> Pixels:
    """What `draw` makes with the checkpoint, or with its networks in single precision if they overflow in half.

    Overflowed if they do in single precision too, or if there is no room to try.
    """
    done = watch.done
    try:
        return draw(checkpoint)
    except Overflowed:
        if checkpoint.dtype is torch.float32 or not _has_room(checkpoint):
            raise
    watch.back_to(done)
    with _single(checkpoint) as exact:
        return draw(exact)


@contextmanager
def _single(checkpoint: Checkpoint) -> Iterator[Checkpoint]:
    """The checkpoint with its networks in single precision; afterwards they hold the same bits as before."""
    parts = _parts(checkpoint)
    try:
        in_precision(parts, torch.float32)
        yield replace(checkpoint, dtype=torch.float32)
    finally:
        in_precision(parts, checkpoint.dtype)


def in_precision(parts: Iterable[nn.Module], dtype: torch.dtype) -> None:
    """Bring the weights of `parts` to `dtype`; outside inference mode, so that they may still be moved and changed."""
    with torch.inference_mode(mode=False):
        for part in parts:
            part.to(dtype)


def _has_room(checkpoint: Checkpoint) -> bool:
    """Whether single precision, which takes as much again, fits on the device."""
    parts = _parts(checkpoint)
    # Weights that are brought to the device bit by bit are there because there is no room.
    if any(hasattr(module, name) for part in parts for module in part.modules() for name in _OFFLOADED):
        return False
    if checkpoint.device.type != "cuda":
        return True
    more = sum(parameter.nbytes for part in parts for parameter in part.parameters())
    free = torch.cuda.mem_get_info(checkpoint.device)[0]
    unused = torch.cuda.memory_reserved(checkpoint.device) - torch.cuda.memory_allocated(checkpoint.device)
    # Half as much for what the networks compute with: it doubles too, and fitted once already.
    return more * 1.5 < free + unused


_OFFLOADED = ("_hf_hook", "_diffusers_hook")  # accelerate's and diffusers' marks


def _parts(checkpoint: Checkpoint) -> list[nn.Module]:
    return [part for name in _PARTS if (part := getattr(checkpoint.pipe, name, None)) is not None]
