"""What somebody gets of what is kept about them: all of it, and from wherever they go on, what was still missing."""

import io
import zipfile
from collections.abc import Sequence

from cogs._export import NO_LORA, SPARE_BYTES, Export, Part, Rest
from storage import loras
from tests.cogs.gate_world import World
from tests.storage.making import add_lora

ROOM = 3000
LARGE, SMALL = b"l" * (ROOM + 1), b"s" * 2000


def export(world: World) -> Export:
    return Export(world.services, world.where, SPARE_BYTES + ROOM)


async def parts(exported: Export, rest: Rest) -> list[Part]:
    return [part async for part in exported.parts(rest)]


def unpacked(found: Sequence[Part]) -> dict[str, bytes]:
    """What the zips hold."""
    archives = [zipfile.ZipFile(io.BytesIO(part.content)) for part in found]
    return {name: archive.read(name) for archive in archives for name in archive.namelist()}


async def test_lora_files_are_handed_over_with_the_rows_that_tell_of_them_and_too_large_ones_are_named(
    world: World,
) -> None:
    me = world.where.person_id
    kept = [await add_lora(world.db, me, f"style {n}", SMALL + b"%d" % n, words=("trigger",)) for n in range(3)]
    await add_lora(world.db, me, "whole model", LARGE)
    await add_lora(world.db, me + 1, "theirs", b"somebody else's")
    (gone,) = [await add_lora(world.db, me, "lost", b"its file is lost")]
    (loras.root_of(world.db) / f"{gone.sha256}.safetensors").unlink()
    await world.uploaded()
    exported = export(world)
    whole = await parts(exported, Rest())
    contents = unpacked(whole)
    names = [name for name in contents if not name.startswith("everything.json")]
    assert [contents[f"loras/{each.id}-{each.name}.safetensors"] for each in kept] == [
        SMALL + b"%d" % n for n in range(3)
    ]
    assert len(names) == 4 and names[-1].startswith("uploads/") and exported.too_large == ["whole model"]
    said = b"".join(content for name, content in contents.items() if name.startswith("everything.json")).decode()
    assert all(each.sha256 in said for each in kept) and "trigger" in said and "theirs" not in said
    # Whoever has everything up to a part goes on with that very part.
    for number, part in enumerate(whole):
        if part.rest:
            rest = await parts(export(world), part.rest)
            assert unpacked(rest) == unpacked(whole[number:])
            assert [each.number for each in rest] == [each.number for each in whole[number:]]
    assert sum(part.rest is not None for part in whole) == 2
    # A button from before LoRAs were sent goes on with pictures.
    [pictures_alone] = await parts(export(world), Rest(number=2, lora=NO_LORA))
    assert list(unpacked([pictures_alone])) == names[-1:]
