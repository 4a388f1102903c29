"""The shelf with real miniatures: whatever was moved, dropped, offloaded or loaded again, the pictures are the same."""

import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.hooks import ModelHook

from inference.engine.diffusion import Diffusion
from inference.engine.watch import Watch
from inference.errors import OutOfMemory
from inference.messages import Phase
from inference.models.catalog import Model
from inference.models.loading import Checkpoint, load
from inference.models.memory import Budget, LowVram, Mode, Way, peak_bytes
from inference.models.parts import weights_of
from inference.models.shelf import Shelf, budget_of
from inference.pixels import Pixels, to_png
from inference.request import DrawRequest
from tests.inference.conftest import MakeRequest
from tests.miniature import build_miniature, catalog_with

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CPU = torch.device("cpu")
GIB = 1 << 30
SIDE = 64


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    """Three checkpoints of one family with different weights."""
    folder = tmp_path_factory.mktemp("three")
    entry = catalog_with(folder).models["genga-mini"]
    return {
        name: replace(entry, name=name, path=str(build_miniature(folder / name, seed=seed)))
        for seed, name in enumerate("abc")
    }


@pytest.fixture(scope="module")
def requests(models: dict[str, Model], make_request: MakeRequest) -> dict[str, DrawRequest]:
    return {name: make_request(model=name, steps=2, width=SIDE, height=SIDE) for name in models}


@pytest.fixture(scope="module")
def fresh(models: dict[str, Model], requests: dict[str, DrawRequest]) -> dict[str, Pixels]:
    """What each checkpoint draws when nothing else was ever loaded."""
    return {name: drawn(Diffusion(threads=1), models[name], requests[name]) for name in models}


@pytest.fixture(scope="module")
def room(models: dict[str, Model]) -> Callable[[float], int]:
    """A function: the bytes in which so many of the checkpoints fit, one of them at work."""
    need = Shelf(CPU, Budget(device=GIB, ram=0)).need(models["a"], SIDE, SIDE)
    work = peak_bytes(need, Way(mode=Mode.WHOLE, tiled=False)) - need.weights.total
    return lambda checkpoints: work + int(checkpoints * need.weights.total)


def drawn(engine: Diffusion, model: Model, request: DrawRequest, png: bytes | None = None) -> Pixels:
    quiet = Watch(lambda *_: None, lambda: False, steps=engine.steps(request), preview_interval_s=0)
    [pixels] = engine.draw(request, model, {request.image: png} if png and request.image else {}, quiet)
    return pixels


class Counted:
    """Loads as the shelf does, and counts."""

    def __init__(self) -> None:
        self.loads: list[str] = []

    def __call__(self, model: Model, device: torch.device, dtype: torch.dtype) -> Checkpoint:
        self.loads.append(model.name)
        return load(model, device, dtype)


def state(checkpoint: Checkpoint) -> Iterator[tuple[str, torch.Tensor, tuple[int, ...]]]:
    """Every tensor of a checkpoint, by name, and its strides."""
    for part in ("text_encoder", "unet", "vae"):
        module = getattr(checkpoint.pipe, part)
        for name, tensor in itertools.chain(module.named_parameters(), module.named_buffers()):
            yield f"{part}.{name}", tensor, tensor.stride()


def test_ten_random_switches_draw_what_fresh_loads_draw(
    models: dict[str, Model],
    requests: dict[str, DrawRequest],
    fresh: dict[str, Pixels],
    room: Callable[[float], int],
) -> None:
    size = weights_of(models["a"], half=False).total
    for seed in range(10):
        dice = random.Random(seed)
        ram = dice.choice([0, int(1.5 * size), 3 * size])
        engine = Diffusion(threads=1, budget=Budget(device=room(dice.choice([1.2, 2.2])), ram=ram))
        for name in dice.choices("abc", k=4):
            assert np.array_equal(drawn(engine, models[name], requests[name]), fresh[name]), (seed, name)


