"""Checkpoints in every form an operator has them, loaded without a network and held against diffusers' own pipeline."""

# A pipeline's parts are untyped.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
import gc
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from safetensors.torch import load_file, save_file

from benchmarks.key_lists import TEXT_WIDTH, UNET, VAE
from benchmarks.miniatures import Facts, Form, original, stock, write, write_vae
from inference.errors import BadWeights, ModelMissing
from inference.models import folder_form, single_file
from inference.models.catalog import Model, Prediction, Spacing, load_catalog
from inference.models.loading import load
from inference.models.recognise import Found, Kind, recognise_file
from inference.models.schedule import make_schedule, probe
from tests.weights import write_weights

CPU = torch.device("cpu")
# Single precision on one processor; our memory layout of the convolutions rounds their sums another way.
TOLERANCE = 1e-4

TEXTS = (VAE, "cond_stage_model.", "conditioner.")  # what a file that is only asked for its UNet can do without

stocked = cache(stock)
originals = cache(original)


@cache
def vae_of(seed: int) -> AutoencoderKL:
    return stock("sd15", Facts(seed=seed)).vae


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks a hub, or anybody, is told no in a way that no library expects."""

    def refuse(*_: object) -> None:
        pytest.fail("a checkpoint on this disk needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this narrow are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("miniatures")


def entry(family: str, path: Path, **facts: Any) -> Model:  # noqa: ANN401
    """A catalogue's entry for the files at `path`."""
    plain = load_catalog().models["genga-mini"]
    return replace(plain, name="mini", family=family, path=str(path), **facts)


def read(path: Path) -> tuple[Found, single_file.Parts]:
    """The parts of a single file, whatever it is."""
    return single_file.read_parts(path, lambda _: None, CPU, torch.float32)


@torch.inference_mode()
def assert_same_parts(family: str, ours: Any, theirs: Any, tolerance: float = TOLERANCE) -> None:  # noqa: ANN401
    """Every network of both pipelines gives the same numbers for the same input."""
    dice = torch.Generator().manual_seed(5)
    latents = torch.randn(1, theirs.unet.config["in_channels"], 8, 8, generator=dice)
    text = torch.randn(1, 77, TEXT_WIDTH[family], generator=dice)
    pooled = torch.randn(1, 64, generator=dice)
    sizes = torch.tensor([[64.0, 64, 0, 0, 64, 64]])
    more = {"added_cond_kwargs": {"text_embeds": pooled, "time_ids": sizes}} if family == "sdxl" else {}
    unets = [pipe.unet(latents, 500, text, return_dict=False, **more)[0] for pipe in (ours, theirs)]
    torch.testing.assert_close(*unets, atol=tolerance, rtol=0)
    pictures = [pipe.vae.decode(latents[:, :4], return_dict=False)[0] for pipe in (ours, theirs)]
    torch.testing.assert_close(*pictures, atol=tolerance, rtol=0)
    assert ours.vae.config["scaling_factor"] == theirs.vae.config["scaling_factor"]
    moments = [pipe.vae.encode(pictures[0], return_dict=False)[0].mean for pipe in (ours, theirs)]
    torch.testing.assert_close(*moments, atol=tolerance, rtol=0)
    for part in ("text_encoder", "text_encoder_2") if family == "sdxl" else ("text_encoder",):
        ids = [pipe.tokenizer("a photo of a cat!", return_tensors="pt").input_ids for pipe in (ours, theirs)]
        states = [getattr(pipe, part)(ids[0], output_hidden_states=True) for pipe in (ours, theirs)]
        torch.testing.assert_close(states[0].hidden_states[-2], states[1].hidden_states[-2], atol=tolerance, rtol=0)
        torch.testing.assert_close(states[0][0], states[1][0], atol=tolerance, rtol=0)
        assert torch.equal(*ids)


@pytest.mark.parametrize("family", ["sd15", "sd21", "sdxl"])
def test_a_single_file_is_what_diffusers_builds_of_it(family: str, folder: Path) -> None:
    oddities = Facts(oddities=True)  # which files carry and no model has
    checkpoint = load(entry(family, write(folder, family, facts=oddities)), CPU)
    assert_same_parts(family, checkpoint.pipe, stocked(family))
    assert checkpoint.pipe.scheduler.config["prediction_type"] == "epsilon"
    assert not any(parameter.requires_grad for parameter in checkpoint.pipe.unet.parameters())


