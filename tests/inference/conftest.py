"""What the tests of drawing share: the miniature checkpoint, requests for it, and a config that uses it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config import Config, Discord, Drawing, Storage, Worker
from inference.models.catalog import Catalog
from inference.request import DrawRequest, Sampler, text_sha256
from tests.miniature import build_miniature, catalog_with

MakeRequest = Callable[..., DrawRequest]


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint with random weights."""
    return build_miniature(tmp_path_factory.mktemp("checkpoint") / "miniature")


@pytest.fixture(scope="session")
def catalog(miniature: Path) -> Catalog:
    """A catalogue whose genga-mini is the miniature."""
    return catalog_with(miniature)


@pytest.fixture(scope="session")
def make_request() -> MakeRequest:
    """A function that makes a small complete request, changed as its arguments say."""

    def make(**changes: object) -> DrawRequest:
        plain = DrawRequest(
            prompt="1girl, blue hair", negative="", text_sha256="", model="genga-mini", model_sha256="0" * 64,
            width=64, height=64, steps=4, guidance=5.0, sampler=Sampler.DPMPP_2M, clip_skip=1, seed=11, count=1,
        )  # fmt: skip
        changed = replace(plain, **changes)
        return replace(changed, text_sha256=text_sha256(changed.prompt, changed.negative))

    return make


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Short deadlines, a data folder of its own, and a Discord on this machine so that faults are allowed."""
    return make_config(tmp_path)


def make_config(folder: Path) -> Config:
    """As the fixture `config`, for fixtures of a wider scope."""
    return Config(
        discord=Discord(api_url="http://127.0.0.1:1/api/v10"),
        storage=Storage(folder=folder),
        drawing=Drawing(preview_interval_s=0.01),
        worker=Worker(
            threads=1, start_deadline_s=240, load_deadline_s=240, step_deadline_s=2, decode_deadline_s=10,
            job_deadline_s=60,
        ),
    )  # fmt: skip
