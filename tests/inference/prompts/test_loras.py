"""LoRAs are named in the prompt and taken out of it."""

import pytest

from inference.errors import BadRequest
from inference.prompts.loras import WantedLora, taken_out


@pytest.mark.parametrize(
    ("prompt", "left", "wanted"),
    [
        ("a <lora:ink:0.8> b", "a  b", [WantedLora(name="ink", unet=0.8, text=0.8)]),
        ("<lora:Ink Wash v1.2>", "", [WantedLora(name="Ink Wash v1.2")]),
        ("<lora:ink:0.5:1>", "", [WantedLora(name="ink", text=0.5, unet=1.0)]),
        ("<lora:ink:unet=0.7:te=0.2>", "", [WantedLora(name="ink", text=0.2, unet=0.7)]),
        ("<lora:ink:te=0.2>", "", [WantedLora(name="ink", text=0.2, unet=0.2)]),
        ("<lyco:ink:-1>", "", [WantedLora(name="ink", text=-1.0, unet=-1.0)]),
        ("<lora:a:1><lora:A:0.5>", "", [WantedLora(name="a"), WantedLora(name="A", text=0.5, unet=0.5)]),
        ("<lora:a><lora:b>", "", [WantedLora(name="a"), WantedLora(name="b")]),
        ("a > b < c, >_<, <3, <lora:", "a > b < c, >_<, <3, <lora:", []),
        ("<<lora:a>", "<", [WantedLora(name="a")]),
        ("<easynegative>, <lora:>", "<easynegative>, <lora:>", []),
    ],
)
def test_what_a_prompt_names_is_taken_out_of_it(prompt: str, left: str, wanted: list[WantedLora]) -> None:
    assert taken_out(prompt) == (left, wanted)


@pytest.mark.parametrize("written", ["<lora:ink:much>", "<lora:ink:5>", "<lora:ink:dyn=1>", "<lora:ink:nan>"])
def test_a_weight_that_is_none_is_said(written: str) -> None:
    with pytest.raises(BadRequest, match="<lora:name"):
        taken_out(f"1girl, {written}")


def test_two_thousand_open_brackets_are_nothing() -> None:
    assert taken_out("<" * 2000) == ("<" * 2000, [])
    assert taken_out("<lora:a" * 280 + ">")[0] == "<lora:a" * 279
