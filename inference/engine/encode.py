"""Text into what the network is guided by: every chunk of every text that any step shows, encoded once.

Weights as A1111 applies them, chunk by chunk and encoder by encoder: z'_i = w_i z_i mean(z) / mean(w z), the means over
all 77 C numbers of the chunk, so that weights move what the text says and not how loud it is. SDXL's pooled vector is
that of the first chunk and knows no weights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from inference.engine.conditioning import Conditioning, Encoded, Texts
from inference.models.loading import Checkpoint
from inference.models.lora.inversion import tokens_of
from inference.prompts.chunks import Chunk, Vocabulary, chunked
from inference.prompts.schedule import Run, Schedule, schedules
from inference.prompts.syntax import Syntax
from inference.request import DrawRequest, steps_run


def encode(checkpoint: Checkpoint, request: DrawRequest) -> Encoded:
    """The texts of `request`; without a negative where guidance is off. TooManyWords where one is too long.

    All are padded with empty chunks to the length of the longest, so that every step's batch has one shape.
    """
    encoders = _Encoders(_towers(checkpoint, request), checkpoint.device)
    steps = steps_run(request)
    positives = schedules(request.prompt, request.syntax, steps)
    negatives = schedules(request.negative, request.syntax, steps, several=False) if request.guidance > 1 else ()
    known = {runs: encoders.chunks(runs) for part in (*positives, *negatives) for runs in _texts(part)}
    encoders.read(known.values())
    longest = max(len(each[0]) for each in known.values())
    return Scheduled(
        encoders=encoders,
        chunks=known,
        length=longest,
        positives=positives,
        negative=negatives[0] if negatives else None,
        silent=_no_text_is_zeros(checkpoint, request),
    )


CANCELLED = 1e-4  # a mean this small beside the numbers' own size is what rounding left


@dataclass(slots=True, kw_only=True, eq=False)
class Scheduled:
    """The texts of a prompt that may change: put together when a step wants them, from chunks that are encoded."""

    encoders: "_Encoders"
    chunks: dict[tuple[Run, ...], list[tuple[Chunk, ...]]]  # of each text, for each encoder
    length: int  # chunks of every text
    positives: tuple[Schedule, ...]
    negative: Schedule | None
    silent: bool  # the negative is zeros
    _last: tuple[tuple[int, ...], Texts] | None = field(default=None, init=False)

    def at(self, step: int) -> Texts:
        """What step `step` is guided by; the same object for as long as nothing changes."""
        parts = (*self.positives, *([self.negative] if self.negative else []))
        key = tuple(part.at[min(step, len(part.at) - 1)] for part in parts)
        if self._last is None or self._last[0] != key:
            positives = tuple(
                (self._conditioning(part, text), part.weight) for part, text in zip(self.positives, key, strict=False)
            )
            negative = self._conditioning(self.negative, key[-1]) if self.negative else None
            if negative and self.silent:
                negative = _zeros(negative)
            self._last = key, Texts(negative=negative, positives=positives)
        return self._last[1]

    def _conditioning(self, part: Schedule, text: int) -> Conditioning:
        return self.encoders.conditioning(self.chunks[part.runs(text)], self.length)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tower:
    """One text encoder of a checkpoint."""

    tokenizer: Any  # a CLIPTokenizer
    encoder: Any  # a CLIPTextModel, with a projection or without
    layer: int  # counted from the end, 1 is the last
    norm: bool  # whether that layer goes through the last norm
    vocabulary: Vocabulary

    def read(self, tokens: Sequence[int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The hidden states (1, 77, C) of its layer, and the pooled vector (1, P) where it has a projection."""
        encoded = self.encoder(torch.tensor([tokens], device=device), output_hidden_states=True)
        core = getattr(self.encoder, "text_model", self.encoder)
        states = encoded.hidden_states[-self.layer]
        states = core.final_layer_norm(states) if self.norm else states
        projection = getattr(self.encoder, "text_projection", None)
        if projection is None:
            return states, None
        # The library takes the highest token for the end, and those of embeddings are higher.
        end = tokens.index(self.vocabulary.end, 1)
        return states, projection(encoded.last_hidden_state[:, end])


