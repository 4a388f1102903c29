"""nsfwjs as ONNX against nsfwjs itself, and against what was written down."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.safety.rater import convert, selftest
from inference.safety.rater.baseline import FOLDER, Baseline
from inference.safety.rater.messages import Thresholds

# What TensorFlow.js 4.22.0 in Node makes of the package's own files, scaled and stretched as nsfwjs 4.3.0 does it: of
# the 50 drawings, then of `odd_pictures`. One row each, the five classes in their order.
THEIRS = Path(__file__).with_name("tfjs.json")


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return Baseline(Thresholds(sensitive=0.3, questionable=0.55, explicit=0.8))


def odd_pictures() -> list[Image.Image]:
    """Noise, stretched ones, one colour, one lying on its side, and a small piece of one."""
    drawings = selftest.drawings()
    noise = np.random.default_rng(1).integers(0, 256, (300, 517, 3), dtype=np.uint8)
    return [
        Image.fromarray(noise),
        drawings[3].resize((640, 200)),
        drawings[9].resize((225, 900)),
        Image.new("RGB", (64, 64), (240, 200, 170)),
        drawings[17].rotate(90),
        drawings[20].crop((40, 40, 90, 90)),
    ]


def test_our_onnx_says_what_the_original_says(baseline: Baseline) -> None:
    theirs = np.array(json.loads(THEIRS.read_text(encoding="utf-8")))
    ours = np.stack([baseline.scores(each) for each in [*selftest.drawings(), *odd_pictures()]])
    assert ours.shape == theirs.shape == (56, 5)
    assert np.abs(ours - theirs).max() < 0.0005, "equal to three decimals"


def test_all_50_drawings_have_the_scores_that_were_written_down(baseline: Baseline) -> None:
    assert selftest.is_intact()
    assert selftest.reproduces(selftest.read(FOLDER / "scores.json"), baseline.scores)


def test_other_scores_are_noticed(baseline: Baseline) -> None:
    record = selftest.read(FOLDER / "scores.json")
    assert not selftest.reproduces(record, lambda picture: baseline.scores(picture) * 0.97)
    assert not selftest.reproduces(record, lambda picture: baseline.scores(picture) * np.nan)
    assert not selftest.reproduces(record, lambda picture: baseline.scores(picture)[:4])
    shorter = selftest.Record(columns=record.columns, scores=record.scores[:49])
    assert not selftest.reproduces(shorter, baseline.scores)


def test_the_drawings_are_all_harmless_to_it(baseline: Baseline) -> None:
    assert {baseline.see(each).rating for each in selftest.drawings()} == {"general"}


def test_the_converter_refuses_any_other_package() -> None:
    with pytest.raises(convert.WrongPackage, match="SHA-256 differs"):
        convert.convert(b"something else")


def test_its_licence_lies_beside_it() -> None:
    licence = (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence and "Infinite Red" in licence and "nsfw_model Developers" in licence
    assert convert.PACKAGE_SHA256 in (FOLDER / "NOTICE").read_text(encoding="utf-8")
