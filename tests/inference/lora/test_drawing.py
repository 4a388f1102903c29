"""Pictures drawn with LoRAs and embeddings by the engine: against merged weights, against diffusers, and afterwards."""

# diffusers annotates its pipelines loosely.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from inference.engine import text_to_image
from inference.engine.diffusion import Diffusion
from inference.engine.watch import Watch
from inference.errors import Cancelled, ExtraMismatch, ExtraMissing, ExtraUnusable
from inference.messages import Phase
from inference.models.catalog import Catalog, Model
from inference.models.loading import Checkpoint, load
from inference.models.lora.file import read
from inference.pixels import Pixels
from inference.request import DrawRequest, EmbeddingUse, LoraUse
from tests.inference.conftest import MakeRequest
from tests.inference.lora.merging import bits, merged, set_values
from tests.inference.lora.writing import kohya, lora_tensors, random, write

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

Naming = Callable[[str], Callable[[str], str]]  # part -> path -> name
CPU = torch.device("cpu")
# The same weights to the sixth digit, rounded to 8 bits: seldom one step apart.
TOLERANCE = 1


@pytest.fixture(scope="module")
def engine() -> Diffusion:
    return Diffusion(threads=1)


@pytest.fixture(scope="module")
def model(catalog: Catalog) -> Model:
    return catalog.find("genga-mini")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("extras")


class World:
    """An engine, a checkpoint, and files that requests may name."""

    def __init__(self, engine: Diffusion, model: Model, folder: Path, make_request: MakeRequest) -> None:
        self.engine, self.model, self._folder, self._make = engine, model, folder, make_request
        self.files: dict[str, Path] = {}

    @property
    def pipe(self) -> StableDiffusionPipeline:
        return self.engine.checkpoint(self.model).pipe

    def write(self, tensors: Mapping[str, torch.Tensor]) -> str:
        """A file of these tensors; its sha256."""
        path = self._folder / f"{len(list(self._folder.iterdir()))}.safetensors"
        sha256 = write(path, tensors)
        self.files[sha256] = path
        return sha256

    def request(self, **changes: object) -> DrawRequest:
        return self._make(**({"steps": 2, "guidance": 3.0} | changes))

    def draw(self, request: DrawRequest, watch: Watch | None = None, model: Model | None = None) -> list[Pixels]:
        return list(self.engine.draw(request, model or self.model, {}, watch or quiet(), self.files))


@pytest.fixture(scope="module")
def world(engine: Diffusion, model: Model, folder: Path, make_request: MakeRequest) -> World:
    return World(engine, model, folder, make_request)


def quiet() -> Watch:
    return Watch(lambda *_: None, lambda: False, steps=2, preview_interval_s=0)


def difference(one: Pixels, other: Pixels) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def fresh(world: World) -> Checkpoint:
    """The same checkpoint once more, from its files."""
    return load(world.model, CPU, torch.float32)


def tensors_of(
    world: World, kind: str, named: Callable[[str], Callable[[str], str]] = kohya
) -> dict[str, torch.Tensor]:
    pipe = world.pipe
    tensors = lora_tensors(kind, "unet", pipe.unet, named=named("unet"), kernels=kind not in {"dora", "lora"})
    return tensors | lora_tensors(kind, "text_encoder", pipe.text_encoder, named=named("text_encoder"))


@pytest.mark.parametrize("kind", ["lora", "tucker", "loha", "lokr", "full", "dora"])
def test_every_kind_is_drawn_as_if_it_were_part_of_the_checkpoint(world: World, kind: str) -> None:
    sha256 = world.write(tensors_of(world, kind))
    use = LoraUse(name=kind, sha256=sha256, unet=0.8, text=0.5)
    (drawn,) = world.draw(world.request(loras=(use,)))
    checkpoint = fresh(world)
    set_values(checkpoint.pipe, merged(kind, read(world.files[sha256], sha256), checkpoint.pipe, 0.8, 0.5))
    with torch.inference_mode():
        expected = text_to_image.draw(checkpoint, world.request(), 11, quiet())
    assert difference(drawn, expected) <= TOLERANCE
    (plain,) = world.draw(world.request())
    assert difference(plain, drawn) > 10 * TOLERANCE


