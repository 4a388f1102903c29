"""How a step is guided: its texts as one batch for the network, and the network's answers as one prediction."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import torch

from inference.engine.conditioning import Conditioning, Texts
from inference.request import DrawRequest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The texts of a step as the network takes them: one row each, the negative first."""

    texts: Texts  # those that have a row
    embeddings: torch.Tensor  # (B, 77k, C)
    guidance: torch.Tensor | None = None  # (B, D): the scale, for a network that was distilled to know it
    added: dict[str, torch.Tensor] = field(default_factory=dict)  # SDXL: the pooled text, and which size is meant
    beside: torch.Tensor | None = None  # (1 or B, c, h, w): more input channels of a network that has them


class Guide(Protocol):
    """What a step is guided by."""

    def rows(self, texts: Texts) -> Rows:
        """The batch for the network."""
        ...

    def guided(self, predicted: torch.Tensor, rows: Rows) -> torch.Tensor:
        """One prediction (1, C, h, w) from the network's answers (B, C, h, w) to it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByWords:
    """Classifier-free guidance; `beside` (1, c, h, w) is the same for every text."""

    unet: Any  # a UNet2DConditionModel
    request: DrawRequest
    beside: torch.Tensor | None = None

    def rows(self, texts: Texts) -> Rows:
        """One for each text."""
        request = self.request
        found = rows_of(texts, self.unet, guidance=request.guidance, width=request.width, height=request.height)
        return replace(found, beside=self.beside)

    def guided(self, predicted: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Towards the words, away from the negative ones."""
        request = self.request
        return guided(predicted, rows.texts, guidance=request.guidance, rescale=request.guidance_rescale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByWordsAndPicture:
    """Guidance of InstructPix2Pix (arXiv:2211.09800, equation 3): towards the picture, and from there to the words."""

    unet: Any  # a UNet2DConditionModel that takes a picture's latents
    request: DrawRequest
    picture: torch.Tensor  # (1, c, h, w): what the network takes beside the noisy latents
    scale: float  # of the picture; from 1 on, and larger keeps more of it

    def rows(self, texts: Texts) -> Rows:
        """The negative text without the picture, then it and each other text with the picture."""
        request = self.request
        found = rows_of(texts, self.unet, guidance=request.guidance, width=request.width, height=request.height)
        if found.texts.negative is None:
            return replace(found, beside=self.picture)
        seen = self.picture.expand(len(found.embeddings), -1, -1, -1)
        return replace(
            found,
            embeddings=torch.cat([found.embeddings[:1], found.embeddings]),
            added={name: torch.cat([value[:1], value]) for name, value in found.added.items()},
            beside=torch.cat([torch.zeros_like(self.picture), seen]),
        )

    def guided(self, predicted: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Where the two guidances lead together."""
        request = self.request
        if rows.texts.negative is None:
            return guided(predicted, rows.texts, guidance=request.guidance, rescale=request.guidance_rescale)
        nothing, seen = predicted[:1].float(), predicted[1:]
        told = guided(seen, rows.texts, guidance=request.guidance, rescale=request.guidance_rescale)
        return told + (self.scale - 1) * (seen[:1].float() - nothing)


def rows_of(texts: Texts, unet: Any, *, guidance: float, width: int, height: int) -> Rows:  # noqa: ANN401
    """One batch of all texts for a UNet2DConditionModel: one forward pass reads the weights once, however many."""
    if unet.config.time_cond_proj_dim:
        texts = replace(texts, negative=None)  # what the scale is, it knows; there is nothing to hold against it
    each: list[Conditioning] = [texts.negative] if texts.negative else []
    each += [positive for positive, _ in texts.positives]
    embeddings = torch.cat([one.embeddings for one in each])
    told = None
    if unet.config.time_cond_proj_dim:
        told = _embedded(guidance, unet.config.time_cond_proj_dim).to(embeddings).expand(len(each), -1)
    if unet.config.addition_embed_type != "text_time":
        return Rows(texts=texts, embeddings=embeddings, guidance=told)
    pooled = torch.cat([one.pooled for one in each if one.pooled is not None])
    # SDXL was told of every training picture its size, how it was cropped and what was shown of it (arXiv:2307.01952,
    # section 2.2): a picture of just this size, not cropped.
    times = torch.tensor([[height, width, 0, 0, height, width]], dtype=embeddings.dtype, device=embeddings.device)
    added = {"text_embeds": pooled, "time_ids": times.repeat(len(each), 1)}
    return Rows(texts=texts, embeddings=embeddings, guidance=told, added=added)


def guided(predicted: torch.Tensor, texts: Texts, *, guidance: float, rescale: float) -> torch.Tensor:
    """One prediction (1, C, h, w) from the network's answers (B, C, h, w) to the rows of `texts`.

    `guidance` is the scale of classifier-free guidance, `rescale` is phi of arXiv:2305.08891, section 3.4.
    """
    answers = predicted.float().split(1)
    weights = [weight for _, weight in texts.positives]
    if texts.negative is None:
        return _mean(answers, weights)
    without, wanted = answers[0], answers[1:]
    if len(wanted) == 1:
        result = without + guidance * weights[0] * (wanted[0] - without)
    else:
        result = without + guidance * sum(
            (weight * (answer - without) for weight, answer in zip(weights, wanted, strict=True)),
            start=torch.zeros_like(without),
        )
    if not rescale:
        return result
    # Guidance makes the prediction louder than the network's own, which burns colours out: back to its loudness.
    factor = _mean(wanted, weights).std() / result.std()
    return result * (rescale * factor + 1 - rescale)


def _embedded(guidance: float, width: int) -> torch.Tensor:
    """The guidance scale as waves (1, width), as latent consistency models are told it (arXiv:2310.04378)."""
    half = width // 2
    waves = 1000 * (guidance - 1) * torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    return torch.cat([waves.sin(), waves.cos(), torch.zeros(width % 2)])[None]


def _mean(answers: tuple[torch.Tensor, ...], weights: list[float]) -> torch.Tensor:
    """What the wanted texts say together."""
    if len(answers) == 1:
        return answers[0]
    total = sum(weights)
    if abs(total) < 1e-3:  # they cancel each other out
        weights, total = [1.0] * len(answers), len(answers)
    return torch.stack([weight * answer for weight, answer in zip(weights, answers, strict=True)]).sum(0) / total
