"""What a file that somebody sends is, from its header alone; imports no torch and runs in the bot, in a thread."""

from dataclasses import dataclass
from pathlib import Path

from inference.errors import N_, BadWeights
from inference.models.header import UPLOAD, Header, Rules, read_header
from inference.models.lora.family import about, family_of, trigger_words
from inference.models.lora.keys import pieces, split

# Width of a row -> whose text encoder reads it: CLIP-L, OpenCLIP ViT-H.
_EMBEDDING_FAMILIES = {768: "sd15", 1024: "sd21"}
_OF_BOTH = {"clip_l", "clip_g"}  # SDXL's two encoders
MAX_ROWS = 256  # one stands for a word; the longest people share have about 80

NEITHER = N_("That file is neither a LoRA nor an embedding. Choose another one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What can be known of it without reading a number of it; all text is a stranger's."""

    kind: str  # "lora" or "embedding"
    family: str  # as `Model.family`; empty: it does not tell
    words: tuple[str, ...]  # that bring out what it learned, the surest first
    says: str  # all that it says of itself in words, for whoever judges them


def look_into(path: Path, rules: Rules = UPLOAD) -> Upload:
    """What the file is; BadWeights, with one sentence, when it is nothing that may be added."""
    header = read_header(path, rules)
    said = about(header.metadata)
    layers = any((found := split(name)) and found[1] not in {"weight", "alpha"} for name in header.tensors)
    embedding = None if layers else _embedding_family(header)
    if embedding is not None:
        says = ", ".join(filter(None, (said.name, said.title)))
        return Upload(kind="embedding", family=embedding, words=(), says=says)
    if not layers:
        raise BadWeights(path.name, template=NEITHER)
    pieces(header)
    words = trigger_words(header.metadata)
    says = ", ".join(filter(None, (said.name, said.title, *words)))
    return Upload(kind="lora", family=family_of(header) or "", words=words, says=says)


def _embedding_family(header: Header) -> str | None:
    """The family of a textual inversion: a few rows as wide as the text encoder reads; None when it is none."""
    shapes = {name: info.shape for name, info in header.tensors.items()}
    rows = [shape[0] for shape in shapes.values() if len(shape) == 2]
    if any(len(shape) not in {1, 2} for shape in shapes.values()) or max(rows, default=1) > MAX_ROWS:
        return None
    if shapes.keys() == _OF_BOTH:
        return "sdxl"
    return _EMBEDDING_FAMILIES.get(next(iter(shapes.values()))[-1]) if len(shapes) == 1 else None
