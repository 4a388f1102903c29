"""Words for models that know no weights: every mark goes, every word stays, and what is no mark is left alone."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.models.catalog import load_catalog
from inference.models.families import FLOW
from inference.prompts.syntax import Syntax
from inference.prompts.unweighted import unweighted
from inference.prompts.written import lost_marks
from inference.request import Wish, resolve
from inference.safety.shown import drawn_words

READ = {
    "(blue hair:1.2), ((smile)), (((a))), [[b]]": "blue hair, smile, a, b",
    "((a, b:1.3), c:0.8)": "a, b, c",
    "a(b:0)c (d:-1)": "ac ",
    "x (a (b:1.1) c) y": "x (a b c) y",
    "[day:night:0.5] street [red|blue] hat [x:5] [y::3] [:z:2]": "day street red hat x y z",
    "1.3::red hair ::, {blue}, {{eyes}}": "red hair, blue, eyes",
    r"dango \(food\), back\slash \\": "dango (food), back\\slash \\",
    "a, BREAK, b BREAK c\nBREAK\nd": "a, b, c, d",
}
NO_MARKS = (
    "fate (series), 1girl", "a sign (at 10:30), (4:3), [16:9 picture]", "a sign that says BREAK TIME",
    "std::vector, ::", "(:3), >:(, :)", "((never closed, [nor this", "she said: (I think) it is 5:30",
    'a note with "BREAK" on it',
)  # fmt: skip


@pytest.mark.parametrize("typed", READ)
def test_marks_go_and_their_words_stay(typed: str) -> None:
    assert unweighted(typed) == READ[typed]


@pytest.mark.parametrize("typed", NO_MARKS)
def test_what_is_no_mark_stays_to_the_letter(typed: str) -> None:
    assert unweighted(typed) == typed


@given(st.text(alphabet="()[]{}|:\\.,12 aB\n", max_size=200))
def test_nothing_that_people_write_breaks_it(text: str) -> None:
    read = unweighted(text)
    assert len(read) <= len(text) and set(read) <= set(text)


@pytest.mark.parametrize("family", sorted(FLOW))
@pytest.mark.parametrize("asked", [None, *Syntax])
def test_no_family_without_weights_is_sent_one(family: str, asked: Syntax | None) -> None:
    model = dataclasses.replace(load_catalog().models["genga-mini"], family=family, quality="masterpiece")
    wish = Wish(prompt="1girl, (red hair:1.2)", negative="(hat:1.4), lowres", syntax=asked)
    request = resolve(wish, model=model)
    assert (request.prompt, request.negative) == ("1girl, red hair, masterpiece", "hat, lowres")
    # What was typed is kept for forms; what is read by the gate is what is drawn.
    assert (request.typed, request.typed_negative) == (wish.prompt, wish.negative)
    assert lost_marks(request.typed, model) and not lost_marks(request.prompt, model)
    assert drawn_words(request) == request.prompt
