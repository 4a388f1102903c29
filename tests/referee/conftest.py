"""The real bot inside simcord, a simulated Discord that others wrote and that lives in the test's own process.

Real are discord.py, the client, SQLite, the queue, the worker process and the decoder child; the engine is the stand-in
without torch. Where simcord knows less than Discord does, the tests say so and leave it out.

One worker, and so one event loop, serves all tests of a module; everything else is made for each test.
"""

import dataclasses
import logging
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
import simcord

from cogs._terms import HOUSE
from config import Config, Discord, Queue, Storage
from inference.gpu import Gpu
from inference.models.catalog import Catalog, load_catalog
from storage import agreements
from storage.database import Database
from tests.referee.stage import House, Stage, stand_in_gpu

STEPS = 1  # of a tenth of a second: the stand-in engine takes its time


@pytest.fixture(autouse=True)
def nothing_to_apologise_for(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Whatever people do here, the bot has nothing to warn of; a test of the contrary clears `caplog`."""
    yield
    warnings = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not warnings


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The real catalogue with a quick genga-mini; the stand-in engine reads no file of it."""
    folder = tmp_path_factory.mktemp("genga-mini")
    (folder / "model_index.json").write_text("{}")
    entry = load_catalog().models["genga-mini"]
    return Catalog({"genga-mini": dataclasses.replace(entry, path=str(folder), steps=STEPS)})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gpu(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Gpu]:
    """The worker of all tests of a module."""
    async with stand_in_gpu(catalog, tmp_path_factory.mktemp("worker")) as gpu:
        yield gpu


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, catalog: Catalog, gpu: Gpu) -> AsyncGenerator[House]:
    """What outlives a start of the bot here."""
    config = Config(
        # Attachments may be fetched from where the API is, and this is where simcord keeps them.
        discord=Discord(api_url="https://cdn.simcord.invalid/api/v10"),
        storage=Storage(folder=tmp_path / "data"),
        queue=Queue(per_person=3),
    )
    async with Database.open(config.storage.folder, reserve_bytes=4096) as db:
        house = House(config=config, catalog=catalog, db=db, gpu=gpu)
        yield house
        await house.stop_studio()


@pytest_asyncio.fixture(loop_scope="module")
async def simcord_env(house: House) -> AsyncGenerator[simcord.Env]:
    """simcord with the bot online; the end fails if the bot raised anything that the test did not look at.

    simcord's own fixture of this name has an event loop for each test.
    """
    env = simcord.Env(await house.new_bot(), settle_timeout=30.0)  # of a busy machine
    await env.start()
    yield env
    await env.shutdown()
    assert not env.errors_since(env._errors_acknowledged)


@pytest_asyncio.fixture(loop_scope="module")
async def stage(simcord_env: simcord.Env, house: House) -> Stage:
    """A server with one channel, and two people who are in it and accepted the terms long ago."""
    guild = simcord_env.create_guild()
    stage = Stage(
        env=simcord_env,
        house=house,
        channel=guild.create_text_channel("art"),
        alice=guild.add_member(simcord_env.create_user("alice")),
        bob=guild.add_member(simcord_env.create_user("bob")),
    )
    for person in (stage.alice, stage.bob):
        await agreements.accept(house.db, person.id, [HOUSE])
    return stage
