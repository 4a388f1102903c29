"""Infotext as people paste it and pictures carry it: read to settings, written back, and harmless whatever it holds."""

import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference import metadata
from inference.prompts.infotext import NEGATIVE, parse, quoted
from inference.prompts.reading import loras_in, without_loras
from inference.prompts.sampler_names import a1111_name, match
from inference.prompts.settings import Hires, NoiseSource, Program, SaidEmbedding, SaidLora, Settings
from inference.request import DrawRequest, EmbeddingUse, LoraUse, Noise, Sampler
from tests.inference.conftest import MakeRequest

FULL = """masterpiece, 1girl, (blue hair:1.2), <lora:Snow Style:0.8>, looking back,
street, night <lora:folder/detail.safetensors:0.5:1>
Negative prompt: worst quality, (bad hands:1.4),
EasyNegative
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 3141592653, Size: 832x1216, \
Model hash: 1449E5B0B9, Model: animagineXLV31, VAE hash: 63aeecb90f, VAE: sdxl_vae.safetensors, \
Denoising strength: 0.35, Clip skip: 2, ENSD: 31337, RNG: NV, Eta: 0.67, \
Hires upscale: 1.5, Hires steps: 10, Hires upscaler: R-ESRGAN 4x+ Anime6B, \
Lora hashes: "Snow Style: 0a1b2c3d4e5f, detail: 9988776655ff, unused: aabbccddeeff", \
TI hashes: "EasyNegative: c74b4e810b03", \
ADetailer prompt: "face, \\"smile\\", 1girl", Version: v1.10.1"""


def test_every_setting_of_a_long_infotext_is_found() -> None:
    said = parse(FULL)
    assert said is not None
    assert said == Settings(
        program=Program.A1111,
        prompt=FULL.split("\nNegative")[0],
        negative="worst quality, (bad hands:1.4),\nEasyNegative",
        steps=28,
        sampler="DPM++ 2M",
        schedule="Karras",
        guidance=6.5,
        seed=3141592653,
        width=832,
        height=1216,
        clip_skip=2,
        model="animagineXLV31",
        model_hash="1449e5b0b9",
        vae="sdxl_vae",
        noise=NoiseSource.NV,
        eta=0.67,
        eta_noise_delta=31337,
        hires=Hires(scale=1.5, steps=10, upscaler="R-ESRGAN 4x+ Anime6B", strength=0.35),
        loras=(
            SaidLora(name="Snow Style", unet=0.8, text=0.8, hash="0a1b2c3d4e5f"),
            SaidLora(name="detail", unet=1.0, text=0.5, hash="9988776655ff"),
            SaidLora(name="unused", hash="aabbccddeeff"),
        ),
        embeddings=(SaidEmbedding(word="EasyNegative", hash="c74b4e810b03"),),
        version="v1.10.1",
        extra=(("VAE hash", "63aeecb90f"), ("ADetailer prompt", 'face, "smile", 1girl')),
    )


