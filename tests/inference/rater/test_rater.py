"""The rater as a process: quick, killable, replaced; whatever goes wrong, the picture counts as unrated."""

import asyncio
import io
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from PIL import Image

from config import Safety
from inference.safety.evidence import PictureEvidence, Rating, Strength
from inference.safety.rater import selftest
from inference.safety.rater.client import UNRATED, CannotRate, Raters
from tests.inference.rater.miniature_tagger import build_tagger

pytestmark = pytest.mark.asyncio(loop_scope="module")


def as_file(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


@pytest.fixture(scope="module")
def png() -> bytes:
    return as_file(selftest.drawings()[0])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def raters() -> AsyncIterator[Raters]:
    """One rater for the whole module; its tests may kill its process."""
    async with Raters(Safety()) as raters:
        yield raters


async def process_of(raters: Raters) -> int:
    async with asyncio.timeout(60):
        return await raters.ready()


def is_unrated(evidence: PictureEvidence) -> bool:
    return (evidence.rating, evidence.young, evidence.photo) == (None, None, None)


async def test_a_drawing_is_rated_and_nobody_s_age_is_judged(raters: Raters, png: bytes) -> None:
    evidence = await raters.rate(png)
    assert (evidence.rating, evidence.young, evidence.photo) == (Rating.GENERAL, None, Strength.NONE)
    assert evidence.rater.startswith("nsfwjs-mobilenet_v2@")
    assert evidence.scores.startswith('{"nsfwjs":[')
    assert not raters.age_judged


async def test_the_jpeg_of_a_preview_is_rated_too(raters: Raters) -> None:
    assert (await raters.rate(as_file(selftest.drawings()[1], "JPEG"))).rating is Rating.GENERAL


@pytest.mark.parametrize("file", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"GIF89a" + b"\0" * 99])
async def test_what_cannot_be_opened_is_unrated_and_the_next_one_is_rated(
    raters: Raters, png: bytes, file: bytes
) -> None:
    pid = await process_of(raters)
    assert is_unrated(await raters.rate(file))
    assert (await raters.rate(png)).rating is Rating.GENERAL
    assert raters.pid == pid


async def test_a_picture_with_too_many_pixels_is_unrated(raters: Raters, png: bytes) -> None:
    bomb = as_file(Image.new("1", (9000, 9000)))
    assert is_unrated(await raters.rate(bomb))
    assert (await raters.rate(png)).rating is Rating.GENERAL


async def test_many_at_once_are_all_rated_with_their_own_scores(raters: Raters) -> None:
    drawings = [as_file(each) for each in selftest.drawings()[:12]]
    together = await asyncio.gather(*(raters.rate(each) for each in drawings))
    assert together == [await raters.rate(each) for each in drawings]
    assert len({each.scores for each in together}) > len(drawings) // 2


async def test_a_process_that_dies_is_replaced_and_the_picture_rated(raters: Raters, png: bytes) -> None:
    pid = await process_of(raters)
    os.kill(pid, signal.SIGKILL)
    assert (await raters.rate(png)).rating is Rating.GENERAL
    assert await process_of(raters) != pid


async def test_one_that_dies_in_the_middle_of_a_picture_is_replaced_too(raters: Raters, png: bytes) -> None:
    pid = await process_of(raters)
    os.kill(pid, signal.SIGSTOP)
    rating = asyncio.create_task(raters.rate(png))
    await asyncio.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    assert (await rating).rating is Rating.GENERAL


@pytest.mark.slow
async def test_one_that_dies_again_and_again_leaves_the_picture_unrated(raters: Raters, png: bytes) -> None:
    first = await process_of(raters)
    os.kill(first, signal.SIGSTOP)
    rating = asyncio.create_task(raters.rate(png))
    await asyncio.sleep(0.1)
    os.kill(first, signal.SIGKILL)
    while raters.pid == first:  # noqa: ASYNC110 - its end is noticed
        await asyncio.sleep(0.01)
    # The next one is stopped as soon as it is there, before it can answer.
    pid = await process_of(raters)
    os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    assert is_unrated(await rating)
    assert (await raters.rate(png)).rating is Rating.GENERAL


@pytest.mark.slow
async def test_a_slow_one_is_killed_at_the_deadline(png: bytes) -> None:
    async with Raters(Safety(rater_deadline_s=2)) as raters:
        pid = await process_of(raters)
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        assert await raters.rate(png) == UNRATED
        assert time.monotonic() - began < 30
        new = await process_of(raters)
        assert new != pid and not psutil.pid_exists(pid)
        assert (await raters.rate(png)).rating is Rating.GENERAL


async def test_whoever_stops_waiting_leaves_the_next_answer_in_step(raters: Raters) -> None:
    first, second = (as_file(each) for each in selftest.drawings()[:2])
    wanted = await raters.rate(second)
    for wait_s in (0, 0.001, 0.005, 0.02):
        waiting = asyncio.create_task(raters.rate(first))
        await asyncio.sleep(wait_s)
        waiting.cancel()
        assert await raters.rate(second) == wanted


async def test_the_process_can_open_nothing_and_knows_no_secret(
    raters: Raters, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = psutil.Process(await process_of(raters))
    assert process.rlimit(psutil.RLIMIT_NOFILE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_AS)[0] < 6 << 30
    assert not process.net_connections()
    monkeypatch.setenv("DISCORD_TOKEN", "a canary")
    async with Raters(Safety()) as other:
        environment = psutil.Process(await process_of(other)).environ()
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not [name for name in environment if "TOKEN" in name or name.startswith("GENGA_")]


async def test_when_the_bot_goes_so_does_the_process(png: bytes) -> None:
    async with Raters(Safety()) as raters:
        await raters.rate(png)
        pid = await process_of(raters)
        left = asyncio.create_task(raters.rate(png))
        await asyncio.sleep(0)
    assert not psutil.pid_exists(pid)
    with pytest.raises(asyncio.CancelledError):
        await left


@pytest.mark.parametrize("after_s", [0, 0.001, 0.01, 0.1, 0.3])
async def test_a_bot_that_goes_at_once_leaves_no_process_behind(after_s: float) -> None:
    before = {child.pid for child in psutil.Process().children()}
    async with Raters(Safety()):
        await asyncio.sleep(after_s)
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_with_a_tagger_the_worse_opinion_wins(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path, {"general": (0, 0, 0, 0), "sensitive": (0, 0, 0, 4), "child": (0, 0, 0, 4)})
    async with Raters(Safety(tagger=str(folder))) as raters:
        evidence = await raters.rate(as_file(selftest.drawings()[0]))
        assert (evidence.rating, evidence.young) == (Rating.SENSITIVE, Strength.STRONG)
        assert "+tagger@" in evidence.rater
        assert not raters.age_judged, "its files are none of the catalogue's"
        assert (await raters.first_answer()).fitness == "unknown"


async def test_a_tagger_that_cannot_be_used_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRate, match=r"model\.onnx cannot be read: No such file or directory\.$"):
        async with Raters(Safety(tagger=str(tmp_path))):
            pass
