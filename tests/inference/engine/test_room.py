"""The ladder when memory runs out on the way: every rung once, in order, the same picture on each, then a size."""

import numpy as np
import pytest
import torch

from inference.engine.diffusion import Diffusion
from inference.engine.room import Rung
from inference.engine.watch import Watch
from inference.errors import OutOfMemory
from inference.messages import Phase
from inference.models.catalog import Catalog, Model
from inference.models.memory import Budget, LowVram
from inference.pixels import Pixels
from inference.request import DrawRequest
from tests.inference.conftest import MakeRequest

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

GIB = 1 << 30
ALL = [Rung.FREED, Rung.TILED, Rung.TURNS, Rung.LAYERS]


@pytest.fixture(scope="module")
def model(catalog: Catalog) -> Model:
    return catalog.find("genga-mini")


def drawn(
    model: Model, request: DrawRequest, *, fails: int, budget: Budget, at: Phase = Phase.DRAWING
) -> tuple[list[Pixels], Watch, list[tuple[Phase, int]]]:
    """Draw with a device that has no memory left the first `fails` times that the engine comes to `at`."""
    engine, left, steps = Diffusion(threads=1, budget=budget), [fails], list[tuple[Phase, int]]()

    def report(phase: Phase, step: int, _: int, __: bytes | None) -> None:
        steps.append((phase, step))
        if phase is at and left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("on purpose")

    watch = Watch(report, lambda: False, steps=engine.steps(request), preview_interval_s=0)
    return list(engine.draw(request, model, {}, watch)), watch, steps


@pytest.mark.parametrize("fails", range(5))
def test_every_rung_is_taken_once_and_draws_the_same_picture(
    fails: int, model: Model, make_request: MakeRequest
) -> None:
    request = make_request(steps=2, count=2)
    plenty = Budget(device=GIB, ram=GIB)
    expected, _, _ = drawn(model, request, fails=0, budget=plenty)
    pictures, watch, steps = drawn(model, request, fails=fails, budget=plenty)
    assert watch.rungs == ALL[:fails]
    assert watch.done == 4
    assert all(np.array_equal(one, other) for one, other in zip(pictures, expected, strict=True))
    assert steps[-1][1] == 4


def test_at_the_end_of_the_ladder_a_size_is_named_that_is_smaller(model: Model, make_request: MakeRequest) -> None:
    request = make_request(steps=2, width=256, height=128)
    with pytest.raises(OutOfMemory, match="tried: freed, VAE in tiles, parts take turns, layer by layer") as caught:
        drawn(model, request, fails=9, budget=Budget(device=GIB, ram=GIB), at=Phase.DECODING)
    assert caught.value.fields["fits"] == "128×64"
    assert "Try 128×64." in caught.value.english()


def test_where_running_from_ram_is_not_allowed_only_tiles_are_tried(model: Model, make_request: MakeRequest) -> None:
    with pytest.raises(OutOfMemory, match=r"tried: freed, VAE in tiles\)"):
        drawn(model, make_request(), fails=9, budget=Budget(device=GIB, ram=GIB, low_vram=LowVram.NEVER))


def test_memory_that_runs_out_while_loading_is_the_same_ladder(model: Model, make_request: MakeRequest) -> None:
    pictures, watch, _ = drawn(
        model, make_request(steps=1), fails=2, budget=Budget(device=GIB, ram=GIB), at=Phase.LOADING
    )
    assert len(pictures) == 1
    assert watch.rungs == ALL[:2]


def test_what_is_no_lack_of_memory_is_not_tried_again(model: Model, make_request: MakeRequest) -> None:
    engine = Diffusion(threads=1)
    calls: list[Phase] = []

    def report(phase: Phase, *_: object) -> None:
        calls.append(phase)
        if phase is Phase.DRAWING:
            raise ValueError("something else")

    watch = Watch(report, lambda: False, steps=1, preview_interval_s=0)
    with pytest.raises(ValueError, match="something else"):
        list(engine.draw(make_request(steps=1), model, {}, watch))
    assert calls.count(Phase.DRAWING) == 1
    assert watch.rungs == []
