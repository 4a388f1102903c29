"""The real worker process with the real engine and the miniature checkpoint; one worker for the whole module."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from inference import metadata
from inference.errors import Cancelled, OutOfMemory, WorkerLost
from inference.gpu import Drawn, Gpu, Step
from inference.messages import Phase
from inference.models.catalog import Catalog
from inference.pixels import from_png, to_png
from inference.request import DrawRequest, Sampler
from tests.inference.conftest import MakeRequest, make_config

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gpu(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> AsyncIterator[Gpu]:
    """A worker that runs out of memory at step 13 six times; few requests get that far."""
    config = make_config(tmp_path_factory.mktemp("data"))
    config = config.model_copy(update={"worker": config.worker.model_copy(update={"step_deadline_s": 60.0})})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENGA_TEST_FAULT", "oom@13x6")
        gpu = Gpu(config, catalog)
    async with gpu:
        await gpu.ready()
        yield gpu


async def drawn(gpu: Gpu, *requests: DrawRequest, inputs: dict[str, bytes] | None = None) -> list[Drawn]:
    outcomes = await gpu.draw(requests, inputs or {}, lambda *_: None)
    assert all(isinstance(outcome, Drawn) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Drawn)]


async def test_a_job_is_the_same_bytes_before_and_after_others_and_in_a_new_process(
    gpu: Gpu, make_request: MakeRequest
) -> None:
    request = make_request(sampler=Sampler.EULER_A, count=2)
    [first] = await drawn(gpu, request)
    steps: list[Step] = []
    failing = make_request(steps=20)
    # Freed and tried again, the VAE in tiles, then a fresh process, in which there is no other rung than the same two.
    [left] = await gpu.draw([failing], {}, lambda _, step: steps.append(step))
    assert isinstance(left, WorkerLost) and not left.counts
    assert gpu.deaths == 0
    [oom] = await gpu.draw([failing], {}, lambda _, step: steps.append(step))
    assert isinstance(oom, OutOfMemory)
    assert "freed, VAE in tiles" in oom.detail
    assert [step.step for step in steps if step.phase is Phase.DRAWING].count(13) == 6
    await drawn(gpu, make_request(width=96, sampler=Sampler.UNIPC), failing)
    [again] = await drawn(gpu, request)
    assert [picture.sha256 for picture in again.pictures] == [picture.sha256 for picture in first.pictures]
    assert gpu.ready_models == ["genga-mini"]
    assert gpu.hello and gpu.hello.budget and gpu.hello.budget.device > 1 << 30


async def test_a_request_read_from_its_png_draws_the_same_pixels(gpu: Gpu, make_request: MakeRequest) -> None:
    [first] = await drawn(gpu, make_request(count=2, negative="hat"))
    request = metadata.read(first.pictures[1].png)
    assert request is not None
    [again] = await drawn(gpu, request)
    assert from_png(again.pictures[0].png).tobytes() == from_png(first.pictures[1].png).tobytes()


async def test_an_input_picture_travels_by_its_hash(gpu: Gpu, make_request: MakeRequest) -> None:
    [source] = await drawn(gpu, make_request())
    picture = source.pictures[0]
    request = make_request(image=picture.sha256, strength=0.5, seed=1)
    [ours] = await drawn(gpu, request, inputs={picture.sha256: picture.png})
    plain = to_png(from_png(picture.png), {})
    [other] = await drawn(gpu, request, inputs={picture.sha256: plain})
    assert from_png(ours.pictures[0].png).tobytes() == from_png(other.pictures[0].png).tobytes()


async def test_a_cancel_at_a_random_step_is_heard_at_the_next_one(gpu: Gpu, make_request: MakeRequest) -> None:
    dice = random.Random(4)
    for _ in range(3):
        at = dice.randrange(1, 9)
        seen: list[int] = []
        reached = asyncio.Event()

        def note(_: int, step: Step, at: int = at, seen: list[int] = seen, reached: asyncio.Event = reached) -> None:
            if step.phase is Phase.DRAWING:
                seen.append(step.step)
            if step.step >= at:
                reached.set()

        # Large enough that a step takes longer than a message does.
        drawing = asyncio.create_task(gpu.draw([make_request(steps=12, width=320, height=320)], {}, note))
        await reached.wait()
        steps_before = max(seen)
        gpu.cancel(0)
        [outcome] = await drawing
        assert isinstance(outcome, Cancelled)
        assert max(seen) <= steps_before + 3
