"""People's text shown back to them can do nothing."""

from hypothesis import given
from hypothesis import strategies as st

from cogs._text import block, closed_up, number36, quoted, shortened


@given(st.text(max_size=400))
def test_quoted_text_never_leaves_its_code_span(text: str) -> None:
    shown = quoted(text)
    assert shown == "" or (shown[0] == shown[-1] == "`" and "`" not in shown[1:-1] and "\n" not in shown)


@given(st.text(max_size=400))
def test_a_block_ends_only_where_it_ends(text: str) -> None:
    assert block(text).count("```") == 2


@given(st.text(max_size=400), st.integers(2, 100))
def test_shortened_text_is_short(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit


@given(st.integers(0, 2**63))
def test_a_jobs_number_reads_back(number: int) -> None:
    assert int(number36(number), 36) == number


def test_a_title_has_no_commas_where_something_was_taken_out_of_the_words() -> None:
    titles = {
        "1girl, blue hair, ": "1girl, blue hair",
        "1girl, , sea": "1girl, sea",
        ", a,\n,b ,": "a,b",
        "a, b": "a, b",
    }
    assert {words: closed_up(words) for words in titles} == titles