def dotted(part: str) -> Callable[[str], str]:
    """diffusers' names; the text encoder's path with the `text_model.` that all published files have."""
    inside = "text_model." if part == "text_encoder" else ""
    return lambda path: f"{part}.{inside}{path}"


def respelt(tensors: Mapping[str, torch.Tensor], *, old: bool) -> dict[str, torch.Tensor]:
    """The same with the endings of peft or of diffusers' first form, alpha folded in as in files without one."""
    made: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        stem, _, ending = name.partition(".lora_")
        inside = "lora_linear_layer" if stem.startswith("text") else "lora"
        up, down = (f".{inside}.up.weight", f".{inside}.down.weight") if old else (".lora_B.weight", ".lora_A.weight")
        if ending == "up.weight":
            rank = tensors[f"{stem}.lora_down.weight"].shape[0]
            made[stem + up] = tensor * (tensors[f"{stem}.alpha"] / rank)
        elif ending == "down.weight":
            made[stem + down] = tensor
    return made


@pytest.mark.parametrize(("old", "strength"), [(False, 1.0), (False, 0.6), (True, 0.6)])
def test_plain_ones_are_what_diffusers_makes_of_them(world: World, *, old: bool, strength: float) -> None:
    tensors = respelt(tensors_of(world, "lora", dotted), old=old)
    sha256 = world.write(tensors)
    (drawn,) = world.draw(world.request(loras=(LoraUse(name="x", sha256=sha256, unet=strength, text=strength),)))
    checkpoint = fresh(world)
    stock = StableDiffusionPipeline.from_pipe(checkpoint.pipe)
    stock.load_lora_weights(world.files[sha256].parent, weight_name=world.files[sha256].name, adapter_name="x")
    stock.set_adapters(["x"], [strength])
    with torch.inference_mode():
        expected = text_to_image.draw(replace(checkpoint, pipe=stock), world.request(), 11, quiet())
    assert difference(drawn, expected) <= TOLERANCE


def test_kohya_s_own_are_what_diffusers_makes_of_them(world: World) -> None:
    # Without the layers within resnets and samplers: diffusers reads their names for full-size networks only.
    sha256 = world.write(tensors_of(world, "lora"))
    (drawn,) = world.draw(world.request(loras=(LoraUse(name="x", sha256=sha256),)))
    checkpoint = fresh(world)
    stock = StableDiffusionPipeline.from_pipe(checkpoint.pipe)
    stock.load_lora_weights(world.files[sha256].parent, weight_name=world.files[sha256].name, adapter_name="x")
    with torch.inference_mode():
        expected = text_to_image.draw(replace(checkpoint, pipe=stock), world.request(), 11, quiet())
    assert difference(drawn, expected) <= TOLERANCE


def test_nothing_is_left_of_a_request_that_was_cancelled(world: World) -> None:
    use = LoraUse(name="x", sha256=world.write(tensors_of(world, "loha")))
    vectors = world.write({"emb_params": random(2, 32, seed=9)})
    asked = world.request(prompt="a mark", embeddings=(EmbeddingUse(word="mark", sha256=vectors),), loras=(use,))
    (before,), untouched = world.draw(world.request(prompt="a mark")), bits(world.pipe)
    cancelled = iter([False] * 4 + [True] * 9)
    with pytest.raises(Cancelled):
        world.draw(asked, Watch(lambda *_: None, lambda: next(cancelled), steps=2, preview_interval_s=0))
    assert bits(world.pipe) == untouched
    (after,) = world.draw(world.request(prompt="a mark"))
    assert np.array_equal(before, after)


