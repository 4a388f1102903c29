"""What requests bring to a checkpoint beside words, its LoRAs and embeddings: read, put on, and always taken off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from inference.engine.watch import Watch
from inference.errors import BadWeights, ExtraMissing, ExtraUnusable
from inference.messages import Files, Phase
from inference.models.header import UNREADABLE
from inference.models.loading import Checkpoint
from inference.models.lora import inversion
from inference.models.lora.file import LoraFiles
from inference.models.lora.inversion import Inversion
from inference.models.lora.wardrobe import Wardrobe, Worn
from inference.request import DrawRequest, EmbeddingUse

_T = TypeVar("_T")


class Extras:
    """Dresses checkpoints for requests; used from one thread."""

    def __init__(self) -> None:
        self._files = LoraFiles()
        self._wardrobes: WeakKeyDictionary[Any, Wardrobe] = WeakKeyDictionary()  # by pipeline

    @contextmanager
    def worn(self, checkpoint: Checkpoint, request: DrawRequest, files: Files, watch: Watch) -> Iterator[None]:
        """Inside, the checkpoint wears what `request` names and nothing else; afterwards it is what was loaded.

        ExtraMissing, ExtraUnusable or ExtraMismatch before anything is drawn, and then nothing is worn. Words of
        embeddings that do not fit stay words, as in every other program: `watch` hears which.

        """
        if request.loras or request.embeddings:
            watch.phase(Phase.LOADING)
        loras = [
            Worn(
                name=use.name, unet=use.unet, text=use.text,
                lora=_read(use.name, use.sha256, files, lambda path, sha256=use.sha256: self._files.read(path, sha256)),
            )
            for use in request.loras
        ]  # fmt: skip
        inversions = [
            made for use in request.embeddings if _fits(made := _inversion(use, files), use.word, checkpoint, watch)
        ]
        wardrobe = self._wardrobes.get(checkpoint.pipe)
        if wardrobe is None:
            if not loras:
                with inversion.known(checkpoint.pipe, inversions):
                    yield
                return
            wardrobe = Wardrobe(checkpoint.pipe, model=checkpoint.model.title, family=checkpoint.model.family)
            self._wardrobes[checkpoint.pipe] = wardrobe
        with wardrobe.worn(loras), inversion.known(checkpoint.pipe, inversions):
            yield

    def take_off(self, checkpoint: Checkpoint) -> None:
        """Whatever `checkpoint` still wears is taken off: its weights are about to be moved."""
        if wardrobe := self._wardrobes.get(checkpoint.pipe):
            wardrobe.take_off()


def _read(name: str, sha256: str, files: Files, read: Callable[[Path], _T]) -> _T:
    """The file that a request names, by `read`; errors name it as people do."""
    path = files.get(sha256)
    if path is None or not path.is_file():
        raise ExtraMissing(sha256[:12], extra=name)
    try:
        return read(path)
    except BadWeights as error:
        raise ExtraUnusable(error.detail, extra=name, what=error.fields.get("what", UNREADABLE)) from error
    except OSError as error:
        raise ExtraUnusable(f"{sha256[:12]}: {error}", extra=name, what=UNREADABLE) from error


def _inversion(use: EmbeddingUse, files: Files) -> Inversion:
    return _read(use.word, use.sha256, files, lambda path: inversion.read(path, use.sha256, use.word))


def _fits(made: Inversion, word: str, checkpoint: Checkpoint, watch: Watch) -> bool:
    if made.fits(checkpoint.pipe):
        return True
    if word not in watch.plain_words:
        watch.plain_words.append(word)
    return False
