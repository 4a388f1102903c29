"""Flow-matching families: what our engine draws with them is what their own pipelines draw, followed step by step."""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.hooks import ModelHook
from PIL import Image
from safetensors.torch import save_file

from benchmarks import flow_files, flow_miniatures
from config import Config
from inference.engine import flow
from inference.engine.preview import fit_preview
from inference.engine.watch import Watch
from inference.errors import BadRequest, BadWeights, Cancelled, LoadFailed, ModelMissing
from inference.gpu import Drawn, Gpu
from inference.messages import Phase
from inference.models.building import FOREIGN, INCOMPLETE, MISSHAPEN
from inference.models.catalog import Catalog, Model, load_catalog
from inference.models.families import FLOW, refuse_picture, size_multiple
from inference.models.flow import load_flow
from inference.models.flow_file import OTHER_FAMILY, PACKED
from inference.models.loading import Checkpoint, load
from inference.models.memory import Budget, LowVram, Mode, Way
from inference.models.parts import weights_of
from inference.models.shelf import Shelf, set_tiling
from inference.request import DrawRequest

MakeRequest = Callable[..., DrawRequest]
# Chroma's own module in diffusers takes a class from its old place.
pytestmark = pytest.mark.filterwarnings("ignore:`FluxPosEmbed` is deprecated:FutureWarning")
SIDE, STEPS = 64, 3
GIB = 1 << 30


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    """These tensors are too small to be shared out."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A miniature of each family, written when it is first wanted."""
    root = tmp_path_factory.mktemp("flow")
    return functools.cache(lambda family: flow_miniatures.write(root / family, family))


@pytest.fixture(scope="module")
def checkpoints(folders: Callable[[str], Path]) -> Callable[[str], Checkpoint]:
    """Each of them in memory; as drawing with one leaves nothing behind, all tests share them."""
    return functools.cache(lambda family: loaded(family, folders(family)))


def entry(family: str, folder: Path) -> Model:
    return dataclasses.replace(load_catalog().models["genga-mini"], name=family, family=family, path=str(folder))


def loaded(family: str, folder: Path) -> Checkpoint:
    model = entry(family, folder)
    pipe: Any = load_flow(model, torch.float32)
    return Checkpoint(
        model=model, pipe=pipe, device=torch.device("cpu"), dtype=torch.float32, preview=fit_preview(pipe.vae)
    )


class Notes:
    """What a watch was told."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[int] = []
        self.phases: list[Phase] = []
        self.previews: list[bytes] = []
        self._stop_at = stop_at

    def watch(self, steps: int) -> Watch:
        return Watch(self._report, self._is_cancelled, steps=steps, preview_interval_s=1e-9)

    def _report(self, phase: Phase, step: int, _: int, preview: bytes | None) -> None:
        self.steps.append(step)
        self.phases.append(phase)
        if preview:
            self.previews.append(preview)

    def _is_cancelled(self) -> bool:
        return self._stop_at is not None and self.steps[-1:] == [self._stop_at]


def plainly(family: str, checkpoint: Checkpoint, request: DrawRequest) -> np.ndarray:
    """What the family's own pipeline draws: its arguments as its card has them, in [0, 1]."""
    generator = torch.Generator("cpu").manual_seed(request.seed)
    asked: dict[str, Any] = {
        "prompt": request.prompt, "negative_prompt": request.negative, "width": request.width,
        "height": request.height, "num_inference_steps": request.steps, "generator": generator, "output_type": "np",
    }  # fmt: skip
    pipe = checkpoint.pipe
    if family == "anima":
        pipe.guider.guidance_scale = request.guidance
        return pipe(**asked, output="images")[0]
    name = "true_cfg_scale" if family == "qwen-image" else "guidance_scale"
    return pipe(**asked, **{name: request.guidance}).images[0]


@pytest.mark.parametrize("family", sorted(FLOW))
def test_a_picture_is_that_of_the_family_s_own_pipeline(
    family: str, checkpoints: Callable[[str], Checkpoint], make_request: MakeRequest
) -> None:
    checkpoint = checkpoints(family)
    request = make_request(
        prompt="1girl, blue hair", negative="lowres", width=SIDE, height=SIDE + 32, steps=STEPS, guidance=3.5, seed=5
    )
    notes = Notes()
    pixels = flow.draw(checkpoint, request, 5, notes.watch(STEPS))
    expected = plainly(family, checkpoint, request)
    assert np.abs(pixels / 255 - expected).max() <= 0.5 / 255 + 1e-4
    assert pixels.shape == (SIDE + 32, SIDE, 3)
    # Every step was told, with a preview of the picture's shape, and the next picture begins with nothing left over.
    assert [step for step in notes.steps if step][:STEPS] == [1, 2, 3]
    assert notes.phases[-1] is Phase.DECODING
    assert len(notes.previews) >= 2
    assert (flow.draw(checkpoint, request, 6, Notes().watch(STEPS)) != pixels).any()


