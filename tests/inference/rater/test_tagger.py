"""A WD14 tagger: how pictures go in, what is read of what comes out, and who may judge an age."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.safety.evidence import Rating, Strength
from inference.safety.rater import pixels, record, selftest, tagger
from inference.safety.rater.baseline import Damaged
from inference.safety.rater.messages import Fitness
from inference.safety.rater.tagger import LIST, MODEL, Entry, Tagger
from tests.inference.rater.miniature_tagger import NEVER, SIDE, Weights, build_tagger

GREY = Image.new("RGB", (SIDE, SIDE), (128, 128, 128))
# Reddish pictures are explicit, greenish ones show somebody young, bluish ones are photographs.
REACTIONS: Weights = {
    "general": (-0.04, 0.0, 0.0, 4.0),
    "explicit": (0.04, -0.04, -0.04, -2.0),
    "child": (-0.04, 0.04, -0.04, -2.0),
    "realistic": (-0.04, -0.04, 0.04, -2.0),
}


def entry_of(folder: Path, scores: str = "") -> Entry:
    """The catalogue's entry for exactly these files."""
    model, tags = (hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (MODEL, LIST))
    return Entry(name="miniature", model=model, tags=tags, record=scores)


def opened(folder: Path, *catalogue: Entry, records: Path | None = None) -> Tagger:
    return Tagger(folder, threads=1, catalogue=catalogue, records=records or folder)


def recorded(folder: Path) -> Entry:
    """The same once its scores are written down."""
    selftest.write(record.of_tagger(opened(folder)), folder / "scores.json")
    return entry_of(folder, "scores.json")


def test_the_picture_goes_in_blue_first_on_a_white_square_and_unscaled() -> None:
    wide = Image.new("RGB", (8, 4), (10, 20, 30))
    made = pixels.padded(wide, 8)
    assert made.shape == (8, 8, 3) and made.dtype == np.float32
    assert made[4, 4].tolist() == [30, 20, 10]
    assert made[0, 0].tolist() == made[1, 7].tolist() == made[6, 0].tolist() == [255, 255, 255]
    assert (made[2:6] == [30, 20, 10]).all()


def test_the_square_is_made_before_the_picture_is_made_smaller() -> None:
    drawing = selftest.drawings()[0].resize((128, 64))
    square = Image.new("RGB", (128, 128), "white")
    square.paste(drawing, (0, 32))
    wanted = np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)[:, :, ::-1]
    assert np.array_equal(pixels.padded(drawing, SIDE), wanted)


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert pixels.read((tmp_path / "clear.png").read_bytes()).getcolors() == [(256, (255, 255, 255))]


def test_ratings_ages_and_photographs_are_read_where_the_list_says(tmp_path: Path) -> None:
    network = opened(build_tagger(tmp_path, REACTIONS))
    red, green, blue = (network.see(Image.new("RGB", (SIDE, SIDE), colour)) for colour in ("red", "lime", "blue"))
    assert (red.rating, red.young, red.photo) == (Rating.EXPLICIT, None, Strength.NONE)
    assert (green.rating, green.young, green.photo) == (Rating.GENERAL, Strength.STRONG, Strength.NONE)
    assert (blue.rating, blue.young, blue.photo) == (Rating.GENERAL, None, Strength.STRONG)


def test_an_unlisted_tagger_may_warn_of_youth_and_never_rule_it_out(tmp_path: Path) -> None:
    network = opened(build_tagger(tmp_path, REACTIONS))
    assert network.fitness is Fitness.UNKNOWN
    assert network.see(GREY).young is None
    assert network.see(Image.new("RGB", (SIDE, SIDE), "lime")).young is Strength.STRONG


def test_a_hint_of_youth_is_a_weak_sign_however_sure(tmp_path: Path) -> None:
    assert opened(build_tagger(tmp_path, {"petite": (0, 0, 0, 9)})).see(GREY).young is Strength.WEAK


def test_a_listed_tagger_without_a_record_does_not_qualify(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path, REACTIONS)
    assert opened(folder, entry_of(folder)).fitness is Fitness.UNRECORDED
    assert opened(folder, entry_of(folder, "missing.json")).fitness is Fitness.UNRECORDED
    assert opened(folder, entry_of(folder)).see(GREY).young is None


def test_a_listed_tagger_that_says_what_was_recorded_qualifies(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path, REACTIONS)
    network = opened(folder, recorded(folder))
    assert network.fitness is Fitness.QUALIFIED
    assert network.see(GREY).young is Strength.NONE
    assert network.name.startswith("miniature@")


def test_one_that_says_something_else_does_not(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "one", REACTIONS)
    entry = recorded(folder)
    other = build_tagger(tmp_path / "other", {**REACTIONS, "blue_hair": (0.01, 0, 0, -1)})
    # The same files by hash, another computation: as if a runtime or a processor got its sums wrong.
    wrong = Entry(name="miniature", model=entry_of(other).model, tags=entry_of(other).tags, record="scores.json")
    assert opened(other, wrong, records=folder).fitness is Fitness.DIFFERENT
    assert opened(other, wrong, records=folder).see(GREY).young is None
    assert opened(folder, entry).fitness is Fitness.QUALIFIED


def test_a_changed_list_of_tags_does_not_qualify(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path, REACTIONS)
    entry = recorded(folder)
    (folder / LIST).write_text((folder / LIST).read_text().replace("smile", "grin"))
    assert opened(folder, entry).fitness is Fitness.UNKNOWN


def test_one_that_knows_no_age_does_not_qualify(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path, tags=("1girl", "blue_hair"))
    assert opened(folder, recorded(folder)).fitness is Fitness.UNKNOWN


def test_a_score_that_is_no_number_leaves_the_picture_unrated(tmp_path: Path) -> None:
    seen = opened(build_tagger(tmp_path, {"smile": (float("nan"), 0, 0, 0)})).see(GREY)
    assert (seen.rating, seen.young, seen.photo) == (None, None, None)


@pytest.mark.parametrize("file", [MODEL, LIST])
def test_what_is_no_tagger_is_refused_in_one_sentence(tmp_path: Path, file: str) -> None:
    folder = build_tagger(tmp_path)
    (folder / file).write_bytes(b"dear diary")
    with pytest.raises(Damaged, match=file):
        opened(folder)
    (folder / file).unlink()
    with pytest.raises(Damaged, match="cannot be read"):
        opened(folder)


def test_a_list_of_another_length_is_refused(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path)
    (folder / LIST).write_text((folder / LIST).read_text() + "99,hat,0,1\n")
    with pytest.raises(Damaged, match=r"has 11 tags, and model\.onnx knows 10"):
        opened(folder)


def test_every_tagger_of_the_catalogue_is_named_by_two_hashes_and_none_has_a_record_yet() -> None:
    listed = tagger.catalogue()
    assert len({each.model for each in listed}) == len(listed) == 4
    assert all(len(each.model) == len(each.tags) == 64 for each in listed)
    # Whoever adds the first one changes this test, and the README's sentence that adult mode cannot be unlocked yet.
    assert [each.name for each in listed if each.record] == []


def test_the_miniature_never_shows_what_it_is_not_told(tmp_path: Path) -> None:
    scores = opened(build_tagger(tmp_path)).scores(GREY)
    assert scores[0] > 0.9 and scores[1:].max() < 2 * np.exp(NEVER)
