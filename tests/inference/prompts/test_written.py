"""What is typed becomes what is drawn: choices, a style, the model's quality tags, once and in this order."""

import dataclasses

import pytest

from inference.errors import BadRequest
from inference.models.catalog import Model, load_catalog
from inference.prompts.compiled import compile_prompt
from inference.prompts.schedule import schedules
from inference.prompts.styles import styles, with_tags
from inference.prompts.syntax import Syntax
from inference.prompts.written import MAX_DRAWN_CHARS
from inference.remote.novelai.models import remote_models
from inference.request import DrawRequest, Wish, from_json, reseeded, resolve, text_sha256, to_json
from inference.safety.text import reader

MINI: Model = load_catalog().models["genga-mini"]
PROUD = dataclasses.replace(MINI, quality="masterpiece, best quality", negative="lowres")
LISTS = {"fruit": ("apple", "pear", "plum")}


def asked(prompt: str, model: Model = MINI, **how: object) -> DrawRequest:
    return resolve(dataclasses.replace(Wish(prompt=prompt), **how), model=model, lists=LISTS)


def test_words_that_nothing_is_added_to_are_their_own_typed_form() -> None:
    request = asked("1girl, (blue hair:1.2)")
    assert (request.prompt, request.typed, request.typed_negative) == ("1girl, (blue hair:1.2)", "", None)
    assert request.syntax is Syntax.A1111


def test_quality_and_style_stand_behind_what_was_typed_each_tag_once() -> None:
    request = asked("1girl, Masterpiece", PROUD, style="flat", negative="3d")
    assert request.prompt == "1girl, Masterpiece, flat color, clean lineart, simple shading, best quality"
    assert request.negative == "3d, photorealistic"
    assert (request.typed, request.typed_negative, request.style) == ("1girl, Masterpiece", "3d", "flat")
    assert request.text_sha256 == text_sha256(request.prompt, request.negative)
    assert asked("1girl", PROUD).prompt == "1girl, masterpiece, best quality"
    assert asked("1girl", PROUD).negative == "lowres"
    assert asked("1girl", PROUD, style="none").prompt == "1girl"


def test_resolving_what_was_typed_once_more_adds_nothing_twice() -> None:
    first = asked("1girl, __fruit__", PROUD, style="pastel", seed=4)
    again = asked(first.typed, PROUD, style=first.style, negative=first.typed_negative, seed=4)
    assert again == first


def test_a_style_that_is_none_is_said_with_those_there_are() -> None:
    with pytest.raises(BadRequest, match=r"no style vapour.*watercolour"):
        asked("1girl", style="vapour")


def test_weights_of_and_stay_at_the_end_of_their_side() -> None:
    request = asked("a cat AND a dog :0.3", PROUD)
    assert request.prompt == "masterpiece, best quality, a cat AND a dog :0.3"
    assert [part.weight for part in schedules(request.prompt, request.syntax, 1)] == [1.0, 0.3]


def test_wildcards_are_chosen_by_the_seed_and_anew_by_another() -> None:
    request = asked("a __fruit__, {red|green}", seed=1, negative="{x|y}")
    assert request == asked("a __fruit__, {red|green}", seed=1, negative="{x|y}")
    assert request.typed == "a __fruit__, {red|green}"
    assert request.typed_negative == "{x|y}"
    others = {reseeded(request, seed, MINI, LISTS).prompt for seed in range(40)}
    assert others == {f"a {fruit}, {colour}" for fruit in LISTS["fruit"] for colour in ("red", "green")}
    for seed in range(5):
        other = reseeded(request, seed, MINI, LISTS)
        assert other.text_sha256 == text_sha256(other.prompt, other.negative)
        assert other.typed == request.typed
        assert from_json(to_json(other)) == other


def test_another_seed_leaves_the_words_where_nothing_is_to_choose() -> None:
    request = asked("1girl", PROUD, style="flat", seed=1)
    assert reseeded(request, 2, PROUD) == dataclasses.replace(request, seed=2)
    choosing = asked("{a|b}", seed=1)
    assert reseeded(choosing, 2, None) == dataclasses.replace(choosing, seed=2)
    old = dataclasses.replace(request, prompt="{a|b}", typed="", typed_negative=None, syntax=Syntax.PLAIN)
    assert reseeded(old, 2, MINI).prompt == "{a|b}"


def test_with_novelais_syntax_curly_brackets_stay() -> None:
    assert asked("{{a|b}}", syntax=Syntax.NOVELAI).prompt == "{{a|b}}"


def test_families_without_weights_read_words_as_they_stand() -> None:
    assert asked("(a:1.2)", dataclasses.replace(MINI, family="anima")).syntax is Syntax.PLAIN
    assert asked("{a}", dataclasses.replace(MINI, family="novelai")).syntax is Syntax.NOVELAI
    assert asked("(a:1.2)", syntax=Syntax.PLAIN).syntax is Syntax.PLAIN


def test_length_is_said_of_what_was_typed_and_of_what_came_of_it() -> None:
    assert len(asked("x" * 1990, PROUD).prompt) > 2000
    with pytest.raises(BadRequest, match="2001 characters; 2000"):
        asked("x" * 2001)
    with pytest.raises(BadRequest, match=str(MAX_DRAWN_CHARS)):
        resolve(Wish(prompt="__long__, __long__"), model=MINI, lists={"long": ("x" * 1800,)})
    with pytest.raises(BadRequest, match="401 tags"):
        asked("a," * 400 + "a")


@pytest.mark.parametrize("name", styles())
def test_styles_are_harmless_have_no_weights_and_fit(name: str) -> None:
    style = styles()[name]
    for text in (style.prompt, style.negative):
        assert text == compile_prompt(text, limit_chars=200)
        assert not set(text) & set("()[]{}:|\\<>_")
    found = reader().read(style.prompt, style.negative)
    assert not (found.sexual or found.gore or found.hate or found.real_person)
    assert len(styles()) <= 25, "a slash command has no more choices"


def test_tags_are_added_behind_with_commas() -> None:
    assert with_tags("", "a, b") == "a, b"
    assert with_tags("a, ", "b") == "a, b"
    assert with_tags("a,", "") == "a,"
    assert with_tags("B, c", "a, b, a") == "B, c, a, a"


def test_tags_of_the_picture_stand_before_the_first_character_of_novelai_s() -> None:
    model = remote_models()["nai-v4-5"].entry()
    request = asked("park, no text | girl, hat @A1 | boy", model, negative="lowres | scarf", style="flat")
    added = "flat color, clean lineart, simple shading, very aesthetic, masterpiece"
    assert request.prompt == f"park, no text, {added} | girl, hat @A1 | boy"
    assert request.negative.endswith(" | scarf") and request.negative.startswith("lowres, ")
