"""Tokens go into chunks of 75 without loss, and break where A1111 breaks them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import TooManyWords
from inference.prompts.chunks import MAX_CHUNKS, Chunk, Vocabulary, chunked
from inference.prompts.schedule import Run

BEGIN, END, PAD, COMMA = 900, 901, 902, 44


def cut(text: str) -> list[int]:
    """Every character is a token, its own number; spaces are none."""
    return [ord(char) for char in text if char != " "]


PLAIN = Vocabulary(cut=cut, begin=BEGIN, end=END, pad=PAD, comma=COMMA)
TRAINED = Vocabulary(
    cut=cut, begin=BEGIN, end=END, pad=PAD, comma=COMMA,
    embeddings={"easy": (501, 502, 503), "easynegative": (601, 602), "<bad>": (701,)},
)  # fmt: skip


def inside(chunks: tuple[Chunk, ...]) -> list[list[int]]:
    """The tokens of each chunk, less its ends and padding."""
    return [[token for token in chunk.tokens if token not in (BEGIN, END, PAD)] for chunk in chunks]


def texts(chunks: tuple[Chunk, ...]) -> list[str]:
    return ["".join(map(chr, tokens)) for tokens in inside(chunks)]


def test_a_short_text_is_one_padded_chunk_and_none_is_one_too() -> None:
    [chunk] = chunked([Run("ab"), Run("c", 1.5)], PLAIN)
    assert chunk.tokens == (BEGIN, 97, 98, 99, END, *[PAD] * 72)
    assert chunk.weights == (1.0, 1.0, 1.0, 1.5, *[1.0] * 73)
    [empty] = chunked([], PLAIN)
    assert empty.tokens == (BEGIN, END, *[PAD] * 75)
    assert not empty.is_weighted


def test_seventy_five_tokens_are_one_chunk_and_one_more_makes_two() -> None:
    assert texts(chunked([Run("a" * 75)], PLAIN)) == ["a" * 75]
    assert texts(chunked([Run("a" * 76)], PLAIN)) == ["a" * 75, "a"]


def test_a_full_chunk_breaks_at_a_comma_up_to_twenty_tokens_back() -> None:
    near, far = "a" * 55 + "," + "b" * 30, "a" * 54 + "," + "b" * 30
    assert texts(chunked([Run(near)], PLAIN)) == ["a" * 55 + ",", "b" * 30]
    assert texts(chunked([Run(far)], PLAIN)) == ["a" * 54 + "," + "b" * 20, "b" * 10]
    # A comma that itself is one too many begins the next chunk, as in A1111.
    assert texts(chunked([Run("a" * 70 + ",bbbb,c")], PLAIN)) == ["a" * 70 + ",bbbb", ",c"]


def test_weights_go_with_their_tokens_over_a_break() -> None:
    chunks = chunked([Run("a" * 60 + ","), Run("b" * 20, 1.3)], PLAIN)
    assert texts(chunks) == ["a" * 60 + ",", "b" * 20]
    assert set(chunks[0].weights) == {1.0}
    assert chunks[1].weights == (1.0, *[1.3] * 20, *[1.0] * 56)


def test_break_fills_the_chunk() -> None:
    pause = Run("", breaks=True)
    assert texts(chunked([Run("a"), pause, Run("b")], PLAIN)) == ["a", "b"]
    assert texts(chunked([pause, Run("b"), pause], PLAIN)) == ["", "b"]


def test_embeddings_bring_all_their_vectors_and_keep_them_together() -> None:
    assert inside(chunked([Run("a EasyNegative,<BAD>", 0.5)], TRAINED)) == [[97, 601, 602, COMMA, 701]]
    assert inside(chunked([Run("uneasy easyx")], TRAINED)) == [cut("uneasyeasyx")]
    chunks = chunked([Run("a" * 73 + " easy", 1.2)], TRAINED)
    assert inside(chunks) == [cut("a" * 73), [501, 502, 503]]
    assert chunks[1].weights[1:5] == (1.2, 1.2, 1.2, 1.0)


def test_an_embedding_larger_than_a_chunk_is_not_lost() -> None:
    huge = Vocabulary(cut=cut, begin=BEGIN, end=END, pad=PAD, comma=COMMA, embeddings={"big": tuple(range(1000, 1100))})
    assert [token for each in inside(chunked([Run("a big b")], huge)) for token in each] == [97, *range(1000, 1100), 98]


def test_more_than_can_be_read_is_said_and_not_cut_off() -> None:
    assert len(chunked([Run("a" * 75 * MAX_CHUNKS)], PLAIN)) == MAX_CHUNKS
    with pytest.raises(TooManyWords, match="600"):
        chunked([Run("a" * (75 * MAX_CHUNKS + 1))], PLAIN)


@given(
    runs=st.lists(
        st.builds(Run, st.text("ab, ", max_size=60), st.sampled_from([1.0, 1.1])) | st.just(Run("", breaks=True)),
        max_size=7,
    )
)
def test_every_token_is_there_once_in_order_with_its_weight(runs: list[Run]) -> None:
    chunks = chunked(runs, PLAIN)
    wanted = [(token, run.weight) for run in runs for token in cut(run.text)]
    pairs = [pair for chunk in chunks for pair in zip(chunk.tokens, chunk.weights, strict=True)]
    assert [pair for pair in pairs if pair[0] not in (BEGIN, END, PAD)] == wanted
    for chunk in chunks:
        assert len(chunk.tokens) == len(chunk.weights) == 77
        assert chunk.tokens[0] == BEGIN
        assert set(chunk.tokens[chunk.tokens.index(END) + 1 :]) <= {PAD}
