"""A prompt's syntax means what A1111 and NovelAI document, and no text takes long to read."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.prompts.schedule import negated_text, schedules, shown_texts
from inference.prompts.syntax import MAX_CHANGES, MAX_DEPTH, MAX_PARTS, MAX_WEIGHT, Syntax, parse

A1111, NOVELAI = Syntax.A1111, Syntax.NOVELAI
SIGNS = st.text(alphabet="ab ,:|()[]{}\\.13-BREAKND<>", max_size=300)


def weighed(prompt: str, syntax: Syntax = A1111) -> list[tuple[str, float]]:
    """The runs of a prompt that does not change, with their weights."""
    [part] = schedules(prompt, syntax, 1)
    return [("BREAK" if run.breaks else run.text, run.weight) for run in part.runs(0)]


def about(means: list[tuple[str, float]]) -> list[tuple[str, object]]:
    return [(text, pytest.approx(weight)) for text, weight in means]


# The values that A1111 documents beside its parser.
@pytest.mark.parametrize(
    ("prompt", "means"),
    [
        ("normal text", [("normal text", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        (r"\(literal\]", [("(literal]", 1.0)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [("a ", 1.0), ("house", 1.573), (" ", 1.1), ("on", 1.0), (" a ", 1.1), ("hill", 0.55), (", sun, ", 1.1),
             ("sky", 1.4641), (".", 1.1)],
        ),
        ("", []),
        ("[word]", [("word", 1 / 1.1)]),
        ("a (b:c) d", [("a ", 1.0), ("b:c", 1.1), (" d", 1.0)]),
        ("(a:b:1.3)", [("a:b", 1.3)]),
        ("( a : 1.2 )", [(" a ", 1.2)]),
        ("(a:-.5)", [("a", -0.5)]),
        ("(a:1.2", [("a:1.2", 1.1)]),
        ("a)", [("a)", 1.0)]),
        (r"ganyu \(genshin impact\)", [("ganyu (genshin impact)", 1.0)]),
        (r"(a:\1)", [("a:1", 1.1)]),
        ("a BREAK b", [("a", 1.0), ("BREAK", 1.0), ("b", 1.0)]),
        ("(a BREAK b)", [("a", 1.1), ("BREAK", 1.0), ("b", 1.1)]),
        ("BREAKFAST, a_BREAK", [("BREAKFAST, a_BREAK", 1.0)]),
        ("(a:9)((b:1.9):1.9)", [("ab", MAX_WEIGHT)]),
        ("(a:1e9)", [("a:1e9", 1.1)]),
    ],
)  # fmt: skip
def test_weights_are_those_that_a1111_documents(prompt: str, means: list[tuple[str, float]]) -> None:
    assert weighed(prompt) == about(means)


@pytest.mark.parametrize(
    ("prompt", "means"),
    [
        ("{a}, [b]", [("a", 1.05), (", ", 1.0), ("b", 1 / 1.05)]),
        ("{{a", [("a", 1.1025)]),
        ("1.3::a, b::, c", [("a, b", 1.3), (", c", 1.0)]),
        ("-1::hat::, x", [("hat", -1.0), (", x", 1.0)]),
        ("a, 0.5::{b}", [("a, ", 1.0), ("b", 0.525)]),
        ("(a:1.2) b::", [("(a:1.2) b", 1.0)]),
        ("blue1::eyes", [("blue1eyes", 1.0)]),
        ("[a|b:0.5]", [("a|b:0.5", 1 / 1.05)]),
    ],
)
def test_weights_are_those_that_novelai_documents(prompt: str, means: list[tuple[str, float]]) -> None:
    assert weighed(prompt, NOVELAI) == about(means)


def spans(prompt: str, steps: int = 10) -> list[tuple[int, str]]:
    """What stands up to which step."""
    [part] = schedules(prompt, A1111, steps)
    found: list[tuple[int, str]] = []
    for step, text in enumerate(part.at, 1):
        if found and found[-1][1] == part.text(text):
            found.pop()
        found.append((step, part.text(text)))
    return found


# Again the values that A1111 documents, of ten steps, less the brackets that only weigh.
@pytest.mark.parametrize(
    ("prompt", "means"),
    [
        ("test", [(10, "test")]),
        ("a [b:3]", [(3, "a "), (10, "a b")]),
        ("a [b: 3]", [(3, "a "), (10, "a b")]),
        ("a [[[b]]:2]", [(2, "a "), (10, "a b")]),
        ("[(a:2):3]", [(3, ""), (10, "a")]),
        ("a [b : c : 1] d", [(1, "a b  d"), (10, "a  c  d")]),
        ("a[b:[c:d:2]:1]e", [(1, "abe"), (2, "ace"), (10, "ade")]),
        ("a [unbalanced", [(10, "a unbalanced")]),
        ("a [b:.5] c", [(5, "a  c"), (10, "a b c")]),
        ("a [{b|d{:.5] c", [(5, "a  c"), (10, "a {b|d{ c")]),
        ("((a][:b:c [d:3]", [(3, "a]:b:c "), (10, "a]:b:c d")]),
        ("[a::0.5]b", [(5, "ab"), (10, "b")]),
        ("[a:b:1.0]", [(10, "a")]),
        ("[a:b:99]", [(10, "a")]),
        ("[a:b:-1]", [(10, "b")]),
        ("[a:b]", [(10, "a:b")]),
        ("[a:b:c:0.5]", [(10, "a:b:c:0.5")]),
    ],
)
def test_what_stands_at_which_step_is_what_a1111_documents(prompt: str, means: list[tuple[int, str]]) -> None:
    assert spans(prompt) == means


def test_options_take_turns_step_by_step() -> None:
    assert [text for _, text in spans("[fe|]male")] == ["female", "male"] * 5
    assert spans("[fe|||]male")[:4] == [(1, "female"), (4, "male"), (5, "female"), (8, "male")]
    [part] = schedules("[a|(b:1.1)]", A1111, 2)
    assert [part.runs(text)[0].weight for text in part.at] == [1.0, 1.1]


def test_sides_of_and_have_weights_of_their_own() -> None:
    parts = parse("a cat :1.2 AND a dog AND (a bird:1.1) :-0.5", A1111)
    assert [part.weight for part in parts] == [1.2, 1.0, -0.5]
    assert shown_texts("a AND b", A1111, 5) == ("a ,  b",)
    assert len(parse("a AND b", A1111, several=False)) == 1
    assert parse("16:9", A1111)[0].weight == 1.0, "a number at the end weighs only beside an AND"
    assert len(parse("a AND " * 100, A1111)) == MAX_PARTS


def test_brackets_beyond_the_depth_are_characters() -> None:
    [(text, weight)] = weighed("(" * 10 + "a" + ")" * 10)
    assert (text, weight) == ("((a))", MAX_WEIGHT), f"1.1 to the power of {MAX_DEPTH} is more than that"


def test_more_changing_brackets_than_anybody_needs_only_weigh() -> None:
    assert shown_texts("[a|b]" * (MAX_CHANGES + 1), A1111, 4)[0] == "a" * MAX_CHANGES + "a|b"


def test_every_text_of_a_schedule_is_shown_once() -> None:
    assert shown_texts("x [a|b] [c:d:0.5]", A1111, 4) == ("x a c", "x b c", "x a d", "x b d")
    assert shown_texts("mo[un:5]tain", A1111, 20) == ("motain", "mountain")
    assert shown_texts("(mo)(un)tain [as] it is", Syntax.PLAIN, 4) == ("(mo)(un)tain [as] it is",)
    assert len(shown_texts("[a|b|c|d|e|f|g][a|b|c|d|e|f|g|h|i|j|k]", A1111, 150)) == 77


def test_words_of_negative_weight_are_told_apart() -> None:
    assert negated_text("a, (hat:-1), [x|(shoe:-0.5)]", A1111, 4) == "hat, shoe"
    assert negated_text("-1::hat::, a", NOVELAI, 4) == "hat"


@given(prompt=SIGNS, steps=st.integers(1, 12))
def test_no_prompt_is_an_error_and_nothing_of_its_words_is_lost_or_added(prompt: str, steps: int) -> None:
    for syntax in (A1111, NOVELAI):
        for part in schedules(prompt, syntax, steps):
            assert len(part.at) == steps
            for text in range(len(part.texts)):
                assert all(abs(run.weight) <= MAX_WEIGHT for run in part.runs(text))
                assert set(part.text(text)) <= set(prompt) | set(", ")


@given(words=st.lists(st.sampled_from(["blue", "hair", ", ", " "]), max_size=20))
def test_words_without_syntax_stand_as_they_are(words: list[str]) -> None:
    prompt = "".join(words)
    assert shown_texts(prompt, A1111, 3) == shown_texts(prompt, NOVELAI, 3) == (prompt,)


def quickest_ms(what: Callable[[], object]) -> float:
    """Processor time of the best of three tries: others use this machine too."""
    taken: list[float] = []
    for _ in range(3):
        began = time.process_time()
        what()
        taken.append(time.process_time() - began)
    return min(taken) * 1000


@pytest.mark.parametrize(
    "pattern",
    ["(", "((a:1", "[[[|:", "[a|b]", "(a)", "\\", " ", "a:", "BREAK ", "AND ", "[a:b:0.5]", "1::", "[{", "[(a)|", "a"],
)
def test_no_text_takes_long_to_read(pattern: str) -> None:
    text = (pattern * 2000)[:2000]
    for syntax in (A1111, NOVELAI):
        assert quickest_ms(lambda syntax=syntax: parse(text, syntax)) < 8, "2 ms expected; machines differ"
        assert quickest_ms(lambda syntax=syntax: shown_texts(text, syntax, 150)) < 40, "8 ms expected"


def test_a_schedule_with_a_text_for_every_step_is_quick_too() -> None:
    text = ("[a|b|c|d|e|f|g][a|b|c|d|e|f|g|h|i|j|k][a|b|c|d|e|f|g|h|i|j|k|l|m]" * 8 + "(a)" * 600)[:2000]
    assert quickest_ms(lambda: shown_texts(text, A1111, 150)) < 60, "12 ms expected; machines differ"