def test_a_folder_may_hold_the_fp16_variant_alone_and_a_vae_that_overflows_stays_in_single_precision(
    folder: Path,
) -> None:
    path = write(folder, "sdxl", Form.FP16)
    assert not [file for file in path.rglob("*.safetensors") if ".fp16." not in file.name]
    pipe = load(entry("sdxl", path), CPU, torch.float16).pipe
    theirs = stocked("sdxl")
    for part, dtype in (("unet", torch.float16), ("text_encoder_2", torch.float16), ("vae", torch.float32)):
        state = getattr(pipe, part).state_dict()
        for name, parameter in getattr(theirs, part).state_dict().items():
            assert state[name].dtype is dtype
            assert torch.equal(state[name], parameter.half().to(dtype)), name
    for tokenizer in ("tokenizer", "tokenizer_2"):
        text = "a photo of a cat!"
        assert getattr(pipe, tokenizer)(text).input_ids == getattr(theirs, tokenizer)(text).input_ids


def test_novelai_s_open_weights_borrow_the_text_encoder_that_the_entry_names(folder: Path) -> None:
    """Their folder has unet/ and vae/, here without any configuration; the other checkpoint is a single file."""
    whole = write(folder, "sd15", Form.FOLDER)
    bare = folder / "nai"
    for part in ("unet", "vae"):
        (bare / part).mkdir(parents=True)
        name = "diffusion_pytorch_model.safetensors"
        (bare / part / name).hardlink_to(whole / part / name)
    assert "comes without a text encoder" in refusal(entry("sd15", bare))
    lender = write(folder / "lender", "sd15", facts=Facts(without=(UNET, VAE), bare_text=True))
    pipe, theirs = load(entry("sd15", bare, text_encoder=str(lender)), CPU).pipe, stocked("sd15")
    for part in ("unet", "vae", "text_encoder"):
        ours = getattr(pipe, part).state_dict()
        assert all(torch.equal(ours[name], kept) for name, kept in getattr(theirs, part).state_dict().items())
    assert pipe.unet.config["attention_head_dim"] == theirs.unet.config["attention_head_dim"]


def test_a_unet_that_takes_a_mask_loads_as_it_is(folder: Path) -> None:
    facts = Facts(channels=9, without=TEXTS)
    found, parts = read(write(folder, "sd15", facts=facts))
    assert found.channels == 9
    assert "vae" not in parts
    state = parts["unet"].state_dict()
    assert torch.equal(state["conv_in.weight"], original("sd15", facts)[f"{UNET}input_blocks.0.0.weight"])


# --- the VAE ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vae", "original.safetensors", "renamed.safetensors"])
def test_another_vae_may_lie_in_a_folder_or_in_a_file_of_either_layout(name: str, folder: Path) -> None:
    path = write_vae(folder / name, seed=9, diffusers_names=name.startswith("renamed"))
    read = folder_form.read_vae if path.is_dir() else single_file.read_vae
    vae = read(path, "sdxl", CPU, torch.float32)
    theirs = vae_of(9).state_dict()
    assert vae.state_dict().keys() == theirs.keys()
    assert all(torch.equal(parameter, theirs[key]) for key, parameter in vae.state_dict().items())
    if not path.is_dir():  # a folder says its own, and this one is SD1's
        assert vae.config["scaling_factor"] == 0.13025


def test_the_entry_s_vae_takes_the_place_of_the_file_s_and_of_none(folder: Path) -> None:
    without = write(folder / "without", "sd15", facts=Facts(without=(VAE,)))
    assert "comes without a VAE" in refusal(entry("sd15", without))
    pipe = load(entry("sd15", without, vae=str(write_vae(folder / "other", seed=9))), CPU).pipe
    assert torch.equal(pipe.vae.decoder.conv_in.weight, vae_of(9).decoder.conv_in.weight)


