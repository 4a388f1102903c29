"""Tokens of any number in chunks of as many as a text encoder reads at once, without loss.

A1111's rules: a chunk that is full breaks at its last comma where that is no more than 20 tokens back; BREAK fills the
rest of a chunk; the vectors of an embedding stay together; what is left of a chunk is padding. Torch-free: whoever has
the tokenizer hands in how it cuts words.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inference.errors import TooManyWords
from inference.prompts.schedule import Run

MAX_CHUNKS = 8  # 600 tokens: what 2,000 characters of ordinary words come to
COMMA_TOKENS = 20  # how far back a comma may lie at which a full chunk is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What there is to know of a tokenizer."""

    cut: Callable[[str], Sequence[int]]  # words to tokens, without those at the ends
    begin: int
    end: int
    pad: int
    comma: int | None
    room: int = 75  # tokens of a chunk between `begin` and `end`
    embeddings: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    # textual inversions: the word in small letters -> a token for each of its vectors


@dataclass(frozen=True, slots=True)
class Chunk:
    """What an encoder reads at once: `begin`, up to `room` tokens, `end`, padding; with a weight for each."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def is_weighted(self) -> bool:
        """Whether any token counts more or less than others."""
        return any(weight != 1.0 for weight in self.weights)


@dataclass(slots=True)
class _Filling:
    """Chunks being filled."""

    vocabulary: Vocabulary
    tokens: list[int] = field(default_factory=list[int])
    weights: list[float] = field(default_factory=list[float])
    after_comma: int | None = None  # where the token after the last comma stands
    done: list[Chunk] = field(default_factory=list[Chunk])

    def add(self, tokens: Sequence[int], weight: float) -> None:
        """A token, or several that stay together."""
        room = self.vocabulary.room
        comma = len(tokens) == 1 and tokens[0] == self.vocabulary.comma
        if not comma and len(self.tokens) == room and self._near_comma():
            assert self.after_comma is not None
            kept, weights = self.tokens[self.after_comma :], self.weights[self.after_comma :]
            del self.tokens[self.after_comma :], self.weights[self.after_comma :]
            self.close()
            self.tokens, self.weights = kept, weights
        if self.tokens and len(self.tokens) + len(tokens) > room:
            self.close()
        for start in range(0, len(tokens), room):  # nothing has that many vectors, but nothing is lost either
            if start:
                self.close()
            part = tokens[start : start + room]
            self.tokens += part
            self.weights += [weight] * len(part)
        if comma:
            self.after_comma = len(self.tokens)

    def _near_comma(self) -> bool:
        return self.after_comma is not None and len(self.tokens) - self.after_comma < COMMA_TOKENS

    def close(self) -> None:
        """Pad the chunk and begin another."""
        known, rest = self.vocabulary, self.vocabulary.room - len(self.tokens)
        tokens = (known.begin, *self.tokens, known.end, *([known.pad] * rest))
        self.done.append(Chunk(tokens, (1.0, *self.weights, *([1.0] * (rest + 1)))))
        self.tokens, self.weights, self.after_comma = [], [], None


def chunked(runs: Sequence[Run], vocabulary: Vocabulary) -> tuple[Chunk, ...]:
    """At least one chunk. TooManyWords where there are more than MAX_CHUNKS."""
    filling = _Filling(vocabulary)
    words = _any_of(vocabulary.embeddings)
    for run in runs:
        if run.breaks:
            filling.close()
            continue
        for tokens in _units(run.text, vocabulary, words):
            filling.add(tokens, run.weight)
    if filling.tokens or not filling.done:
        filling.close()
    if len(filling.done) > MAX_CHUNKS:
        raise TooManyWords(limit=MAX_CHUNKS * vocabulary.room)
    return tuple(filling.done)


def _units(text: str, vocabulary: Vocabulary, words: re.Pattern[str] | None) -> Iterator[Sequence[int]]:
    """Single tokens, and the tokens of each embedding together."""
    for place, part in enumerate(words.split(text) if words else [text]):
        if place % 2:
            yield vocabulary.embeddings[part.lower()]
        elif part:
            for token in vocabulary.cut(part):
                yield (token,)


def _any_of(words: Mapping[str, tuple[int, ...]]) -> re.Pattern[str] | None:
    """One of these words, standing alone; the longest first. Literals only, so that no text takes long."""
    if not words:
        return None
    longest = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)({longest})(?!\w)", re.IGNORECASE)
