"""The benchmark of families, a few cheap rows of it: both draw the same, and what is said wrongly shows."""

from collections.abc import Iterator

import pytest
import torch

from benchmarks.families_checkpoints import checkpoint_rows
from benchmarks.families_lora import lora_rows
from benchmarks.families_rows import Row, tried


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this narrow are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def row(name: str) -> Row:
    return next(each for each in (*checkpoint_rows(0), *lora_rows(0)) if each.name == name)


@pytest.mark.parametrize("name", ["sd15 LoHa, kohya, diffusers' names (merged)", "z-image folder"])
def test_a_row_is_drawn_the_same_by_both_and_every_falsehood_shows(name: str) -> None:
    result = tried(row(name))
    assert result.passes, result
    assert result.noticed == len(result.lies) > 0, result


def test_no_two_rows_have_one_name_and_each_has_something_to_falsify() -> None:
    rows = [*checkpoint_rows(0), *lora_rows(0)]
    assert len({each.name for each in rows}) == len(rows) > 55
    assert all(each.lies for each in rows)
