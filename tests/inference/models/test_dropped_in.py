"""A file dropped into a folder: found, understood and loaded, with nothing said of it anywhere."""

# A pipeline's parts are untyped.
# pyright: reportAttributeAccessIssue=false
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.miniatures import Facts, Form, write, write_vae
from config import Config, ModelFile, Models, Storage
from inference.models.catalog import Model, load_catalog
from inference.models.installed import installed
from inference.models.loading import load

CPU = torch.device("cpu")
CHECKPOINTS = Path("models", "Stable-diffusion")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this narrow are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A1111's folders with the layouts of keys that real files have, only narrow."""
    root, made = tmp_path_factory.mktemp("webui"), tmp_path_factory.mktemp("made")
    (root / CHECKPOINTS).mkdir(parents=True)
    (root / "models" / "VAE").mkdir()
    shutil.move(write(made, "sd15"), root / CHECKPOINTS / "Anything-V3.0-pruned-fp16.safetensors")
    v_prediction = write(made, "sdxl", Form.SINGLE, Facts(markers=("v_pred", "ztsnr")))
    shutil.move(v_prediction, root / CHECKPOINTS / "merge.safetensors")
    write_vae(root / "models" / "VAE" / "kl-f8-anime2.vae.safetensors", seed=9)
    return root


@pytest.fixture
def models(tree: Path, tmp_path: Path) -> dict[str, Model]:
    """What is found there; nothing that could not be used."""
    files = {"merge.safetensors": ModelFile(title="Mine")}
    catalog = installed(
        Config(storage=Storage(folder=tmp_path), models=Models(folders=(tree,), files=files)), load_catalog()
    )
    assert catalog.remarks == []
    return dict(catalog.models)


def test_the_marks_in_a_file_reach_the_schedule_it_is_drawn_with(models: dict[str, Model]) -> None:
    assert {*models} == {"genga-mini", "anything-v3-0", "merge"} and models["merge"].title == "Mine"
    schedule = load(models["merge"], CPU).pipe.scheduler.config
    assert schedule["prediction_type"] == "v_prediction" and schedule["rescale_betas_zero_snr"]
    assert schedule["timestep_spacing"] == "trailing"


def test_the_vae_that_the_catalogue_wants_is_the_one_it_draws_with(tree: Path, models: dict[str, Model]) -> None:
    model, vae = models["anything-v3-0"], tree / "models" / "VAE" / "kl-f8-anime2.vae.safetensors"
    assert (model.vae, model.clip_skip) == (str(vae), 2)
    drawn_with = load(model, CPU).pipe.vae.decoder.conv_in.weight
    assert torch.equal(drawn_with, load_file(vae)["decoder.conv_in.weight"])
    assert not torch.equal(drawn_with, load_file(model.folder)["first_stage_model.decoder.conv_in.weight"])
