"""The catalogue of checkpoints: every entry is complete, and everything it says can be used as it stands."""

import dataclasses
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from cogs._terms import RESTRICTIONS
from inference.models.catalog import FILE, Catalog, Offer, load_catalog
from inference.models.choosing import ELSEWHERE, PICKLE, by_hand
from inference.models.families import size_multiple
from inference.prompts.compiled import compile_prompt
from inference.request import MAX_PROMPT_CHARS, Aspect, Sampler
from inference.safety.text import reader
from locales import words

CATALOG = load_catalog()
ASKED_FOR = (
    "waifu-diffusion-1-4", "anything-v3-0", "anything-v4-0", "animagine-xl-3-1", "animagine-xl-4-0",
    "stable-diffusion-xl-anime-v5", "novelai-diffusion-anime-v2", "stable-diffusion-1-5", "stable-diffusion-2-1",
    "stable-diffusion-2-1-base", "illustrious-xl-0-1", "noobai-xl-1-1", "noobai-xl-vpred-1-0", "pony-diffusion-v6-xl",
    "anima-base-1-0", "neta-lumina", "netayume-lumina", "qwen-image", "z-image-turbo", "chroma1-hd",
)  # fmt: skip

each_offer = pytest.mark.parametrize("offer", CATALOG.known.values(), ids=CATALOG.known)


def test_every_checkpoint_that_people_asked_for_is_known() -> None:
    assert [name for name in ASKED_FOR if name not in CATALOG.known] == []


@each_offer
def test_its_sizes_can_be_drawn(offer: Offer) -> None:
    assert {*offer.sizes} == {each.value for each in Aspect}
    multiple = size_multiple(offer.family)
    sides = [side for size in (*offer.sizes.values(), *offer.more_sizes) for side in size]
    assert [side for side in sides if side % multiple or not offer.min_side <= side <= offer.max_side] == []
    assert offer.min_side % multiple == offer.max_side % multiple == 0


@each_offer
def test_its_settings_are_ones_a_request_may_have(offer: Offer) -> None:
    assert Sampler(offer.sampler)
    assert 1 <= offer.steps <= offer.max_steps and 1.0 <= offer.guidance <= 30.0 and 1 <= offer.clip_skip <= 4
    assert 0.0 <= offer.guidance_rescale <= 1.0


@each_offer
def test_its_presets_compile_and_are_no_reason_to_refuse_anything(offer: Offer) -> None:
    for preset in (offer.quality, offer.negative.strip()):
        assert compile_prompt(preset, limit_chars=MAX_PROMPT_CHARS) == preset
    plain, with_presets = (
        reader().read(prompt, negative)
        for prompt, negative in (
            ("1girl, blue hair", ""),
            (f"1girl, blue hair, {offer.quality}", offer.negative),
        )
    )
    assert with_presets == plain


@each_offer
def test_it_says_where_it_comes_from_what_it_takes_and_what_is_asked_of_people(offer: Offer) -> None:
    assert offer.huggingface.count("/") == 1 or offer.civitai
    assert offer.link.startswith("https://") and offer.bytes > 10**9 and offer.about
    assert sum(each.bytes for each in offer.files) in {0, offer.bytes}
    assert offer.form == "folder" or len(offer.files) == 1
    assert 0 < offer.offload_gb <= offer.vram_gb
    assert offer.licence.title and offer.licence.conditions


def test_whoever_restricts_use_is_accepted_with_a_text_and_has_conditions_to_show() -> None:
    for licence in CATALOG.licences.values():
        assert licence.use_restrictions in {"", *RESTRICTIONS}
        assert licence.commercial or licence.use_restrictions
        assert all(licence.conditions in words.catalogue(each) for each in words.languages() if each != words.SOURCE)


def test_what_is_for_nothing_commercial_is_known_to_be_so() -> None:
    names = {name for name, offer in CATALOG.known.items() if not offer.licence.commercial}
    assert names == {
        "noobai-xl-1-1", "noobai-xl-vpred-1-0", "novelai-diffusion-anime-v2", "pony-diffusion-v6-xl", "anima-base-1-0",
    }  # fmt: skip


