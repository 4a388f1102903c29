"""Wishes become complete requests, or one sentence that names the limit."""

import math
import time
import traceback
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadRequest
from inference.models.catalog import Model, load_catalog
from inference.prompts.compiled import compile_prompt
from inference.request import (
    MAX_SEED,
    Aspect,
    Noise,
    Sampler,
    Unreadable,
    Wish,
    from_json,
    merged,
    resolve,
    text_sha256,
    to_json,
)

MINI: Model = load_catalog().models["genga-mini"]


def test_what_a_wish_leaves_open_comes_from_the_person_then_the_server_then_the_model() -> None:
    person, server = Wish(steps=11), Wish(steps=22, guidance=3.0)
    request = resolve(Wish(prompt="1girl"), person, server, model=MINI)
    assert (request.steps, request.guidance, request.sampler) == (11, 3.0, Sampler(MINI.sampler))


def test_the_model_says_how_far_guidance_is_rescaled_and_the_person_where_noise_comes_from() -> None:
    request = resolve(Wish(prompt="1girl"), Wish(noise=Noise.A1111), model=replace(MINI, guidance_rescale=0.2))
    assert (request.guidance_rescale, request.noise) == (0.2, Noise.A1111)
    assert resolve(Wish(prompt="1girl"), model=MINI).noise is Noise.CPU


def test_a_default_never_brings_a_seed_of_zero_to_nothing() -> None:
    assert resolve(Wish(prompt="1girl", seed=0), model=MINI).seed == 0
    assert merged(Wish(seed=0), Wish(seed=5)).seed == 0


def test_who_says_anything_of_the_shape_says_all_of_it() -> None:
    person = Wish(width=320, height=320)
    assert merged(Wish(aspect=Aspect.PORTRAIT), person) == Wish(aspect=Aspect.PORTRAIT)
    assert merged(Wish(prompt="1girl"), person) == Wish(prompt="1girl", width=320, height=320)


def test_a_pile_of_combining_marks_costs_no_time_and_is_cut() -> None:
    began = time.process_time()
    prompt = resolve(Wish(prompt="a" + "\u0301\u0323" * 900), model=MINI).prompt
    assert time.process_time() - began < 0.1
    assert len(prompt) < 12


@given(prompt=st.text(alphabet="ae \u0301\u0323\u200b\u1ec7\n", max_size=40))
def test_compiling_what_was_compiled_changes_nothing(prompt: str) -> None:
    once = compile_prompt(prompt, limit_chars=100)
    assert compile_prompt(once, limit_chars=100) == once


def test_an_empty_negative_prompt_is_a_choice_and_not_a_gap() -> None:
    assert resolve(Wish(prompt="1girl", negative=""), Wish(negative="hat"), model=MINI).negative == ""


@pytest.mark.parametrize("said", [Wish(prompt="1girl"), Wish(prompt="1girl", seed=-1)])
def test_without_a_seed_or_with_minus_one_every_request_gets_its_own(said: Wish) -> None:
    seeds = {resolve(said, model=MINI).seed for _ in range(20)}
    assert len(seeds) > 15


@pytest.mark.parametrize("prompt", ["", "   ", "\u200b\u200d", None])
def test_a_prompt_that_says_nothing_is_asked_for_again(prompt: str | None) -> None:
    with pytest.raises(BadRequest, match="say what to draw"):
        resolve(Wish(prompt=prompt), model=MINI)


def test_a_picture_alone_is_enough_to_draw_from() -> None:
    request = resolve(Wish(prompt="", image="ab" * 32), model=MINI)
    assert (request.prompt, request.strength) == ("", 0.6)


def test_a_prompt_that_is_too_long_says_how_long_it_is() -> None:
    with pytest.raises(BadRequest, match=r"4000 characters; 2000"):
        resolve(Wish(prompt="a" * 4000), model=MINI)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(prompt="a", count=0),
        Wish(prompt="a", count=5),
        Wish(prompt="a", steps=0),
        Wish(prompt="a", steps=10_000),
        Wish(prompt="a", guidance=0.0),
        Wish(prompt="a", guidance=math.nan),
        Wish(prompt="a", guidance=math.inf),
        Wish(prompt="a", seed=-2),
        Wish(prompt="a", seed=MAX_SEED + 1),
        Wish(prompt="a", width=100_000),
        Wish(prompt="a", height=8),
        Wish(prompt="a", width=-256),
        Wish(prompt="a", clip_skip=9),
        Wish(prompt="a", image="ab" * 32, strength=2.0),
    ],
)
def test_a_setting_out_of_range_is_refused_with_its_range(wish: Wish) -> None:
    with pytest.raises(BadRequest, match=r"between|outside"):
        resolve(wish, model=MINI)


def test_sizes_are_rounded_down_to_what_the_autoencoder_can_do() -> None:
    request = resolve(Wish(prompt="a", width=255, height=193), model=MINI)
    assert (request.width, request.height) == (248, 192)


def test_an_aspect_is_the_models_own_size() -> None:
    request = resolve(Wish(prompt="a", aspect=Aspect.PORTRAIT), model=MINI)
    assert (request.width, request.height) == MINI.sizes["portrait"]


def test_the_fingerprint_tells_prompt_from_negative() -> None:
    assert text_sha256("a", "b") != text_sha256("ab", "") != text_sha256("", "ab")


WORDS = st.characters(exclude_characters="_{", exclude_categories=())  # no choices: a list may be none


@given(st.text(WORDS, max_size=200), st.text(WORDS, max_size=50), st.integers(0, MAX_SEED), st.integers(1, 4))
def test_a_request_survives_its_json(prompt: str, negative: str, seed: int, count: int) -> None:
    wish = Wish(prompt=f"1girl, {prompt}", negative=negative, seed=seed, count=count)
    request = resolve(wish, model=MINI)
    assert from_json(to_json(request)) == request


def test_the_first_versions_json_still_loads() -> None:
    old = (
        '{"kind":"draw","version":1,"prompt":"1girl","negative":"","text_sha256":"x","model":"genga-mini",'
        '"model_sha256":"y","width":256,"height":256,"steps":20,"guidance":5.0,"sampler":"dpm++ 2m","clip_skip":1,'
        '"seed":7,"count":1,"image":null,"strength":null,"parent":null}'
    )
    assert from_json(old).seed == 7


@pytest.mark.parametrize("text", ['{"kind": "draw", "prompt": ["secret"]}', '{"prompt": "secret', '"secret"', ""])
def test_what_cannot_be_read_is_not_repeated_by_the_error(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        from_json(text)
    assert "secret" not in "".join(traceback.format_exception(refused.value))
