"""What the bot keeps of somebody, in words; the zip of all of it; and its end."""

import asyncio
import io
import json
import logging
import math
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import discord
from discord import ui

from cogs import _card
from cogs._member import stands
from cogs._removal import delete_message
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_, Gone
from storage import jobs, pictures, privacy, standing
from storage.pictures import Picture
from storage.posts import Post
from storage.standing import Kind, Standing

log = logging.getLogger(__name__)

MB = 1e6
SPARE_BYTES = 64 * 1024  # of a file's limit: a zip says more than its contents
MOST_PARTS = 9
ENDING_S = 20.0  # how long work in hand may take to stop
_LOOK_S = 0.1

HEAD = N_("**What I keep about you**")
SUMMARY = N_(
    "{jobs} requests with their words and settings, and {pictures} pictures ({size} MB). Besides: your settings, "
    "presets and favourites, your language, where your pictures were shown, the terms you accepted, what you reported, "
    "and decisions of my safety rules, without your words."
)
WHO = N_("Whoever runs this bot can read all of it. Nobody else does, and nothing is trained on it.")
COPIES = N_("Copies of my database are kept too: what you delete is gone from them within about {days} days.")
COPIES_ELSE = N_("Copies of my database are kept as long as my operator keeps them; ask them about those.")
SURE = N_(
    "**Delete everything?** Every picture, request, preset, setting and favourite of yours, and my messages that show "
    "them. What you wait for is cancelled. There is no way back."
)
STAYS = N_("What stays: whether you are muted or have a pause, as a code that names nobody.")
DELETED = N_("**It is all gone.** My messages with your pictures go too, as far as Discord lets me, one after another.")
APPEAL = N_("You think that is wrong? Ask a person to look at it.")


def control(verb: str) -> str:
    """The custom_id of a control; whose data it is about is always whoever presses."""
    return f"v1p:{verb}"


async def shown(services: Services, say: Words, person_id: int, guild_id: int | None) -> ui.LayoutView:
    """What is kept, how the person stands, and what they can do."""
    held = await privacy.held(services.db, person_id)
    size = round(held.size_bytes / MB, 1)
    lines = [
        say(HEAD),
        say(SUMMARY, jobs=held.jobs, pictures=held.pictures, size=size),
        say(WHO),
        copies(services, say),
    ]
    found = await standing.standing(services.db, person_id, guild_id)
    row = ui.ActionRow[ui.LayoutView](
        _button(say("Send me all of it"), "export"), _button(say("Delete all of it…"), "delete", danger=True)
    )
    if found.kind is not Kind.GOOD:
        lines += [stands(say, found, f"<@{person_id}>"), say(APPEAL)]
        row.add_item(_button(say("Ask a person…"), "appeal"))
    return _card.stacked("\n".join(lines), [row])


def question(services: Services, say: Words) -> ui.LayoutView:
    """Are they sure?"""
    text = "\n".join([say(SURE), say(STAYS), copies(services, say)])
    row = ui.ActionRow[ui.LayoutView](
        _button(say("Delete everything"), "really", danger=True), _button(say("Keep it"), "keep")
    )
    return _card.stacked(text, [row])


def copies(services: Services, say: Words) -> str:
    """When what is deleted is gone from the backups too."""
    storage = services.config.storage
    if not storage.backup_every_h:
        return say(COPIES_ELSE)
    return say(COPIES, days=max(1, math.ceil(storage.backup_every_h * storage.keep_backups / 24)))


def server_of_appeal(found: Standing, guild_id: int | None) -> int | None:
    """Whose decision it is: the server's, or None for the operator's."""
    return None if found.everywhere else guild_id


async def parts(services: Services, person_id: int, limit_bytes: int) -> AsyncIterator[tuple[str, bytes]]:
    """Everything as zips of at most `limit_bytes` each: every row, then the pictures, newest first."""
    rows = json.dumps(await privacy.rows(services.db, person_id), indent=1, ensure_ascii=False).encode()
    stem, room = f"genga-{datetime.now(UTC):%Y-%m-%d}", limit_bytes - SPARE_BYTES
    batch, size, number = [("everything.json", rows)], _packed_size(rows), 1
    for picture in await privacy.living_pictures(services.db, person_id):
        try:
            png = await pictures.read(services.db, picture)
        except Gone:
            continue
        if size + len(png) > room and batch:
            yield f"{stem}-{number}.zip", await asyncio.to_thread(_zipped, batch)
            batch, size, number = [], 0, number + 1
            if number > MOST_PARTS:
                return
        if len(png) <= room:
            batch.append((_name(picture), png))
            size += len(png)
    if batch:
        yield f"{stem}-{number}.zip", await asyncio.to_thread(_zipped, batch)


def _name(picture: Picture) -> str:
    kind = "pictures" if picture.drawn_here else "uploads"
    return f"{kind}/{picture.id}-{picture.sha256[:8]}.png"


def _packed_size(rows: bytes) -> int:
    return len(_zipped([("everything.json", rows)]))


def _zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


async def erase(services: Services, person_id: int) -> list[Post]:
    """Stop what they wait for, delete everything, and return the messages that still show their pictures."""
    await _stop_work(services, person_id)
    posts = await privacy.public_posts(services.db, person_id)
    await privacy.erase(services.db, person_id)
    return posts


async def _stop_work(services: Services, person_id: int) -> None:
    """Cancel every open job, and wait a little for those on their way out; what is slower finds no row any more."""
    for job in await jobs.open_of(services.db, person_id):
        await jobs.request_cancel(services.db, job.id)
        services.studio.cancel(job.id)
    for _ in range(round(ENDING_S / _LOOK_S)):
        if not await jobs.open_of(services.db, person_id):
            return
        await services.idle(asyncio.sleep(_LOOK_S))
    log.warning("somebody's data is deleted while a job of theirs has not ended")


async def remove_posts(services: Services, posts: list[Post]) -> None:
    """Delete these messages, as far as Discord lets us."""
    for channel_id, message_id in dict.fromkeys((post.channel_id, post.message_id) for post in posts):
        await delete_message(services.client, channel_id, message_id)


def _button(label: str, verb: str, *, danger: bool = False) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.secondary
    return ui.Button(label=label, custom_id=control(verb), style=style)
