"""LoRAs that people keep: whose they are, who may use them, how many, and that files come and go with their rows."""

import asyncio
import hashlib
import os
import time
from pathlib import Path

import pytest

from inference.errors import BadRequest, QuotaReached
from storage import loras, weights
from storage.database import Database
from tests.storage.making import ROOMY_QUOTA, add_lora

ME, OTHER, HERE, ELSEWHERE = 1001, 1002, 10, 11


def files(db: Database) -> list[str]:
    """What lies in the folder."""
    root = loras.root_of(db)
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def name_of(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}.safetensors"


async def test_what_is_kept_is_found_by_its_owner_and_by_nobody_else(db: Database) -> None:
    kept = await add_lora(db, ME, "Flat Colours_v2", b"one", words=("flatstyle", "màu phẳng"))
    assert files(db) == [name_of(b"one")] and await loras.get(db, kept.id) == kept
    assert kept.words == ("flatstyle", "màu phẳng") and kept.source == "upload"
    assert len({loras.folded(typed) for typed in ("Flat Colours_v2", "flat colours v2", "  FLAT  colours_V2 ")}) == 1
    assert await loras.of_owner(db, ME) == [kept] and await loras.of_owner(db, OTHER) == []
    assert await loras.shared_with(db, HERE) == []


async def test_what_is_shared_is_found_in_that_server_alone_and_a_name_means_one_thing_there(db: Database) -> None:
    theirs = await add_lora(db, OTHER, "style", b"theirs")
    assert await loras.share(db, theirs, HERE) and await loras.share(db, theirs, HERE)
    assert await loras.shared_with(db, HERE) == [theirs] and await loras.shares(db, theirs.id) == {HERE}
    assert await loras.shared_with(db, ELSEWHERE) == []
    mine = await add_lora(db, ME, "Style", b"mine")
    with pytest.raises(BadRequest, match="already has something called Style"):
        await loras.share(db, mine, HERE)
    assert await loras.unshare(db, theirs.id, HERE) and not await loras.unshare(db, theirs.id, HERE)
    assert await loras.share(db, mine, HERE)


async def test_the_file_goes_with_the_last_row_that_names_it(db: Database) -> None:
    mine, theirs = await add_lora(db, ME, "a", b"same"), await add_lora(db, OTHER, "b", b"same")
    await loras.share(db, mine, HERE)
    assert await loras.remove(db, mine.id, OTHER) is None  # not theirs to remove
    assert await loras.remove(db, mine.id, ME) == mine
    assert files(db) == [name_of(b"same")] and await loras.shared_with(db, HERE) == []
    assert await loras.share(db, mine, HERE) is False
    assert await loras.path(db, theirs.sha256) == weights.path_of(loras.root_of(db), theirs.sha256)
    await loras.remove(db, theirs.id, OTHER)
    assert files(db) == [] and await loras.path(db, theirs.sha256) is None


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 41, "a:0.8", "a,b", "<a>", "../etc", "a`b", "@everyone", "\u202ename", "_"]
)
async def test_a_name_that_could_be_read_as_something_else_is_refused_and_leaves_no_file(
    db: Database, name: str
) -> None:
    with pytest.raises(BadRequest):
        await add_lora(db, ME, name, b"one")
    assert files(db) == []


async def test_a_name_or_a_file_twice_is_refused_and_what_was_there_stays(db: Database) -> None:
    await add_lora(db, ME, "one", b"one")
    with pytest.raises(BadRequest, match="It is called one"):
        await add_lora(db, ME, "two", b"one")
    with pytest.raises(BadRequest, match="already have something called ONE"):
        await add_lora(db, ME, "ONE", b"two")
    assert files(db) == [name_of(b"one")]


async def test_of_many_added_at_once_only_as_many_are_kept_as_one_may_have(db: Database) -> None:
    quota = loras.Quota(files=2, total_mib=100)
    tried = [add_lora(db, ME, f"n{number}", b"%d" % number, quota=quota) for number in range(6)]
    outcomes = await asyncio.gather(*tried, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, QuotaReached)]
    assert len(refused) == 4 and "already have 2 files" in str(refused[0])
    kept = await loras.of_owner(db, ME)
    assert len(kept) == 2 and files(db) == sorted(f"{each.sha256}.safetensors" for each in kept)
    await add_lora(db, OTHER, "n", b"theirs", quota=quota)


async def test_the_bytes_of_all_files_count_and_are_counted_before_anything_is_fetched(db: Database) -> None:
    quota = loras.Quota(files=9, total_mib=1)
    await add_lora(db, ME, "large", bytes(700_000), quota=quota)
    await loras.refuse_over(db, ME, 300_000, quota)
    with pytest.raises(QuotaReached, match="more than 1 MiB"):
        await loras.refuse_over(db, ME, 400_000, quota)
    with pytest.raises(QuotaReached, match="more than 1 MiB"):
        await add_lora(db, ME, "larger", b"x" * 400_000, quota=quota)
    assert len(files(db)) == 1


async def test_the_sweep_takes_what_no_row_names_once_it_is_old(db: Database) -> None:
    kept = await add_lora(db, ME, "kept", b"kept")
    orphan, half = loras.root_of(db) / f"{'0' * 64}.safetensors", await loras.begin(db)
    young = await loras.begin(db)
    for path in (orphan, half, young):
        path.write_bytes(b"?")
    long_ago = time.time() - 7200
    for path in loras.root_of(db).iterdir():
        if path != young:
            os.utime(path, (long_ago, long_ago))
    assert await loras.sweep(db) == 2
    assert files(db) == sorted([f"{kept.sha256}.safetensors", young.name])


async def test_a_file_that_goes_while_it_is_looked_at_stops_no_sweep(db: Database) -> None:
    gone, orphan = await loras.begin(db), await loras.begin(db)
    gone.symlink_to("nowhere")
    orphan.write_bytes(b"?")
    assert await loras.sweep(db, older_than_s=-60) == 2 and files(db) == []


async def test_a_database_without_the_folder_is_swept_too(tmp_path: Path) -> None:
    async with Database.open(tmp_path, reserve_bytes=4096) as db:
        assert await loras.sweep(db) == 0
        assert ROOMY_QUOTA.files and await loras.path(db, "0" * 64) is None