@pytest.mark.parametrize("family", sorted(FLOW - {"lumina2"}))
def test_a_picture_to_start_from_is_moved_as_far_as_asked(
    family: str, checkpoints: Callable[[str], Checkpoint], make_request: MakeRequest
) -> None:
    checkpoint = checkpoints(family)
    start = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    request = make_request(prompt="night", width=SIDE, height=SIDE, steps=4, guidance=2.0, image="a" * 64, strength=0.5)
    notes = Notes()
    pixels = flow.draw(checkpoint, request, request.seed, notes.watch(2), picture=start)
    assert max(notes.steps) == 2
    other = Image.fromarray(start).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    turned = flow.draw(checkpoint, request, request.seed, Notes().watch(2), picture=np.asarray(other))
    assert (turned != pixels).any()


@pytest.mark.parametrize("family", sorted(FLOW))
def test_nobody_waits_for_a_picture_that_nobody_wants(
    family: str, checkpoints: Callable[[str], Checkpoint], make_request: MakeRequest
) -> None:
    checkpoint = checkpoints(family)
    request = make_request(width=SIDE, height=SIDE, steps=STEPS)
    scheduler = checkpoint.pipe.scheduler
    notes = Notes(stop_at=1)
    with pytest.raises(Cancelled):
        flow.draw(checkpoint, request, 1, notes.watch(STEPS))
    assert max(notes.steps) == 1
    assert checkpoint.pipe.scheduler is scheduler


