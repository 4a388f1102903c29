"""Puts the trained networks together as a stock StableDiffusionPipeline: `python -m mini.train.assemble`.

Weights are rounded to half precision; the folder loads with `DiffusionPipeline.from_pretrained`.
"""

# diffusers and transformers annotate blocks as tuples of one, outputs as unions, and `to` as bound elsewhere.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import argparse
import json
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from transformers import CLIPTextModel, CLIPTokenizer

from mini.train.data import RUNS

SHIPPED = Path(__file__).parent.parent / "weights" / "genga-mini"


def scheduler() -> DPMSolverMultistepScheduler:
    """The noise schedule: the last step is nearly pure noise.

    It must be, more than elsewhere: the first principal component of our latents has 680 times the variance of one
    value, so that where half a percent of signal is left, a network can read in training what sampling never gives it.
    """
    return DPMSolverMultistepScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.02,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        steps_offset=1,  # without effect at this spacing, but the stock pipeline expects it
    )


def words(folder: Path) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """The finished tokenizer and text encoder of a run, frozen."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder")
    return tokenizer, encoder.eval().requires_grad_(False)


def pipeline(
    unet: UNet2DConditionModel, vae: AutoencoderKL, tokenizer: CLIPTokenizer, encoder: CLIPTextModel
) -> StableDiffusionPipeline:
    """The four networks as one stock pipeline."""
    made = StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler(),
        safety_checker=None,  # nothing unsafe was ever drawn for it
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.set_progress_bar_config(disable=True)
    return made


def save(made: StableDiffusionPipeline, folder: Path) -> None:
    """Writes the pipeline in half precision, with the vocabulary also in CLIP's older form."""
    made.to(torch.float16)
    made.save_pretrained(folder, safe_serialization=True)
    made.to(torch.float32)
    # transformers would load the type it finds here, diffusers single precision; the two must agree.
    config = folder / "text_encoder" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"float16"', '"float32"'), encoding="utf-8")
    for file in folder.rglob("*.safetensors"):
        file.chmod(0o644)
    model = json.loads((folder / "tokenizer" / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    vocabulary = json.dumps(model["vocab"], ensure_ascii=False)
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in model["merges"]), ""])
    (folder / "tokenizer" / "vocab.json").write_text(vocabulary, encoding="utf-8")
    (folder / "tokenizer" / "merges.txt").write_text(merges, encoding="utf-8")


def main() -> None:
    """Assembles the averaged weights of a run's last checkpoint."""
    from mini.train import unet as unets  # they need this module's `pipeline` for their sample sheets
    from mini.train import vae as vaes

    parser = argparse.ArgumentParser(prog="python -m mini.train.assemble", description=__doc__)
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--save", type=Path, default=SHIPPED)
    options = parser.parse_args()
    vae = vaes.even_out(vaes.trained(options.folder), *unets.measure(options.folder))
    save(pipeline(unets.trained(options.folder), vae, *words(options.folder)), options.save)
    for file in sorted(options.save.rglob("*.safetensors")):
        print(f"{file.relative_to(options.save)}: {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
