"""Wishes for LoRAs in a `World`, and files of its operator's."""

import dataclasses
from pathlib import Path

from benchmarks.forging import HERE, ME
from cogs._parse import request_from
from cogs._place import Where
from inference.models import folders
from inference.models.catalog import Companion
from inference.request import DrawRequest, WantedLora, Wish
from tests.cogs.gate_world import ORDINARY, World

OTHER, ELSEWHERE = ME + 1, HERE + 1


async def asked(world: World, said: Wish, who: int = ME, server: int | None = HERE) -> DrawRequest:
    """The request that comes of it."""
    world.services.mention_of = lambda *names: "/" + " ".join(names)
    return await request_from(world.services, dataclasses.replace(said, prompt=said.prompt or "a harbour"), who, server)


def at(person_id: int, server_id: int | None) -> Where:
    return Where(person_id=person_id, guild_id=server_id, channel_id=ORDINARY)


def wanted(*names: str) -> Wish:
    return Wish(loras=tuple(WantedLora(name=name) for name in names))


def operators_own(path: Path, kind: folders.Kind, *, keep: bool = False) -> Companion:
    """A file in one of the operator's folders, as the catalogue tells of it."""
    if not keep:
        path.write_bytes(b"content of " + path.stem.encode())
    return Companion(
        name=path.stem, kind=kind, path=path, sha256="f" * 63 + str(len(path.stem) % 10), bytes=path.stat().st_size,
        family="genga-mini", words=(), says="",
    )  # fmt: skip
