"""What a job will cost: a guess at first, then what was measured."""

import pytest

from inference.models.catalog import load_catalog
from inference.pace import Pace
from tests.inference.conftest import MakeRequest

MODEL = load_catalog().models["genga-mini"]


def test_before_anything_is_measured_the_catalogue_s_guess_counts(make_request: MakeRequest) -> None:
    pace = Pace()
    whole = pace.cost_s(make_request(width=256, height=256, steps=20), MODEL)
    assert whole == pytest.approx(0.05 * 24)
    assert pace.cost_s(make_request(width=256, height=256, steps=20, count=3), MODEL) == pytest.approx(3 * whole)
    assert pace.cost_s(make_request(width=256, height=256, steps=20, guidance=1.0), MODEL) == pytest.approx(whole / 2)


def test_what_was_measured_is_believed_and_follows_a_change(make_request: MakeRequest) -> None:
    pace, request = Pace(), make_request()
    pace.observe(request, 4.0)
    assert pace.cost_s(request, MODEL) == pytest.approx(4.0)
    for _ in range(20):
        pace.observe(request, 1.0)
    assert pace.cost_s(request, MODEL) == pytest.approx(1.0, rel=0.01)


def test_another_size_is_scaled_from_the_nearest_one_measured(make_request: MakeRequest) -> None:
    pace = Pace()
    pace.observe(make_request(width=64, height=64), 1.0)
    assert pace.cost_s(make_request(width=128, height=64), MODEL) == pytest.approx(2.0)
    assert pace.cost_s(make_request(width=64, height=64, guidance=1.0), MODEL) == pytest.approx(0.5)


def test_image_to_image_costs_the_share_it_draws(make_request: MakeRequest) -> None:
    whole = make_request(steps=16)
    half = make_request(steps=16, image="a" * 64, strength=0.5)
    assert Pace().cost_s(half, MODEL) == pytest.approx(Pace().cost_s(whole, MODEL) * 12 / 20)
