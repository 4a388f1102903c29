"""What asks for a picture, and what does not."""

import pytest

from cogs._smalltalk import Talk, talk_of
from cogs._surprise import read_parts, surprise


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello!",
        "hey there",
        "Good morning, Genga :)",
        "help",
        "?",
        "…",
        "",
        "👋",
        "xin chào bạn",
        "how are you",
        "hello, how are you?",
        "Good morning! What can you do?",
    ],
)
def test_greetings_and_nothing_at_all(text: str) -> None:
    assert talk_of(text) is Talk.GREETING


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thank you so much!!",
        "wow",
        "so cute",
        "That's beautiful",
        "lol",
        "đẹp quá",
        "I love it",
        "haha so cute",
        "thanks, lovely!",
        "omg she is so pretty",
    ],
)
def test_thanks_and_opinions(text: str) -> None:
    assert talk_of(text) is Talk.PRAISE


@pytest.mark.parametrize("text", ["who drew this?", "What model is that?", "ai vẽ vậy?", "how long did it take?"])
def test_questions(text: str) -> None:
    assert talk_of(text) is Talk.GREETING


@pytest.mark.parametrize("text", ["surprise me", "Surprise me!", "anything", "draw something", "gì cũng được nhé"])
def test_somebody_who_leaves_it_to_us(text: str) -> None:
    assert talk_of(text) is Talk.SURPRISE


@pytest.mark.parametrize(
    "text",
    [
        "1girl",
        "cute cat girl",
        "a beautiful lake",
        "hello kitty dress",
        "hello, a red hat?",
        "red hair",
        "no hat",
        "night",
        "help desk worker",
        "can you make it night?",
        "how about red hair?",
        "who",
    ],
)
def test_what_could_be_drawn_is_no_small_talk(text: str) -> None:
    assert talk_of(text) is None


def test_no_example_and_no_surprise_is_taken_for_small_talk() -> None:
    assert [prompt for prompt in (*read_parts().examples, *map(surprise, range(200))) if talk_of(prompt)] == []
