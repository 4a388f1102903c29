"""One row of the benchmark of families: a checkpoint is dropped into a folder, found, drawn with, and compared.

Ours is everything from the operator's folder on: `installed` finds and recognises the file, `resolve` makes a request
from what it found, the engine loads and draws. The other picture is drawn by diffusers' own pipeline, which is built
without a line of our loader. Both start from the same noise. What is compared is what comes to the VAE and out of it,
before it is rounded to 8 bits.
"""

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from config import Config, ModelFile, Models, Storage
from inference.engine.diffusion import Diffusion
from inference.engine.watch import Watch
from inference.errors import Overflowed
from inference.messages import Files
from inference.models.catalog import Companion, Model, load_catalog
from inference.models.installed import installed
from inference.models.memory import Budget
from inference.request import Aspect, DrawRequest, Sampler, Wish, resolve

TOLERANCE = 1e-4
CLEARLY = 10 * TOLERANCE  # what a falsehood must come to
SEED = 11
SIDES = (64, 96)  # width and height: a mistaken order would show
PROMPT, NEGATIVE = "1girl, blue hair, smile", "lowres, bad hands"
CHECKPOINTS, VAES, LORAS = Path("models/Stable-diffusion"), Path("models/VAE"), Path("models/Lora")
_ROOM = Budget(device=8 << 30, ram=0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """What a pipeline made of a request, in single precision."""

    latents: torch.Tensor  # as the VAE is given them, times its scaling factor where it has one
    pixels: torch.Tensor  # as it gives them, 0 to 1
    loaded: str = ""  # what the model was taken for

    def apart(self, other: "Drawing") -> float:
        """The largest difference anywhere; infinite where there is nothing to compare."""
        if self.latents.shape != other.latents.shape or self.pixels.shape != other.pixels.shape:
            return float("inf")
        differences = (self.latents - other.latents, self.pixels - other.pixels)
        largest = max(float(each.abs().max()) for each in differences)
        return largest if largest == largest else float("inf")


Put = Callable[[Path], Path]  # writes into A1111's folders below the path; returns the checkpoint
Plain = Callable[[DrawRequest], Drawing]
Companions = Sequence[Companion]
Dress = Callable[[Path, Companions, DrawRequest], tuple[DrawRequest, Files]]


def as_asked(_: Path, __: Companions, request: DrawRequest) -> tuple[DrawRequest, Files]:
    """The request with nothing beside it."""
    return request, {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """A checkpoint in one form, and what of it can be said wrongly."""

    family: str
    form: str
    put: Put
    plain: Plain
    lies: Mapping[str, Mapping[str, Any]]  # what is false -> the fields of this row that make it so
    says: ModelFile = field(default_factory=ModelFile)  # what config.toml says of the file
    wish: Wish = field(default_factory=Wish)
    # The request with what lies beside the checkpoint, and where that is.
    files: Dress = as_asked

    @property
    def name(self) -> str:
        """What `--only` is held against."""
        return f"{self.family} {self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a row."""

    row: Row
    loaded: str
    apart: float
    lies: Mapping[str, float]

    @property
    def passes(self) -> bool:
        """Whether both draw the same."""
        return self.apart <= TOLERANCE

    @property
    def noticed(self) -> int:
        """How many falsehoods showed in the picture, clearly."""
        return sum(each > CLEARLY for each in self.lies.values())


class NotFound(RuntimeError):
    """The file that was dropped in was not found, or not as what it is."""


def tried(row: Row) -> Result:
    """The row drawn by both, and once more by us for each falsehood."""
    with _quietly():
        mine, request = drawn_by_us(row)
        theirs = row.plain(request)
        lies = {what: _lied(replace(row, **changes), theirs) for what, changes in row.lies.items()}
    return Result(row=row, loaded=mine.loaded, apart=mine.apart(theirs), lies=lies)


def _lied(row: Row, theirs: Drawing) -> float:
    """How far from the truth a falsehood leads; infinitely, where nothing can be drawn any more."""
    try:
        return drawn_by_us(row)[0].apart(theirs)
    except Overflowed:
        return float("inf")


def drawn_by_us(row: Row) -> tuple[Drawing, DrawRequest]:
    """The row's checkpoint dropped into an empty tree of folders, found there, and drawn with."""
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        root = Path(place)
        for folder in (CHECKPOINTS, VAES, LORAS, Path("embeddings")):
            (root / "webui" / folder).mkdir(parents=True)
        path = row.put(root / "webui")
        model, companions = found(root, path, row.says)
        request, files = row.files(root / "webui", companions, request_for(model, row.wish))
        engine = Diffusion(threads=1, budget=_ROOM)
        checkpoint = engine.shelf.checkpoint(model, request.width, request.height)
        quiet = Watch(lambda *_: None, lambda: False, steps=engine.steps(request), preview_interval_s=0)
        with watched(checkpoint.pipe) as seen:
            list(engine.draw(request, model, {}, quiet, files))
        return replace(seen(), loaded=described(checkpoint.pipe, model)), request


def found(root: Path, path: Path, says: ModelFile | None = None) -> tuple[Model, Companions]:
    """The model that the bot makes of what lies at `path`, and all LoRAs and embeddings that it sees.

    NotFound with what it remarks instead.
    """
    files = {str(path): says} if says else {}
    models = Models(folder=root / "models", folders=(root / "webui",), files=files)
    catalog = installed(Config(storage=Storage(folder=root / "data"), models=models), load_catalog())
    for model in catalog.models.values():
        if model.path == str(path):
            return model, catalog.companions
    remarks = [(each.template, dict(each.fields)) for each in catalog.remarks if each.path == str(path)]
    raise NotFound(f"{path.name}: {remarks}")


def request_for(model: Model, wish: Wish) -> DrawRequest:
    """What the bot would ask of `model` for the wish; small, few steps."""
    lowest = min(model.min_side, *SIDES)
    small = replace(model, min_side=lowest, sizes={Aspect.SQUARE.value: SIDES})
    common = Wish(
        prompt=PROMPT, negative=NEGATIVE, width=SIDES[0], height=SIDES[1], steps=4, guidance=3.0, seed=SEED, count=1,
        sampler=Sampler.DDIM,
    )  # fmt: skip
    return resolve(wish, common, model=small)


def plainly(pipe: Any, request: DrawRequest, **more: Any) -> Drawing:  # noqa: ANN401
    """What diffusers' own pipeline draws for `request`; `more` are further arguments of its call."""
    arguments: dict[str, Any] = {
        "prompt": request.prompt, "negative_prompt": request.negative, "num_inference_steps": request.steps,
        "width": request.width, "height": request.height, "guidance_scale": request.guidance, "output_type": "np",
        "generator": torch.Generator("cpu").manual_seed(request.seed), **more,
    }  # fmt: skip
    if hasattr(pipe, "set_progress_bar_config"):
        pipe.set_progress_bar_config(disable=True)
    given = {name: value for name, value in arguments.items() if value is not None}
    with torch.inference_mode(), watched(pipe) as seen:
        pipe(**given)
    return seen()


@contextlib.contextmanager
def watched(pipe: Any) -> Iterator[Callable[[], Drawing]]:  # noqa: ANN401
    """Inside, what the pipeline has its VAE decode is remembered: the function gives the last of it."""
    vae, passed = pipe.vae, list[Drawing]()
    decode = vae.decode

    def noting(latents: torch.Tensor, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        result = decode(latents, *arguments, **named)
        values = result[0] if isinstance(result, tuple) else result.sample
        scale = getattr(vae.config, "scaling_factor", None) or 1.0
        passed.append(Drawing(latents=latents.float() * scale, pixels=(values.float() / 2 + 0.5).clamp(0, 1)))
        return result

    vae.decode = noting
    try:
        yield lambda: passed[-1]
    finally:
        del vae.decode


def described(pipe: Any, model: Model) -> str:  # noqa: ANN401
    """What the model was taken for, in short."""
    config = pipe.scheduler.config
    said: list[str] = [model.family]
    if "prediction_type" in config:
        said += ["v" if config["prediction_type"] == "v_prediction" else config["prediction_type"]]
        said += [config["timestep_spacing"], *(["zero SNR"] if config.get("rescale_betas_zero_snr") else [])]
        said += [f"clip skip {model.clip_skip}"] if model.clip_skip > 1 and model.family != "sdxl" else []
    elif config.get("use_dynamic_shifting"):
        said += [f"shift {config['base_shift']} to {config['max_shift']}"]
    else:
        said += [f"shift {config['shift']:g}"]
    return ", ".join([*said, *(["another VAE"] if model.vae else []), *(["lent text"] if model.text_encoder else [])])


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without what diffusers says of its own old ways, and without its progress."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
