"""The rows of checkpoints: every family in every form that people have."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from benchmarks import flow_files, flow_miniatures
from benchmarks.families_rows import CHECKPOINTS, VAES, Drawing, Row, plainly
from benchmarks.miniatures import Facts, Form, edit_json, stock, write, write_vae
from config import ModelFile
from inference.models.catalog import Prediction, Spacing
from inference.request import DrawRequest, Wish

OTHER_VAE = 77  # the seed of the VAE that is not the checkpoint's own
FP32, FP16 = torch.float32, torch.float16
V_ZSNR = Facts(v_prediction=True, zero_terminal_snr=True)
_WRONG: dict[str, dict[str, dict[str, Any]]] = {
    "epsilon": {"prediction: v": {"says": ModelFile(prediction=Prediction.V)}},
    "v": {"prediction: epsilon": {"says": ModelFile(prediction=Prediction.EPSILON)}},
    "leading": {"spacing: trailing": {"says": ModelFile(spacing=Spacing.TRAILING)}},
    "zero SNR": {"no zero SNR": {"says": ModelFile(zero_terminal_snr=False)}},
}


def checkpoint_rows(seed: int) -> Iterator[Row]:
    """Every family of Stable Diffusion in every form, then the transformers."""
    plain, v = Facts(seed=seed), Facts(seed=seed, v_prediction=True)
    for title, family, facts, wrong in (
        ("sd15", "sd15", plain, _WRONG["epsilon"]),
        ("sd21 base", "sd21", plain, _WRONG["epsilon"]),
        ("sd21 v", "sd21", v, _WRONG["v"]),
        ("sdxl", "sdxl", plain, _WRONG["epsilon"]),
        ("sdxl v", "sdxl", replace(V_ZSNR, seed=seed), _WRONG["v"] | _WRONG["zero SNR"]),
    ):
        yield from _stable(title, family, facts, wrong)
    for family in ("sd15", "sdxl"):
        yield _clip_skip(family, plain)
        yield from _vaes(family, plain)
    yield _novelai(plain)
    for family in flow_miniatures.FAMILIES:
        yield _transformer(family)
        yield _network(family)


def _stable(title: str, family: str, facts: Facts, wrong: dict[str, dict[str, Any]]) -> Iterator[Row]:
    """A family's single files and folders."""
    spacing = {} if facts.zero_terminal_snr else _WRONG["leading"]
    markers = ("v_pred", "ztsnr") if facts.zero_terminal_snr else ()
    for form in Form:
        written = replace(facts, markers=markers if form is Form.SINGLE else ())
        yield Row(
            family=title, form=form.value, put=partial(_put, family, form, written),
            plain=partial(_stock, family, facts, FP16 if form is Form.FP16 else FP32), lies=wrong | spacing,
        )  # fmt: skip
    half = replace(facts, markers=markers, dtype=FP16, oddities=True)
    yield Row(
        family=title, form="single file, fp16, with what old files also hold",
        put=partial(_put, family, Form.SINGLE, half), plain=partial(_stock, family, facts, FP16), lies=wrong,
    )  # fmt: skip


def _put(family: str, form: Form, facts: Facts, root: Path) -> Path:
    return write(root / CHECKPOINTS, family, form, facts)


def _stock(family: str, facts: Facts, kept_in: torch.dtype, request: DrawRequest) -> Drawing:
    """diffusers' own pipeline; its weights rounded to what the file keeps them in."""
    pipe = stock(family, facts)
    rounded(pipe, kept_in)
    return plainly(prepared(pipe), request)


def prepared(pipe: Any) -> Any:  # noqa: ANN401
    """The pipeline with the sampler that the rows draw with, made from its own configuration by diffusers."""
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, clip_sample=False, set_alpha_to_one=False)
    return pipe


def rounded(pipe: Any, kept_in: torch.dtype) -> None:  # noqa: ANN401
    """Every weight as it comes back from a file of that precision."""
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.to(kept_in).to(FP32)


def _clip_skip(family: str, facts: Facts) -> Row:
    """The last layer of the text left out, or with SDXL, which never has it, the last two."""
    skip = {"sd15": 2, "sdxl": 3}[family]

    def plain(request: DrawRequest) -> Drawing:
        pipe = stock(family, facts)
        for name in ("text_encoder", "text_encoder_2"):
            if (encoder := getattr(pipe, name, None)) is not None:
                # One layer less: diffusers' own clip_skip leaves the negative prompt alone, and looks for an attribute
                # that transformers 5 no longer has. SDXL's pooled vector still comes from all of them.
                _shorten(encoder, by=1)
        return plainly(prepared(pipe), request)

    return Row(
        family=family, form=f"single file, clip skip {skip}", put=partial(_put, family, Form.SINGLE, facts),
        plain=plain, says=ModelFile(clip_skip=skip), lies={"clip skip: 1": {"says": ModelFile(clip_skip=1)}},
    )  # fmt: skip


