"""Texts beside pictures of all the programs people use, and which program is recognised."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import metadata
from inference.prompts.characters import Character, characters, in_one
from inference.prompts.picture_texts import of_request, read
from inference.prompts.settings import NoiseSource, Program, SaidLora, Settings
from inference.request import LoraUse
from tests.inference.conftest import MakeRequest

NOVELAI_3 = {
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V3 E2C5FFC5",
    "Description": "1girl, {blue hair}",
    "Comment": json.dumps({
        "prompt": "1girl, {blue hair}", "steps": 28, "height": 1216, "width": 832, "scale": 5.0, "uncond_scale": 1.0,
        "cfg_rescale": 0.2, "seed": 4012345678, "sampler": "k_euler_ancestral", "noise_schedule": "native",
        "uc": "lowres, [hat]", "request_type": "PromptGenerateRequest", "sm": True, "strength": 0.7,
    }),
}  # fmt: skip
NOVELAI_4 = {
    "Software": "NovelAI",
    "Comment": json.dumps({
        "prompt": "a duplicate", "steps": 23, "width": 1024, "height": 1024, "scale": 6, "seed": 1,
        "sampler": "k_dpmpp_2m", "noise_schedule": "karras", "uc": "x", "request_type": "Img2ImgRequest",
        "strength": 0.35,
        "v4_prompt": {"caption": {"base_caption": "2girls, park", "char_captions": [
            {"char_caption": "girl, red hair", "centers": [{"x": 0.3, "y": 0.5}]}, {"char_caption": "girl, hat"}]}},
        "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": []}},
    }),
}  # fmt: skip
SWARM = json.dumps({"sui_image_params": {
    "prompt": "1girl <lora:c:0.5>", "negativeprompt": "hat", "model": "XL/animagine.safetensors", "seed": 5,
    "steps": 25, "cfgscale": 6.5, "width": 832, "height": 1216, "sampler": "dpmpp_2m", "scheduler": "karras",
    "loras": ["sub/a.safetensors", "b"], "loraweights": ["0.8"], "swarm_version": "0.9.5.0",
}})  # fmt: skip
INVOKE = json.dumps({
    "app_version": "5.4.2", "generation_mode": "sdxl_txt2img", "positive_prompt": "1girl", "negative_prompt": "hat",
    "width": 1024, "height": 768, "seed": 9, "rand_device": "cpu", "cfg_scale": 5.5, "steps": 30,
    "scheduler": "dpmpp_2m_k", "clip_skip": 1, "cfg_rescale_multiplier": 0.0,
    "model": {"key": "1", "hash": "blake3:" + "ab" * 32, "name": "Illustrious XL", "base": "sdxl"},
    "loras": [{"model": {"name": "detail"}, "weight": 0.6}],
})  # fmt: skip
FOOOCUS = json.dumps({
    "prompt": "1girl", "full_prompt": ["1girl", "masterpiece"], "negative_prompt": "", "full_negative_prompt": ["hat"],
    "base_model": "anythingXL.safetensors", "base_model_hash": "8421598e93", "steps": 30, "guidance_scale": 7.0,
    "resolution": "(896, 1152)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "77", "clip_skip": 2,
    "loras": [["offset.safetensors", 0.1, "4852686128"]], "version": "Fooocus v2.5.5",
})  # fmt: skip


def test_novelai_v3() -> None:
    assert read(NOVELAI_3) == Settings(
        program=Program.NOVELAI, prompt="1girl, {blue hair}", negative="lowres, [hat]", steps=28, sampler="Euler a",
        guidance=5.0, guidance_rescale=0.2, seed=4012345678, width=832, height=1216,
        model="NovelAI Diffusion V3", model_hash="e2c5ffc5",
        extra=(("sm", "True"), ("uncond_scale", "1.0"), ("request_type", "PromptGenerateRequest")),
    )  # fmt: skip


def test_novelai_v4_with_characters_and_a_picture_to_start_from() -> None:
    said = read(NOVELAI_4)
    assert said is not None
    assert (said.prompt, said.negative) == ("2girls, park | girl, red hair | girl, hat", "lowres")
    assert (said.sampler, said.schedule, said.strength) == ("DPM++ 2M", "Karras", 0.35)


def test_novelai_s_characters_keep_their_places_and_what_each_avoids() -> None:
    def captions(base: str, *people: tuple[str, float, float]) -> dict[str, object]:
        listed = [{"char_caption": words, "centers": [{"x": x, "y": y}]} for words, x, y in people]
        return {"caption": {"base_caption": base, "char_captions": listed}, "use_coords": base == "park"}

    comment = {
        "v4_prompt": captions("park", ("girl, hat", 0.1, 0.5), ("boy", 0.9, 0.9)),
        "v4_negative_prompt": captions("lowres, ", ("", 0.1, 0.5), ("scarf", 0.9, 0.9)),
    }
    said = read({"Software": "NovelAI", "Comment": json.dumps(comment)})
    assert said is not None and said.prompt == "park | girl, hat @A3 | boy @E5"
    assert said.negative == "lowres |  | scarf"
    scene, avoided, people = characters(said.prompt, said.negative)
    assert (scene, avoided) == ("park", "lowres")
    assert people == (
        Character(prompt="girl, hat", at=(0.1, 0.5)), Character(prompt="boy", negative="scarf", at=(0.9, 0.9)),
    )  # fmt: skip
    assert in_one(said.prompt) == "park, girl, hat, boy"


def test_novelai_without_its_comment_still_has_its_prompt() -> None:
    said = read({"Software": "NovelAI", "Description": "1girl"})
    assert said is not None and (said.program, said.prompt) == (Program.NOVELAI, "1girl")


def test_what_novelai_hides_in_the_pixels_or_writes_into_exif_is_the_same() -> None:
    for name in ("hidden", "UserComment"):
        assert read({name: json.dumps(NOVELAI_3)}) == read(NOVELAI_3)
    inside: dict[str, str] = NOVELAI_3
    for _ in range(6):
        inside = {"UserComment": json.dumps({**inside, "parameters": "x"})}
    read(inside)


def test_swarmui() -> None:
    assert read({"parameters": SWARM}) == Settings(
        program=Program.SWARMUI, prompt="1girl <lora:c:0.5>", negative="hat", steps=25, sampler="DPM++ 2M",
        schedule="Karras", guidance=6.5, seed=5, width=832, height=1216, model="animagine", noise=NoiseSource.CPU,
        loras=(SaidLora(name="a", unet=0.8, text=0.8), SaidLora(name="b"), SaidLora(name="c", unet=0.5, text=0.5)),
        version="0.9.5.0",
    )  # fmt: skip


def test_invokeai() -> None:
    assert read({"invokeai_metadata": INVOKE}) == Settings(
        program=Program.INVOKEAI, prompt="1girl", negative="hat", steps=30, sampler="DPM++ 2M", schedule="Karras",
        guidance=5.5, guidance_rescale=0.0, seed=9, width=1024, height=768, clip_skip=2, model="Illustrious XL",
        model_hash="ab" * 32, noise=NoiseSource.CPU, loras=(SaidLora(name="detail", unet=0.6, text=0.6),),
        version="5.4.2",
    )  # fmt: skip


def test_fooocus() -> None:
    assert read({"parameters": FOOOCUS}) == Settings(
        program=Program.FOOOCUS, prompt="1girl, masterpiece", negative="hat", steps=30, sampler="DPM++ 2M SDE",
        schedule="Karras", guidance=7.0, seed=77, width=896, height=1152, clip_skip=2, model="anythingXL",
        model_hash="8421598e93", noise=NoiseSource.CPU,
        loras=(SaidLora(name="offset", unet=0.1, text=0.1, hash="4852686128"),), version="Fooocus v2.5.5",
    )  # fmt: skip


def test_our_own_chunk_says_the_most(make_request: MakeRequest) -> None:
    request = make_request(loras=(LoraUse(name="a, b", sha256="c" * 64, unet=0.3),), clip_skip=2)
    said = read(metadata.chunks(request, 0))
    assert said == of_request(request)
    assert said is not None and (said.program, said.seed, said.model) == (Program.GENGA, 11, "genga-mini")


def test_an_infotext_wins_over_the_graph_beside_it() -> None:
    said = read({"prompt": '{"1": {}}', "parameters": "1girl\nSteps: 3, Sampler: Euler, Seed: 1"})
    assert said is not None and (said.program, said.prompt) == (Program.A1111, "1girl")


def test_a_text_without_settings_is_the_prompt() -> None:
    said = read({"parameters": "1girl, <lora:a:1>"})
    assert said == Settings(program=Program.A1111, prompt="1girl, <lora:a:1>", loras=(SaidLora(name="a"),))


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"Software": "Photoshop"},
        {"Comment": "made with GIMP"},
        {"UserComment": "Nikon"},
        {"Description": "1girl"},
        {"parameters": " "},
        {"genga": "{}"},
    ],
)
def test_what_does_not_say_is_none(texts: dict[str, str]) -> None:
    assert read(texts) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_values_make_it_fail(data: st.DataObject) -> None:
    for name, text in (("Comment", NOVELAI_4["Comment"]), ("parameters", FOOOCUS), ("invokeai_metadata", INVOKE)):
        said = json.loads(text)
        key = data.draw(st.sampled_from(sorted(said)))
        said[key] = data.draw(JSON)
        read({"Software": "NovelAI" if name == "Comment" else "", name: json.dumps(said)})
    said = json.loads(SWARM)["sui_image_params"]
    said[data.draw(st.sampled_from(sorted(said)))] = data.draw(JSON)
    read({"parameters": json.dumps({"sui_image_params": said})})
