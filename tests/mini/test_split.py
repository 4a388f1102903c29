"""Held-out pairs never reach training."""

from collections import Counter

from mini.artist import GROUPS, attributes, compose
from mini.train.data import seeds_for_tests, seeds_for_training
from mini.train.split import PAIRED, is_held_out, pairs


def test_about_a_tenth_of_the_pairs_is_held_out_and_every_tag_is_still_learned_with_many_others() -> None:
    for first, second in PAIRED:
        out = Counter(tag for a, tag, b, _ in pairs() if (a, b) == (first, second))
        share = out.total() / (len(GROUPS[first]) * len(GROUPS[second]))
        assert 0.07 < share < 0.14
        assert max(out.values()) <= len(GROUPS[second]) // 3


def test_no_training_scene_shows_a_held_out_pair() -> None:
    for seed in seeds_for_training(300):
        known = attributes(compose(seed))
        for first, tag, second, other in pairs():
            assert (known[first], known[second]) != (tag, other)


def test_scenes_with_each_held_out_pair_can_be_composed_and_are_told_apart() -> None:
    for first, tag, second, other in pairs():
        assert is_held_out(attributes(compose(7, **{first: tag, second: other})))


def test_test_pictures_are_none_of_the_training_pictures() -> None:
    assert not set(seeds_for_tests(2000)) & set(seeds_for_training(2000))