def test_the_same_request_gives_the_same_picture_whatever_was_worn_between(world: World) -> None:
    one, other = (LoraUse(name=kind, sha256=world.write(tensors_of(world, kind))) for kind in ("lora", "lokr"))
    (first,) = world.draw(world.request(loras=(one,)))
    world.draw(world.request(loras=(other, one)))
    world.draw(world.request())
    (again,) = world.draw(world.request(loras=(one,)))
    assert np.array_equal(first, again)


def test_an_embedding_s_word_draws_its_vectors(world: World) -> None:
    sha256 = world.write({"string_to_param.*": random(3, 32, seed=5) * 4})
    use = EmbeddingUse(word="EasyNegative", sha256=sha256)
    (with_it,) = world.draw(world.request(negative="easynegative, bad", embeddings=(use,)))
    (without,) = world.draw(world.request(negative="easynegative, bad"))
    (not_named,) = world.draw(world.request(negative="bad", embeddings=(use,)))
    (plain,) = world.draw(world.request(negative="bad"))
    assert difference(with_it, without) > TOLERANCE
    assert np.array_equal(not_named, plain)


def test_reading_them_is_part_of_loading(world: World) -> None:
    phases: list[Phase] = []
    watch = Watch(lambda phase, *_: phases.append(phase), lambda: False, steps=2, preview_interval_s=0)
    use = LoraUse(name="x", sha256=world.write(tensors_of(world, "lora")))
    world.draw(world.request(loras=(use,)), watch)
    assert phases[0] is Phase.LOADING


def test_a_file_that_is_gone_is_said_by_name(world: World) -> None:
    with pytest.raises(ExtraMissing) as missing:
        world.draw(world.request(loras=(LoraUse(name="pastel", sha256="0" * 64),)))
    assert missing.value.english().startswith("pastel is not here any more.")
    sha256 = world.write({"emb_params": random(2, 32, seed=9)})
    world.files[sha256].unlink()
    with pytest.raises(ExtraMissing):
        world.draw(world.request(embeddings=(EmbeddingUse(word="mark", sha256=sha256),)))


def test_a_file_that_is_broken_is_said_by_name(world: World, folder: Path) -> None:
    path = folder / "broken.safetensors"
    path.write_bytes(b"\xff" * 100)
    world.files["1" * 64] = path
    with pytest.raises(ExtraUnusable) as broken:
        world.draw(world.request(loras=(LoraUse(name="pastel", sha256="1" * 64),)))
    assert broken.value.english().startswith("pastel cannot be used: it is no .safetensors file.")


def test_what_was_made_for_another_model_is_said_before_anything_is_drawn(world: World) -> None:
    stem = kohya("unet")("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k")
    wide = {f"{stem}.lora_up.weight": torch.ones(640, 2), f"{stem}.lora_down.weight": torch.ones(2, 2048)}
    steps: list[int] = []
    watch = Watch(lambda _, step, *__: steps.append(step), lambda: False, steps=2, preview_interval_s=0)
    with pytest.raises(ExtraMismatch) as refused:
        world.draw(world.request(loras=(LoraUse(name="pastel-xl", sha256=world.write(wide)),)), watch)
    assert refused.value.fields["what"] == "Stable Diffusion XL"
    assert refused.value.fields["model"] == "Genga mini"
    assert set(steps) == {0}


def test_an_embedding_for_another_model_stays_a_word_and_that_is_told(world: World) -> None:
    both = world.write({"clip_l": torch.ones(2, 32), "clip_g": torch.ones(2, 48)})
    watch = quiet()
    (left,) = world.draw(world.request(prompt="mark", embeddings=(EmbeddingUse(word="Mark", sha256=both),)), watch)
    (plain,) = world.draw(world.request(prompt="mark"))
    assert np.array_equal(left, plain) and watch.plain_words == ["Mark"]
