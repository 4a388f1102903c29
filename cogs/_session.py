"""One request from click to picture: commands, buttons and replies go through `begin`, restarts through `resume`.

begin    judged and accepted (one INSERT) -> acknowledged (the message says the place) -> queued
finish   waits its turn -> drawn -> kept (files, then rows) -> shown (an edit of the same message) -> done
"""

import contextlib
import dataclasses
import logging
from collections.abc import Mapping, Sequence

import discord

import failpoints
from cogs import _card, _first_use, _gate, _loras, _price, _terms
from cogs._delivery import Result, deliver, take_back_unless_allowed
from cogs._endings import ending_card, say_unseen, show_ending
from cogs._log import named, trace
from cogs._lookback import Unsure
from cogs._obstacles import AWAY, Unreachable
from cogs._origin import Asked, acknowledge, acknowledge_message, found_again, origin_of, reply_of
from cogs._ping import call_owner, wants_call
from cogs._place import Where
from cogs._progress import Progress
from cogs._reply import Reply
from cogs._rules import refuse_by_rules
from cogs._services import Services
from cogs._text import quoted
from cogs._words import Words, words_for
from inference.errors import N_, Cancelled, DrawingFailed, GengaError, Gone, Interrupted, Refused, ServiceError
from inference.messages import Files
from inference.prompts.written import lost_marks
from inference.request import Request
from storage import jobs, pictures, posts
from storage.job import Delivered
from storage.jobs import Job, StaleJob, State
from storage.pictures import Picture

log = logging.getLogger(__name__)

LEFT = "plain_words"  # in a job's context: words of embeddings that do not fit its model
Note = Mapping[str, str | int]  # under `note` a marked sentence, and what fills it


async def begin(
    services: Services,
    asked: Asked,
    request: Request,
    *,
    private: bool,
    parent: Picture | None = None,
    note: Note | None = None,
) -> None:
    """Accept `request`, acknowledge it, and see it through to its picture; `asked` is an interaction or a message.

    Whoever has not accepted the terms is asked to, and it begins when they do. Raises a UserError (refused, queue full)
    while nothing has been shown yet, AlreadyAccepted when Discord delivers it again; later failures are shown in place.
    """
    await services.studio.refuse_at_once(request)
    say = await words_for(services, asked)
    request = await _loras.still_usable(services, request, (origin := origin_of(asked)).where)
    known = await _gate.accept(services, origin.where, request, parent)
    await refuse_by_rules(services, asked, request, private=private, parent=parent)
    if await _asked_first(services, say, asked, request, private=private, parent=parent, note=note):
        return
    request = dataclasses.replace(request, parent=parent.sha256 if parent else None)
    failpoints.passing("before_accepting")
    job = await jobs.accept(
        services.db,
        requester_id=origin.person_id,
        guild_id=origin.guild_id,
        channel_id=origin.channel_id,
        interaction_id=origin.interaction_id,
        interaction_token=origin.interaction_token,
        application_id=origin.application_id,
        source_message_id=origin.source_message_id,
        private=private,
        locale=say.locale,
        request=request,
        cost_s=services.studio_of(request).cost_s(request),
        limits=services.limits,
        parent_picture_id=parent.id if parent else None,
        context=await _context(services, request, origin.where, note),
        known=known,
    )
    failpoints.passing("after_accepting")
    try:
        reply = await acknowledge(services, asked, job, await _first_look(services, job))
    except Exception:
        # Nobody saw an acknowledgement, so nobody waits for this picture.
        await jobs.abandoned(services.db, job.id)
        raise
    with services.seeing_through():
        await finish(services, job, reply)


async def _context(services: Services, request: Request, where: Where, note: Note | None) -> Note:
    """What the job remembers of how it was understood."""
    return {**(note or {}), **_left_as_words(await _loras.plain_words(services, request, where))}


async def _asked_first(
    services: Services,
    say: Words,
    asked: Asked,
    request: Request,
    *,
    private: bool,
    parent: Picture | None,
    note: Note | None,
) -> bool:
    """Whether something has to be agreed to before: the terms, then a price."""
    return await _terms.asked_first(
        services, say, asked, request, private=private, parent=parent, note=note
    ) or await _price.asked_first(services, say, asked, request, private=private, parent=parent, note=note)


async def resume(services: Services, job: Job) -> None:
    """Go on with a job that an earlier start of the bot accepted, in the message it already has."""
    reply = reply_of(services, job) or await _acknowledged_after_all(services, job)
    if reply is not None:
        await finish(services, job, reply)
    elif job.private and not jobs.token_lives(job):
        # The person may have seen the answer: nobody can find out any more, so nothing is drawn and nothing is silent.
        job = await jobs.failed(services.db, job.id, Interrupted())
        await say_unseen(services, job, await describe(services, job))
    else:
        await jobs.abandoned(services.db, job.id)


async def _acknowledged_after_all(services: Services, job: Job) -> Reply | None:
    """The acknowledgement that an earlier start gave without noting it; a message that nobody answered gets its reply.

    An interaction cannot be answered any more: the person was told so by Discord.
    """
    if not job.source_message_id:
        return await found_again(services, job)
    try:
        return await acknowledge_message(services, job, await _first_look(services, job))
    except (discord.Forbidden, discord.NotFound, Unsure) as error:
        log.info("job %s cannot be acknowledged any more: %s", job.id, error)
        return None


