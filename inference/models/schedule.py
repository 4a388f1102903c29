"""The schedule a checkpoint was trained on: what its entry says, else what its files say, else what its family did."""

from typing import cast

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from inference.models import shapes
from inference.models.catalog import Model, Prediction, Spacing
from inference.models.recognise import Found


def make_schedule(model: Model, found: Found, written: shapes.Config, unet: UNet2DConditionModel) -> DDIMScheduler:
    """A scheduler that holds the facts of the training; every sampler is made from its configuration.

    `written` is the folder's scheduler_config.json, empty for a single file.
    """
    config = written or shapes.family_config(model.family, "scheduler")
    # Never true of a latent model, and the default of the class: a folder for another sampler says nothing of it.
    config |= {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}
    prediction = model.prediction or found.prediction
    if prediction is None and not written and model.family == "sd21" and unet.config["in_channels"] == 4:
        prediction = probe(unet)
    if prediction is not None:
        config["prediction_type"] = prediction.value
    zero_terminal_snr = found.zero_terminal_snr if model.zero_terminal_snr is None else model.zero_terminal_snr
    if zero_terminal_snr is not None:
        config["rescale_betas_zero_snr"] = zero_terminal_snr
    # A zero SNR that the first step never sees would be thrown away.
    spacing = model.spacing or found.spacing or (Spacing.TRAILING if zero_terminal_snr else None)
    if spacing is not None:
        config["timestep_spacing"] = spacing.value
    return cast(DDIMScheduler, DDIMScheduler.from_config(config))


@torch.inference_mode()
def probe(unet: UNet2DConditionModel) -> Prediction:
    """What an SD2 UNet predicts, asked of itself, as AUTOMATIC1111's program and stable-diffusion.cpp do: a flat grey
    latent at the last timestep has all but no signal left, so epsilon comes out near to it, and v far below."""
    first = next(unet.parameters())
    grey = torch.full((1, 4, 8, 8), 0.5, device=first.device, dtype=first.dtype)
    text = torch.full((1, 2, unet.config["cross_attention_dim"]), 0.5, device=first.device, dtype=first.dtype)
    out = unet(grey, torch.tensor([999], device=first.device), encoder_hidden_states=text, return_dict=False)[0]
    return Prediction.V if float((out - grey).float().mean()) < -1 else Prediction.EPSILON
