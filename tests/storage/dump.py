"""A database of the newest schema with something in every table, as SQL: what a release leaves behind for later ones.

`python -m tests.storage.dump > tests/storage/schemas/0001.sql`, before the next migration is added, never afterwards.
"""

import asyncio
import dataclasses
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from inference.request import Wish
from storage import (
    agreements,
    audit,
    favourites,
    loras,
    model_requests,
    people,
    pictures,
    posts,
    presets,
    reports,
    sendings,
    servers,
    standing,
)
from storage.database import FILE_NAME, Database
from storage.job import State
from storage.migrations import scripts
from tests.storage.making import a_request, add_lora, draw_job, job_in


async def fill(folder: Path) -> None:
    """One job in every state, a picture made from another, and a row in each of the other tables."""
    async with Database.open(folder, reserve_bytes=4096) as db:
        first = await draw_job(db, b"a picture", b"another one")
        [picture, _] = await pictures.of_job(db, first.id)
        await draw_job(db, b"made from it", parent_picture_id=picture.id)
        await pictures.keep_upload(db, owner_id=1, png=b"an upload", width=64, height=64)
        for state in State:
            await job_in(db, state)
        post = posts.Post(
            message_id=30, channel_id=20, guild_id=10, job_id=first.id, picture_index=0, sent_sha256=picture.sha256,
            ephemeral=False,
        )  # fmt: skip
        await posts.record(db, [post])
        await people.seen(db, 1, "vi")
        await presets.save(db, 1, "portrait", Wish(prompt="1girl, portrait", steps=12))
        await servers.set_language(db, 10, "vi")
        await sendings.tried(db, first.id, sendings.Kind.CARD, 20)
        await favourites.add(db, 2, first.id, 1)
        await reports.file(db, job_id=first.id, guild_id=10, reporter_id=2, reason="the sky is green")
        await servers.change_rules(db, 10, lambda rules: dataclasses.replace(rules, blocked=frozenset({"a b", "c"})))
        await standing.floor_hit(db, 2)
        await standing.bar(db, 2, 10, standing.Bar.NO_ADULT)
        await audit.record(
            db, person_id=2, guild_id=10, moment="request", rule="floor", decision="refused", scores={"young": 2}
        )
        async with db.transaction() as tx:
            await tx.run("INSERT INTO removals (message_id, channel_id) VALUES (40, 20)")
        await loras.share(db, await add_lora(db, 1, "flat colours", b"weights"), 10)
        await model_requests.ask(db, "pony-diffusion-v6-xl", 2)
        await agreements.accept(db, 1, ["house:1"])
        await agreements.keep(db, 2, a_request(), private=False, parent_picture_id=picture.id, context={})


def main() -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder)))
        with closing(sqlite3.connect(Path(folder) / FILE_NAME)) as connection:
            lines = [f"PRAGMA user_version = {len(scripts())};", *connection.iterdump()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
