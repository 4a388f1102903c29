"""What drawing costs in seconds: measured as jobs finish, guessed from the catalogue before that."""

from dataclasses import dataclass, field

from inference.models.catalog import Model
from inference.models.sizes import FAMILIES, full_size
from inference.request import DrawRequest

# Text, VAE and file of one picture take about as long as this many denoising steps (measured on the embedded model).
OVERHEAD_STEPS = 4.0
# How much the newest job moves the estimate: half of it is forgotten after two jobs, so a changed machine shows soon.
_WEIGHT = 0.3

_DISK_BYTES_PER_S = 1.5e9

_Key = tuple[str, int, int, bool]


@dataclass(slots=True)
class Pace:
    """A rolling estimate of seconds per step for every model, size and whether guidance doubles the work."""

    _step_s: dict[_Key, float] = field(default_factory=dict[_Key, float])
    _load_s: dict[str, float] = field(default_factory=dict[str, float])

    def switch_s(self, model: Model) -> float:
        """Seconds until `model` is ready where another one was: measured, or its family's size from a fast disk."""
        if (known := self._load_s.get(model.name)) is not None:
            return known
        return full_size(model.family).total / _DISK_BYTES_PER_S if model.family in FAMILIES else 0.0

    def observe_switch(self, model: str, load_s: float) -> None:
        """Learn from a checkpoint that was loaded, or brought back from RAM."""
        known = self._load_s.get(model, load_s)
        self._load_s[model] = known + _WEIGHT * (load_s - known)

    def cost_s(self, request: DrawRequest, model: Model) -> float:
        """Seconds the device will be busy with `request`."""
        return self._estimate(request, model) * _work(request)

    def observe(self, request: DrawRequest, gpu_s: float) -> None:
        """Learn from a finished request."""
        key, measured = _key(request), gpu_s / _work(request)
        known = self._step_s.get(key, measured)
        self._step_s[key] = known + _WEIGHT * (measured - known)

    def _estimate(self, request: DrawRequest, model: Model) -> float:
        """Seconds per step: measured for this size, scaled from another size of the model, or the catalogue's guess."""
        if (known := self._step_s.get(_key(request))) is not None:
            return known
        pixels = request.width * request.height
        near = [
            (abs(width * height - pixels), step_s * pixels / (width * height) * _halves(request) / (2 if guided else 1))
            for (name, width, height, guided), step_s in self._step_s.items()
            if name == request.model
        ]
        if near:
            return min(near)[1]
        width, height = model.sizes["square"]
        return model.step_cost_s * pixels / (width * height) * _halves(request) / 2


def _key(request: DrawRequest) -> _Key:
    return request.model, request.width, request.height, request.guidance > 1


def _halves(request: DrawRequest) -> int:
    """2 with guidance, which runs the network for prompt and negative prompt; 1 without."""
    return 2 if request.guidance > 1 else 1


def _work(request: DrawRequest) -> float:
    """Steps in all, over every picture of the request; image to image takes only the part that `strength` leaves."""
    steps = request.steps * (request.strength or 1.0) if request.starts_from_picture else request.steps
    return request.count * (steps + OVERHEAD_STEPS)
