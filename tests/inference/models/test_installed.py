"""From folders of files to models that can draw: real files with real headers, told by their own keys."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from config import Config, ModelFile, Models, NovelAi, Operator, Remote, Storage
from inference.errors import BadWeights
from inference.models import facts
from inference.models import installed as module
from inference.models.catalog import Catalog, Prediction, Spacing, load_catalog
from inference.models.facts import Notebook
from inference.models.families import NOVELAI
from inference.models.folders import Kind, look_through
from inference.models.installed import NOTEBOOK, installed
from inference.models.recognise import Found, recognise_file
from inference.request import Aspect
from tests.inference.models import weights

KNOWN = load_catalog()


def looked(
    tmp_path: Path, *, commercial: bool = False, thorough: bool = False, known: Catalog = KNOWN, **models: object
) -> Catalog:
    """The catalogue with what lies in `tmp_path/data/models` and in the folders given."""
    config = Config(
        storage=Storage(folder=tmp_path / "data"),
        models=Models.model_validate(models),
        operator=Operator(commercial=commercial),
    )
    return installed(config, known, thorough=thorough)


def own(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


def about(catalog: Catalog, name: str) -> list[str]:
    return [each.template for each in catalog.remarks if Path(each.path).name == name]


@pytest.mark.parametrize("where", ["models/Stable-diffusion", "models/checkpoints"], ids=["A1111 and Forge", "ComfyUI"])
@pytest.mark.parametrize("family", ["sd15", "sd21", "sdxl"])
def test_a_checkpoint_that_nobody_knows_draws_as_its_family_does(family: str, where: str, tmp_path: Path) -> None:
    file = weights.checkpoint(tmp_path / "tree" / where / "My Merge_v3.safetensors", family)
    found = looked(tmp_path, folders=(tmp_path / "tree",))
    model = found.find("my-merge_v3")
    assert (model.folder, model.title, model.family) == (file, "My Merge v3", family)
    assert (model.sampler, model.sizes) == (KNOWN.families[family].sampler, KNOWN.families[family].sizes)
    assert (model.licence, model.use_restrictions, model.harmless) == ("not known", "", False)
    assert found.models["genga-mini"] == KNOWN.models["genga-mini"] and found.remarks == []


def test_a_file_that_the_catalogue_knows_by_name_draws_as_its_entry_says(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "animagine-xl-4.0-opt.safetensors", "sdxl")
    weights.vae(own(tmp_path) / "vae" / "sdxl_vae_fp16_fix.safetensors")
    found = looked(tmp_path)
    model, entry = found.find("animagine-xl-4-0"), KNOWN.known["animagine-xl-4-0"]
    assert (model.title, model.quality, model.licence) == (entry.title, entry.quality, entry.licence.title)
    assert Path(model.vae).name == "sdxl_vae_fp16_fix.safetensors"
    assert "animagine-xl-4-0" not in found.offers and "animagine-xl-3-1" in found.offers


def test_one_with_the_name_but_of_another_build_is_not_taken_for_it(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "animagine-xl-4.0-opt.safetensors", "sd15")
    found = looked(tmp_path)
    assert found.find("animagine-xl-4.0-opt").family == "sd15" and "animagine-xl-4-0" in found.offers


def test_a_renamed_file_is_known_by_its_contents_once_it_is_read_through(tmp_path: Path) -> None:
    file = weights.checkpoint(own(tmp_path) / "renamed.safetensors", "sdxl")
    entry = KNOWN.known["animagine-xl-4-0"]
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    published = replace(entry.files[0], bytes=file.stat().st_size, sha256=sha256[:10])
    known = replace(KNOWN, known={**KNOWN.known, entry.name: replace(entry, files=(published,))})
    assert looked(tmp_path, known=known).find("renamed").checkpoint == ""
    assert looked(tmp_path, known=known, thorough=True).find(entry.name).path == str(file)
    assert looked(tmp_path, known=known).find(entry.name).path == str(file)  # it is not read a second time


def test_marks_in_the_file_make_it_a_v_prediction_model(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "merge.safetensors", "sdxl", marks=("v_pred", "ztsnr"))
    model = looked(tmp_path).find("merge")
    assert (model.prediction, model.zero_terminal_snr, model.spacing) == (Prediction.V, True, Spacing.TRAILING)


def test_a_wrong_guess_is_corrected_in_one_line(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "Merge.safetensors", "sdxl")
    said = ModelFile(
        prediction=Prediction.V, zero_terminal_snr=True, spacing=Spacing.TRAILING, title="Mine", licence="faipl-1.0-sd",
        sizes={Aspect.SQUARE: (1536, 1536), Aspect.PORTRAIT: (1536, 2048)}, steps=12,
    )  # fmt: skip
    found = looked(tmp_path, files={"merge.safetensors": said})
    model = found.find("merge")
    assert (model.prediction, model.zero_terminal_snr, model.spacing) == (Prediction.V, True, Spacing.TRAILING)
    assert (model.title, model.steps, model.sizes["portrait"], model.max_side) == ("Mine", 12, (1536, 2048), 2048)
    assert model.licence == KNOWN.licences["faipl-1.0-sd"].title and found.remarks == []


def test_rules_are_asked_for_however_the_operator_writes_the_licence(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "one.safetensors", "sdxl")
    for written, rules in (
        ("faipl-1.0-sd", "openrail:1"),
        ("FAIPL-1.0-SD", "openrail:1"),
        ("Fair AI Public License 1.0-SD", "openrail:1"),
        ("CreativeML Open RAIL++-M", "openrail:1"),
        ("Pony", "openrail-nc:1"),
        ("MIT", ""),
        ("my own", ""),
    ):
        model = looked(tmp_path, files={"one": ModelFile(licence=written)}).find("one")
        assert (written, model.use_restrictions) == (written, rules)
        assert written in {model.licence, "faipl-1.0-sd", "FAIPL-1.0-SD", "Pony"}


def test_a_file_anywhere_is_added_by_its_path(tmp_path: Path) -> None:
    file = weights.checkpoint(tmp_path / "elsewhere" / "one.safetensors", "sd15")
    found = looked(tmp_path, files={str(file): ModelFile(checkpoint="anything-v3-0")})
    model = found.find("anything-v3-0")
    assert (model.path, model.clip_skip) == (str(file), 2)
    assert about(found, "one.safetensors") == [module.NO_VAE]


def test_what_the_settings_speak_of_and_nobody_has_is_said(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")
    gone = {"gone.safetensors": ModelFile(steps=3), "one.safetensors": ModelFile(checkpoint="nothing", vae="none")}
    found = looked(tmp_path, files=gone)
    assert about(found, "gone.safetensors") == [module.NOT_FOUND]
    assert {*about(found, "one.safetensors")} == {module.NO_SUCH, module.NO_VAE}
    assert found.find("one").vae == ""


def test_files_in_the_wrong_folder_are_what_their_keys_say(tmp_path: Path) -> None:
    weights.lora(tmp_path / "checkpoints" / "style.safetensors")
    weights.vae(tmp_path / "checkpoints" / "kl.safetensors")
    found = looked(tmp_path, folders=(tmp_path,))
    assert {kind: [item.stem for item in items] for kind, items in found.files.items() if items} == {
        Kind.LORA: ["style"],
        Kind.VAE: ["kl"],
    }
    assert {*found.models} == {"genga-mini"}


def test_the_operator_s_loras_are_known_with_what_they_say_of_themselves(tmp_path: Path) -> None:
    tags = {"ss_tag_frequency": json.dumps({"10_sparkle style": {"sparkle style": 30, "1girl": 12}})}
    file = weights.lora(tmp_path / "loras" / "sparkle_v2.safetensors", tags)
    (tmp_path / "loras" / "broken.safetensors").write_bytes(b"\xff" * 100)
    weights.vae(tmp_path / "loras" / "vae in the wrong place.safetensors")
    for found in (looked(tmp_path, folders=(tmp_path,)), looked(tmp_path, folders=(tmp_path,))):
        [one] = found.companions
        assert (one.name, one.path, one.kind, one.family) == ("sparkle_v2", file, Kind.LORA, "sd15")
        assert one.words[0] == "sparkle style" and len(one.sha256) == 64
        assert one.folders == (tmp_path.name, "loras")
        assert len(about(found, "broken.safetensors")) == len(about(found, "vae in the wrong place.safetensors")) == 1


def test_what_cannot_be_used_is_said_with_the_reason_and_nothing_else_suffers(tmp_path: Path) -> None:
    folder = own(tmp_path)
    weights.checkpoint(folder / "good.safetensors", "sd15")
    weights.checkpoint(folder / "inpainting.safetensors", "sd15", channels=9)
    weights.checkpoint(folder / "part.safetensors", "sdxl", text=False)
    weights.checkpoint(folder / "bare.safetensors", "sd15", vae=False)
    weights.checkpoint(folder / "edm.safetensors", "sdxl", marks=("edm_vpred.sigma_max",))
    weights.write(folder / "riddle.safetensors", {"who.knows": (2, 2)})
    weights.write(folder / "anima.safetensors", {"net.llm_adapter.x": (2, 2), "net.blocks.0.self_attn.q.weight": (2,)})
    weights.write(folder / "flux.safetensors", {"double_blocks.0.img_attn.qkv.weight": (2, 2)})
    (folder / "broken.safetensors").write_bytes(b"\xff" * 100)
    (folder / "old.ckpt").write_bytes(b"PK\x03\x04")
    (folder / "unet").mkdir()
    (folder / "unet" / "flux1-dev-Q4_K_S.GGUF").write_bytes(b"GGUF")
    found = looked(tmp_path)
    assert {*found.models} == {"genga-mini", "good"}
    assert about(found, "flux1-dev-Q4_K_S.GGUF") == [module.PACKED]
    expected = {
        "inpainting": module.NEEDS_PICTURE,
        "part": module.NO_TEXT,
        "bare": module.NO_OWN_VAE,
        "edm": module.EDM,
        "riddle": module.UNKNOWN,
        "anima": module.NEEDS_FOLDER,
        "flux": module.NOT_DRAWN,
    }
    told = {name: about(found, f"{name}.safetensors") for name in expected}
    assert told == {name: [text] for name, text in expected.items()}
    assert about(found, "old.ckpt") == [module.PICKLE]
    assert len(about(found, "broken.safetensors")) == 1
    assert all(each.template.format(**each.fields) for each in found.remarks)


def test_files_of_one_name_get_names_apart_that_stay_the_same(tmp_path: Path) -> None:
    for place, marks in (("a", ()), ("b", ("v_pred",))):
        weights.checkpoint(own(tmp_path) / place / "Same!.safetensors", "sd15", marks=marks)
    weights.checkpoint(own(tmp_path) / "genga-mini.safetensors", "sd15")
    weights.checkpoint(own(tmp_path) / "日本.safetensors", "sd15")
    names = {*looked(tmp_path).models}
    assert names == {*looked(tmp_path).models} and len(names) == 5
    assert "same" in names and all(name.isascii() and len(name) <= 67 for name in names)
    assert looked(tmp_path).find("genga-mini").harmless


def test_files_of_one_name_in_two_trees_are_called_by_their_folders_too_and_one_file_is_counted_once(
    tmp_path: Path,
) -> None:
    trees = ("sd webui", "ComfyUI", "copy")
    for tree, marks in zip(trees, ((), ("v_pred",), ()), strict=True):
        place = tmp_path / tree / "models" / "checkpoints"
        weights.checkpoint(place / "dreamshaper_8.safetensors", "sd15", marks=marks)
    weights.checkpoint(tmp_path / "copy" / "models" / "checkpoints" / "other.safetensors", "sd15")
    found = looked(tmp_path, folders=tuple(tmp_path / tree for tree in trees))
    titles = {model.title: name for name, model in found.models.items() if name != "genga-mini"}
    assert titles.keys() == {"dreamshaper 8 (sd webui)", "dreamshaper 8 (ComfyUI)", "other"}
    assert [found.meant_by(title) for title in titles] == [*titles.values()]
    assert found.meant_by("dreamshaper 8") == "dreamshaper_8"
    [remark] = found.remarks
    assert (remark.template, remark.blocks) == (module.SAME_FILE, False)
    assert Path(remark.path).is_relative_to(tmp_path / "copy")
    # Whoever speaks of that very file in config.toml means it.
    copy = tmp_path / "copy" / "models" / "checkpoints" / "dreamshaper_8.safetensors"
    said = {str(copy): ModelFile(title="Mine")}
    assert "Mine" in {each.title for each in looked(tmp_path, folders=(tmp_path,), files=said).models.values()}


def test_a_folder_in_diffusers_form_draws_and_is_known_by_its_own_name(tmp_path: Path) -> None:
    for name, pipeline in (("anima-base-1-0", "AnimaModularPipeline"), ("mine", "ZImagePipeline")):
        folder = own(tmp_path) / name
        folder.mkdir(parents=True)
        (folder / "model_index.json").write_text(json.dumps({"_class_name": pipeline}))
    found = looked(tmp_path)
    assert (found.find("anima-base-1-0").checkpoint, found.find("mine").family) == ("anima-base-1-0", "z-image")
    assert found.find("anima-base-1-0").use_restrictions == "nc:1" and found.remarks == []


def test_a_transformer_s_file_draws_with_what_a_folder_of_its_family_lends(tmp_path: Path) -> None:
    for name, parts in (("a bare one", ()), ("lender", ("text_encoder", "vae")), ("other", ("text_encoder", "vae"))):
        folder = own(tmp_path) / name
        folder.mkdir(parents=True)
        (folder / "model_index.json").write_text(json.dumps({"_class_name": "ZImagePipeline"}))
        for part in parts:
            (folder / part).mkdir()
    weights.write(
        own(tmp_path) / "mine.safetensors", {"cap_pad_token": (1, 2), "layers.0.attention.qkv.weight": (6, 2)}
    )
    weights.write(own(tmp_path) / "anima.safetensors", {"net.llm_adapter.x": (2, 2)})
    found = looked(tmp_path)
    model = found.find("mine")
    assert (model.family, Path(model.path).name, Path(model.text_encoder).name) == (
        "z-image",
        "mine.safetensors",
        "lender",
    )
    assert (
        Path(looked(tmp_path, files={"mine": ModelFile(text_encoder="other")}).find("mine").text_encoder).name
        == "other"
    )
    [remark] = [each for each in found.remarks if each.path.endswith("anima.safetensors")]
    assert "anima" not in found.models and "Anima Base" in remark.template.format(**remark.fields)


def test_letters_with_accents_stay_letters_in_a_model_s_name(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "Übermodel 最高 v1.5.safetensors", "sd15")
    assert "ubermodel-v1.5" in looked(tmp_path).models


def test_a_name_of_a_file_is_never_markup(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "**@everyone** [x](y) <@1> `z`\n.safetensors", "sd15")
    [title] = [model.title for model in looked(tmp_path).models.values() if not model.harmless]
    assert not {*title} & {*"*_@[]<>`\n"}


def test_the_vae_beside_a_checkpoint_is_its_own(tmp_path: Path) -> None:
    file = weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")
    weights.vae(file.with_name("one.vae.safetensors"))
    assert Path(looked(tmp_path).find("one").vae).name == "one.vae.safetensors"
    assert looked(tmp_path, files={"one": ModelFile(vae="")}).find("one").vae == ""
    file.with_name("one.vae.safetensors").write_bytes(b"half a fi")
    found = looked(tmp_path)
    assert found.find("one").vae == "" and len(found.remarks) == 1


def test_a_part_of_a_checkpoint_draws_with_what_the_settings_lend_it(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "part.safetensors", "sd15", text=False, vae=False)
    lender = weights.checkpoint(own(tmp_path) / "whole.safetensors", "sd15")
    vae = weights.vae(own(tmp_path) / "kl.safetensors")
    model = looked(tmp_path, files={"part": ModelFile(vae="kl", text_encoder="whole.safetensors")}).find("part")
    assert (model.text_encoder, model.vae) == (str(lender), str(vae))
    gone = looked(tmp_path, files={"part": ModelFile(vae=str(vae), text_encoder="nobody")})
    assert "part" not in gone.models and about(gone, "part.safetensors") == [module.NO_SUCH, module.NO_TEXT]


def test_whoever_earns_money_is_neither_offered_nor_given_what_forbids_it(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "NoobAI-XL-v1.1.safetensors", "sdxl")
    weights.checkpoint(own(tmp_path) / "mine.safetensors", "sdxl")
    assert {"noobai-xl-1-1", "mine"} < {*looked(tmp_path).models}
    for said in ({}, {"mine": ModelFile(commercial=False)}):
        found = looked(tmp_path, commercial=True, files=said)
        assert ("mine" in found.models) is not bool(said)
        assert about(found, "NoobAI-XL-v1.1.safetensors") == [module.NOT_COMMERCIAL]
        assert [offer for offer in found.offers.values() if not offer.licence.commercial] == []
    assert (
        "noobai-xl-1-1"
        in looked(tmp_path, commercial=True, files={"NoobAI-XL-v1.1": ModelFile(commercial=True)}).models
    )


def test_a_file_that_is_called_as_a_model_of_the_service_stands_beside_it(tmp_path: Path) -> None:
    file = weights.checkpoint(own(tmp_path) / "nai-v3.safetensors", "sdxl")
    config = Config(storage=Storage(folder=tmp_path / "data"), remote=Remote(novelai=NovelAi(enabled=True)))
    found = installed(config, KNOWN)
    assert found.models["nai-v3"].family == NOVELAI
    assert [model.folder for name, model in found.models.items() if name.startswith("nai-v3-")] == [file]


def test_a_header_is_read_once_until_its_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")
    read: list[str] = []

    def counted(path: Path) -> Found:
        read.append(path.name)
        return recognise_file(path)

    monkeypatch.setattr(facts, "recognise_file", counted)
    looked(tmp_path)
    file.with_name("two.safetensors").write_bytes(file.read_bytes())
    assert {*looked(tmp_path).models} == {"genga-mini", "one", "two"}
    assert read == ["one.safetensors", "two.safetensors"]
    weights.checkpoint(file, "sdxl")
    assert looked(tmp_path).find("one").family == "sdxl"


def test_a_folder_that_names_what_no_disk_can_hold_spoils_nothing_else(tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")
    unet = own(tmp_path) / "checkpoints" / "hostile" / "unet"
    unet.mkdir(parents=True)
    (unet / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "x" * 300}}))
    (unet / "config.json").write_text("{}")
    found = looked(tmp_path)
    assert "one" in found.models and "hostile" not in found.models
    assert about(found, "hostile") == [module.BROKEN_HERE]


def test_what_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")

    def unreadable(path: Path) -> Found:
        raise BadWeights(path.name)

    with monkeypatch.context() as patched:
        patched.setattr(facts, "recognise_file", unreadable)
        assert "one" not in looked(tmp_path).models
    assert "one" in looked(tmp_path).models


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 1, "files": {}}', b"\xff" * 10])
def test_a_damaged_notebook_is_written_anew(damage: bytes, tmp_path: Path) -> None:
    weights.checkpoint(own(tmp_path) / "one.safetensors", "sd15")
    (tmp_path / "data" / NOTEBOOK).write_bytes(damage)
    assert "one" in looked(tmp_path).models
    assert [*json.loads((tmp_path / "data" / NOTEBOOK).read_bytes())["files"]] == [
        str(own(tmp_path) / "one.safetensors")
    ]


def test_a_notebook_that_cannot_be_kept_is_no_reason_to_fail(tmp_path: Path) -> None:
    file = weights.checkpoint(tmp_path / "one.safetensors", "sd15")
    (tmp_path / "closed").write_bytes(b"")
    book = Notebook(tmp_path / "closed" / NOTEBOOK)
    [item] = look_through(tmp_path, []).items
    assert book.of(item).found and item.path == file
    book.save()
