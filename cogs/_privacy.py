"""What the bot keeps of somebody, in words; the zip of all of it; and its end."""

import asyncio
import logging
import math

import discord
from discord import ui

from cogs import _card
from cogs._member import you_stand
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_
from storage import jobs, privacy, standing
from storage.standing import Kind, Standing

log = logging.getLogger(__name__)

MB = 1e6
ENDING_S = 20.0  # how long work in hand may take to stop
_LOOK_S = 0.1

HEAD = N_("**What I keep about you**")
KEPT = (
    N_("Pictures: {pictures} ({size} MB)"),
    N_("LoRAs and embeddings you added: {loras} ({loras_size} MB)"),
    N_("Requests, with their words and settings: {jobs}"),
    N_("Your settings, presets, favourites and language"),
    N_("Where your pictures were shown, the terms you accepted, and what you reported"),
    N_("Decisions of my safety rules about you, without your words"),
)
WHO = N_("My operator can read all of it. Nothing is trained on it.")
COPIES = N_("Copies of my database are kept too: what you delete is gone from them within about {days} days.")
COPIES_ELSE = N_("Copies of my database are kept as long as my operator keeps them; ask them about those.")
SURE = N_("**Delete everything?** There is no way back.")
GOES = N_(
    "- These go: your pictures, LoRAs, requests, presets, settings and favourites, and my messages that show them. "
    "What you wait for is cancelled."
)
STAYS = N_(
    "- These stay: whether you are muted or have a pause, as a code that names nobody; and answers that only you see, "
    "until you dismiss them."
)
DELETED = N_(
    "**It is all gone.** My messages with your pictures go now, one after another; those that Discord doesn't let me "
    "delete stay."
)
APPEAL = N_("You think that is wrong? Press “Ask a person”, and somebody looks at it.")


def control(verb: str) -> str:
    """The custom_id of a control; whose data it is about is always whoever presses."""
    return f"v1p:{verb}"


async def shown(services: Services, say: Words, person_id: int, guild_id: int | None) -> ui.LayoutView:
    """What is kept, how the person stands, and what they can do."""
    held = await privacy.held(services.db, person_id)
    numbers = {"jobs": held.jobs, "pictures": held.pictures, "size": round(held.size_bytes / MB, 1)}
    numbers |= {"loras": held.loras, "loras_size": round(held.loras_bytes / MB, 1)}
    kept = [f"- {say(each, **numbers)}" for each in KEPT]
    lines = [say(HEAD), *kept, say(WHO), f"-# {copies(services, say)}"]
    found = await standing.standing(services.db, person_id, guild_id)
    row = ui.ActionRow[ui.LayoutView](
        _button(say("Send me all of it"), "export"), _button(say("Delete all of it…"), "delete", danger=True)
    )
    if found.kind is not Kind.GOOD:
        lines = [you_stand(say, found), say(APPEAL), "", *lines]
        row.add_item(_button(say("Ask a person…"), "appeal"))
    return _card.stacked("\n".join(lines), [row])


def question(services: Services, say: Words) -> ui.LayoutView:
    """Are they sure?"""
    text = "\n".join([say(SURE), say(GOES), say(STAYS), f"-# {copies(services, say)}"])
    row = ui.ActionRow[ui.LayoutView](
        _button(say("Delete everything"), "really", danger=True), _button(say("Keep it"), "keep")
    )
    return _card.stacked(text, [row])


def rest(say: Words, before: int, number: int, lora: int) -> ui.ActionRow[ui.LayoutView]:
    """The button that sends the files from `number` on: LoRAs from this one on, and pictures below `before`."""
    return ui.ActionRow(_button(say("Send me the rest"), f"rest:{before}:{number}:{lora}"))


def copies(services: Services, say: Words) -> str:
    """When what is deleted is gone from the backups too."""
    storage = services.config.storage
    if not storage.backup_every_h:
        return say(COPIES_ELSE)
    return say(COPIES, days=max(1, math.ceil(storage.backup_every_h * storage.keep_backups / 24)))


def server_of_appeal(found: Standing, guild_id: int | None) -> int | None:
    """Whose decision it is: the server's, or None for the operator's."""
    return None if found.everywhere else guild_id


async def erase(services: Services, person_id: int) -> None:
    """Stop what they wait for and delete everything; the messages that show it are noted to be removed."""
    await _stop_work(services, person_id)
    await privacy.erase(services.db, person_id)


async def _stop_work(services: Services, person_id: int) -> None:
    """Cancel every open job, and wait a little for those on their way out; what is slower finds no row any more."""
    for job in await jobs.open_of(services.db, person_id):
        await jobs.request_cancel(services.db, job.id)
        services.cancel(job.id)
    for _ in range(round(ENDING_S / _LOOK_S)):
        if not await jobs.open_of(services.db, person_id):
            return
        await services.idle(asyncio.sleep(_LOOK_S))
    log.warning("somebody's data is deleted while a job of theirs has not ended")


def _button(label: str, verb: str, *, danger: bool = False) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.secondary
    return ui.Button(label=label, custom_id=control(verb), style=style)