SHORT = "1girl, solo\nNegative prompt: hat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768"
WRITTEN = {
    "in one line, as Discord pastes it": SHORT.replace("\n", " "),
    "with Windows line ends": SHORT.replace("\n", "\r\n"),
    "with an empty line before the settings": SHORT.replace("\nSteps", "\n\nSteps"),
    "with a comma at its end": SHORT + ", ",
    "with spaces around": f"  \n{SHORT}\n ",
    "with a long line of what nobody knows": SHORT + ", Foo: 1, Bar baz: [1, 2, {\"a\": \"b, c\"}], Quux: \"x, y\"",
    "with an unclosed quote": SHORT + ', Template: "never closed, a: b',
    "with Civitai's objects": SHORT + ', Civitai resources: [{"type":"lora","weight":0.7}], Civitai metadata: {}',
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_it_is_the_same_however_it_came(how: str) -> None:
    said = parse(WRITTEN[how])
    assert said is not None
    assert (said.prompt, said.negative) == ("1girl, solo", "hat")
    assert (said.steps, said.sampler, said.guidance, said.seed) == (20, "Euler a", 7.0, 5)
    assert (said.width, said.height) == (512, 768)


def test_a_prompt_that_speaks_of_steps_is_no_settings_line() -> None:
    text = "girl on stairs, Steps: 3, many of them\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64"
    said = parse(text)
    assert said is not None and said.prompt == "girl on stairs, Steps: 3, many of them" and said.steps == 20


@pytest.mark.parametrize(
    "text", ["1girl, blue hair", "Steps: 3", "a sign that says: Size: 3", "", "Steps: many, Sampler: Euler", "a:b,c:d"]
)
def test_an_ordinary_prompt_is_no_infotext(text: str) -> None:
    assert parse(text) is None


def test_words_and_a_negative_prompt_are_enough() -> None:
    assert parse("1girl\nNegative prompt: hat") == Settings(program=Program.A1111, prompt="1girl", negative="hat")
    said = parse("Negative prompt: hat\nSteps: 2, Sampler: Euler")
    assert said is not None and (said.prompt, said.negative) == ("", "hat")


def test_without_a_negative_prompt_the_settings_line_says_that_there_was_none() -> None:
    said = parse("1girl\nSteps: 2, Sampler: Euler, Seed: 1")
    assert said is not None and said.negative == ""


def test_denoising_strength_is_of_image_to_image_where_no_second_pass_is_named() -> None:
    said = parse(SHORT + ", Denoising strength: 0.6")
    assert said is not None and (said.strength, said.hires) == (0.6, None)


BAD = {
    "Steps: 99999": "steps", "CFG scale: NaN": "guidance", "CFG scale: 1e99": "guidance", "Seed: -1": "seed",
    f"Seed: {'9' * 400}": "seed", "Size: 0x64": "width", "Size: 10x": "height", "Clip skip: 900": "clip_skip",
    "Denoising strength: 2": "strength", "Model hash: not one": "model_hash", "RNG: dice": "noise", "ENSD: -5": "eta",
    "Model: ": "model", "Eta: inf": "eta",
}  # fmt: skip


@pytest.mark.parametrize("pair", BAD)
def test_a_value_that_is_none_is_left_out_and_the_rest_stands(pair: str) -> None:
    said = parse(
        f"1girl\nSteps: 5, Sampler: Euler, {pair}" if "Steps" not in pair else f"1girl\n{pair}, Sampler: Euler"
    )
    assert said is not None and getattr(said, BAD[pair]) is None and said.sampler == "Euler"


def test_the_two_ways_to_name_a_schedule_mean_the_same_sampler() -> None:
    for name, schedule in (("DPM++ 2M Karras", None), ("DPM++ 2M", "Karras"), ("dpm++ 2m  karras", "Karras")):
        found = match(name, schedule)
        assert found is not None and (found.sampler, found.exact) == (Sampler.DPMPP_2M_KARRAS, True), (name, schedule)
    for sampler in Sampler:
        for plain in (None, "Normal", "uniform"):
            found = match(a1111_name(sampler), plain)
            assert found is not None and (found.sampler, found.exact) == (sampler, True)
    near = match("DPM2 a Karras", None)
    assert near is not None and (near.sampler, near.exact) == (Sampler.EULER_A, False)
    assert match("Sorcery", "Karras") is None


# The sampler and its `Schedule type`: what draws here, and whether that is what was meant. "Automatic" stands for each
# sampler's own, which A1111 has since 1.9.
MEANT = {
    ("DPM++ 2M", "Automatic"): (Sampler.DPMPP_2M_KARRAS, True),
    ("DPM++ SDE", "Automatic"): (Sampler.DPMPP_SDE_KARRAS, True),
    ("DPM++ 2M Karras", "Automatic"): (Sampler.DPMPP_2M_KARRAS, True),
    ("Euler a", "Automatic"): (Sampler.EULER_A, True),
    ("LMS", "automatic"): (Sampler.LMS, True),
    ("DDIM", "Automatic"): (Sampler.DDIM, True),
    ("DPM2 a", "Automatic"): (Sampler.DPM2_A, False),  # it would be Karras
    ("DPM++ 2M SDE", "Automatic"): (Sampler.DPMPP_2M_SDE_KARRAS, False),  # it would be exponential
    ("DPM++ 3M SDE", "Automatic"): (Sampler.DPMPP_3M_SDE_KARRAS, False),
    ("DPM++ 2M SDE", "Karras"): (Sampler.DPMPP_2M_SDE_KARRAS, True),
    ("DPM++ 3M SDE", "Exponential"): (Sampler.DPMPP_3M_SDE_KARRAS, False),
    ("DPM++ 3M SDE Exponential", None): (Sampler.DPMPP_3M_SDE_KARRAS, False),
    ("DPM++ 2M", "Polyexponential"): (Sampler.DPMPP_2M_KARRAS, False),
    ("DPM++ 2M", "Uniform"): (Sampler.DPMPP_2M, True),
    ("DPM++ 2M", "SGM Uniform"): (Sampler.DPMPP_2M, False),
    ("Euler", "Karras"): (Sampler.EULER, False),
    ("Euler", "Exponential"): (Sampler.EULER, False),
    ("DPM++ 2M", "Align Your Steps"): (Sampler.DPMPP_2M, False),
    ("Restart", "Automatic"): (Sampler.EULER_A, False),
}


@pytest.mark.parametrize("said", MEANT, ids=str)
def test_a_schedule_means_what_it_means_for_its_sampler(said: tuple[str, str | None]) -> None:
    name, schedule = said
    line = f"Steps: 5, Sampler: {name}" + (f", Schedule type: {schedule}" if schedule else "")
    read = parse(f"1girl\n{line}, Seed: 1")
    assert read is not None and read.sampler is not None
    found = match(read.sampler, read.schedule)
    assert found is not None and (found.sampler, found.exact) == MEANT[said]


def test_loras_are_taken_out_of_a_prompt_without_a_trace() -> None:
    assert without_loras("1girl, <lora:a:1>, hat, <lora:b:0.5:0.2>") == "1girl, hat"
    assert without_loras("<lora:a>1girl") == "1girl"
    assert without_loras("1girl <lora:a:1> hat") == "1girl hat"
    assert without_loras("a < b, <lora:never closed, <3") == "a < b, <lora:never closed, <3"
    assert loras_in("<lora:x:te=0.3:unet=0.9> <lyco:y:oops>") == (
        SaidLora(name="x", text=0.3, unet=0.9),
        SaidLora(name="y"),
    )


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(lambda text: " ".join(text.split()))
PROMPTS = WORDS.filter(lambda text: NEGATIVE not in text and "Steps:" not in text and "<l" not in text.lower())
USES = st.builds(
    LoraUse,
    name=st.from_regex(r"[A-Za-z][\w ]{0,20}[a-z]", fullmatch=True),
    sha256=st.just("ab12" * 16),
    unet=st.sampled_from([1.0, 0.8, -0.5, 0.0]),
    text=st.sampled_from([1.0, 0.25]),
)
REQUESTS = st.fixed_dictionaries({
    "prompt": PROMPTS, "negative": PROMPTS, "steps": st.integers(1, 150), "sampler": st.sampled_from(Sampler),
    "guidance": st.integers(4, 120).map(lambda value: value / 4), "seed": st.integers(0, 2**32 - 1),
    "width": st.integers(8, 256).map(lambda value: value * 8), "clip_skip": st.integers(1, 4),
    "strength": st.none() | st.just(0.35), "noise": st.sampled_from(Noise),
    "eta_noise_delta": st.sampled_from([0, 31337]),
    "guidance_rescale": st.sampled_from([0.0, 0.7]), "model": st.sampled_from(["genga-mini", 'odd, "name": x']),
    "loras": st.lists(USES, max_size=3, unique_by=lambda use: use.name).map(tuple),
    "embeddings": st.sampled_from([(), (EmbeddingUse(word="EasyNegative", sha256="cd" * 32),)]),
})  # fmt: skip


@given(changes=REQUESTS)
def test_what_we_write_is_read_back_the_same(make_request: MakeRequest, changes: dict[str, object]) -> None:
    request = replace(make_request(), **changes)
    said = parse(metadata.parameters(request))
    assert said is not None and (said.program, said.version) == (Program.GENGA, None)
    assert without_loras(said.prompt or "") == request.prompt.strip().rstrip(",").rstrip() or not request.loras
    assert request.loras or said.prompt == request.prompt
    assert said.negative == request.negative
    found = match(said.sampler or "", said.schedule)
    assert found is not None and found.exact and found.sampler is request.sampler
    assert _numbers(said) == _numbers_of(request)
    assert said.loras == tuple(
        SaidLora(name=use.name, unet=use.unet, text=use.text, hash=use.sha256[:12]) for use in request.loras
    )
    assert [(each.word, each.hash) for each in said.embeddings] == [
        (use.word, use.sha256[:12]) for use in request.embeddings
    ]


def _numbers(said: Settings) -> tuple[object, ...]:
    return (
        said.steps, said.guidance, said.seed, said.width, said.height, said.clip_skip or 1, said.strength,
        said.model_hash, said.model, said.noise, said.eta_noise_delta or 0, said.guidance_rescale or 0.0,
    )  # fmt: skip


def _numbers_of(request: DrawRequest) -> tuple[object, ...]:
    noise = NoiseSource.CPU if request.noise is Noise.CPU else NoiseSource.NV
    return (
        request.steps, request.guidance, request.seed, request.width, request.height, request.clip_skip,
        request.strength, request.model_sha256[:10], request.model, noise, request.eta_noise_delta,
        request.guidance_rescale,
    )  # fmt: skip


PIECES = st.sampled_from([
    "Steps: 5, ", "Steps:", "Negative prompt:", "\n", ",", ":", '"', "\\", "[", "{", "}", "]", "Seed: 1, ", "<lora:",
    ">", "Size: 9x9, ", "Lora hashes: ", "TI hashes: ", "Hires upscale: ", "\0", "é", "𝒳", "İ", "Sampler: Euler, ", "a",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
@example('Steps: 1, Seed: "\\ud800"')
@example("Steps: 1, Seed: " + "[" * 5000)
def test_no_text_makes_it_fail(text: str) -> None:
    said = parse(text)
    if said is not None:
        assert len(said.extra) <= 200
        without_loras(said.prompt or "")


@pytest.mark.parametrize(
    "part", ['a:"', "a:[", ",", ":", "Steps: 1,", "Steps: 1, Seed: 1, ", "<lora:", "\\", "a:{}", "<l", ",:"]
)
def test_a_hostile_text_costs_little_time(part: str) -> None:
    text = "Steps: 1, Seed: 1, " + part * (130_000 // len(part))
    start = time.process_time()
    parse(text)
    parse("x" + text[::-1])
    loras_in(text)
    without_loras(text)
    assert time.process_time() - start < 1.0, "linear, not quadratic"


def test_a_longer_text_is_not_read() -> None:
    assert parse(SHORT + " " * 200_000) is None


def test_quotes_stand_where_a_value_would_end_too_early() -> None:
    assert [quoted(value) for value in ("Euler a", "a, b", 'say "x"', "a: b")] == [
        "Euler a", '"a, b"', '"say \\"x\\""', '"a: b"',
    ]  # fmt: skip