def test_no_two_checkpoints_go_by_the_same_file_name() -> None:
    names = [name for offer in CATALOG.known.values() for name in offer.known_as]
    assert len(names) == len({*names})


def test_a_v_prediction_checkpoint_is_never_drawn_with_a_schedule_that_throws_its_darkness_away() -> None:
    offer = CATALOG.known["noobai-xl-vpred-1-0"]
    assert (offer.prediction, offer.zero_terminal_snr, offer.spacing) == ("v_prediction", True, "trailing")
    assert "karras" not in offer.sampler


def test_eight_gigabytes_are_enough_for_what_says_so() -> None:
    fits = {name: offer.fits_8gb for name, offer in CATALOG.known.items()}
    assert (fits["anything-v3-0"], fits["animagine-xl-4-0"], fits["qwen-image"]) == ("yes", "with offload", "no")


def test_an_installed_copy_takes_over_everything_that_drawing_needs(tmp_path: Path) -> None:
    offer = CATALOG.known["noobai-xl-vpred-1-0"]
    model = offer.model(name="mine", path=tmp_path / "a.safetensors")
    for field in ("family", "sizes", "sampler", "prediction", "zero_terminal_snr", "spacing", "guidance_rescale"):
        assert getattr(model, field) == getattr(offer, field)
    assert (model.name, model.checkpoint, model.use_restrictions) == ("mine", offer.name, "openrail-nc:1")
    assert not model.harmless and not model.is_there


def test_a_file_s_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    model = dataclasses.replace(CATALOG.models["genga-mini"], path=str(file))
    seen: set[str] = set()
    for content in (b"one", b"other", b"one "):
        file.write_bytes(content)
        seen.add(model.sha256)
    assert len(seen) == 3


def test_a_key_that_is_none_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "catalog.toml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace("zero_terminal_snr", "zero_terminal_nsr"))
    assert tomllib.loads(wrong.read_text())
    with pytest.raises(ValidationError, match="zero_terminal_nsr"):
        load_catalog(wrong)


def test_the_one_catalogue_that_everybody_holds_changes_in_place() -> None:
    held = Catalog({})
    other = load_catalog()
    held.take(other)
    assert held.models == other.models and held.known == other.known


def test_a_model_is_found_however_its_name_is_written() -> None:
    mini = load_catalog().models["genga-mini"]
    catalog = Catalog({"genga-mini": mini, "noob_v1": dataclasses.replace(mini, name="noob_v1", title="Noob v1")})
    assert [catalog.meant_by(text) for text in ("noob_v1", "NOOB V1", "noob-v1", "Genga Mini")] == [
        "noob_v1", "noob_v1", "noob_v1", "genga-mini",
    ]  # fmt: skip
    assert catalog.meant_by("noob") is None
    assert catalog.near("nob v1") == ["Noob v1"]
    assert catalog.near("zzzz") == []


def test_what_begins_with_the_typed_word_or_holds_it_is_meant_rather_than_what_looks_like_it() -> None:
    mini = load_catalog().models["genga-mini"]
    titles = ("my-anime-xl", "meinamix v11", "the anyMix", "anyMix v2 (checkpoints)", "anyMix v2 (webui)")
    catalog = Catalog({f"name-{title}": dataclasses.replace(mini, name="x", title=title) for title in titles})
    assert catalog.near("anymix") == ["anyMix v2 (checkpoints)", "anyMix v2 (webui)", "the anyMix"]
    assert catalog.near("nai-v4") == [] and catalog.near("") == [] and catalog.near("!") == []
    assert catalog.near("meinamx v11") == ["meinamix v11"]


def test_what_is_a_pickle_or_on_no_hub_is_got_by_hand() -> None:
    alone = {name: found[0] for name, each in CATALOG.known.items() if (found := by_hand("huggingface", each))}
    assert alone == {"waifu-diffusion-1-4": PICKLE, "pony-diffusion-v6-xl": ELSEWHERE}
    assert all(by_hand("modelscope", each) for each in CATALOG.known.values())
