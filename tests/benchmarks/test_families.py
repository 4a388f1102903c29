"""The benchmark of families, a few cheap rows of it: both draw the same, and what is said wrongly shows."""

from collections.abc import Iterator

import pytest
import torch

from benchmarks.bad_files import BAD
from benchmarks.families_bad import endings
from benchmarks.families_checkpoints import checkpoint_rows
from benchmarks.families_flow_lora import flow_lora_rows
from benchmarks.families_lora import lora_rows
from benchmarks.families_rows import CLEARLY, TOLERANCE, Row, tried
from benchmarks.families_steps import TRAINED, steps
from inference.request import Sampler

# diffusers hands torch tensors to numpy in a way that numpy 2 no longer likes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this narrow are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def row(name: str) -> Row:
    return next(each for each in (*checkpoint_rows(0), *lora_rows(0), *flow_lora_rows()) if each.name == name)


@pytest.mark.parametrize(
    "name",
    ["sd15 full difference, kohya, diffusers' names (merged)", "z-image folder", "lumina2 LoRA, kohya (merged)"],
)
def test_a_row_is_drawn_the_same_by_both_and_every_falsehood_shows(name: str) -> None:
    result = tried(row(name))
    assert result.passes, result
    assert result.noticed == len(result.lies) > 0, result


@pytest.mark.parametrize("sampler", [Sampler.LMS, Sampler.DPMPP_SDE_KARRAS, Sampler.HEUN])
def test_a_sampler_walks_as_it_should_and_no_other_way(sampler: Sampler) -> None:
    for trained in TRAINED:
        apart, lie = steps(sampler, trained)
        assert apart <= TOLERANCE and lie > CLEARLY, trained


def test_a_bad_file_ends_in_one_sentence_and_leaves_nothing_behind() -> None:
    found = list(endings("a checkpoint with nan"))
    assert len(found) == 1 and found[0].good, found
    assert len({each.what for each in BAD}) == len(BAD) > 50


def test_no_two_rows_have_one_name_and_each_has_something_to_falsify() -> None:
    rows = [*checkpoint_rows(0), *lora_rows(0), *flow_lora_rows()]
    assert len({each.name for each in rows}) == len(rows) > 95
    assert all(each.lies for each in rows)
