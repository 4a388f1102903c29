"""What may be drawn and shown: floor, adult words, the operator's list, and the finished picture."""

from pathlib import Path

import pytest

from inference.safety.judge import Decision, Facts, Rating, Rule, Words, judge, read_words

WORDS = read_words()
ALLOWED = Decision(allowed=True)


def decide(prompt: str, *, negative: str = "", picture: Rating | None = None, words: Words = WORDS) -> Decision:
    return judge(Facts(prompt=prompt, negative=negative, picture=picture), words)


@pytest.mark.parametrize("prompt", ["1girl, blue hair, smile", "a sextant in Essex, grapes", "a child with a kite", ""])
def test_harmless_prompts_pass(prompt: str) -> None:
    assert decide(prompt) == ALLOWED


@pytest.mark.parametrize(
    "prompt", ["nsfw", "1girl, NUDE", "ｎｕｄｅ", "(naked:1.3)", "rating:explicit", "rating_explicit"]
)
def test_adult_words_are_refused_however_they_are_dressed(prompt: str) -> None:
    assert decide(prompt) == Decision(allowed=False, rule=Rule.ADULT)


def test_adult_words_are_refused_in_an_age_restricted_channel_too() -> None:
    facts = Facts(prompt="nude", negative="", age_restricted=True)
    assert judge(facts, WORDS).rule is Rule.ADULT


@pytest.mark.parametrize("prompt", ["nude child", "teenager, lingerie", "loli", "little   girl, (erotic)"])
def test_sexual_and_young_together_fall_to_the_floor(prompt: str) -> None:
    assert decide(prompt).rule is Rule.FLOOR


def test_no_list_of_the_operator_can_lift_the_floor() -> None:
    words = Words(sexual=WORDS.sexual, young=WORDS.young, blocked=frozenset())
    assert decide("nude child", words=words).rule is Rule.FLOOR


def test_adult_words_in_the_negative_prompt_protect_and_are_allowed() -> None:
    assert decide("1girl", negative="nsfw, nude") == ALLOWED


@pytest.mark.parametrize("rating", [Rating.QUESTIONABLE, Rating.EXPLICIT, Rating.UNKNOWN])
def test_a_picture_that_is_adult_or_unrated_is_not_shown(rating: Rating) -> None:
    assert decide("1girl", picture=rating) == Decision(allowed=False, rule=Rule.PICTURE)


def test_an_unrated_picture_of_somebody_young_falls_to_the_floor() -> None:
    assert decide("a child", picture=Rating.UNKNOWN).rule is Rule.FLOOR


@pytest.mark.parametrize("rating", [Rating.GENERAL, Rating.SENSITIVE])
def test_a_harmless_picture_is_shown(rating: Rating) -> None:
    assert decide("1girl", picture=rating) == ALLOWED


def test_the_operator_s_words_are_refused_in_prompt_and_negative_prompt(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("Green Tea\n\n  ö-zone \n", encoding="utf-8")
    words = read_words(str(file))
    assert decide("a cup of green-tea", words=words).rule is Rule.OPERATOR
    assert decide("1girl", negative="Ö-ZONE", words=words).rule is Rule.OPERATOR
    assert decide("a green teapot", words=words) == ALLOWED


def test_a_decision_never_repeats_what_it_found() -> None:
    assert "nude" not in repr(decide("nude child"))
