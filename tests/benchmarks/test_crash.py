"""A few kills at random moments; `python -m benchmarks.crash --kills 400` is the real thing."""

from pathlib import Path

import pytest

from benchmarks.crash import run
from benchmarks.verdict import table


@pytest.mark.slow
async def test_a_few_kills_lose_nothing_and_show_nothing_twice(tmp_path: Path) -> None:
    verdict, circumstances = await run(6, seed=6, folder=tmp_path / "data")
    assert verdict.is_clean, table(verdict, circumstances)
    assert circumstances["integrity check"] == "ok"
    assert verdict.delivered > 5, table(verdict, circumstances)