async def _first_look(services: Services, job: Job) -> discord.ui.LayoutView:
    """The job's message as it first appears."""
    say, shown = Words(job.locale), await describe(services, job)
    model = services.catalog.models.get(job.request.model)
    if model is not None and model.fetched_at_first_use:
        return _card.fetching(say, shown, services.arriving.get(model.checkpoint))
    studio = services.studio_of(job.request)
    return _card.waiting(say, shown, place=studio.place_of_next(), starts_in_s=studio.backlog_s())


async def finish(services: Services, job: Job, reply: Reply) -> None:
    """Wait, draw, keep and show, or only what is left of it; what goes wrong is one sentence in the job's message."""
    say = Words(job.locale)
    shown = await describe(services, job)
    try:
        if job.state is State.ACCEPTING:
            job = await jobs.queued(services.db, job.id, reply.message_id, reply.channel_id)
        if job.state in {State.READY, State.SENDING}:
            kept: Sequence[Picture] = await pictures.of_job(services.db, job.id)
        else:
            job, kept = await _draw(services, job, reply, shown, say)
        await _deliver(services, job, reply, kept)
    except Cancelled:
        await pictures.delete_of_job(services.db, job.id)
        await show_ending(services, await jobs.cancelled(services.db, job.id), reply, shown)
    except StaleJob:
        log.info("job %s went on elsewhere", job.id)
    except Exception as error:  # noqa: BLE001 - the border: it ends in the job's message and the log
        if services.client.is_closed():  # the bot is going down; nothing is wrong with the job
            log.info("job %s is left for the next start", job.id)
            return
        await _fail(services, job, reply, shown, error)


async def tell_again(services: Services, job: Job) -> None:
    """Say how a job ended that an earlier start ended, and did not say so any more."""
    reply, shown = reply_of(services, job), await describe(services, job)
    if reply is not None:
        await show_ending(services, job, reply, shown)
    else:
        await say_unseen(services, job, shown)


async def _draw(
    services: Services, job: Job, reply: Reply, shown: _card.Shown, say: Words
) -> tuple[Job, Sequence[Picture]]:
    studio = services.studio_of(job.request)
    inputs = await _inputs(services, job.request)

    def where() -> tuple[int, float]:
        return studio.place(job.id), studio.starts_in_s(job.id)

    async def may_begin() -> Files:
        await _gate.dispatch(services, job)
        return await _loras.files_of(services, job.request)

    async with Progress(services, reply, say, job, shown, where) as progress:
        await _first_use.be_here(services, job, progress)
        running, drawn = await services.idle(studio.draw(job, inputs, progress.on_step, may_begin))
        if drawn.plain_words:
            running = await jobs.remembered(services.db, running, _left_as_words(drawn.plain_words, running))
        looked = await _gate.rate(services, [each.png for each in drawn.pictures])
        await _gate.finished(services, running, looked)
        return running, await pictures.keep(services.db, running, drawn.pictures, gpu_s=drawn.gpu_s, looked=looked)


async def _deliver(services: Services, job: Job, reply: Reply, kept: Sequence[Picture]) -> None:
    """Turn the message into the result card, remember what shows these pictures, and call whoever waited long."""
    resumed = job.state is State.SENDING
    if not resumed:
        job = await _sending(services, job)
    result = Result(job=job, shown=await describe(services, job), kept=kept, seconds=seconds_of(job))
    outcome = await deliver(services, reply, result, resumed=resumed)
    failpoints.passing("after_shown")
    await take_back_unless_allowed(services, result, outcome)
    if outcome.message_id and outcome.channel_id:
        ephemeral = reply.private and outcome.delivered is Delivered.MESSAGE
        direct = outcome.delivered is Delivered.DM
        sent = outcome.parcel.sha256s if outcome.parcel else None
        await remember_post(
            services, job, kept, outcome.message_id, outcome.channel_id, ephemeral=ephemeral, direct=direct, sent=sent
        )
    ping = await wants_call(services, job, reply, outcome.delivered)
    job = await jobs.done(
        services.db,
        job.id,
        delivered=outcome.delivered,
        obstacle=outcome.obstacle,
        message_id=outcome.message_id,
        channel_id=outcome.channel_id,
        ping=ping,
    )
    log.info(
        "job %s done: model=%s size=%sx%s steps=%s count=%s wait_s=%.1f gpu_s=%.2f",
        job.id, job.request.model, job.request.width, job.request.height, job.request.steps, job.request.count,
        (job.started_at or job.created_at) - job.created_at, job.gpu_s or 0.0,
    )  # fmt: skip
    if ping:
        await call_owner(services, job)


async def _sending(services: Services, job: Job) -> Job:
    """The job on its way out; Cancelled when somebody pressed Cancel after the last step."""
    try:
        return await jobs.sending(services.db, job.id)
    except StaleJob:
        now = await jobs.get(services.db, job.id)
        if now and now.cancel_requested:
            raise Cancelled() from None
        raise


