"""What is tried when the device runs out of memory although the plan said it would not: one rung after the other.

The unused memory is handed back and the picture drawn again; then the VAE works tile by tile; then parts take turns on
the device, layer by layer at last; then a fresh process, which is the worker's to decide; then it is given up. Every
rung is taken once for a request and noted in its watch. Admission comes before all this: what the plan says cannot fit
is not tried at all.
"""

import traceback
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from inference.engine.failures import is_out_of_memory
from inference.engine.watch import Watch
from inference.errors import GengaError
from inference.models.catalog import Model
from inference.models.loading import Checkpoint
from inference.models.memory import Mode, Way
from inference.models.shelf import Shelf, too_large
from inference.request import DrawRequest

T = TypeVar("T")


class Rung(StrEnum):
    """What was done to find room, as it stands in the log."""

    FREED = "freed"
    TILED = "VAE in tiles"
    TURNS = "parts take turns"
    LAYERS = "layer by layer"


class Room:
    """The ladder of one request; `checkpoint` is the one to draw with, in whatever mode it has come to."""

    def __init__(
        self, shelf: Shelf, model: Model, request: DrawRequest, watch: Watch, loading: Callable[[], None]
    ) -> None:
        self._shelf, self._model, self._request, self._watch, self._loading = shelf, model, request, watch, loading
        self._after: Way | None = None  # the way that was not enough, once one was not

    def drawn(self, draw: Callable[[Checkpoint], T]) -> T:
        """What `draw` returns, tried again a rung further each time it runs out of memory; OutOfMemory at the end."""
        done = self._watch.done
        while True:
            detail = ""
            try:
                return draw(self._checkpoint())
            except Exception as error:
                if isinstance(error, GengaError) or not is_out_of_memory(error):
                    raise
                detail = f"{type(error).__name__}: {error}"
                traceback.clear_frames(error.__traceback__)  # they hold the tensors that have no room
            self._climb(detail)
            self._watch.back_to(done)

    def _checkpoint(self) -> Checkpoint:
        size = self._request.width, self._request.height
        return self._shelf.checkpoint(self._model, *size, after=self._after, loading=self._loading)

    def _climb(self, detail: str) -> None:
        """Take the next rung, or raise OutOfMemory with the size that would fit."""
        self._shelf.free()
        if not self._watch.rungs:
            self._watch.rungs.append(Rung.FREED)
            return
        width, height = self._request.width, self._request.height
        tried = self._shelf.way_after(self._model, width, height, self._after)
        lesser = self._shelf.way_after(self._model, width, height, tried) if tried else None
        if lesser is None:
            tried_all = f"{detail} (tried: {', '.join(self._watch.rungs)})"
            raise too_large(self._shelf.smaller(self._model, width, height), width, height, tried_all)
        self._after = tried
        self._watch.rungs.append(_RUNGS[lesser.mode])


_RUNGS = {Mode.WHOLE: Rung.TILED, Mode.TURNS: Rung.TURNS, Mode.LAYERS: Rung.LAYERS}
