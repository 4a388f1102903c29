"""The gate reads every text that an encoder is shown, on harmless words that stand in for its lists."""

import dataclasses
import time

import pytest

from inference.prompts.syntax import Syntax
from inference.request import DrawRequest, text_sha256
from inference.safety.evidence import Strength, TextEvidence
from inference.safety.lists import Lists
from inference.safety.shown import MOST_TEXTS, read_shown, worst
from inference.safety.text import Reader
from tests.storage.making import a_request

READER = Reader(
    Lists(
        words={("sexual", "strong"): ("mango",), ("young", "strong"): ("acorn",), ("young", "older_strong"): ("oak",)},
        blocked=frozenset(),
        sha256="",
    )
)


def asked(prompt: str, negative: str = "", syntax: Syntax = Syntax.A1111, **how: object) -> DrawRequest:
    """A request of twenty steps."""
    request = dataclasses.replace(a_request(prompt), negative=negative, text_sha256=text_sha256(prompt, negative))
    return dataclasses.replace(request, syntax=syntax, **how)


def strengths(request: DrawRequest) -> tuple[int, int]:
    found = read_shown(READER, request)
    return found.sexual, found.young


@pytest.mark.parametrize(
    "prompt",
    [
        "m(an:1.3)go beside an acorn",
        "[man:x:0.5]go, ac[x:orn:5]",
        "[man|x]go, [[ac|x]orn|y]",
        r"m\an\go, a\corn",
        "[mango::1], [acorn:19]",
        "mango AND acorn",
        "[x|y|man]go, {ac}orn, [:acorn:2]",
        "[x:[y:ma:3]:2]ngo, acorn",
    ],
)
def test_words_that_a_schedule_splits_or_reveals_are_read(prompt: str) -> None:
    assert strengths(asked(prompt)) == (Strength.STRONG, Strength.STRONG)


def test_a_word_that_only_escapes_and_brackets_hide_is_certain_once_they_are_gone() -> None:
    hidden = r"m\a\n\g\o and [a][c](o)(r)n"
    assert strengths(asked(hidden)) == (Strength.STRONG, Strength.STRONG)
    assert strengths(asked("1.2::man::go, {a}corn", syntax=Syntax.NOVELAI)) == (Strength.STRONG, Strength.STRONG)


def test_what_is_negated_belongs_to_the_other_side() -> None:
    assert strengths(asked("a harbour", "([man:x:0.5]go:-1)"))[0] == Strength.STRONG
    assert strengths(asked("a harbour", "[o:x:0.5]ak"))[1] == Strength.STRONG
    assert strengths(asked("a harbour, ([o:x:0.5]ak:-1)"))[1] == Strength.STRONG
    assert strengths(asked("a harbour", "old oaken [box:door:0.5]")) == (0, 0)


def test_more_texts_than_are_read_are_a_weak_sign_of_everything() -> None:
    many = "[a|b|c|d|e|f|g], [a|b|c|d|e|f|g|h|i|j|k]"
    assert strengths(asked(many, steps=60)) == (0, 0)
    assert strengths(asked(many, steps=MOST_TEXTS + 1)) == (Strength.WEAK, Strength.WEAK)
    long = (many + ", x" * 700)[:2000]
    assert strengths(asked(long, steps=60)) == (Strength.WEAK, Strength.WEAK), "more than 64,000 characters"


def test_of_a_picture_to_start_from_the_steps_that_are_run_count() -> None:
    prompt = "[:man:6]go"
    assert strengths(asked(prompt, steps=20))[0] == Strength.STRONG
    started = asked("[man:x:1][:go:1]", steps=4, image="0" * 64, strength=0.1)
    assert strengths(started)[0] in (Strength.NONE, Strength.STRONG)


def test_plain_requests_are_read_as_they_always_were() -> None:
    for prompt in ("(mango), [acorn:x:0.5]", "m(an)go", "a harbour"):
        assert read_shown(READER, asked(prompt, syntax=Syntax.PLAIN)) == READER.read(prompt, "")


def test_harmless_schedules_stay_harmless() -> None:
    assert strengths(asked("a [red:blue:0.5] [cat|dog] (house:1.2), {sea} AND a tree :0.5", "(bad:1.3)")) == (0, 0)


def test_the_worst_is_taken_sign_by_sign() -> None:
    none = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)
    first = dataclasses.replace(none, sexual=Strength.STRONG, blocked=True)
    second = dataclasses.replace(none, young=Strength.WEAK, certain=True)
    assert worst([first, none, second]) == dataclasses.replace(
        none, sexual=Strength.STRONG, young=Strength.WEAK, blocked=True, certain=True
    )


def test_reading_the_longest_schedule_is_bounded() -> None:
    text = ("[a|b|c|d|e|f|g][a|b|c|d|e|f|g|h|i|j|k]" * 9 + "((q:1[" * 400)[:2000]
    began = time.process_time()
    read_shown(READER, asked(text, text, steps=150))
    assert time.process_time() - began < 1.5, "0.2 s expected; machines differ"