class _Encoders:
    """A checkpoint's text encoders, and every chunk that they have read for this request."""

    def __init__(self, towers: Sequence[_Tower], device: torch.device) -> None:
        self._towers = towers
        self._device = device
        self._known: dict[tuple[int, Chunk], tuple[torch.Tensor, torch.Tensor | None]] = {}
        self._empty = [chunked((), tower.vocabulary)[0] for tower in towers]

    def chunks(self, runs: Sequence[Run]) -> list[tuple[Chunk, ...]]:
        """A text in chunks for each encoder, of one length."""
        each = [chunked(runs, tower.vocabulary) for tower in self._towers]
        longest = max(map(len, each))
        return [chunks + (empty,) * (longest - len(chunks)) for chunks, empty in zip(each, self._empty, strict=True)]

    def read(self, texts: Iterable[list[tuple[Chunk, ...]]]) -> None:
        """Encode every chunk of these texts that is not known yet, and the empty one."""
        for each in (*texts, [(empty,) for empty in self._empty]):
            for place, chunks in enumerate(each):
                for chunk in chunks:
                    if (place, chunk) not in self._known:
                        self._known[place, chunk] = self._read(place, chunk)

    def conditioning(self, text: list[tuple[Chunk, ...]], length: int) -> Conditioning:
        """One text of `length` chunks, those beyond its own empty."""
        towers: list[torch.Tensor] = []
        for place, chunks in enumerate(text):
            padded = chunks + (self._empty[place],) * (length - len(chunks))
            towers.append(torch.cat([self._known[place, chunk][0] for chunk in padded], dim=1))  # (1, 77k, C)
        pooled = self._known[len(text) - 1, text[-1][0]][1]
        return Conditioning(embeddings=torch.cat(towers, dim=-1), pooled=pooled)

    def _read(self, place: int, chunk: Chunk) -> tuple[torch.Tensor, torch.Tensor | None]:
        states, pooled = self._towers[place].read(chunk.tokens, self._device)
        return weighted(states, chunk.weights) if chunk.is_weighted else states, pooled


def weighted(states: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """Hidden states (1, 77, C) with a weight for each token, as loud on the whole as they were."""
    before = states.float()
    after = before * torch.tensor(weights, device=states.device)[None, :, None]
    mean = after.mean()
    # Where the numbers cancel out, what their mean is says nothing, and there is nothing to bring back.
    if mean.abs() > CANCELLED * after.abs().mean():
        after = after * (before.mean() / mean)
    return after.to(states.dtype)


def _towers(checkpoint: Checkpoint, request: DrawRequest) -> list[_Tower]:
    pipe = checkpoint.pipe
    if getattr(pipe, "text_encoder_2", None) is None:
        # People count as A1111 does: 1 means the last layer. An earlier one still goes through the last norm.
        return [_tower(pipe.tokenizer, pipe.text_encoder, request, layer=request.clip_skip, norm=True)]
    # SDXL takes the last layer but one and does not put it through the last norm: that is its "clip skip 2".
    layer = max(request.clip_skip, 2)
    return [
        _tower(pipe.tokenizer, pipe.text_encoder, request, layer=layer, norm=False),
        _tower(pipe.tokenizer_2, pipe.text_encoder_2, request, layer=layer, norm=False),
    ]


def _tower(tokenizer: Any, encoder: Any, request: DrawRequest, *, layer: int, norm: bool) -> _Tower:  # noqa: ANN401
    room = tokenizer.model_max_length - 2
    # Plain requests are older than chunks: what is beyond the first one was never read.
    most = room if request.syntax is Syntax.PLAIN else None

    def cut(text: str) -> list[int]:
        return tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids[:most]

    comma = cut(",")
    vocabulary = Vocabulary(
        cut=cut,
        begin=tokenizer.bos_token_id,
        end=tokenizer.eos_token_id,
        pad=tokenizer.pad_token_id,
        comma=comma[0] if len(comma) == 1 else None,
        room=room,
        embeddings=tokens_of(encoder),
    )
    return _Tower(tokenizer=tokenizer, encoder=encoder, layer=layer, norm=norm, vocabulary=vocabulary)


def _texts(part: Schedule) -> list[tuple[Run, ...]]:
    return [part.runs(text) for text in range(len(part.texts))]


def _no_text_is_zeros(checkpoint: Checkpoint, request: DrawRequest) -> bool:
    """SDXL's base model learned "no text" as zeros, not as an empty text."""
    return not request.negative and getattr(checkpoint.pipe.config, "force_zeros_for_empty_prompt", False)


def _zeros(like: Conditioning) -> Conditioning:
    pooled = None if like.pooled is None else torch.zeros_like(like.pooled)
    return Conditioning(embeddings=torch.zeros_like(like.embeddings), pooled=pooled)
