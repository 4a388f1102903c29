"""Bad files are dropped where good ones lie: each must end in one sentence for people, and leave nothing behind."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.bad_files import BAD, Bad
from benchmarks.families_rows import CHECKPOINTS, LORAS, request_for
from benchmarks.families_switches import bits, drawn
from benchmarks.miniatures import write
from config import Config, Models, Storage
from inference.engine.diffusion import Diffusion
from inference.errors import BadRequest, GengaError
from inference.models.catalog import Model, load_catalog
from inference.models.installed import NOTEBOOK, installed
from inference.models.memory import Budget
from inference.request import LoraUse, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of a bad file."""

    what: str
    sentence: str  # empty: nobody noticed
    clean: bool  # nothing was left behind

    @property
    def good(self) -> bool:
        """Whether it ended as it should."""
        said = self.sentence
        return self.clean and 15 < len(said) < 330 and "Traceback" not in said and not re.search(r"\{|\}|\n", said)


def endings(only: str = "") -> Iterator[Ending]:
    """Each bad file beside one good checkpoint, which must draw the same as before afterwards."""
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        root = Path(place)
        for folder in (CHECKPOINTS, LORAS):
            (root / "webui" / folder).mkdir(parents=True)
        good = write(root / "webui" / CHECKPOINTS / "good", "sd15").rename(
            root / "webui" / CHECKPOINTS / "good.safetensors"
        )
        engine = Diffusion(threads=1, budget=Budget(device=8 << 30, ram=0))
        (root / "temporary").mkdir()
        before, tempfile.tempdir = tempfile.tempdir, str(root / "temporary")  # what is put there is seen as well
        try:
            for bad in BAD:
                if only.lower() in bad.what.lower():
                    yield _ended(root, good, engine, bad)
        finally:
            tempfile.tempdir = before


def _ended(root: Path, good: Path, engine: Diffusion, bad: Bad) -> Ending:
    folder = root / "webui" / (LORAS if bad.lora else CHECKPOINTS) / "bad"
    folder.mkdir()
    models, _ = _looked(root)
    model = models[str(good)]
    request = request_for(model, Wish(steps=1))
    checkpoint = engine.shelf.checkpoint(model, request.width, request.height)
    before, opened = bits(checkpoint), _open_files(root)
    path = bad.make(folder)
    there = _listed(root)
    sentence = _worn(path, engine, model) if bad.lora else _chosen(root, path, engine)
    clean = _listed(root) == there and _open_files(root) == opened and engine.shelf.ready() == [model.name]
    clean = clean and bits(engine.shelf.checkpoint(model, request.width, request.height)) == before
    for each in sorted(folder.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    folder.rmdir()
    return Ending(what=bad.what, sentence=sentence, clean=clean)


def _looked(root: Path) -> tuple[dict[str, Model], dict[str, str]]:
    """What the bot finds, and what it remarks, by path."""
    models = Models(folder=root / "models", folders=(root / "webui",))
    catalog = installed(Config(storage=Storage(folder=root / "data"), models=models), load_catalog())
    remarks = {each.path: BadRequest(template=each.template, **each.fields).english() for each in catalog.remarks}
    return {model.path: model for model in catalog.models.values()}, remarks


def _chosen(root: Path, path: Path, engine: Diffusion) -> str:
    """What is said when somebody wants to draw with it."""
    models, remarks = _looked(root)
    if (model := models.get(str(path))) is None:
        return remarks.get(str(path), "")
    try:
        drawn(engine, model, request_for(model, Wish(steps=1)))
    except GengaError as error:
        return error.english()
    return ""


def _worn(path: Path, engine: Diffusion, model: Model) -> str:
    """What is said when the checkpoint is to wear it."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    use = LoraUse(name="mine", sha256=sha256)
    try:
        drawn(engine, model, replace(request_for(model, Wish(steps=1)), loras=(use,)), {sha256: path})
    except GengaError as error:
        return error.english()
    return ""


def _listed(root: Path) -> set[str]:
    """Every file there is, the bot's own note of what it saw aside."""
    return {str(path) for path in root.rglob("*") if path.name != NOTEBOOK and path.name != "data"}


def _open_files(root: Path) -> list[str]:
    """Which of the files below `root` this process holds open, where the machine tells."""
    listed = Path("/proc/self/fd")
    names = (str(each.readlink()) for each in (listed.iterdir() if listed.is_dir() else ()) if each.is_symlink())
    return sorted(name for name in names if name.startswith(str(root)))