async def _fail(services: Services, job: Job, reply: Reply, shown: _card.Shown, error: Exception) -> None:
    known = error if isinstance(error, GengaError) else DrawingFailed()
    if isinstance(known, ServiceError):
        log.error("job %s failed: %s", job.id, named(error), exc_info=trace(error))
    move = jobs.refused if isinstance(known, Refused) else jobs.failed
    try:
        job = await move(services.db, job.id, known)
    except StaleJob:
        log.info("job %s had ended already", job.id)
        return
    except Exception:
        # It cannot be written down, so the next start tries again; whoever waits hears of it now.
        unwritten = dataclasses.replace(
            job, error_kind=type(known).__name__, error_sentence=known.template, error_fields=known.fields
        )
        with contextlib.suppress(Unreachable, discord.HTTPException, *AWAY):
            await reply.edit(ending_card(unwritten, shown), {})
        raise
    await show_ending(services, job, reply, shown)


async def _inputs(services: Services, request: Request) -> dict[str, bytes]:
    """The bytes of every picture the request names; Gone if one was deleted meanwhile."""
    if request.image is None:
        return {}
    picture = await pictures.by_sha256(services.db, request.image)
    if picture is None:
        raise Gone()
    return {request.image: await pictures.read(services.db, picture)}


async def describe(services: Services, job: Job) -> _card.Shown:
    """What cards say of a job, its parent named with a link to where it was shown."""
    parent = await _parent(services, job)
    return _card.Shown(
        job_id=job.id,
        requester_id=job.requester_id,
        request=job.request,
        model_title=_title(services, job.request.model),
        private=job.private,
        parent=parent,
        note=_note(services, job),
    )


NO_WEIGHTS = N_(
    "{model} knows no weights or steps in words: marks like (word:1.2) were left out, their words were not."
)

PLAIN_WORDS = N_("Embeddings that were not made for {model} were left as plain words: {words}.")


def _left_as_words(words: Sequence[str], job: Job | None = None) -> Note:
    """What a job remembers of embeddings that do not fit its model, beside what `job` remembers already."""
    all_words = dict.fromkeys((*(left_as_words(job) if job else ()), *words))
    return {LEFT: "\n".join(all_words)} if all_words else {}


def left_as_words(job: Job) -> list[str]:
    """The names of embeddings in its words that did not fit its model."""
    words = job.context.get(LEFT)
    return words.split("\n") if isinstance(words, str) else []


def _note(services: Services, job: Job) -> str:
    """What its card has to say besides the facts, in the job's language."""
    notes = [_note_of_context(job)]
    model, request = services.catalog.models.get(job.request.model), job.request
    if model is not None and any(lost_marks(each, model) for each in (request.typed, request.typed_negative or "")):
        notes.append(Words(job.locale)(NO_WEIGHTS, model=model.title))
    if words := left_as_words(job):
        shown = ", ".join(quoted(word, 60) for word in words[: _loras.MOST_EMBEDDINGS])
        notes.append(Words(job.locale)(PLAIN_WORDS, model=_title(services, request.model), words=shown))
    return " ".join(filter(None, notes))


def _note_of_context(job: Job) -> str:
    fields = {name: fact for name, fact in job.context.items() if isinstance(fact, str | int)}
    template = fields.pop("note", None)
    return Words(job.locale)(template, **fields) if isinstance(template, str) else ""


def _title(services: Services, model: str) -> str:
    """A checkpoint's title; its bare name when the operator has taken it away since."""
    known = services.catalog.models.get(model)
    return known.title if known else model


async def _parent(services: Services, job: Job) -> _card.Parent | None:
    picture = await pictures.get(services.db, job.parent_picture_id) if job.parent_picture_id else None
    if picture is None or picture.job_id is None:
        return None
    shown = [post for post in await posts.of_job(services.db, picture.job_id) if not post.ephemeral]
    if not shown:
        return _card.Parent(jump_url=None)
    place = shown[0].guild_id or "@me"
    url = f"https://discord.com/channels/{place}/{shown[0].channel_id}/{shown[0].message_id}"
    return _card.Parent(jump_url=url)


async def remember_post(
    services: Services,
    job: Job,
    kept: Sequence[Picture],
    message_id: int,
    channel_id: int,
    *,
    ephemeral: bool,
    direct: bool = False,
    sent: Sequence[str] | None = None,
) -> None:
    """A message shows these pictures of a job; `direct`: in private, wherever it was asked for.

    `sent` are the sha256 of the files, where they are not the originals.
    """
    rows = [
        posts.Post(
            message_id=message_id,
            channel_id=channel_id,
            guild_id=None if direct else job.guild_id,
            job_id=job.id,
            picture_index=picture.picture_index,
            sent_sha256=sha256,
            ephemeral=ephemeral,
        )
        for picture, sha256 in zip(kept, sent or [each.sha256 for each in kept], strict=True)
    ]
    await posts.record(services.db, rows)


def seconds_of(job: Job) -> float:
    """How long the drawing took, as the card says it."""
    return job.gpu_s or 0.0