def _shorten(encoder: Any, *, by: int) -> None:  # noqa: ANN401
    """Leave the encoder's last layers out of its hidden states, and keep what it pools."""
    if not hasattr(encoder, "text_projection"):
        del encoder.encoder.layers[-by:]
        return
    forward = encoder.forward

    def shorter(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        out = forward(*arguments, **named)
        out.hidden_states = out.hidden_states[:-by]
        return out

    encoder.forward = shorter


def _vaes(family: str, facts: Facts) -> Iterator[Row]:
    """Another VAE: a file of either layout, a folder, and one that lies beside the checkpoint under its name."""
    for form, named in (
        ("original keys", "other.safetensors"), ("diffusers' keys", "other.safetensors"), ("folder", "other"),
        ("beside it, by its name", f"{family}.vae.safetensors"),
    ):  # fmt: skip
        beside = form.startswith("beside")

        def put(root: Path, form: str = form, named: str = named, beside: bool = beside) -> Path:
            folder = root / (CHECKPOINTS if beside else VAES)
            write_vae(folder / named, seed=OTHER_VAE, family=family, diffusers_names=form == "diffusers' keys")
            return write(root / CHECKPOINTS, family, Form.SINGLE, facts)

        def plain(request: DrawRequest) -> Drawing:
            pipe = stock(family, facts)
            pipe.vae = _other_vae(family)
            return plainly(prepared(pipe), request)

        lie: dict[str, Any] = {"put": partial(_put, family, Form.SINGLE, facts)} if beside else {"says": ModelFile()}
        yield Row(
            family=family, form=f"single file, external VAE, {form}", put=put, plain=plain,
            says=ModelFile() if beside else ModelFile(vae="other"), lies={"its own VAE": lie},
        )  # fmt: skip


def _other_vae(family: str) -> AutoencoderKL:
    return stock(family, Facts(seed=OTHER_VAE)).vae


def _novelai(facts: Facts) -> Row:
    """Network and VAE only, as NovelAI's open weights have it; the text encoder is another checkpoint's."""
    lender = replace(facts, seed=facts.seed + 1)

    def put(root: Path) -> Path:
        write(root / CHECKPOINTS / "lent", "sd15", Form.SINGLE, lender).rename(
            root / CHECKPOINTS / "lender.safetensors"
        )
        other = replace(facts, seed=facts.seed + 2)
        write(root / CHECKPOINTS / "lent", "sd15", Form.SINGLE, other).rename(root / CHECKPOINTS / "third.safetensors")
        bare = write(root / CHECKPOINTS, "sd15", Form.FOLDER, facts)
        for gone in ("text_encoder", "tokenizer", "scheduler"):
            shutil.rmtree(bare / gone)
        for part in (bare / "unet", bare / "vae"):
            (part / "config.json").unlink()
        (bare / "model_index.json").unlink()
        return bare

    def plain(request: DrawRequest) -> Drawing:
        pipe = stock("sd15", facts)
        pipe.text_encoder = stock("sd15", lender).text_encoder
        return plainly(prepared(pipe), request)

    said = ModelFile(text_encoder="lender")
    return Row(
        family="sd15", form="folder of network and VAE alone, lent text encoder", put=put, plain=plain, says=said,
        lies={"another one's text": {"says": ModelFile(text_encoder="third")},
              "spacing: trailing": {"says": ModelFile(text_encoder="lender", spacing=Spacing.TRAILING)}},
    )  # fmt: skip


_SHIFTS: Mapping[str, Mapping[str, object]] = {
    "anima": {"shift": 1.5}, "lumina2": {"shift": 2.0}, "z-image": {"shift": 1.5}, "chroma": {"shift": 3.0},
    "qwen-image": {"base_shift": 1.5, "max_shift": 2.5},
}  # fmt: skip


def _transformer(family: str) -> Row:
    """A transformer's folder; its facts are its scheduler's shift and its guidance."""

    def put(root: Path, **shift: object) -> Path:
        folder = flow_miniatures.write(root / CHECKPOINTS / family, family)
        if shift:
            edit_json(folder / "scheduler" / "scheduler_config.json", **shift)
        return folder

    def plain(request: DrawRequest) -> Drawing:
        return transformed(flow_miniatures.stock(family), family, request)

    return Row(
        family=family, form="folder", put=put, plain=plain,
        lies={"shift": {"put": partial(put, **_SHIFTS[family])}, "guidance: 4": {"wish": Wish(guidance=4.0)}},
    )  # fmt: skip


def _network(family: str) -> Row:
    """The transformer in one file of ComfyUI's folders; its text encoder, VAE and scheduler are a whole folder's."""

    def put(root: Path, times: float = 1.0, **shift: object) -> Path:
        folder = flow_miniatures.write(root / CHECKPOINTS / "lender", family)
        # What the folder itself has for a network must not be drawn with.
        for file in (folder / "transformer").glob("*.safetensors"):
            file.write_bytes(b"")
        if shift:
            edit_json(folder / "scheduler" / "scheduler_config.json", **shift)
        return flow_files.write(root / "models/diffusion_models/mine.safetensors", family, times=times)

    def plain(request: DrawRequest) -> Drawing:
        return transformed(flow_miniatures.stock(family), family, request)

    return Row(
        family=family, form="single file of the network, all else lent by a folder", put=put, plain=plain,
        lies={"shift": {"put": partial(put, **_SHIFTS[family])}, "another network": {"put": partial(put, times=1.1)}},
    )  # fmt: skip


def transformed(pipe: Any, family: str, request: DrawRequest) -> Drawing:  # noqa: ANN401
    """What diffusers' own pipeline of a transformer family draws for `request`."""
    if family == "anima":
        pipe.guider.guidance_scale = request.guidance
        return plainly(pipe, request, guidance_scale=None, output="images")
    if family == "qwen-image":
        return plainly(pipe, request, guidance_scale=None, true_cfg_scale=request.guidance)
    return plainly(pipe, request)
