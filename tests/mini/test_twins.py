"""A twin differs in what words are slow to reach, and in nothing else."""

import random

import torch

from mini.artist import attributes, compatible, compose
from mini.train.data import seeds_for_training
from mini.train.split import is_held_out
from mini.train.twins import twin
from mini.train.unet import CONTRAST, EMPTY_SHARE, pair_loss, wordings

SEEDS = seeds_for_training(300)


def test_a_twin_has_another_expression_and_is_otherwise_the_same_person_in_the_same_place() -> None:
    changed: set[str] = set()
    for seed in SEEDS:
        first, second = attributes(compose(seed)), attributes(twin(seed))
        assert first.keys() == second.keys()
        different = {group for group in first if first[group] != second[group]}
        assert "expression" in different
        changed |= different
    assert changed == {"expression", "eye_color", "accessories"}


def test_a_twin_is_the_same_each_time_wears_what_fits_and_shows_no_held_out_pair() -> None:
    for seed in SEEDS:
        found = twin(seed)
        assert found == twin(seed)
        assert compatible({*found.accessories, found.hair_style, found.garment})
        assert not is_held_out(attributes(found))


def test_twins_are_worded_alike_or_not_at_all() -> None:
    dice, alike, of, empty = random.Random(0), 0, 0, 0
    for seed in SEEDS:
        scenes = compose(seed), twin(seed)
        first, second = wordings(scenes, dice)
        assert (first == "") == (second == "")
        empty += not first
        if scenes[0].accessories == scenes[1].accessories and first:
            of += 1
            alike += len(set(first.split()) ^ set(second.split())) <= 6  # of one expression, one colour, both sides
    assert 0.5 * EMPTY_SHARE < empty / len(SEEDS) < 2 * EMPTY_SHARE
    assert alike / of > 0.8  # 89 %: words for one expression may move the dice; with dice of their own it is 2 %


def test_what_sets_two_answers_apart_counts_more_than_what_they_have_in_common() -> None:
    errors = torch.randn(3, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    alike, opposite = pair_loss(errors, errors), pair_loss(errors, -errors)
    assert torch.allclose(alike, errors.square())
    assert torch.allclose(opposite, (1 + CONTRAST) * errors.square())
    others = errors.flip(0)
    whole = pair_loss(errors, others) - CONTRAST * ((errors - others) / 2).square()
    assert torch.allclose(whole, (errors.square() + others.square()) / 2, atol=1e-6)
