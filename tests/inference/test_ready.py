"""What the bot knows of the checkpoints that need no loading, and giving the device back after a time without work."""

import asyncio

import pytest

from config import Config
from config import Gpu as Memory
from inference.gpu import Drawn, Gpu
from inference.models.catalog import Catalog
from tests.inference.conftest import MakeRequest


async def test_the_bot_knows_what_is_loaded_before_it_hears_of_the_outcome_and_that_it_is_given_back(
    config: Config, catalog: Catalog, make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGA_TEST_FAULT", "quick")
    config = config.model_copy(update={"gpu": Memory(idle_release_minutes=1 / 60)})
    async with Gpu(config, catalog) as gpu:
        await gpu.ready()
        for _ in range(2):
            [outcome] = await gpu.draw([make_request()], {}, lambda *_: None)
            assert isinstance(outcome, Drawn)
            assert gpu.ready_models == ["genga-mini"]
            async with asyncio.timeout(60):
                while gpu.ready_models:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
