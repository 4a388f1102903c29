"""Choices in a prompt: the same for the same seed, bounded, and no list that nobody knows."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadRequest
from inference.prompts.wildcards import MAX_CHARS, MAX_CHOICES, MAX_LISTS, built_in, expanded, lines_of, lists_in
from inference.safety.evidence import Strength
from inference.safety.text import reader

SERVER = {"hair": ("ink",), "loop": ("__loop__",), "pair": ("{a|b} __hair__",)}


def seen(prompt: str, seeds: int = 60, *, braces: bool = True) -> set[str]:
    return {expanded(prompt, SERVER, seed, braces=braces) for seed in range(seeds)}


def test_each_option_comes_up_and_a_seed_always_chooses_the_same() -> None:
    assert seen("x {a|b|c} y") == {"x a y", "x b y", "x c y"}
    assert all(expanded("{a|b|c|d|e}", {}, seed) == expanded("{a|b|c|d|e}", {}, seed) for seed in range(20))
    # For ever: people draw old pictures again by their seed.
    assert [expanded("{a|b|c|d|e}", {}, seed) for seed in range(6)] == FOR_EVER
    assert seen("{a|}") == {"a", ""}


FOR_EVER = ["c", "e", "c", "c", "b", "b"]


def test_two_texts_of_one_seed_choose_on_their_own() -> None:
    both = {(expanded("{a|b}", {}, seed), expanded("{a|b}", {}, seed, salt="negative")) for seed in range(40)}
    assert len(both) == 4


def test_several_are_chosen_in_order_and_none_twice() -> None:
    assert seen("{2$$a|b|c}") == {"a, b", "a, c", "b, c"}
    assert seen("{1-2$$a|b}") == {"a", "b", "a, b"}
    assert seen("{9$$a|b}") == {"a, b"}
    assert seen("{0$$a|b}") == {""}
    assert seen("{2$$__hair__|b}") == {"ink, b"}
    assert seen("{$5|$$a}") == {"$5", "$$a"}


def test_choices_stand_within_choices_and_leave_other_brackets_alone() -> None:
    assert seen("{a|{b|c}}") == {"a", "b", "c"}
    assert seen("{[a|b]|c}") == {"[a|b]", "c"}
    assert seen("{(a:1.2)|b}") == {"(a:1.2)", "b"}
    assert seen("[a|b] {c}, :{, a}") == {"[a|b] {c}, :{, a}"}
    assert seen(r"\{a|b\}, \__hair__") == {r"\{a|b\}, \__hair__"}
    assert seen("{" * 20 + "a" + "}" * 20) == {"{" * 20 + "a" + "}" * 20}
    assert seen("{a|b}, {", seeds=20) == {"a, {", "b, {"}


def test_with_novelais_syntax_curly_brackets_are_weights() -> None:
    assert seen("{{a|b}} __hair__", braces=False) == {"{{a|b}} ink"}


def test_lists_are_the_servers_first_and_may_name_others() -> None:
    assert seen("1girl, __hair__") == {"1girl, ink"}
    assert seen("__HAIR__") == {"ink"}
    assert seen("__pair__") == {"a ink", "b ink"}
    assert expanded("__eyes__", {}, 5) in built_in()["eyes"]


def test_a_list_that_nobody_knows_is_said_with_those_there_are() -> None:
    with pytest.raises(BadRequest, match=r"__hat__ here\. There are: .*__eyes__"):
        expanded("__hat__", {}, 1)
    assert expanded("a__b, ^__^, __, ____, __ a __", {}, 1) == "a__b, ^__^, __, ____, __ a __"


@pytest.mark.parametrize("prompt", ["__loop__", "{a|" * 40 + "}" * 40])
def test_what_does_not_end_is_said(prompt: str) -> None:
    with pytest.raises(BadRequest, match="too deep"):
        for seed in range(60):
            expanded(prompt, SERVER, seed)


def test_choices_and_characters_are_bounded() -> None:
    expanded("{a|b}" * (MAX_CHOICES // 2), {}, 1)
    with pytest.raises(BadRequest, match="64 choices"):
        expanded("{a|b}" * MAX_CHOICES, {}, 1)
    with pytest.raises(BadRequest, match="too many"):
        expanded("__big__" * 10, {"big": ("x" * MAX_CHARS,)}, 1)
    with pytest.raises(BadRequest, match="200 options"):
        expanded("{" + "a|" * 300 + "}", {}, 1)


@given(prompt=st.text(alphabet="ab|{}_$\\[]12 ", max_size=200), seed=st.integers(0, 9))
def test_any_text_becomes_a_text_or_a_sentence_and_never_grows(prompt: str, seed: int) -> None:
    try:
        chosen = expanded(prompt, {"a": ("b",), "b": ("",)}, seed)
    except BadRequest:
        return
    assert len(chosen) <= len(prompt) + prompt.count("|")  # ", " is longer than "|"


@pytest.mark.parametrize("pattern", ["{", "{|", "}{", "_", "__a", "\\", "{a|b}", "|", "[{"])
def test_no_text_takes_long(pattern: str) -> None:
    began = time.process_time()
    with contextlib.suppress(BadRequest):
        expanded((pattern * 2000)[:2000], {}, 1)
    assert time.process_time() - began < 0.1, "10 ms expected; machines differ"


def test_the_lists_that_ship_are_harmless() -> None:
    read = reader()
    for words in built_in().values():
        found = read.read(", ".join(words), "")
        assert (found.sexual, found.young, found.gore, found.hate) == (Strength.NONE,) * 4
        assert all(word == word.strip() and "{" not in word and "__" not in word for word in words)


def test_a_servers_lists_are_read_as_they_are_written() -> None:
    lists = lists_in("Hair: red  hair | blue hair, long|\n\n __big-hat__ : top hat\n")
    assert lists == {"hair": ("red hair", "blue hair, long"), "big-hat": ("top hat",)}
    assert lists_in(lines_of(lists)) == lists
    assert lists_in("") == {}
    assert expanded("__big-hat__", lists, 1) == "top hat"


@pytest.mark.parametrize("text", ["hair", "hair:", "hair: |", "my hair: a", ": a", "h__r: a", "ok: a\n?: b"])
def test_a_line_that_is_no_list_is_said(text: str) -> None:
    with pytest.raises(BadRequest, match="this line"):
        lists_in(text)


def test_a_server_has_no_more_lists_than_a_page_shows() -> None:
    with pytest.raises(BadRequest, match="up to 50"):
        lists_in("\n".join(f"a{number}: b" for number in range(MAX_LISTS + 1)))
