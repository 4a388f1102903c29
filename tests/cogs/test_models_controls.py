"""The operator's folders looked through again."""

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cogs import _models_controls
from cogs._models_controls import look_again
from inference.models.catalog import Catalog, load_catalog


async def test_of_two_looks_the_later_one_counts_however_long_the_first_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_catalog()
    [model] = before.models.values()
    after = replace(before, models={**before.models, "new": replace(model, name="new")})
    services: Any = SimpleNamespace(catalog=load_catalog(), config=None, looking=asyncio.Lock())
    looks = [before, after]

    def looked(*_: object, **__: object) -> Catalog:
        found, given_up = looks.pop(0), time.monotonic() + 0.3
        while found is before and "new" not in services.catalog.models and time.monotonic() < given_up:
            time.sleep(0.01)  # the other would be done first, if it could
        return found

    monkeypatch.setattr(_models_controls, "installed", looked)
    await asyncio.gather(look_again(services), look_again(services))
    assert "new" in services.catalog.models
