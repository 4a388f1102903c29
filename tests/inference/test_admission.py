"""What cannot fit is refused before it is accepted, with the size that would; what is not known is let pass."""

from dataclasses import replace

import pytest

from inference.admission import refuse_too_large
from inference.errors import BadRequest
from inference.messages import VERSION, Hello
from inference.models.catalog import Catalog, Model
from inference.models.memory import Budget

MIB = 1 << 20


@pytest.fixture(scope="module")
def model(catalog: Catalog) -> Model:
    return catalog.find("genga-mini")


def hello(budget: Budget | None) -> Hello:
    return Hello(version=VERSION, pid=1, device="CPU", torch="2", memory_bytes=0, budget=budget)


async def test_a_picture_too_large_for_this_machine_is_refused_with_one_that_fits(model: Model) -> None:
    small = hello(Budget(device=1600 * MIB, ram=0))
    await refuse_too_large(small, model, 512, 512)
    with pytest.raises(BadRequest, match=r"4096×4096 doesn't fit .* Choose (\d+)×\1 or smaller") as caught:
        await refuse_too_large(small, model, 4096, 4096)
    width, height = map(int, str(caught.value.fields["fits"]).split("×"))
    await refuse_too_large(small, model, width, height)
    with pytest.raises(BadRequest):
        await refuse_too_large(small, model, width + 64, height + 64)


async def test_a_model_that_never_fits_is_refused_by_its_title(model: Model) -> None:
    with pytest.raises(BadRequest, match="Genga mini doesn't fit"):
        await refuse_too_large(hello(Budget(device=1, ram=0)), model, 64, 64)


async def test_nobody_is_refused_while_the_machine_is_not_known_or_the_model_runs_elsewhere(model: Model) -> None:
    elsewhere = replace(model, family="novelai")
    assert not await is_refused(None, model)
    assert not await is_refused(hello(None), model)
    tiny = hello(Budget(device=1, ram=0))
    assert [await is_refused(tiny, each) for each in (elsewhere, model)] == [False, True]


async def is_refused(said: Hello | None, model: Model) -> bool:
    """Whether a large picture is, by a worker that said this."""
    try:
        await refuse_too_large(said, model, 4096, 4096)
    except BadRequest:
        return True
    return False
