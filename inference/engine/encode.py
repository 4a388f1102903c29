"""Text into what the network is guided by."""

from typing import Any

import torch

from inference.engine.conditioning import Conditioning, Encoded, Texts, Unchanging
from inference.models.loading import Checkpoint
from inference.request import DrawRequest


def encode(checkpoint: Checkpoint, request: DrawRequest) -> Encoded:
    """The texts of `request`; without a negative where guidance is off."""
    negative = None
    if request.guidance > 1:
        negative = _conditioning(checkpoint, request.negative, request.clip_skip)
        # SDXL learned "no text" as zeros, not as an empty text.
        if not request.negative and getattr(checkpoint.pipe.config, "force_zeros_for_empty_prompt", False):
            assert negative.pooled is not None
            negative = Conditioning(
                embeddings=torch.zeros_like(negative.embeddings), pooled=torch.zeros_like(negative.pooled)
            )
    positive = _conditioning(checkpoint, request.prompt, request.clip_skip)
    return Unchanging(Texts(negative=negative, positives=((positive, 1.0),)))


def _conditioning(checkpoint: Checkpoint, text: str, clip_skip: int) -> Conditioning:
    """One text of up to 75 tokens; what is beyond them is left out."""
    pipe = checkpoint.pipe
    second = getattr(pipe, "text_encoder_2", None)
    if second is None:
        return Conditioning(
            embeddings=_hidden(pipe.tokenizer, pipe.text_encoder, text, clip_skip, checkpoint.device)[0]
        )
    # SDXL takes the last layer but one and does not put it through the last norm: that is its "clip skip 2".
    layer = max(clip_skip, 2)
    first, _ = _hidden(pipe.tokenizer, pipe.text_encoder, text, layer, checkpoint.device, norm=False)
    other, pooled = _hidden(pipe.tokenizer_2, second, text, layer, checkpoint.device, norm=False)
    return Conditioning(embeddings=torch.cat([first, other], dim=-1), pooled=pooled)


def _hidden(  # transformers' parts are untyped
    tokenizer: Any,  # noqa: ANN401
    encoder: Any,  # noqa: ANN401
    text: str,
    layer: int,
    device: torch.device,
    *,
    norm: bool = True,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The hidden states (1, 77, C) of the `layer`th layer from the end, and the pooled vector (1, P)."""
    length = tokenizer.model_max_length
    tokens = tokenizer(text, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
    encoded = encoder(tokens.to(device), output_hidden_states=True)
    states = encoded.hidden_states[-layer]
    # People count as A1111 does: 1 means the last layer. An earlier layer still goes through the last norm.
    return encoder.final_layer_norm(states) if norm else states, encoded[0]