def test_a_move_to_ram_and_back_keeps_every_bit_and_the_layout(
    models: dict[str, Model], room: Callable[[float], int]
) -> None:
    counted = Counted()
    shelf = Shelf(CPU, Budget(device=room(1.2), ram=GIB), load=counted)
    checkpoint = shelf.checkpoint(models["a"], SIDE, SIDE)
    before = {name: (tensor.clone(), strides) for name, tensor, strides in state(checkpoint)}
    shelf.checkpoint(models["b"], SIDE, SIDE)
    assert shelf.ready() == ["b"]
    again = shelf.checkpoint(models["a"], SIDE, SIDE)
    assert again is checkpoint
    assert counted.loads == ["a", "b"]
    for name, tensor, strides in state(again):
        old, old_strides = before[name]
        assert torch.equal(tensor, old), name
        assert strides == old_strides, name
    assert any(strides[1] == 1 for name, tensor, strides in state(again) if tensor.ndim == 4)  # channels last


def test_what_was_used_last_stays_and_the_rest_is_dropped_without_ram(
    models: dict[str, Model], room: Callable[[float], int]
) -> None:
    counted = Counted()
    shelf = Shelf(CPU, Budget(device=room(2.2), ram=0), load=counted)
    for name in "abcbcab":
        shelf.checkpoint(models[name], SIDE, SIDE)
    assert counted.loads == ["a", "b", "c", "a", "b"]
    assert shelf.ready() == ["b", "a"]


def test_whatever_lies_on_the_weights_is_taken_off_before_they_move(
    models: dict[str, Model], room: Callable[[float], int]
) -> None:
    moved: list[str] = []
    shelf = Shelf(CPU, Budget(device=room(1.2), ram=GIB))
    shelf.before_move = lambda checkpoint: moved.append(checkpoint.model.name)
    for name in "aba":
        shelf.checkpoint(models[name], SIDE, SIDE)
    assert moved == ["a", "b", "a"]


@pytest.mark.parametrize("mode", [Mode.TURNS, Mode.LAYERS])
def test_offloaded_parts_draw_the_same_pictures(
    mode: Mode, models: dict[str, Model], requests: dict[str, DrawRequest], fresh: dict[str, Pixels]
) -> None:
    """On this machine both sides of the move are RAM; that the hooks fire outside the pipeline's own call is seen."""
    engine = Diffusion(threads=1, budget=Budget(device=GIB, ram=GIB, low_vram=LowVram.ALWAYS))
    request = requests["a"]
    if mode is Mode.LAYERS:  # from there it has to find its way back to turns
        after = Way(mode=Mode.TURNS, tiled=True)
        engine.shelf.checkpoint(models["a"], SIDE, SIDE, after=after)
    way = engine.shelf.way("a")
    picture = drawn(engine, models["a"], request)
    assert np.array_equal(picture, fresh["a"])
    assert engine.shelf.way("a") == Way(mode=Mode.TURNS, tiled=False)
    assert way is None or way.mode is Mode.LAYERS
    source = to_png(fresh["b"], {})
    again = replace(request, image="0" * 64, strength=0.6)
    expected = drawn(Diffusion(threads=1), models["a"], again, source)
    assert np.array_equal(drawn(engine, models["a"], again, source), expected)


def test_layer_by_layer_draws_the_same_picture(
    models: dict[str, Model], requests: dict[str, DrawRequest], fresh: dict[str, Pixels]
) -> None:
    need = Shelf(CPU, Budget(device=GIB, ram=0)).need(models["a"], SIDE, SIDE)
    least = peak_bytes(need, Way(mode=Mode.LAYERS, tiled=False))
    assert least < peak_bytes(need, Way(mode=Mode.TURNS, tiled=True))
    engine = Diffusion(threads=1, budget=Budget(device=least, ram=GIB))
    picture = drawn(engine, models["a"], requests["a"])
    way = engine.shelf.way("a")
    assert way
    assert way.mode is Mode.LAYERS
    assert np.array_equal(picture, fresh["a"])


def test_parts_take_turns_although_our_own_loop_calls_them_one_by_one(
    models: dict[str, Model], requests: dict[str, DrawRequest]
) -> None:
    engine = Diffusion(threads=1, budget=Budget(device=GIB, ram=GIB, low_vram=LowVram.ALWAYS))
    checkpoint = engine.shelf.checkpoint(models["a"], SIDE, SIDE)
    called: list[str] = []

    class Noted(ModelHook):
        """The part's own hook, with a note of who was called to the device."""

        def __init__(self, name: str, own: ModelHook) -> None:
            self._name, self._own = name, own

        def pre_forward(self, module: torch.nn.Module, *args: object, **kwargs: object) -> object:
            called.append(self._name)
            return self._own.pre_forward(module, *args, **kwargs)

    for name in ("text_encoder", "unet", "vae"):
        part = getattr(checkpoint.pipe, name)
        part._hf_hook = Noted(name, part._hf_hook)
    drawn(engine, models["a"], requests["a"])
    # `decode` is no forward: diffusers calls the hook for it all the same.
    assert [name for name, _ in itertools.groupby(called)] == ["text_encoder", "unet", "vae"]


