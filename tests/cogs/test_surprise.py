"""Surprise me: always a harmless, complete scene in words that the embedded model knows."""

from cogs._surprise import read_parts, surprise
from inference.safety.evidence import Strength, TextEvidence
from inference.safety.text import reader
from mini.artist.scene import GROUPS, compatible

MANY = range(2000)


def test_the_same_seed_is_the_same_surprise_and_others_differ() -> None:
    assert surprise(7) == surprise(7)
    assert len({surprise(seed) for seed in MANY}) > 1500


def test_every_surprise_is_a_whole_scene_in_words_the_model_was_trained_on() -> None:
    tags = {tag for group in GROUPS.values() for tag in group}
    garments = {f"{colour} {garment}" for colour in GROUPS["garment_color"] for garment in GROUPS["garment"]}
    for seed in MANY:
        said = surprise(seed).split(", ")
        assert set(said) <= tags | garments, said
        assert said[0] in GROUPS["subject"]
        for group in ("hair_color", "hair_style", "expression", "background", "time"):
            assert len(set(said) & set(GROUPS[group])) == 1, (group, said)
        assert len(set(said) & garments) == 1, "somebody without clothes"
        assert compatible(set(said))


def test_every_surprise_and_every_example_may_be_drawn() -> None:
    words = reader()
    prompts = [*read_parts().examples, *map(surprise, MANY)]
    nothing = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)
    assert all(words.read(prompt, "") == nothing for prompt in prompts)


def test_every_theme_comes_up() -> None:
    said = " ".join(surprise(seed) for seed in MANY)
    parts = read_parts()
    assert [theme.background for theme in parts.themes if theme.background not in said] == []
