"""The worker as the bot sees it, with the real worker process: drawing, cancelling, and every fault it may have."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from config import Config
from inference import batch
from inference.errors import Cancelled, GengaError, ModelMissing, OutOfMemory, WorkerLost
from inference.gpu import Drawn, Gpu, State, Step
from inference.messages import Phase
from inference.models.catalog import Catalog
from inference.pixels import from_png
from tests.inference.conftest import MakeRequest

Steps = list[tuple[int, Step]]


@asynccontextmanager
async def running(config: Config, catalog: Catalog, fault: str = "slow") -> AsyncIterator[Gpu]:
    """A Gpu whose worker has the fault; `slow` draws without torch, so that it is up at once."""
    previous = os.environ.get("GENGA_TEST_FAULT")
    os.environ["GENGA_TEST_FAULT"] = fault
    try:
        gpu = Gpu(config, catalog)
    finally:
        if previous is None:
            del os.environ["GENGA_TEST_FAULT"]
    async with gpu:
        yield gpu


async def until(*, steps: Steps, count: int) -> None:
    """Wait until `count` denoising steps have been reported."""
    while sum(step.phase is Phase.DRAWING and step.step > 0 for _, step in steps) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def record(steps: Steps, index: int, step: Step) -> None:
    steps.append((index, step))


def errors_of(outcomes: list[Drawn | GengaError]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


async def test_starting_returns_at_once_and_a_draw_waits_for_the_worker(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        assert gpu.state is State.STARTING
        steps: Steps = []
        [outcome] = await gpu.draw([make_request(count=2)], {}, lambda i, step: record(steps, i, step))
        assert gpu.state is State.READY
        assert gpu.hello is not None
        assert gpu.hello.torch == ""
    assert isinstance(outcome, Drawn)
    assert [picture.seed for picture in outcome.pictures] == [11, 12]
    assert [from_png(picture.png).shape for picture in outcome.pictures] == [(64, 64, 3)] * 2
    assert outcome.gpu_s > 0.7
    assert steps[0][1].phase in {Phase.STARTING, Phase.LOADING}
    drawing = [step for _, step in steps if step.phase is Phase.DRAWING and step.step]
    assert [step.step for step in drawing[:4]] == [1, 2, 3, 4]
    assert {step.steps for step in drawing} == {8}
    previews = [step.preview for step in drawing if step.preview]
    assert len(previews) >= 7  # a step of 0.1 s is longer than the configured interval
    assert all(preview.startswith(b"\xff\xd8") for preview in previews)
    assert gpu.state is State.CLOSED


async def test_nothing_is_left_in_the_work_folder(config: Config, catalog: Catalog, make_request: MakeRequest) -> None:
    async with running(config, catalog) as gpu:
        await gpu.draw([make_request(steps=1)], {}, lambda *_: None)
        assert list((config.storage.folder / "work").iterdir()) == []


async def test_one_request_of_a_batch_is_cancelled_and_the_others_are_drawn(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        steps: Steps = []
        requests = [make_request(steps=20), make_request(steps=1), make_request(steps=1)]
        drawing = asyncio.create_task(gpu.draw(requests, {}, lambda i, step: record(steps, i, step)))
        await until(steps=steps, count=3)
        gpu.cancel(0)
        gpu.cancel(2)
        assert errors_of(await drawing) == [Cancelled, Drawn, Cancelled]
        assert max(step.step for index, step in steps if index == 0) <= 5
        assert gpu.state is State.READY


async def test_a_request_is_cancelled_while_the_worker_is_still_coming_up(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        drawing = asyncio.create_task(gpu.draw([make_request()], {}, lambda *_: None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gpu.cancel(0)
        assert errors_of(await drawing) == [Cancelled]


async def test_a_worker_that_ignores_a_cancel_is_killed_and_nobody_is_blamed(
    config: Config, catalog: Catalog, make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CANCEL_S", 0.5)
    async with running(config, catalog, "slow,ignores cancel") as gpu:
        steps: Steps = []
        requests = [make_request(steps=200), make_request()]
        drawing = asyncio.create_task(gpu.draw(requests, {}, lambda i, step: record(steps, i, step)))
        await until(steps=steps, count=2)
        first = gpu.hello
        gpu.cancel(0)
        began = time.monotonic()
        cancelled, lost = await drawing
        # Half a second of patience, then two between asking the process to end, which it ignores, and killing it.
        # To draw all that was asked for would take twenty.
        assert time.monotonic() - began < 0.5 + 2.0 + 10.0
        assert isinstance(cancelled, Cancelled)
        assert isinstance(lost, WorkerLost)
        assert not lost.counts
        await gpu.ready()
        assert first and gpu.hello and gpu.hello.pid != first.pid
        assert not psutil.pid_exists(first.pid)


@pytest.mark.parametrize("fault", ["crash@2x1", "garbage@2x1", "hang@2x1", "half filex1"])
async def test_a_worker_that_fails_is_replaced_and_the_next_try_succeeds(
    fault: str, config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog, f"slow,{fault}") as gpu:
        await gpu.ready()
        began = time.monotonic()
        [lost] = await gpu.draw([make_request()], {}, lambda *_: None)
        took_s = time.monotonic() - began
        assert isinstance(lost, WorkerLost)
        assert lost.counts
        assert took_s < config.worker.job_deadline_s / 2
        assert gpu.state in {State.RESTARTING, State.READY}
        assert errors_of(await gpu.draw([make_request()], {}, lambda *_: None)) == [Drawn]


async def test_memory_that_runs_out_costs_only_the_request(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog, "slow,oom@2x1") as gpu:
        outcomes = await gpu.draw([make_request(), make_request()], {}, lambda *_: None)
        assert errors_of(outcomes) == [OutOfMemory, Drawn]
        assert isinstance(outcomes[0], OutOfMemory)
        assert outcomes[0].fields == {"width": 64, "height": 64}


async def test_a_worker_killed_from_outside_is_replaced(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        steps: Steps = []
        requests = [make_request(steps=1), make_request(steps=50), make_request()]
        drawing = asyncio.create_task(gpu.draw(requests, {}, lambda i, step: record(steps, i, step)))
        await until(steps=steps, count=3)
        assert gpu.hello
        os.kill(gpu.hello.pid, signal.SIGKILL)
        drawn, blamed, waiting = await drawing
        assert isinstance(drawn, Drawn)
        assert isinstance(blamed, WorkerLost) and blamed.counts
        assert isinstance(waiting, WorkerLost) and not waiting.counts


async def test_a_cancelled_draw_leaves_the_conversation_in_step(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        steps: Steps = []
        drawing = asyncio.create_task(gpu.draw([make_request(steps=50)], {}, lambda i, step: record(steps, i, step)))
        await until(steps=steps, count=2)
        pid = gpu.hello and gpu.hello.pid
        drawing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drawing
        assert errors_of(await gpu.draw([make_request()], {}, lambda *_: None)) == [Drawn]
        assert gpu.hello and gpu.hello.pid == pid


async def test_closing_in_the_middle_of_a_picture_blames_nobody_and_leaves_no_process(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        steps: Steps = []
        drawing = asyncio.create_task(gpu.draw([make_request(steps=50)], {}, lambda i, step: record(steps, i, step)))
        waiting = asyncio.create_task(gpu.draw([make_request()], {}, lambda *_: None))
        await until(steps=steps, count=1)
        pid = gpu.hello.pid if gpu.hello else 0
        await gpu.close()
        for outcome in (*await drawing, *await waiting):
            assert isinstance(outcome, WorkerLost) and not outcome.counts
        assert not psutil.pid_exists(pid)


async def test_a_worker_that_keeps_dying_is_given_a_pause(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog, "slow,crash") as gpu:
        for _ in range(3):
            assert errors_of(await gpu.draw([make_request()], {}, lambda *_: None)) == [WorkerLost]
        async with asyncio.timeout(30):
            while gpu.state is not State.BROKEN:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        drawing = asyncio.create_task(gpu.draw([make_request()], {}, lambda *_: None))
        await asyncio.sleep(0.05)
        gpu.cancel(0)
        assert errors_of(await drawing) == [Cancelled]


async def test_an_unknown_model_is_an_outcome_and_no_death(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    async with running(config, catalog) as gpu:
        assert errors_of(await gpu.draw([make_request(model="no-such")], {}, lambda *_: None)) == [ModelMissing]


async def test_a_report_that_raises_does_not_disturb_the_drawing(
    config: Config, catalog: Catalog, make_request: MakeRequest
) -> None:
    def broken(_index: int, _step: Step) -> None:
        raise RuntimeError("the message is gone")

    async with running(config, catalog) as gpu:
        assert errors_of(await gpu.draw([make_request(steps=1)], {}, broken)) == [Drawn]


async def test_faults_and_secrets_never_reach_a_worker_of_a_real_bot(
    config: Config, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary")
    monkeypatch.setenv("GENGA_STORAGE__FOLDER", str(tmp_path))
    async with running(config, catalog) as gpu:
        await gpu.ready()
        assert gpu.hello
        environment = psutil.Process(gpu.hello.pid).environ()
    assert environment["GENGA_TEST_FAULT"] == "slow"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert "canary" not in environment.values()
    assert "GENGA_STORAGE__FOLDER" not in environment
    abroad = config.model_copy(update={"discord": config.discord.model_copy(update={"api_url": "https://discord.com"})})
    monkeypatch.setenv("GENGA_TEST_FAULT", "slow")
    assert Gpu(abroad, catalog)._fault is None
