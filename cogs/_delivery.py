"""How a finished picture reaches its person: an edit of the message it waited in, and where that is impossible the next
best way. Each is tried once (Discord being away aside), and whichever it was is written down.

    the job's own message -> a new one in the same channel -> a direct message -> nowhere: told at the next occasion
"""

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs import _card, _gate, _lookback
from cogs._lookback import Letter, Unsure, send_once
from cogs._obstacles import AWAY, Unreachable, obstacle_of
from cogs._packing import USUAL_LIMIT_BYTES, Parcel, TooLarge, limit_of, packed
from cogs._patience import patiently
from cogs._removal import delete_message
from cogs._reply import Reply, attached
from cogs._services import Services
from cogs._text import NO_PINGS
from cogs._words import Words
from inference.errors import N_, BadImage, Withheld
from storage import sendings
from storage.job import Delivered, Job, Obstacle
from storage.pictures import Picture
from storage.sendings import Kind

log = logging.getLogger(__name__)

SENT_DIRECTLY = N_("I couldn't show the picture here, so I sent it to you as a direct message.")
SHOWN_BELOW = N_("The picture is in my newer message below.")
MAYBE_SHOWN = N_("I was restarted just as I showed you a private picture. If you didn't see it, press Show it.")
KEPT = N_("I couldn't show the picture here. It is kept for you in /history.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished job, as any message that takes it may show it."""

    job: Job
    shown: _card.Shown
    kept: Sequence[Picture]
    seconds: float
    picked: int = 0  # which picture the buttons mean

    def card(self, parcel: Parcel, *, covered: bool, direct: bool = False) -> ui.LayoutView:
        """The card, with the originals or with copies; `covered` is what the gate says."""
        shown = self.shown.public() if direct else self.shown
        say, files, smaller = Words(self.job.locale), list(parcel.files), parcel.smaller
        return _card.finished(
            say, shown, files=files, picked=self.picked, seconds=self.seconds, smaller=smaller, covered=covered
        )

    def facts(self) -> str:
        """What stands below the pictures, where Discord does not take the card itself."""
        return _card.facts(Words(self.job.locale), self.shown, seconds=self.seconds, came=len(self.kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the result is shown now, and what was in the way of a better place."""

    delivered: Delivered
    obstacle: Obstacle | None = None
    message_id: int | None = None  # None: nowhere
    channel_id: int | None = None
    parcel: Parcel | None = None  # what was sent; None: nothing, or by an earlier start


Rung = Callable[[Parcel], Awaitable[Outcome]]


async def deliver(services: Services, reply: Reply, result: Result, *, resumed: bool = False) -> Outcome:
    """Show the result in the best place that takes it; what was shown by an earlier start is not shown again.

    `resumed`: an earlier start died while it did this. Withheld when the gate lets it pass no more.
    """
    job = result.job
    earlier = await _shown_earlier(services, job)
    if earlier is not None:
        return earlier
    if (
        resumed
        and reply.private
        and not reply.token_lives()
        and not await sendings.of_job(services.db, job.id, Kind.CARD)
    ):
        # It may have become the card a moment before, and into a private answer nobody can look any more.
        return await _offer(services, result)

    async def edit(parcel: Parcel) -> Outcome:
        covered = await _gate.show(services, _gate.where_of(job), job, result.kept)
        await reply.edit(result.card(parcel, covered=covered), parcel.files)
        return Outcome(delivered=Delivered.MESSAGE, message_id=reply.message_id, channel_id=reply.channel_id)

    limit_bytes = limit_of(services.client, job.guild_id)
    if reply.token_lives() and reply.limit_bytes:
        limit_bytes = reply.limit_bytes
    outcome = await _attempt(services, result, edit, limit_bytes)
    if not isinstance(outcome, Obstacle):
        return outcome
    log.info("job %s: not in its own message: %s", job.id, outcome)
    outcome = await _elsewhere(services, result, outcome, private=reply.private)
    await _leave_word(reply, result, outcome)
    return outcome


async def _elsewhere(services: Services, result: Result, obstacle: Obstacle, *, private: bool) -> Outcome:
    """The rungs below the first; the outcome names the last obstacle that was met."""
    job, plain = result.job, obstacle is Obstacle.REFUSED
    channel_takes_it = obstacle in {Obstacle.MESSAGE_GONE, Obstacle.ARCHIVED, Obstacle.REFUSED}
    if channel_takes_it and not private:
        rung = _channel_rung(services, result, obstacle, plain=plain)
        outcome = await _attempt(services, result, rung, limit_of(services.client, job.guild_id))
        if not isinstance(outcome, Obstacle):
            return outcome
        obstacle = outcome
    # What a filter held back, or what may be there already, is not brought in by another door.
    if obstacle not in {Obstacle.FILTERED, Obstacle.UNSURE, Obstacle.AWAY} and (job.guild_id or private):
        rung = _direct_rung(services, result, obstacle, plain=plain)
        try:
            outcome = await _attempt(services, result, rung, USUAL_LIMIT_BYTES)
        except Withheld:  # it may be seen where it was asked for, and not in private
            outcome = obstacle
        if not isinstance(outcome, Obstacle):
            return outcome
        obstacle = outcome
    log.warning("job %s is finished and can be shown nowhere: %s", job.id, obstacle)
    return Outcome(delivered=Delivered.NOWHERE, obstacle=obstacle)


def _channel_rung(services: Services, result: Result, obstacle: Obstacle, *, plain: bool) -> Rung:
    job = result.job
    place = services.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)

    async def send(parcel: Parcel) -> Outcome:
        message_id = await send_once(services, _letter(services, result, parcel, place, job.channel_id, plain=plain))
        return Outcome(delivered=Delivered.CHANNEL, obstacle=obstacle, message_id=message_id, channel_id=job.channel_id)

    return send


def _direct_rung(services: Services, result: Result, obstacle: Obstacle, *, plain: bool) -> Rung:
    async def send(parcel: Parcel) -> Outcome:
        place = await direct_channel(services.client, result.job.requester_id)
        letter = _letter(services, result, parcel, place, place.id, plain=plain, direct=True)
        message_id = await send_once(services, letter)
        return Outcome(delivered=Delivered.DM, obstacle=obstacle, message_id=message_id, channel_id=place.id)

    return send


async def _offer(services: Services, result: Result) -> Outcome:
    """A direct message that says where the pictures are and shows them at a press: they may have been seen already."""
    say = Words(result.job.locale)
    view = _card.offered(say, result.shown, say(MAYBE_SHOWN))
    try:
        await say_directly(services, result.job, view)
    except (Unsure, discord.HTTPException, *AWAY) as error:
        log.warning("job %s: whether it was shown is not known, nor can it be told: %s", result.job.id, error)
        return Outcome(delivered=Delivered.NOWHERE, obstacle=Obstacle.UNSURE)
    return Outcome(delivered=Delivered.DM, obstacle=Obstacle.UNSURE)


async def say_directly(services: Services, job: Job, view: ui.LayoutView) -> None:
    """Send the owner what the job has come to, once. Raises Unsure, HTTPException, or what is in AWAY."""

    async def send() -> int:
        place = await direct_channel(services.client, job.requester_id)
        letter = Letter(
            job_id=job.id,
            kind=Kind.ENDING,
            place=place,
            channel_id=place.id,
            send=lambda nonce: place.send(view=view, nonce=nonce, allowed_mentions=NO_PINGS),
            matches=_lookback.shows(job.id),
        )
        return await send_once(services, letter)

    await patiently(services, job.id, send)


async def direct_channel(client: discord.Client, person_id: int) -> discord.DMChannel:
    """The private conversation with somebody, opened if need be."""
    person = client.get_user(person_id) or await client.fetch_user(person_id)
    return person.dm_channel or await person.create_dm()


def _letter(
    services: Services,
    result: Result,
    parcel: Parcel,
    place: discord.abc.Messageable,
    channel_id: int,
    *,
    plain: bool,
    direct: bool = False,
) -> Letter:
    where = _gate.where_of(result.job)

    async def send(nonce: str) -> discord.Message:
        covered = await _gate.show(services, where.directly() if direct else where, result.job, result.kept)
        if plain:
            files = attached(parcel.files, covered=covered)
            return await place.send(result.facts(), files=files, nonce=nonce, allowed_mentions=NO_PINGS)
        card, files = result.card(parcel, covered=covered, direct=direct), attached(parcel.files)
        return await place.send(view=card, files=files, nonce=nonce, allowed_mentions=NO_PINGS)

    return Letter(
        job_id=result.job.id,
        kind=Kind.CARD,
        place=place,
        channel_id=channel_id,
        send=send,
        matches=_lookback.shows(result.job.id),
    )


async def _attempt(services: Services, result: Result, rung: Rung, limit_bytes: int) -> Outcome | Obstacle:
    """One rung, tried with smaller and smaller files while they are too large, and again while Discord is away."""
    job = result.job

    async def try_it(parcel: Parcel) -> Outcome:
        return await patiently(services, job.id, lambda: rung(parcel))

    try:
        parcel, outcome = await packed(services, job, result.kept, limit_bytes, try_it)
    except Unreachable as error:
        return error.obstacle
    except Unsure:
        return Obstacle.UNSURE
    except AWAY:
        return Obstacle.AWAY
    except (TooLarge, BadImage) as error:  # the latter when the machine is busy beyond measure
        log.warning("job %s: %s", job.id, error.english())
        return Obstacle.TOO_LARGE
    except discord.HTTPException as error:
        log.info("job %s: Discord answers %s (code %s)", job.id, error.status, error.code)
        return obstacle_of(error) or Obstacle.REFUSED
    return dataclasses.replace(outcome, parcel=parcel)


async def _shown_earlier(services: Services, job: Job) -> Outcome | None:
    """The new message that an earlier start of the bot sent without noting that the job is done."""
    for sending in await sendings.of_job(services.db, job.id, Kind.CARD):
        place = services.client.get_partial_messageable(sending.channel_id)
        message_id = sending.message_id
        if message_id is None:

            async def look(place: discord.PartialMessageable = place, since: float = sending.first_at) -> int | None:
                return await _lookback.find(services.client, place, since, _lookback.shows(job.id))

            try:
                message_id = await patiently(services, job.id, look)
            except discord.HTTPException as error:
                log.info("job %s cannot be looked for: Discord code %s", job.id, error.code)
        if message_id is not None:
            there = Delivered.CHANNEL if sending.channel_id == job.channel_id else Delivered.DM
            return Outcome(delivered=there, message_id=message_id, channel_id=sending.channel_id)
    return None


async def take_back_unless_allowed(services: Services, result: Result, outcome: Outcome) -> None:
    """What changed while the picture was on its way wins too: Withheld, and a new message of ours is gone again.

    The job's own message is turned into the sentence by whoever ends the job.
    """
    if outcome.message_id is None or outcome.channel_id is None:
        return
    where, message = _gate.where_of(result.job), (outcome.channel_id, outcome.message_id)
    where = where.directly() if outcome.delivered is Delivered.DM else where

    async def take_back() -> None:
        if outcome.delivered is not Delivered.MESSAGE:
            await patiently(services, result.job.id, lambda: delete_message(services.client, *message))

    await _gate.stays(services, where, result.job, result.kept, take_back)


async def _leave_word(reply: Reply, result: Result, outcome: Outcome) -> None:
    """The message in which the job waited says where its picture is, as far as it can still be changed."""
    say = Words(result.job.locale)
    match outcome.delivered:
        case Delivered.DM:
            text = say(SENT_DIRECTLY)
        case Delivered.NOWHERE:
            text = say(KEPT)
        case _ if outcome.obstacle is Obstacle.REFUSED:
            text = result.facts()  # of its kind the message must stay, without what Discord did not take
        case _:
            text = say(SHOWN_BELOW)
    try:
        await reply.edit(_card.sentence(text), {})
    except (Unreachable, discord.HTTPException, *AWAY) as error:
        log.info("job %s: its message stays as it is: %s", result.job.id, error)
