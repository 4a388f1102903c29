"""From numbers to evidence: every boundary, and that the worst opinion wins."""

import itertools
import math

import pytest

from inference.safety.evidence import Rating, Strength
from inference.safety.rater.messages import Seen, Thresholds
from inference.safety.rater.scores import ORDER, of_classes, of_heads, strength, worst

LIMITS = Thresholds(sensitive=0.3, questionable=0.55, explicit=0.8)


@pytest.mark.parametrize(
    ("hentai", "porn", "sexy", "rating"),
    [
        (0.0, 0.0, 0.0, Rating.GENERAL),
        (0.29, 0.0, 0.0, Rating.GENERAL),
        (0.3, 0.0, 0.0, Rating.SENSITIVE),
        (0.1, 0.1, 0.2, Rating.SENSITIVE),
        (0.0, 0.0, 0.59, Rating.GENERAL),
        (0.3, 0.25, 0.0, Rating.QUESTIONABLE),
        (0.0, 0.8, 0.0, Rating.EXPLICIT),
        (0.5, 0.5, 0.0, Rating.EXPLICIT),
        (math.nan, 0.0, 0.0, Rating.EXPLICIT),
    ],
)
def test_hentai_and_porn_count_whole_and_sexy_by_half(hentai: float, porn: float, sexy: float, rating: Rating) -> None:
    seen = of_classes((1 - hentai - porn - sexy, hentai, 0.0, porn, sexy), LIMITS)
    assert seen.rating is rating
    assert seen.young is None, "it was taught nothing of age"


def test_what_looks_less_like_a_drawing_than_not_may_be_a_photograph() -> None:
    assert of_classes((0.6, 0.0, 0.4, 0.0, 0.0), LIMITS).photo is Strength.NONE
    assert of_classes((0.4, 0.0, 0.6, 0.0, 0.0), LIMITS).photo is Strength.WEAK


@pytest.mark.parametrize(
    ("heads", "rating"),
    [
        ((0.9, 0.1, 0.0, 0.0), Rating.GENERAL),
        ((0.6, 0.4, 0.0, 0.0), Rating.SENSITIVE),
        ((0.5, 0.2, 0.1, 0.2), Rating.SENSITIVE),
        ((0.4, 0.2, 0.2, 0.2), Rating.QUESTIONABLE),
        ((0.3, 0.2, 0.1, 0.4), Rating.EXPLICIT),
        ((0.0, 0.0, 0.0, 0.1), Rating.EXPLICIT),
        ((0.0, 0.0, 0.0, 0.0), Rating.EXPLICIT),
        ((math.nan, 0.0, 0.0, 0.0), Rating.EXPLICIT),
    ],
)
def test_a_tagger_s_heads_are_read_with_caution(heads: tuple[float, ...], rating: Rating) -> None:
    assert of_heads(heads) is rating


def test_never_less_explicit_than_the_highest_head() -> None:
    steps = [0.0, 0.1, 0.3, 0.5, 0.9]
    for heads in itertools.product(steps, repeat=4):
        if any(heads):
            assert ORDER.index(of_heads(heads)) >= heads.index(max(heads))


def test_a_strength_begins_at_its_threshold() -> None:
    found = [strength(score, weak=0.1, strong=0.35) for score in (0.0, 0.09, 0.1, 0.34, 0.35, 1.0)]
    assert found == [Strength.NONE, Strength.NONE, Strength.WEAK, Strength.WEAK, Strength.STRONG, Strength.STRONG]


def test_the_worst_of_two_opinions_wins_in_everything() -> None:
    young: list[Strength | None] = [None, *Strength]
    for first, second in itertools.product(itertools.product(ORDER, young, Strength), repeat=2):
        opinions = [Seen(rating=rating, young=old, photo=photo) for rating, old, photo in (first, second)]
        seen = worst(opinions)
        assert seen.rating is ORDER[max(ORDER.index(first[0]), ORDER.index(second[0]))]
        told = [old for old in (first[1], second[1]) if old is not None]
        assert seen.young == (max(told) if told else None)
        assert seen.photo == max(first[2], second[2])


def test_one_that_cannot_tell_leaves_the_picture_unrated() -> None:
    fine = Seen(rating=Rating.GENERAL, young=Strength.NONE, photo=Strength.NONE)
    assert worst([fine, Seen()]) == Seen()
    assert worst([]) == Seen()
