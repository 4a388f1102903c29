"""Captions say only what is true, in many ways."""

import random

from mini.artist import attributes, compose, sentence
from mini.train.captions import SYNONYMS, caption, from_artist, from_clauses, tag_list


def test_what_a_caption_says_is_true_of_its_scene() -> None:
    dice = random.Random(0)
    for seed in range(300):
        scene = compose(seed)
        true = attributes(scene)
        for group, value in caption(scene, dice).said.items():
            if group == "accessories":
                assert set(value) <= set(true[group])
            else:
                assert value == true[group]


def test_tag_lists_name_what_they_say() -> None:
    dice = random.Random(1)
    for seed in range(200):
        made = tag_list(compose(seed), dice)
        text = made.text.replace("_", " ")
        for group in ("hair_style", "background", "framing", "expression"):
            if isinstance(tag := made.said.get(group), str):
                assert any(word in text for word in (tag, *SYNONYMS.get(tag, ())))


def test_tag_lists_leave_things_out_and_change_their_order() -> None:
    dice, scene = random.Random(2), compose(5)
    texts = {tag_list(scene, dice).text for _ in range(50)}
    assert len(texts) > 40
    assert {len(text.split(",")) for text in texts} >= {4, 9}


def test_every_sentence_of_the_artist_tells_what_it_says() -> None:
    scene = compose(2, background="beach", time="night", expression="sad")
    for variant in range(5):
        made = from_artist(scene, variant)
        assert made.text == sentence(scene, variant)
        assert ("background" in made.said) == ("beach" in made.text)
        assert ("time" in made.said) == ("night" in made.text)
        assert ("expression" in made.said) == ("sad" in made.text)


def test_sentences_from_clauses_say_some_of_the_groups() -> None:
    dice = random.Random(3)
    counts = {len(from_clauses(compose(seed), dice).said) for seed in range(100)}
    assert min(counts) <= 4
    assert max(counts) >= 9