def test_a_picture_too_large_names_the_size_that_fits(models: dict[str, Model], room: Callable[[float], int]) -> None:
    shelf = Shelf(CPU, Budget(device=room(1.5), ram=0))
    with pytest.raises(OutOfMemory) as caught:
        shelf.checkpoint(models["a"], 2048, 1024)
    assert caught.value.fields["fits"]
    width, height = map(int, str(caught.value.fields["fits"]).split("×"))
    assert 64 <= height <= width < 2048
    shelf.checkpoint(models["a"], width, height)
    with pytest.raises(OutOfMemory, match="Try a smaller size"):
        Shelf(CPU, Budget(device=0, ram=0)).checkpoint(models["a"], 64, 64)


def test_releasing_leaves_nothing_on_the_device(models: dict[str, Model], room: Callable[[float], int]) -> None:
    counted = Counted()
    size = weights_of(models["a"], half=False).total
    shelf = Shelf(CPU, Budget(device=room(2.2), ram=int(1.5 * size)), load=counted)
    for name in "ab":
        shelf.checkpoint(models[name], SIDE, SIDE)
    shelf.release()
    assert shelf.ready() == []
    shelf.checkpoint(models["b"], SIDE, SIDE)
    assert counted.loads == ["a", "b"]
    shelf.checkpoint(models["a"], SIDE, SIDE)
    assert counted.loads == ["a", "b", "a"]


def test_loading_is_reported_only_when_something_moves(
    models: dict[str, Model], requests: dict[str, DrawRequest]
) -> None:
    phases: list[Phase] = []
    engine = Diffusion(threads=1)
    for _ in range(2):
        watch = Watch(lambda phase, *_: phases.append(phase), lambda: False, steps=2, preview_interval_s=0)
        list(engine.draw(requests["a"], models["a"], {}, watch))
    assert phases.count(Phase.LOADING) == 1


def test_the_headers_tell_the_size_that_loading_takes(models: dict[str, Model]) -> None:
    shelf = Shelf(CPU, Budget(device=GIB, ram=0))
    said = weights_of(models["a"], half=False)
    shelf.checkpoint(models["a"], SIDE, SIDE)
    real = shelf.need(models["a"], SIDE, SIDE).weights
    assert (said.network, said.vae) == (real.network, real.vae)
    assert 0 <= real.texts - said.texts < 1024  # its buffers of positions are in no file
    missing = replace(models["a"], path=str(Path(models["a"].path) / "nowhere"))
    assert weights_of(missing, half=True).total == 0


def test_a_corrected_entry_is_loaded_again(models: dict[str, Model]) -> None:
    counted = Counted()
    shelf = Shelf(CPU, Budget(device=GIB, ram=0), load=counted)
    shelf.checkpoint(models["a"], SIDE, SIDE)
    shelf.checkpoint(replace(models["a"], clip_skip=2), SIDE, SIDE)
    assert counted.loads == ["a", "a"]


def test_files_that_were_replaced_are_read_again(
    models: dict[str, Model], requests: dict[str, DrawRequest], fresh: dict[str, Pixels], tmp_path: Path
) -> None:
    model = replace(models["a"], path=str(shutil.copytree(models["a"].folder, tmp_path / "a")))
    engine = Diffusion(threads=1)
    assert np.array_equal(drawn(engine, model, requests["a"]), fresh["a"])
    before = model.sha256
    for file in models["b"].folder.rglob("*.safetensors"):
        shutil.copyfile(file, tmp_path / "a" / file.relative_to(models["b"].folder))
    assert model.sha256 != before
    assert np.array_equal(drawn(engine, model, requests["a"]), fresh["b"])


def test_without_a_gpu_the_budget_is_a_share_of_this_machine() -> None:
    budget = budget_of(CPU)
    assert budget.ram == 0
    assert budget.device > GIB
    assert budget_of(CPU, ram_bytes=2 * GIB, low_vram=LowVram.NEVER) == Budget(
        device=2 * GIB, ram=0, low_vram=LowVram.NEVER
    )
