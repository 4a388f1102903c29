"""Pictures before and after, and the words between them."""

import random

import numpy as np
import pytest

from mini import drawing
from mini.artist import attributes, compose, draw
from mini.train import edit
from mini.train.edit_data import DUOS, differing, grown, hole, seeds
from mini.train.edits import KINDS, VARIANTS, Change, changes, family, instruction
from mini.train.split import is_held_out

SEEDS = seeds(120)
FEMALE = {"her", "she"}
MALE = {"his", "him", "he"}


def test_a_family_is_the_same_each_time_and_no_member_shows_a_held_out_pair() -> None:
    for seed in SEEDS[:40]:
        members = family(seed)
        assert members == family(seed) and len(members) == 1 + VARIANTS
        assert not any(is_held_out(attributes(each)) for each in members)


def test_variants_differ_in_what_can_be_asked_for_and_all_kinds_occur() -> None:
    seen: list[Change] = []
    for seed in SEEDS:
        first, *others = family(seed)
        for other in others:
            found = changes(first, other)
            seen += found
            assert len(found) <= 4 and (found or first == other)
    assert {each.group for each in seen} == KINDS.keys() - {"outfit"}
    assert len(seen) < 1.3 * VARIANTS * len(SEEDS)


def test_nothing_but_the_change_moves_in_the_picture() -> None:
    scene = compose(3, eye_color="blue eyes", expression="smile", accessories=())
    after = compose(3, eye_color="red eyes", expression="smile", accessories=())
    one, other = draw(scene), draw(after)
    differs = differing(one.pixels, other.pixels)
    eyes = grown(one.masks()["eyes"], 4).reshape(32, 8, 32, 8).any((1, 3))
    assert differs[~eyes].max() == 0 and differs[eyes].max() > 0


@pytest.mark.parametrize("before", ["beach", "simple background"])
def test_an_instruction_asks_for_what_differs_and_speaks_of_the_right_person(before: str) -> None:
    scene = compose(5, background=before, accessories=("hat",))
    man = scene.subject == "1boy"
    for number in range(60):
        dice = random.Random(number)
        true = attributes(scene) | {"hair_color": "green hair" if scene.hair_color != "green hair" else "red hair"}
        text = instruction(scene, compose(5, **true), dice).lower()
        assert "green" in text or "red" in text
        assert not set(text.replace(".", "").split()) & (FEMALE if man else MALE)
        bare = compose(5, **(attributes(scene) | {"accessories": ()}))
        gone, put_on = instruction(scene, bare, dice).lower(), instruction(bare, scene, dice).lower()
        assert "hat" in gone and "hat" in put_on
        assert any(word in gone for word in ("remove", "off", "without", "no ", "away", "not", "rid", "delete"))


def test_both_halves_of_an_outfit_are_asked_for_at_once_and_nothing_is_asked_for_nothing() -> None:
    scene = compose(8, subject="1girl", garment="hoodie", garment_color="red")
    after = compose(8, subject="1girl", garment="kimono", garment_color="blue")
    texts = {instruction(scene, after, random.Random(number)).lower() for number in range(40)}
    assert all("blue" in text and ("kimono" in text or "yukata" in text) for text in texts) and len(texts) > 10
    assert instruction(scene, scene, random.Random(1)) == ""


def test_holes_have_all_kinds_of_shapes_and_are_never_empty() -> None:
    drawn, dice = draw(compose(9)), random.Random(2)
    shares = [hole(drawn, dice).mean() for _ in range(25)]
    assert min(shares) > 0 and max(shares) == 1 and np.std(shares) > 0.15
    assert len(DUOS) == 6


def test_the_editing_network_begins_with_what_the_drawing_one_knows_and_is_small() -> None:
    drawer = drawing.load().unet
    unet = edit.build(drawer)
    assert unet.config["in_channels"] == 9
    known, fresh = drawer.state_dict(), unet.state_dict()
    assert all(value.equal(known[name]) for name, value in fresh.items() if name != "conv_in.weight")
    assert fresh["conv_in.weight"][:, :4].equal(known["conv_in.weight"]) and not fresh["conv_in.weight"][:, 4:].any()
    assert 2 * sum(each.numel() for each in unet.parameters()) < 14_000_000
