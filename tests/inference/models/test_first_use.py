"""What the operator lets be fetched at its first use: which of it people are offered, and what is said of the rest."""

from pathlib import Path

import pytest

from config import Config, Models, Operator, Storage
from inference.errors import ModelMissing
from inference.models import first_use
from inference.models.catalog import Catalog, load_catalog
from inference.models.installed import installed
from tests.inference.models import weights

KNOWN = load_catalog()
OWN = {"repo": "somebody/mine", "family": "sdxl", "download_gb": 6.5}


def looked(tmp_path: Path, *names: str, commercial: bool = False, **models: object) -> Catalog:
    said = Models.model_validate({"fetch_at_first_use": names, **models})
    config = Config(
        storage=Storage(folder=tmp_path / "data"), models=said, operator=Operator(commercial=commercial)
    )  # fmt: skip
    return installed(config, KNOWN)


def reasons(catalog: Catalog) -> dict[str, str]:
    return {each.path: each.template for each in catalog.remarks}


def test_it_draws_as_its_entry_says_before_it_is_here(tmp_path: Path) -> None:
    found = looked(tmp_path, "Animagine XL 4.0")
    model = found.find("animagine-xl-4-0")
    assert model.fetched_at_first_use and not model.is_there and model.sha256 == ""
    assert model.sizes == KNOWN.known["animagine-xl-4-0"].sizes and found.loadable(model.name) is None
    assert found.remarks == [] and found.to_come() == {"animagine-xl-4-0", "sdxl-vae-fp16-fix"}
    with pytest.raises(ModelMissing):
        looked(tmp_path).find("animagine-xl-4-0")


def test_what_is_here_is_not_fetched_again(tmp_path: Path) -> None:
    file = weights.checkpoint(tmp_path / "data" / "models" / "animagine-xl-4.0-opt.safetensors", "sdxl")
    model = looked(tmp_path, "animagine-xl-4-0").find("animagine-xl-4-0")
    assert model.folder == file and looked(tmp_path).loadable(model.name) and not model.fetched_at_first_use
    file.write_bytes(b"no weights at all")  # here it is, and nothing draws with it
    found = looked(tmp_path, "animagine-xl-4-0")
    assert "animagine-xl-4-0" not in found.models and str(file) in reasons(found)


def test_what_cannot_be_offered_is_said_to_the_operator(tmp_path: Path) -> None:
    refused = {
        "waifu-diffusion-1-4": first_use.NOT_SAFE,
        "pony-diffusion-v6-xl": first_use.NOT_FREE,
        "netayume-lumina": first_use.NOT_DRAWN,
        "no such thing": first_use.NOT_KNOWN,
    }
    found = looked(tmp_path, *refused, "animagine-xl-3-1", commercial=True)
    assert reasons(found) == refused and set(found.models) == {"genga-mini", "animagine-xl-3-1"}
    elsewhere = looked(tmp_path, "animagine-xl-3-1", hub="modelscope")
    assert reasons(elsewhere) == {"animagine-xl-3-1": first_use.NOT_ON_HUB}


def test_an_entry_of_the_operator_s_own_is_one_like_those_of_the_catalogue(tmp_path: Path) -> None:
    published = {
        "mine": OWN,
        "one-file": {**OWN, "file": "deep/one.safetensors", "title": "One", "licence": "mit", "sha256": "0123456789"},
        "pickled": {**OWN, "file": "old.ckpt"},
        "strange": {**OWN, "family": "none"},
        "other-family": {**OWN, "vae": "kl-f8-anime2"},
        "with-vae": {**OWN, "vae": "sdxl-vae-fp16-fix"},
    }
    found = looked(tmp_path, "mine", "one-file", "pickled", published=published)
    assert reasons(found) == {
        "pickled": first_use.NOT_SAFE, "strange": first_use.NO_SUCH, "other-family": first_use.NO_SUCH
    }  # fmt: skip
    assert found.offers["with-vae"].vae == "sdxl-vae-fp16-fix"
    mine, one = found.find("mine"), found.find("one-file")
    assert (mine.title, mine.sampler, mine.use_restrictions) == ("mine", KNOWN.families["sdxl"].sampler, "")
    assert (mine.folder, one.folder.name) == (tmp_path / "data" / "models" / "mine", "one.safetensors")
    offer = found.offers["one-file"]
    assert (offer.bytes, offer.licence.name, offer.files[0].sha256) == (6_500_000_000, "mit", "0123456789")
    assert offer.link == "https://huggingface.co/somebody/mine"
    there = looked(tmp_path, "mine", hub="modelscope", published={"mine": OWN}).offers["mine"]
    assert (there.modelscope, there.link) == ("somebody/mine", "https://modelscope.cn/models/somebody/mine")