def test_a_part_may_lie_in_pieces_and_no_index_reaches_out_of_its_folder(folder: Path) -> None:
    path = write_vae(folder / "pieces", seed=9)
    whole = path / "diffusion_pytorch_model.safetensors"
    tensors = load_file(whole)
    names = sorted(tensors)
    listed: dict[str, str] = {}
    for number, half in enumerate((names[:100], names[100:])):
        piece = f"diffusion_pytorch_model-{number}.safetensors"
        save_file({name: tensors[name] for name in half}, path / piece)
        listed |= dict.fromkeys(half, piece)
    whole.rename(folder / "elsewhere.safetensors")
    index = path / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": listed}), encoding="utf-8")
    vae = folder_form.read_vae(path, "sd15", CPU, torch.float32)
    assert torch.equal(vae.decoder.conv_in.weight, vae_of(9).decoder.conv_in.weight)
    index.write_text(json.dumps({"weight_map": dict.fromkeys(listed, "../elsewhere.safetensors")}), encoding="utf-8")
    with pytest.raises(BadWeights, match="a part of it is missing"):
        folder_form.read_vae(path, "sd15", CPU, torch.float32)


# --- what was trained -------------------------------------------------------------------------------------------------


def scheduled(family: str, found: Found, written: dict[str, Any] | None = None, **facts: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """What the schedule made for such a file and entry predicts, whether it ends without signal, how it is spaced."""
    unet = stocked(family).unet
    config = make_schedule(entry(family, Path("x"), **facts), found, written or {}, unet).config
    return config["prediction_type"], config["rescale_betas_zero_snr"], config["timestep_spacing"]


SDXL = Found(kind=Kind.CHECKPOINT, family="sdxl", channels=4)


def test_a_file_s_markers_decide_and_the_entry_corrects_them() -> None:
    assert scheduled("sdxl", SDXL) == ("epsilon", False, "leading")
    marked = replace(SDXL, prediction=Prediction.V, zero_terminal_snr=True, spacing=Spacing.TRAILING)
    assert scheduled("sdxl", marked) == ("v_prediction", True, "trailing")
    corrected = {"prediction": Prediction.EPSILON, "zero_terminal_snr": False, "spacing": Spacing.LINSPACE}
    assert scheduled("sdxl", marked, **corrected) == ("epsilon", False, "linspace")
    # One line is enough: a zero SNR brings the spacing that begins where it is.
    said = scheduled("sdxl", SDXL, prediction=Prediction.V, zero_terminal_snr=True)
    assert said == ("v_prediction", True, "trailing")


def test_a_folder_s_own_schedule_is_kept_and_made_fit_for_every_sampler() -> None:
    written: dict[str, Any] = {"beta_start": 0.001, "beta_schedule": "scaled_linear", "clip_sample": True}
    unet = stocked("sd15").unet
    config = make_schedule(entry("sd15", Path("x")), replace(SDXL, family="sd15"), written, unet).config
    assert (config["beta_start"], config["clip_sample"], config["steps_offset"]) == (0.001, False, 1)


def test_an_sd2_that_does_not_say_is_asked_and_the_entry_corrects_the_answer(folder: Path) -> None:
    path = write(folder, "sd21", facts=Facts(v_prediction=True, without=TEXTS))
    found, parts = read(path)
    unet: Any = parts["unet"]
    assert found.prediction is None
    for answer in (Prediction.V, Prediction.EPSILON):
        other = Prediction.EPSILON if answer is Prediction.V else Prediction.V
        assert probe(unet) is answer
        for said, wanted in ((None, answer), (other, other)):
            config = make_schedule(entry("sd21", path, prediction=said), found, {}, unet).config
            assert config["prediction_type"] == wanted.value
        unet.conv_out.bias += 2  # takes back what makes the miniature answer as a v-model does


def test_marker_keys_in_a_real_file_are_found(folder: Path) -> None:
    found = recognise_file(write(folder, "sdxl", facts=Facts(markers=("v_pred", "ztsnr"))))
    assert (found.prediction, found.zero_terminal_snr) == (Prediction.V, True)


# --- files that are not what they should be ---------------------------------------------------------------------------


def refusal(model: Model) -> str:
    """The sentence with which a checkpoint is refused."""
    with pytest.raises(BadWeights) as caught:
        load(model, CPU)
    return caught.value.english()


def modules() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.nn.Module) for thing in gc.get_objects())


def spoilt(folder: Path, place: str, tensor: torch.Tensor | None) -> Model:
    """The entry of a file in which a tensor was changed, or taken out; of its UNet it has what it is known by."""
    known_by = {f"{UNET}input_blocks.0.0.weight", f"{UNET}input_blocks.1.1.proj_in.weight"}
    kept = {name: kept for name, kept in originals("sd15").items() if not name.startswith(UNET) or name in known_by}
    if tensor is None:
        del kept[place]
    else:
        kept[place] = tensor
    save_file(kept, folder / "spoilt.safetensors")
    return entry("sd15", folder / "spoilt.safetensors")


