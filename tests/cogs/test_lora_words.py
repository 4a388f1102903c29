"""LoRAs in one line: what is written is read back, and what may follow is offered."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import _lora_words
from inference.errors import BadRequest
from inference.request import WantedLora

NAMES = st.text(string.ascii_letters + string.digits + "-_é", min_size=1, max_size=20)
WEIGHTS = st.integers(-200, 200).map(lambda hundredths: hundredths / 100)
KNOWN = ["Flat Colours", "flat lines", "noir", "my style_v2"]


@given(st.dictionaries(NAMES.map(str.lower), st.tuples(WEIGHTS, WEIGHTS), max_size=5))
def test_what_is_written_is_read_back(said: dict[str, tuple[float, float]]) -> None:
    wanted = tuple(WantedLora(name=name, unet=unet, text=text) for name, (unet, text) in said.items())
    names = {name.replace("_", "") for name in said}
    if len(names) == len(said) and "" not in names:  # underscores do not tell names apart
        assert _lora_words.read(_lora_words.written(wanted)) == wanted


@given(st.text(max_size=60))
def test_whatever_stands_there_is_read_or_refused_with_a_sentence(line: str) -> None:
    try:
        for each in _lora_words.read(line):
            assert each.name and abs(each.unet) <= 4 and abs(each.text) <= 4
    except BadRequest as refused:
        assert refused.english().startswith("Please write a LoRA like name:0.8") or "there twice" in refused.english()


def test_a_weight_may_be_left_out_and_a_second_one_is_the_text_encoders() -> None:
    assert _lora_words.read(" a , b:0.5,, c:-1:0 ,") == (
        WantedLora(name="a"),
        WantedLora(name="b", unet=0.5, text=0.5),
        WantedLora(name="c", unet=-1, text=0),
    )


def test_one_that_stands_there_twice_counts_once_and_two_weights_of_it_are_not_guessed_between() -> None:
    assert _lora_words.read("My Style:0.4, my_style:0.4") == (WantedLora(name="My Style", unet=0.4, text=0.4),)
    with pytest.raises(BadRequest, match=r"^`my_style` stands there twice, with different weights"):
        _lora_words.read("My Style:0.2, other:0.3, my_style:0.4")


@pytest.mark.parametrize("line", ["a:", "a:b", "a:5", "a:nan", "a:1:2:1", ":0.5", "a:inf"])
def test_a_weight_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(BadRequest, match=f"from -4 to 4, not “{line}”"):
        _lora_words.read(line)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("", ["Flat Colours", "flat lines", "noir", "my style_v2"]),
        ("fl", ["Flat Colours", "flat lines"]),
        ("style", ["my style_v2"]),
        ("noir:0.8, fl", ["noir:0.8, Flat Colours", "noir:0.8, flat lines"]),
        ("noir, no", []),
        ("noir:", ["noir:0.6", "noir:0.8", "noir:1"]),
        ("noir:0.8", ["noir:0.8"]),
        ("noir:0.75", ["noir:0.75", "noir:0.6", "noir:0.8", "noir:1"]),
        ("nobody's", []),
        ("x" * 99 + ",", []),
    ],
)
def test_the_last_name_is_completed_and_then_its_weight(typed: str, lines: list[str]) -> None:
    assert _lora_words.completions(typed, KNOWN) == lines
