"""Foreign settings on our models: what becomes of them, and that whatever differs is said."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.models.catalog import Catalog, Model, load_catalog
from inference.prompts.adoption import NO_STYLE, Difference, adopted, hashes_agree, recognised
from inference.prompts.loras import WantedLora
from inference.prompts.picture_texts import read
from inference.prompts.sampler_names import a1111_name
from inference.prompts.settings import Hires, NoiseSource, Program, SaidLora, Settings
from inference.prompts.styles import styles
from inference.prompts.syntax import Syntax
from inference.remote.novelai.models import remote_models
from inference.request import Noise, Sampler, resolve

SAID = Settings(
    program=Program.A1111, prompt="1girl, <lora:a:0.8>, hat", negative="blurry", steps=4, sampler="Euler a",
    guidance=6.0, seed=7, width=256, height=192, clip_skip=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def known() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def model(known: Catalog) -> Model:
    return known.models["genga-mini"]


def no_loras(said: SaidLora) -> WantedLora | None:
    del said


def test_what_fits_is_taken_as_it_is(model: Model) -> None:
    found = adopted(SAID, model, no_loras)
    wish = found.wish
    assert (wish.prompt, wish.negative, wish.model) == ("1girl, hat", "blurry", "genga-mini")
    assert (wish.steps, wish.sampler, wish.guidance, wish.seed) == (4, Sampler.EULER_A, 6.0, 7)
    assert (wish.width, wish.height, wish.clip_skip) == (256, 192, 2)
    assert (wish.noise, wish.syntax, wish.loras) == (Noise.A1111, Syntax.A1111, ())
    assert found.differences == ()


def test_no_tags_are_added_to_foreign_words(model: Model) -> None:
    eager = replace(model, quality="masterpiece")
    assert resolve(adopted(SAID, eager, no_loras).wish, model=eager).prompt == "1girl, hat"
    assert NO_STYLE in styles() and not styles()[NO_STYLE].quality


def test_whatever_becomes_different_is_said(model: Model) -> None:
    foreign = replace(
        SAID, steps=900, sampler="DPM adaptive", schedule="Karras", guidance=45.0, seed=2**40, width=1024, height=2048,
        clip_skip=9, hires=Hires(scale=2), loras=(SaidLora(name="a"), SaidLora(name="b", unet=9, text=0.5)),
    )  # fmt: skip
    found = adopted(foreign, model, lambda said: WantedLora(name="b", unet=9.0) if said.name == "b" else None)
    half = model.max_side // 2 // 8 * 8
    assert found.differences == (
        Difference(said="1024×2048", here=f"{half}×{model.max_side}"),
        Difference(said="DPM adaptive Karras", here="DPM++ 2M Karras"),
        Difference(said="a"),
        Difference(said=f"seed {2**40}"),
        Difference(said="hires fix"),
        Difference(said="steps 900", here=str(model.max_steps)),
        Difference(said="clip skip 9", here="4"),
        Difference(said="CFG 45", here="30"),
    )
    assert found.wish.seed is None and found.wish.loras == (WantedLora(name="b", unet=4.0),)


def test_noise_is_of_the_graphics_card_only_where_a1111_drew(model: Model) -> None:
    def noise_of(**changes: object) -> Noise | None:
        return adopted(replace(SAID, **changes), model, no_loras).wish.noise

    assert noise_of() is noise_of(noise=NoiseSource.NV) is Noise.A1111
    assert noise_of(noise=NoiseSource.CPU) is Noise.CPU
    assert noise_of(program=Program.NOVELAI) is None
    assert adopted(replace(SAID, program=Program.NOVELAI), model, no_loras).wish.syntax is Syntax.NOVELAI


def test_a_flow_matching_model_keeps_its_own_sampler_and_its_patches(model: Model) -> None:
    flow = replace(model, family="z-image", sampler="euler", max_side=1000)
    found = adopted(replace(SAID, width=1000, height=504), flow, no_loras)
    assert found.wish.sampler is None and (found.wish.width, found.wish.height) == (992, 512)
    assert found.differences == (
        Difference(said="1000×504", here="992×512"),
        Difference(said="Euler a", here="Euler"),
    )


def test_a_model_is_known_by_its_hash_its_file_or_its_name(known: Catalog, model: Model) -> None:
    offer = next(each for each in known.known.values() if each.files and each.files[0].sha256)
    installed = replace(model, name="mine", checkpoint=offer.name, path="/models/whatever.safetensors")
    catalog = replace(known, models={"genga-mini": model, "mine": installed})
    by_hash = recognised(replace(SAID, model="renamed", model_hash=offer.files[0].sha256[:10]), catalog)
    assert (by_hash.model, by_hash.offer) == (installed, offer)
    assert recognised(replace(SAID, model=sorted(offer.known_as)[0].upper()), catalog).model == installed
    assert recognised(replace(SAID, model="Whatever"), catalog).model == installed, "its file's name"
    assert recognised(replace(SAID, model="genga-mini"), catalog).model == model
    assert recognised(replace(SAID, model=sorted(offer.known_as)[0]), known).model is None, "known, not installed"
    assert recognised(replace(SAID, model=sorted(offer.known_as)[0]), known).offer == offer
    assert recognised(replace(SAID, model="somebody's merge"), known) == recognised(SAID, known)


def test_a_few_digits_are_no_fingerprint() -> None:
    assert hashes_agree("0123456789", "0123456789ABCDEF")
    assert not hashes_agree("0123", "0123456789") and not hashes_agree(None, "0123456789")


SIDES = st.none() | st.integers(1, 32_768)


@given(
    width=SIDES, height=SIDES, steps=st.none() | st.integers(1, 10_000), guidance=st.none() | st.floats(0, 100),
    seed=st.none() | st.integers(0, 2**64 - 1), clip_skip=st.none() | st.integers(1, 12),
    strength=st.none() | st.floats(0, 1), sampler=st.none() | st.sampled_from(["Euler", "LMS Karras", "?", "DPM2 a"]),
)  # fmt: skip
def test_every_adopted_wish_can_be_drawn(model: Model, **said: object) -> None:
    wish = adopted(replace(SAID, **said), model, no_loras).wish
    request = resolve(replace(wish, image="a" * 64), model=model)
    assert (request.prompt, request.noise) == ("1girl, hat", wish.noise or Noise.CPU)


def test_a_sampler_that_is_not_here_is_named_with_its_schedule_beside_what_draws_instead(model: Model) -> None:
    def difference(sampler: str, schedule: str) -> tuple[Sampler | None, tuple[Difference, ...]]:
        found = adopted(replace(SAID, sampler=sampler, schedule=schedule), model, no_loras)
        return found.wish.sampler, found.differences

    meant = Difference(said="DPM++ 2M SDE Exponential", here="DPM++ 2M SDE Karras")
    assert difference("DPM++ 2M SDE", "Automatic") == (Sampler.DPMPP_2M_SDE_KARRAS, (meant,))
    assert difference("DPM++ 2M", "Automatic") == (Sampler.DPMPP_2M_KARRAS, ())
    usual = a1111_name(Sampler(model.sampler))
    assert difference("Sorcery", "Automatic") == (None, (Difference(said="Sorcery", here=usual),))


# What NovelAI's pictures say in `Source`, and the model that drew them; the last word is a build.
NOVELAI_SAYS = {
    "NovelAI Diffusion V4.5 4BDE2A90": "nai-v4-5",
    "NovelAI Diffusion V4.5 C02D4F98": "nai-v4-5-curated",
    "NovelAI Diffusion V4.5 Full C9C9C9C9": "nai-v4-5",
    "NovelAI Diffusion V4.5 Curated": "nai-v4-5-curated",
    "NovelAI Diffusion V4.5": "nai-v4-5",
    "NovelAI Diffusion V4 7ABFFA2A": "nai-v4-curated",
    "NovelAI Diffusion V4 5AB81C7C": "nai-v4-5-curated",  # as V4.5 called itself before it was out
    "NovelAI Diffusion V4 37442FCA": "nai-v4",
    "NovelAI Diffusion V3 E2C5FFC5": "nai-v3",
    "Stable Diffusion XL C1E1DE52": "nai-v3",
    "nai-diffusion-4-5-full-inpainting": "nai-v4-5",
    "nai-diffusion-4-curated": "nai-v4-curated",
}
ONLY_NEAR = {
    "NovelAI Diffusion V4.5 ABCDEF01": "nai-v4-5",
    "Stable Diffusion XL 9CC2F394": "nai-v3",  # its furry sister
    "NovelAI Diffusion V9 ABCDEF01": None,
    "Stable Diffusion F1022D28": None,
}


def of_novelai(source: str) -> Settings:
    comment = json.dumps({"prompt": "1girl", "uc": "hat", "scale": 5.0})
    said = read({"Software": "NovelAI", "Source": source, "Comment": comment})
    assert said is not None and said.program is Program.NOVELAI
    return said


def test_novelai_s_models_are_adopted_where_the_service_is_on(known: Catalog) -> None:
    served = {name: each.entry() for name, each in remote_models().items()}
    on = replace(known, models={**known.models, **served})
    for source, name in NOVELAI_SAYS.items():
        found = recognised(of_novelai(source), on)
        assert (found.model, found.near) == (served[name], None), source
        assert adopted(of_novelai(source), served[name], no_loras).wish.model == name
    for source, near in ONLY_NEAR.items():
        found = recognised(of_novelai(source), on)
        assert (found.model, found.near) == (None, served[near] if near else None), source


def test_where_it_is_off_they_are_named_at_least(known: Catalog) -> None:
    for source, name in NOVELAI_SAYS.items():
        found = recognised(of_novelai(source), known)
        assert (found.model, found.service) == (None, remote_models()[name]), source
    # The same words in somebody else's text name what is called so.
    assert recognised(replace(SAID, model="Stable Diffusion XL"), known).service is None


def test_bars_between_characters_stay_for_a_model_that_knows_them(model: Model) -> None:
    said = replace(SAID, program=Program.NOVELAI, prompt="park | girl, hat @B3 | boy", negative="lowres | scarf")
    here = adopted(said, model, no_loras).wish
    assert (here.prompt, here.negative) == ("park, girl, hat, boy", "lowres, scarf")
    there = adopted(said, remote_models()["nai-v4-5"].entry(), no_loras).wish
    assert (there.prompt, there.negative) == (said.prompt, said.negative)
    eager = adopted(replace(said, guidance=12.0), remote_models()["nai-v4-5"].entry(), no_loras)
    assert eager.wish.guidance == 10 and Difference(said="CFG 12", here="10") in eager.differences
