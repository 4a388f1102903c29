"""The plan's table, and the figures per pixel that the plan is made of, played through again on the real networks."""

import re
from pathlib import Path

import pytest

from benchmarks.memory import computed, drawn, planned
from inference.models.sizes import FAMILIES
from tests.miniature import build_miniature


def test_the_table_has_a_way_to_draw_sdxl_with_eight_gigabytes() -> None:
    rows = {family: dict(zip((4, 6, 8, 12, 16, 24), ways, strict=True)) for family, _, _, *ways in planned()}
    assert rows.keys() == FAMILIES.keys()
    assert rows["sdxl"][8].startswith("parts take turns")
    assert rows["sdxl"][24].startswith("whole (")
    assert rows["sd15"][4].startswith("whole (")
    assert rows["qwen-image"][24] == "no"


@pytest.mark.slow
def test_the_figures_per_pixel_are_those_of_the_full_size_networks() -> None:
    network, decoder = computed("sd15", 512)
    assert network == pytest.approx(FAMILIES["sd15"].network_per_pixel, rel=0.02)
    assert decoder == pytest.approx(FAMILIES["sd15"].vae_per_pixel, rel=0.02)


async def test_the_worker_draws_with_each_checkpoint_twice_and_says_how_long_a_switch_took(tmp_path: Path) -> None:
    folders = [str(build_miniature(tmp_path / str(seed), seed=seed)) for seed in (1, 2)]
    line = await drawn(folders, "sd15", 4.0, side=128)
    assert re.fullmatch(r"4 GB: .+; seconds to be ready: \d+\.\d\d(, \d+\.\d\d){3}", line), line
