"""Where a picture is drawn anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference import masks
from inference.errors import BadRequest

SIDES = st.integers(8, 60)


@given(width=SIDES, height=SIDES, grid=st.sampled_from(masks.GRIDS))
def test_the_cells_of_a_grid_cover_the_picture_and_never_overlap(width: int, height: int, grid: int) -> None:
    cells = [(column, row) for column in range(grid) for row in range(grid)]
    each = [masks.of_cells([cell], grid, width, height) for cell in cells]
    assert np.array_equal(sum(each), np.ones((height, width)))
    assert np.array_equal(masks.of_cells(cells, grid, width, height), np.ones((height, width)))
    for wrong in [(grid, 0), (0, -1)]:
        with pytest.raises(ValueError, match="no cell"):
            masks.of_cells([wrong], grid, width, height)


@settings(deadline=None)
@given(x=st.integers(0, 39), y=st.integers(0, 29), by=st.integers(1, 21))
def test_a_mask_grows_in_every_direction_and_shrinks_back(x: int, y: int, by: int) -> None:
    one = np.zeros((30, 40), np.float32)
    one[y, x] = 1
    large = masks.grown(one, by)
    rows, columns = np.nonzero(large)
    reach = min(by, 20)
    assert (rows.min(), rows.max()) == (max(0, y - reach), min(29, y + reach))
    assert (columns.min(), columns.max()) == (max(0, x - reach), min(39, x + reach))
    if x - by >= 1 and y - by >= 1 and x + by <= 38 and y + by <= 28:
        assert np.array_equal(masks.grown(large, -by), one)


@settings(deadline=None)
@given(by=st.integers(0, 12), seed=st.integers(0, 99))
def test_a_soft_edge_lies_outside_and_what_is_beyond_it_is_exactly_nothing(by: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    hard = np.zeros((48, 64), np.float32)
    top, left = dice.integers(0, 40, 2)
    hard[top : top + 9, left : left + 13] = 1
    soft = masks.softened(hard, by)
    assert (soft[hard == 1] == 1).all() and soft.min() >= 0 and soft.max() == 1
    assert (soft[masks.grown(hard, by) == 0] == 0).all()
    if by > 2:
        assert ((soft > 0) & (soft < 1)).any()


def test_a_mask_survives_its_png_and_an_empty_one_is_refused() -> None:
    soft = masks.softened(masks.of_cells([(1, 1)], 3, 60, 45), 6)
    assert np.abs(masks.from_png(masks.to_png(soft)) - soft).max() <= 0.5 / 255 + 1e-6
    assert (
        np.array_equal(masks.inverted(masks.inverted(soft)), soft)
        or np.abs(masks.inverted(soft) + soft - 1).max() < 1e-6
    )
    assert masks.checked(soft) is soft
    with pytest.raises(BadRequest, match="Nothing is marked"):
        masks.checked(np.zeros((4, 4), np.float32))