def test_a_folder_of_another_family_is_not_loaded_by_this_one(folders: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(LoadFailed):
        load_flow(entry("chroma", folders("z-image")), torch.float32)
    with pytest.raises(ModelMissing):
        load_flow(entry("chroma", tmp_path), torch.float32)
    folder = flow_miniatures.write(tmp_path / "own code", "chroma")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"transformers"', '"of_my_own"'))
    with pytest.raises(LoadFailed, match="of_my_own"):
        load_flow(entry("chroma", folder), torch.float32)


@pytest.mark.parametrize("family", sorted(FLOW))
def test_a_network_in_one_file_is_the_folder_s_and_all_else_is_lent_by_the_folder(
    family: str, folders: Callable[[str], Path], checkpoints: Callable[[str], Checkpoint], tmp_path: Path
) -> None:
    file = flow_files.write(tmp_path / "one.safetensors", family, times=2.0)
    model = dataclasses.replace(entry(family, file), text_encoder=str(folders(family)))
    one, whole = load(model, torch.device("cpu")).pipe, checkpoints(family).pipe
    networks = {"transformer", "text_conditioner"}
    for name, part in whole.components.items():
        if isinstance(part, torch.nn.Module):
            own = getattr(one, name).state_dict()
            for tensor, value in part.state_dict().items():
                assert torch.equal(own[tensor], 2.0 * value if name in networks else value), (name, tensor)
    assert weights_of(model, half=False).network >= weights_of(entry(family, folders(family)), half=False).network > 0
    assert weights_of(model, half=False).texts == weights_of(entry(family, folders(family)), half=False).texts


def test_a_file_that_is_not_the_network_ends_in_one_sentence(folders: Callable[[str], Path], tmp_path: Path) -> None:
    whole = flow_files.tensors("z-image")
    broken = {
        INCOMPLETE: {name: value for name, value in whole.items() if not name.endswith("w3.weight")},
        FOREIGN: {**whole, "layers.1.attention.out.weight": torch.ones(32, 32)},
        PACKED: {**whole, "layers.0.attention.out.scale_weight": torch.ones(1)},
        MISSHAPEN: {**whole, "cap_embedder.1.weight": torch.ones(32, 8)},
        OTHER_FAMILY: flow_files.tensors("chroma"),
    }
    for what, tensors in broken.items():
        save_file(tensors, tmp_path / "one.safetensors")
        model = dataclasses.replace(
            entry("z-image", tmp_path / "one.safetensors"), text_encoder=str(folders("z-image"))
        )
        with pytest.raises(BadWeights) as said:
            load(model, torch.device("cpu"))
        assert what in said.value.english()
    save_file({name: value.to(torch.float8_e4m3fn) for name, value in whole.items()}, tmp_path / "one.safetensors")
    assert load(model, torch.device("cpu")).pipe.transformer.dtype is torch.float32
    with pytest.raises(ModelMissing):
        load(dataclasses.replace(model, text_encoder=str(tmp_path)), torch.device("cpu"))


def test_sizes_are_multiples_of_what_a_family_patches() -> None:
    assert (size_multiple("z-image"), size_multiple("sdxl")) == (16, 8)


def test_a_family_without_image_to_image_says_so() -> None:
    with pytest.raises(BadRequest, match="can't start from a picture"):
        refuse_picture("lumina2", "Neta Lumina")
    refuse_picture("sdxl", "Animagine")


@pytest.mark.parametrize("mode", [Mode.TURNS, Mode.LAYERS])
@pytest.mark.parametrize("family", ["anima", "z-image"])
def test_run_from_ram_a_family_draws_what_it_draws_on_the_device(
    family: str,
    mode: Mode,
    folders: Callable[[str], Path],
    checkpoints: Callable[[str], Checkpoint],
    make_request: MakeRequest,
) -> None:
    """On this machine both sides of the move are RAM; which part is called to the device, and when, is seen."""
    model = entry(family, folders(family))
    shelf = Shelf(torch.device("cpu"), Budget(device=GIB, ram=GIB, low_vram=LowVram.ALWAYS))
    after = Way(mode=Mode.TURNS, tiled=True) if mode is Mode.LAYERS else None
    checkpoint = shelf.checkpoint(model, SIDE, SIDE, after=after)
    way = shelf.way(family)
    assert way and way.mode is mode
    called = note_turns(checkpoint) if mode is Mode.TURNS else []
    request = make_request(width=SIDE, height=SIDE, steps=2, guidance=2.0)
    start = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    for asked, picture in ((request, None), (dataclasses.replace(request, image="a" * 64, strength=0.5), start)):
        vae = checkpoint.pipe.vae
        set_tiling(checkpoints(family).pipe.vae, tiled=way.tiled)
        expected = flow.draw(checkpoints(family), asked, 5, Notes().watch(2), picture=picture)
        assert np.array_equal(flow.draw(checkpoint, asked, 5, Notes().watch(2), picture=picture), expected)
        assert checkpoint.pipe.vae is vae
        shelf.rest()
    set_tiling(checkpoints(family).pipe.vae, tiled=False)
    if mode is Mode.TURNS:
        network = [name for name, _ in itertools.groupby(called)]
        texts = network[: network.index("transformer")]
        assert set(texts) <= {"text_encoder", "text_conditioner"} and network[len(texts) :] == ["transformer", "vae"]
    # With room for all of it, it is run whole again.
    shelf.budget = Budget(device=GIB, ram=GIB)
    whole = shelf.checkpoint(model, SIDE, SIDE)
    way = shelf.way(family)
    assert way and way.mode is Mode.WHOLE
    assert not any(hasattr(part, "_hf_hook") for part in whole.pipe.components.values())
    expected = flow.draw(checkpoints(family), request, 5, Notes().watch(2))
    assert np.array_equal(flow.draw(whole, request, 5, Notes().watch(2)), expected)


def note_turns(checkpoint: Checkpoint) -> list[str]:
    """The parts in the order in which they are called to the device, until their turns begin anew."""
    called: list[str] = []

    class Noted(ModelHook):
        """A part's own hook, with a note."""

        def __init__(self, name: str, own: ModelHook) -> None:
            self._name, self._own = name, own

        def pre_forward(self, module: torch.nn.Module, *args: object, **kwargs: object) -> object:
            called.append(self._name)
            return self._own.pre_forward(module, *args, **kwargs)

    parts: dict[str, Any] = checkpoint.pipe.components
    for name, part in parts.items():
        if isinstance(part, torch.nn.Module):
            part.__dict__["_hf_hook"] = Noted(name, part.__dict__["_hf_hook"])
    return called


def test_no_family_writes_bars_into_the_log(
    checkpoints: Callable[[str], Checkpoint], make_request: MakeRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    request = make_request(width=SIDE, height=SIDE, steps=1)
    for family in sorted(FLOW):
        flow.draw(checkpoints(family), request, 1, Notes().watch(1))
    assert capfd.readouterr() == ("", "")


async def test_a_worker_draws_with_one_and_then_with_the_other(
    folders: Callable[[str], Path], config: Config, make_request: MakeRequest
) -> None:
    mini = load_catalog().models["genga-mini"]
    catalog = Catalog({"genga-mini": mini, "z-image": entry("z-image", folders("z-image"))})
    patient = config.model_copy(update={"worker": config.worker.model_copy(update={"step_deadline_s": 60.0})})
    async with Gpu(patient, catalog) as gpu:
        for model in ("z-image", "genga-mini"):
            request = make_request(model=model, width=SIDE, height=SIDE, steps=2)
            [drawn] = await gpu.draw([request], {}, lambda *_: None)
            assert isinstance(drawn, Drawn), drawn
