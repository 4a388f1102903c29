"""The artist: the same scene gives the same picture, and its words, masks and landmarks are true of it."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mini.artist import GROUPS, Drawing, Scene, attributes, compose, draw, sentence, tags
from mini.artist.eyes import eyes_of
from mini.artist.palette import HAIR, channels, look, mix
from mini.artist.scene import compatible

# Every word that may stand in a tag or a sentence, read and found harmless by a person.
VOCABULARY = set(
    """
    a an and at behind by day eyes from front hair has in is looks of the to wearing wears who with 1girl 1boy man woman
    portrait picture upper body night sunset simple background sky city forest beach mountains window room shelves
    library flower field starry cherry blossoms snow snowy long short bob cut ponytail twintails braid bun wavy spiked
    black brown blonde blue pink red green purple white orange grey aqua yellow dark skin
    smile laughing angry sad surprised wink closed blush serious smiling looking winking blushing
    t-shirt shirt hoodie sweater turtleneck suit kimono armor jacket coat overalls vest dress cloak
    glasses sunglasses cat ears ribbon hat headphones earrings scarf necklace crown headband hairclip beret
    """.split()
)
SINGLE = [(group, tag) for group, choices in GROUPS.items() for tag in choices]


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return [draw(compose(seed)) for seed in range(60)]


def test_the_same_scene_gives_the_same_bytes() -> None:
    for seed in (3, 77):
        assert compose(seed) == compose(seed)
        assert np.array_equal(draw(compose(seed)).pixels, draw(compose(seed)).pixels)


def test_a_drawing_has_the_size_asked_for() -> None:
    drawing = draw(compose(5), size=128)
    assert drawing.pixels.shape == (128, 128, 3)
    assert drawing.pixels.dtype == np.uint8
    assert drawing.line_art().shape == (128, 128)
    assert all(mask.shape == (128, 128) and mask.dtype == bool for mask in drawing.masks().values())


@pytest.mark.parametrize(("group", "tag"), SINGLE)
def test_every_tag_can_be_wished_for_and_drawn(group: str, tag: str) -> None:
    scene = compose(11, **{group: tag})
    held = attributes(scene)[group]
    assert held == ((tag,) if group == "accessories" else tag)
    assert draw(scene, size=64).pixels.std() > 5
    words = tags(scene)
    assert (
        (tag in words) if group != "garment_color" else (f"{tag} {scene.garment}" in words and scene.garment in words)
    )


def test_wishing_for_one_group_leaves_the_rest_of_the_scene_alone() -> None:
    plain = compose(21)
    other = compose(21, hair_color="green hair", garment="hoodie", garment_color="red")
    assert replace(plain, hair_color="green hair", garment="hoodie", garment_color="red") == other


def test_each_attribute_changes_the_picture() -> None:
    scene = compose(4, accessories=(), expression="smile", background="city", time="day")
    picture = draw(scene, 128).pixels
    for group, choices in GROUPS.items():
        if group == "accessories":
            continue
        for tag in choices:
            if tag != getattr(scene, group):
                assert not np.array_equal(draw(replace(scene, **{group: tag}), 128).pixels, picture), tag


@pytest.mark.parametrize(
    "wish", [{"hair_colour": "blue hair"}, {"hair_color": "plaid hair"}, {"accessories": ("hat", "crown")}]
)
def test_an_impossible_wish_is_refused(wish: dict[str, str | tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"no group|no tag|cannot be worn"):
        compose(1, **wish)


def test_incompatible_accessories_never_come_together() -> None:
    for scene in map(compose, range(3000)):
        assert compatible({scene.hair_style, *scene.accessories})
        assert len(scene.accessories) <= 3


def test_scenes_are_spread_over_every_group() -> None:
    scenes = [compose(seed) for seed in range(4000)]
    for group, choices in GROUPS.items():
        held = [attributes(scene).get(group, "") for scene in scenes]
        for tag in choices:
            share = sum(tag in value if isinstance(value, tuple) else tag == value for value in held) / len(scenes)
            even = 1.1 / len(choices) if group == "accessories" else 1 / len(choices)
            assert 0.55 * even < share < 1.75 * even, (group, tag, share)
    bare = sum(not scene.accessories for scene in scenes) / len(scenes)
    assert 0.2 < bare < 0.3


def test_time_is_named_only_where_it_can_be_seen() -> None:
    for scene in map(compose, range(400)):
        assert ("time" in attributes(scene)) == (scene.background != "simple background")
        assert scene.background != "starry sky" or scene.time == "night"


def test_sentences_and_tags_use_only_harmless_words() -> None:
    for seed in range(400):
        scene = compose(seed)
        text = " ".join([*tags(scene), *(sentence(scene, variant) for variant in range(5))])
        unknown = set(re.findall(r"[a-z0-9-]+", text.lower())) - VOCABULARY
        assert not unknown


def test_a_sentence_names_hair_clothes_and_everything_worn() -> None:
    for seed in range(200):
        scene = compose(seed)
        for variant in range(5):
            text = sentence(scene, variant)
            assert text.endswith(".")
            assert f"{scene.garment_color} {scene.garment}" in text
            assert all(item in text for item in scene.accessories)
            assert scene.hair_color.removesuffix(" hair") in text


def test_masks_cover_the_picture_and_do_not_overlap(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        masks = drawing.masks()
        names = ("background", "hair", "clothes", "accessories", "skin", "eyes", "mouth")
        counted = np.sum([masks[name] for name in names], axis=0)
        assert counted.min() == counted.max() == 1
        assert not (masks["face"] & masks["hair"]).any()
        for item in drawing.scene.accessories:
            assert masks[item].sum() >= 60, (item, drawing.scene)
            assert (masks[item] <= masks["accessories"]).all()


def test_the_hair_mask_shows_the_tagged_colour(drawings: list[Drawing]) -> None:
    right = sum(_nearest_hair(drawing) == drawing.scene.hair_color for drawing in drawings)
    assert right >= 0.95 * len(drawings)


def _nearest_hair(drawing: Drawing) -> str:
    """The class whose plain and shaded tones, lit as this scene is, lie nearest to the mean colour under the mask."""
    seen = np.mean(drawing.pixels[drawing.masks()["hair"]] / 255, axis=0)

    def distance(name: str) -> float:
        scene: Scene = replace(drawing.scene, hair_color=name, hair_hue=0.0, hair_brightness=1.0)
        hair = look(scene).hair
        return float(np.abs(seen - np.array(channels(mix(hair.base, hair.dark, 0.5)))).sum())

    return min(HAIR, key=distance)


def test_landmarks_lie_on_what_they_name(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        masks, marks = drawing.masks(), drawing.landmarks
        for (x, y), box, eye in (
            (marks.left_eye, marks.left_eye_box, eyes_of(drawing.scene)[0]),
            (marks.right_eye, marks.right_eye_box, eyes_of(drawing.scene)[1]),
        ):
            left, top, right, bottom = (round(v) for v in box)
            assert left < x < right
            assert top < y < bottom
            assert masks["eyes"][top:bottom, left:right].any()
            if not eye.shut and "glasses" not in drawing.scene.accessories:
                assert masks["eyes"][round(y), round(x)]
        mx, my = marks.mouth
        assert masks["mouth"][round(my) - 6 : round(my) + 7, round(mx) - 3 : round(mx) + 4].any()
        left, top, right, bottom = marks.head
        ys, xs = np.nonzero(masks["face"])
        assert left - 3 <= xs.min() <= xs.max() <= right + 3
        assert top - 3 <= ys.min() <= ys.max() <= bottom + 3


def test_the_eye_colour_shows_unless_both_eyes_are_closed(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        if drawing.scene.expression == "closed eyes":
            continue
        pixels = drawing.pixels[drawing.masks()["eyes"]] / 255
        wanted = np.array(channels(look(drawing.scene).eye.base))
        assert (np.abs(pixels - wanted).sum(axis=1) < 0.45).sum() >= 20, drawing.scene


def test_line_art_is_dark_lines_on_white_and_never_in_the_background() -> None:
    for seed in range(10):
        drawing = draw(compose(seed))
        lines = drawing.line_art()
        assert 0.03 < (lines < 128).mean() < 0.35
        behind = drawing.masks()["background"]
        inner = behind & np.logical_and.reduce([np.roll(behind, shift, axis) for shift in (-1, 1) for axis in (0, 1)])
        assert lines[inner].min() > 200


def test_a_contact_sheet_is_saved(tmp_path: Path) -> None:
    target = tmp_path / "sheet.png"
    command = [sys.executable, "-m", "mini.artist", "--sheet", "2x1", "--size", "64", "--save", str(target)]
    subprocess.run([*command, "--want", "hair_color=blue hair"], check=True)
    with Image.open(target) as sheet:
        assert sheet.size == (128, 64)
