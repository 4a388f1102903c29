"""Textual inversions (arXiv:2208.01618): words that stand for vectors of their own, while a request is drawn.

The tokenizer is left as it is and so are the encoder's weights. Each vector gets a token behind the encoder's last one;
the layer that looks tokens up is set into another one that knows these, and taken out of it again. Whoever cuts prompts
into tokens asks `tokens_of` what a word stands for.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inference.errors import N_
from inference.models.header import CHECKPOINT, Rules, read_header
from inference.models.lora.file import read_tensors
from inference.models.lora.keys import refused
from inference.models.lora.names import Part

MAX_VECTORS = 256  # the longest that people share have about 80
NO_INVERSION = N_("it is no embedding")
# SDXL's two encoders, as its files call them.
_BOTH = {"clip_l": Part.TEXT, "clip_g": Part.TEXT_2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inversion:
    """A word and its vectors (n, C) for each encoder."""

    word: str
    vectors: Mapping[Part, torch.Tensor]

    def fits(self, pipe: Any) -> bool:  # noqa: ANN401  (untyped pipelines)
        """Whether it has vectors of the right width for each of the pipeline's encoders, and for no other."""
        encoders = _encoders(pipe)
        widths = {part: _looks_up(encoder).embedding_dim for part, encoder in encoders.items()}
        return widths == {part: vectors.shape[1] for part, vectors in self.vectors.items()}


class Vectors(nn.Module):
    """An encoder's table of tokens, and behind it the vectors of words that are no tokens."""

    def __init__(self, plain: nn.Embedding, words: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.plain = plain
        self.rows: torch.Tensor
        self.tokens: dict[str, tuple[int, ...]] = {}
        place = plain.num_embeddings
        for word, vectors in words.items():
            self.tokens[word] = tuple(range(place, place + len(vectors)))
            place += len(vectors)
        self.register_buffer("rows", torch.cat([vectors.float() for vectors in words.values()]), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, L) to vectors (B, L, C) of the table's precision."""
        own = tokens >= self.plain.num_embeddings
        looked_up = self.plain(tokens.masked_fill(own, 0))
        rows = self.rows.to(looked_up)[(tokens - self.plain.num_embeddings).clamp_min(0)]
        return torch.where(own[..., None], rows, looked_up)


def read(path: Path, sha256: str, word: str, rules: Rules = CHECKPOINT) -> Inversion:
    """The inversion at `path`; OSError if it is not there, BadWeights if it is none or is not `sha256`.

    Known forms: SDXL's `clip_l` and `clip_g`; A1111's `emb_params`, `string_to_param.*` and diffusers' own, in which
    the one tensor is called as the word is. Vectors are (n, C), or (C,) for a single one.
    """
    shapes = {name: info.shape for name, info in read_header(path, rules).tensors.items()}
    if shapes.keys() != _BOTH.keys() and len(shapes) != 1:
        raise refused(NO_INVERSION, path.name)
    if any(len(shape) not in {1, 2} or 0 in shape or shape[:-1] > (MAX_VECTORS,) for shape in shapes.values()):
        raise refused(NO_INVERSION, path.name)
    parts = {name: _BOTH[name] if len(shapes) == 2 else Part.TEXT for name in shapes}
    tensors = read_tensors(path, sha256, shapes)
    vectors = {parts[name]: tensor.reshape(-1, tensor.shape[-1]) for name, tensor in tensors.items()}
    if len({len(each) for each in vectors.values()}) > 1:
        raise refused(NO_INVERSION, path.name)
    return Inversion(word=word.lower(), vectors=vectors)


@contextmanager
def known(pipe: Any, inversions: Sequence[Inversion]) -> Iterator[None]:  # noqa: ANN401  (untyped pipelines)
    """Inside, the pipeline's encoders know these words; every one must fit."""
    encoders = _encoders(pipe)
    for encoder in encoders.values():  # a drawing that was given up may not have ended yet
        encoder.set_input_embeddings(_looks_up(encoder))
    with ExitStack() as stack:
        for part, encoder in encoders.items() if inversions else ():
            plain = _looks_up(encoder)
            table = Vectors(plain, {inversion.word: inversion.vectors[part] for inversion in inversions})
            encoder.set_input_embeddings(table)
            stack.callback(_forget, encoder, table)
        yield


def _forget(encoder: Any, table: Vectors) -> None:  # noqa: ANN401  (untyped pipelines)
    """Take `table` out of the encoder, if it is in it still."""
    if encoder.get_input_embeddings() is table:
        encoder.set_input_embeddings(table.plain)


def tokens_of(encoder: Any) -> Mapping[str, tuple[int, ...]]:  # noqa: ANN401  (untyped pipelines)
    """The words that `encoder` knows beside its tokens, in small letters, and the token of each of their vectors."""
    table = encoder.get_input_embeddings()
    return table.tokens if isinstance(table, Vectors) else {}


def _encoders(pipe: Any) -> dict[Part, Any]:  # noqa: ANN401  (untyped pipelines)
    """The pipeline's text encoders that look tokens up in a table."""
    parts = {part: getattr(pipe, part, None) for part in (Part.TEXT, Part.TEXT_2)}
    return {part: encoder for part, encoder in parts.items() if encoder is not None and _looks_up(encoder) is not None}


def _looks_up(encoder: Any) -> Any:  # noqa: ANN401  (untyped pipelines)
    """The encoder's own table, whatever it is set into; None if it has none."""
    table = encoder.get_input_embeddings()
    table = table.plain if isinstance(table, Vectors) else table
    return table if isinstance(table, nn.Embedding) else None
