"""What a reply's few words do to the prompt of the picture."""

import pytest

from cogs._amend import amended

BEFORE = "1girl, blue hair, long hair, red eyes, smile, white dress, hat, city, day"


@pytest.mark.parametrize(
    ("said", "added", "removed"),
    [
        ("make her hair red", ["red hair"], ["blue hair"]),
        ("red hair", ["red hair"], ["blue hair"]),
        ("Her hair should be red, please!", ["red hair"], ["blue hair"]),
        ("change her eyes to green", ["green eyes"], ["red eyes"]),
        ("green eyes and a black dress", ["green eyes", "black dress"], ["red eyes", "white dress"]),
        ("long red hair", ["long red hair"], ["blue hair"]),
        ("short hair", ["short hair"], ["long hair"]),
        ("make it night", ["night"], ["day"]),
        ("change the background to forest", ["forest"], ["city"]),
        ("in the snow, at night. Angry!", ["snow", "night", "Angry"], ["city", "day", "smile"]),
        ("now, in the snow at night?", ["snow at night"], []),
        ("without the hat", [], ["hat"]),
        ("no hat, add glasses", ["glasses"], ["hat"]),
        ("remove her white dress; give her a pink kimono", ["pink kimono"], ["white dress"]),
        ("no earrings", [], ["earrings"]),
        ("a cat on her shoulder", ["cat on her shoulder"], []),
        ("Smile", [], []),
        ("now", [], []),
        ("tóc đỏ", ["tóc đỏ"], []),
        ("holding a cup of tea", ["holding a cup of tea"], []),
        ("a dress of deep red", ["dress of deep red"], []),
    ],
)
def test_plain_wishes_are_understood_and_anything_else_is_added(
    said: str, added: list[str], removed: list[str]
) -> None:
    after = amended(BEFORE, "", said)
    assert (after.added, [*after.replaced, *after.unwanted]) == (added, removed)
    tags = [tag for tag in BEFORE.split(", ") if tag not in removed] + added
    assert after.prompt == ", ".join(tags)


def test_what_is_taken_away_is_avoided_until_it_is_wanted_again() -> None:
    without = amended("1girl, blue hat", "rain", "take off the hat")
    assert (without.prompt, without.negative) == ("1girl", "rain, hat")
    again = amended(without.prompt, without.negative, "a hat")
    assert (again.prompt, again.negative) == ("1girl, hat", "rain")


def test_a_prompt_in_sentences_stays_as_it_was() -> None:
    after = amended("A woman with long pink hair, winking", "", "make her laugh")
    assert after.prompt == "A woman with long pink hair, winking, laugh"


@pytest.mark.parametrize("said", ["no", "without", ",,,", "make make make", "a " * 900, ". . .", "no no no"])
def test_nothing_that_people_write_breaks_it(said: str) -> None:
    assert amended(BEFORE, "", said).prompt.startswith("1girl")


def test_what_was_replaced_is_told_from_what_is_unwanted() -> None:
    after = amended("1girl, orange hair, smile", "", "make her hair red, no hat")
    assert (after.added, after.replaced, after.unwanted) == (["red hair"], ["orange hair"], ["hat"])