TEXT = "cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc1.bias"


@pytest.mark.parametrize(
    ("place", "tensor", "said"),
    [
        (TEXT, torch.full((128,), float("nan")), "NaN"),
        (f"{VAE}decoder.conv_out.weight", torch.full((3, 32, 3, 3), float("inf")), "NaN or infinity"),
        (TEXT, None, "missing in it"),
        (TEXT, torch.ones(127), "do not fit each other"),
        (f"{VAE}decoder.up.0.block.2.nin_shortcut.bias", torch.ones(32), "layers that no model of its family has"),
        (f"{UNET}out.0.bias", torch.ones(32), "missing in it"),  # most of its UNet is
        (TEXT.replace(".1.", ".999999999."), torch.ones(128), "missing in it"),
        (f"{VAE}encoder.down.0.block.999999999.conv1.bias", torch.ones(32), "missing in it"),
    ],
    ids=["nan", "infinity", "missing", "misshapen", "foreign", "half a UNet", "a billion layers", "a billion blocks"],
)
def test_a_file_that_is_not_whole_is_refused_in_one_sentence(
    place: str, tensor: torch.Tensor | None, said: str, tmp_path: Path
) -> None:
    sentence = refusal(spoilt(tmp_path, place, tensor))
    assert said in sentence
    assert sentence.startswith("The model Genga mini cannot be used: ")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("unet", {"attention_head_dim": 0}),
        ("unet", {"transformer_layers_per_block": [1, 10**9, 1, 1]}),
        ("vae", {"layers_per_block": 10**9}),
        ("text_encoder", {"num_hidden_layers": 10**9}),
        ("text_encoder", {"num_attention_heads": 0}),
        ("text_encoder", {"num_hidden_layers": "twelve"}),
    ],
)
def test_a_folder_whose_configuration_is_of_no_model_is_refused_in_one_sentence(
    part: str, said: dict[str, object], folder: Path, tmp_path: Path
) -> None:
    whole = folder / "sd15-folder"
    whole = whole if whole.exists() else write(folder, "sd15", Form.FOLDER)
    spoilt = shutil.copytree(whole, tmp_path / "spoilt", copy_function=os.link)
    config = spoilt / part / "config.json"
    text = json.dumps(json.loads(config.read_text()) | said)
    config.unlink()
    config.write_text(text)
    assert "missing in it" in refusal(entry("sd15", spoilt))


def test_a_load_that_fails_late_leaves_nothing_in_memory_or_on_the_disk(tmp_path: Path) -> None:
    model = spoilt(tmp_path, f"{UNET}out.0.bias", torch.ones(32))  # text encoder and VAE are built by then
    before = modules()
    refusal(model)
    assert modules() == before
    assert [file.name for file in tmp_path.iterdir()] == ["spoilt.safetensors"]


def test_another_kind_or_family_than_the_entry_says_is_named(folder: Path, tmp_path: Path) -> None:
    small = {"lora_unet_x.lora_down.weight": ("F16", (4, 320)), "lora_unet_x.lora_up.weight": ("F16", (320, 4))}
    assert "it is no checkpoint" in refusal(entry("sd15", write_weights(tmp_path / "a.safetensors", small)))
    flux = {"double_blocks.0.img_attn.norm.key_norm.scale": ("F16", (4,))}
    assert "cannot draw with yet" in refusal(entry("sd15", write_weights(tmp_path / "b.safetensors", flux)))
    path = spoilt(tmp_path, TEXT, None).folder
    assert "are of the family Stable Diffusion 1.5, not Stable Diffusion XL" in refusal(entry("sdxl", path))
    pickled = tmp_path / "model.ckpt"
    pickled.write_bytes(b"PK")
    assert "python -m inference.models.convert FILE" in refusal(entry("sd15", pickled))
    with pytest.raises(ModelMissing):
        load(entry("sd15", tmp_path / "gone.safetensors"), CPU)
    with pytest.raises(ModelMissing):
        load(entry("sd15", path, vae=str(tmp_path / "gone")), CPU)
