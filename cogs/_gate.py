"""The gate: gathers what is known at this moment, asks `inference/safety/policy.py`, and turns away what it refuses.

Asked when a request is accepted and dispatched, for every preview, when a picture is finished, immediately before and
after it is sent, and before any control, page or copy shows it again. Nothing is remembered from one time to the next
but what was seen in texts and pictures: whatever changes meanwhile wins.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence

from cogs import _membership
from cogs._place import Where, look_around
from cogs._provenance import is_within_reach, provenance_of, source_of_request
from cogs._services import Services
from inference.errors import Gone, Refused, Withheld
from inference.request import Request
from inference.safety.evidence import UNSEEN, AgeStatus, PictureEvidence, Rating, Strength, TextEvidence
from inference.safety.policy import Decision, Facts, Moment, Place, Provenance, Rule, Standing, decide
from inference.safety.shown import drawn_words, read_shown, takes_long
from storage import jobs, pictures
from storage.job import Job, Known
from storage.pictures import Picture

log = logging.getLogger(__name__)

RATED_WITHIN_S = 1.5  # an old picture that nobody rated yet, while somebody waits for the answer to a button


async def accept(services: Services, where: Where, request: Request, parent: Picture | None) -> Known:
    """What is known of a request that may be drawn; Refused when it may not."""
    source = await source_of_request(services, request, parent.id if parent else None) if request.image else None
    if source is not None:
        source = await _looked_at(services, source)
    provenance = await provenance_of(services, where, request, source)
    text = await _ask_for_request(services, where, request, provenance, _of_source(request, source))
    return Known(provenance=provenance, evidence=numbers(text))


async def enter(services: Services, where: Where, request: Request, looked: PictureEvidence) -> None:
    """Refused when a picture from outside may not be the start of this request; asked before it is kept."""
    await _ask_for_request(services, where, request, Provenance.UPLOAD, looked)


async def dispatch(services: Services, job: Job) -> None:
    """Its turn has come: Refused when it may not be drawn any more."""
    request, where = job.request, where_of(job)
    source = await source_of_request(services, request, job.parent_picture_id) if request.image else None
    provenance = await provenance_of(services, where, request, source)
    if job.provenance == Provenance.UPLOAD:
        provenance = Provenance.UPLOAD
    await _ask_for_request(services, where, request, provenance, _of_source(request, source))


async def words(services: Services, where: Where, said: str) -> TextEvidence:
    """What is read in words that come with a file; Refused when nothing could be drawn of them here."""
    place, member = await look_around(services, where)
    text = await asyncio.to_thread(services.reader.read, said, "", member.rules.blocked)
    await _refuse(
        services,
        where,
        Facts(moment=Moment.REQUEST, place=place, standing=member.standing, provenance=Provenance.TEXT, text=text),
    )
    return text


async def finished(services: Services, job: Job, looked: Sequence[PictureEvidence]) -> None:
    """Withheld when a picture that was just drawn may not even be kept."""
    where = where_of(job)
    decision, facts = await _weigh(services, where, job, looked)
    if decision.destroy:
        await turn_away(services, where, facts, decision)


async def show(services: Services, where: Where, job: Job, kept: Sequence[Picture]) -> bool:
    """Whether these pictures are to be covered there; Withheld when they may not be shown. Send at once afterwards."""
    kept = await asyncio.gather(*(_looked_at(services, each) for each in kept))
    decision, facts = await _weigh(services, where, job, [of_row(each) for each in kept])
    if not decision.allowed:
        if decision.destroy:
            await pictures.delete_of_job(services.db, job.id)
        await turn_away(services, where, facts, decision)
    return decision.spoiler


async def stays(
    services: Services, where: Where, job: Job, kept: Sequence[Picture], take_back: Callable[[], Awaitable[object]]
) -> None:
    """After it was sent: what changed while it was on its way wins too, and then `take_back` removes it."""
    try:
        await show(services, where, job, kept)
    except Refused:
        log.warning("job %s: withheld just after it was shown", job.id)
        await take_back()
        raise


async def press(services: Services, where: Where, job_id: int, *, shows: bool = True) -> None:
    """Before a control answers: Gone when the job is none of this place, Refused when its pictures may not be here.

    `shows`: it shows the pictures once more, or speaks of them.
    """
    job = await jobs.get(services.db, job_id)
    if job is None:
        return  # whoever answers says so
    if not await is_within_reach(services, where, job):
        raise Gone()
    kept = await living(services, job)
    if shows and kept:
        await show(services, where, job, kept)


async def living(services: Services, job: Job) -> list[Picture]:
    """A job's pictures that are still there."""
    return [each for each in await pictures.of_job(services.db, job.id) if each.deleted_at is None]


async def may_show(services: Services, where: Where, job: Job, kept: Sequence[Picture]) -> bool:
    """The same as a plain answer."""
    try:
        await show(services, where, job, kept)
    except Refused:
        return False
    return True


async def hand_back(services: Services, where: Where, job: Job, kept: Picture) -> bool:
    """Whether its owner may have a picture here; a pause or a mute keeps nobody from what is theirs."""
    kept = await _looked_at(services, kept)
    facts = await _facts(services, where, job, Moment.SHOW, of_row(kept))
    if facts.standing in {Standing.COOLING, Standing.BLOCKED}:
        facts = dataclasses.replace(facts, standing=Standing.NO_ADULT)
    if decide(facts).allowed and _hangs_on_the_flag(facts):
        facts = await _surely(services, where, facts)
    return decide(facts).allowed


async def preview(services: Services, job: Job, frame: bytes, *, early: bool) -> bool | None:
    """Whether a frame is to be covered; None when it may not be shown."""
    harmless = is_harmless(services, job.request)
    free = harmless and job.provenance == Provenance.TEXT
    looked = UNSEEN if free or early else await services.idle(services.rater.rate(frame))
    facts = await _facts(services, where_of(job), job, Moment.PREVIEW, looked)
    facts = dataclasses.replace(facts, early=early, harmless_model=harmless)
    decision = decide(facts)
    if decision.allowed and _hangs_on_the_flag(facts):
        facts = await _surely(services, where_of(job), facts)
        decision = decide(facts)
    return decision.spoiler if decision.allowed else None


async def rate(services: Services, pngs: Sequence[bytes]) -> list[PictureEvidence]:
    """What the rater says of each."""
    return [await services.idle(services.rater.rate(png)) for png in pngs]


def where_of(job: Job) -> Where:
    """The place that a job was asked for in, and who asked."""
    return Where(person_id=job.requester_id, guild_id=job.guild_id, channel_id=job.channel_id)


def of_row(picture: Picture) -> PictureEvidence:
    """What the table knows of a picture."""
    return PictureEvidence(
        rating=None if picture.rating is None else Rating(picture.rating),
        young=None if picture.young is None else Strength(picture.young),
        photo=None if picture.photo is None else Strength(picture.photo),
        rater=picture.detector_version or "",
    )


def numbers(text: TextEvidence) -> dict[str, int]:
    """Evidence as a job keeps it."""
    return {name: int(strength) for name, strength in dataclasses.asdict(text).items()}


def subjects_of(request: Request) -> tuple[AgeStatus, ...]:
    """Whom the files show that a request brings along.

    What a word in the negative prompt calls up is avoided, unless a weight below zero turns that around.
    """
    drawn = drawn_words(request).casefold() if request.embeddings else ""
    drawn += request.negative.casefold() if ":-" in request.negative else ""
    embeddings = [each.age for each in request.embeddings if each.word.casefold() in drawn]
    return (*(each.age for each in request.loras), *embeddings)


def is_harmless(services: Services, request: Request) -> bool:
    """Whether the model can draw nothing else; a file that changes it may have learned anything."""
    if request.loras or request.embeddings:
        return False
    model = services.catalog.models.get(request.model)
    return model is not None and model.harmless and model.sha256 == request.model_sha256


async def _ask_for_request(
    services: Services, where: Where, request: Request, provenance: Provenance, looked: PictureEvidence | None
) -> TextEvidence:
    place, member, text = await _read(services, where, request)
    facts = Facts(
        moment=Moment.REQUEST,
        place=place,
        standing=member.standing,
        provenance=provenance,
        text=text,
        picture=looked,
        subjects=subjects_of(request),
    )
    await _refuse(services, where, facts)
    return text


async def _refuse(services: Services, where: Where, facts: Facts) -> None:
    decision = decide(facts)
    if decision.allowed and _hangs_on_the_flag(facts):
        facts = await _surely(services, where, facts)
        decision = decide(facts)
    if not decision.allowed:
        await turn_away(services, where, facts, decision)


def _of_source(request: Request, source: Picture | None) -> PictureEvidence | None:
    """What is known of the picture that a request starts from; nothing where its row cannot be found."""
    if request.image is None:
        return None
    return of_row(source) if source and source.sha256 == request.image else UNSEEN


async def _weigh(
    services: Services, where: Where, job: Job, looked: Sequence[PictureEvidence]
) -> tuple[Decision, Facts]:
    """The hardest decision about any of the pictures of a message, and the facts it rests on."""
    facts = await _facts(services, where, job, Moment.SHOW, None)
    weighed = _hardest(facts, looked)
    if weighed[0].allowed and _hangs_on_the_flag(weighed[1]):
        weighed = _hardest(await _surely(services, where, facts), looked)
    return weighed


def _hardest(facts: Facts, looked: Sequence[PictureEvidence]) -> tuple[Decision, Facts]:
    each = [dataclasses.replace(facts, picture=one) for one in looked] or [facts]
    weighed = [(decide(one), one) for one in each]
    return max(weighed, key=lambda pair: (not pair[0].allowed, pair[0].destroy, pair[0].spoiler))


def _hangs_on_the_flag(facts: Facts) -> bool:
    """Whether it is allowed only because the place is age-restricted; then Discord itself is asked once more."""
    return not decide(dataclasses.replace(facts, place=dataclasses.replace(facts.place, age_restricted=None))).allowed


async def _surely(services: Services, where: Where, facts: Facts) -> Facts:
    place, member = await look_around(services, where, surely=True)
    return dataclasses.replace(facts, place=place, standing=member.standing)


async def _facts(services: Services, where: Where, job: Job, moment: Moment, looked: PictureEvidence | None) -> Facts:
    provenance = Provenance(job.provenance) if job.provenance else _of_old_rows(job)
    place, member, text = await _read(services, where, job.request)
    return Facts(
        moment=moment,
        place=place,
        standing=member.standing,
        provenance=provenance,
        text=text,
        picture=looked,
        subjects=subjects_of(job.request),
    )


async def _read(services: Services, where: Where, request: Request) -> tuple[Place, _membership.Member, TextEvidence]:
    """How things stand and what the words say; nothing is waited for between a look around and the answer."""
    place, member = await look_around(services, where)
    if not takes_long(request):
        return place, member, read_shown(services.reader, request, member.rules.blocked)
    while True:
        blocked = member.rules.blocked
        text = await asyncio.to_thread(read_shown, services.reader, request, blocked)
        place, member = await look_around(services, where)
        if member.rules.blocked == blocked:
            return place, member, text


def _of_old_rows(job: Job) -> Provenance:
    """A job of before there was a gate."""
    return Provenance.TEXT if job.request.image is None else Provenance.UPLOAD


async def _looked_at(services: Services, picture: Picture) -> Picture:
    """The row, rated now if nobody did so before; unrated still when that takes too long for whoever waits."""
    if picture.rating is not None:
        return picture
    try:
        async with asyncio.timeout(RATED_WITHIN_S):
            looked = await services.idle(services.rater.rate(await pictures.read(services.db, picture)))
    except (Gone, TimeoutError):
        return picture
    return picture if looked.rating is None else await pictures.rated(services.db, picture, looked)


async def turn_away(services: Services, where: Where, facts: Facts, decision: Decision) -> None:
    """Note what was refused and by which rule, and raise the sentence for it: never by which word."""
    log.info("refused at %s by rule %s", facts.moment, decision.rule)
    # A strike is for what somebody certainly asked for, never for a guess or for what the model made of it.
    strike = facts.moment is Moment.REQUEST and decision.rule in {Rule.FLOOR, Rule.REAL} and _is_certain(facts)
    await _membership.note_refusal(services, where.person_id, where.guild_id, facts, decision, strike=strike)
    kind = Refused if facts.moment is Moment.REQUEST else Withheld
    raise kind(template=decision.sentence(facts))


def _is_certain(facts: Facts) -> bool:
    """Whether the words say it plainly, or the picture that somebody starts from shows it."""
    if facts.text is not None and facts.text.certain:
        return True
    seen = facts.picture or UNSEEN
    return seen.rating in {Rating.QUESTIONABLE, Rating.EXPLICIT} and Strength.STRONG in {seen.young, seen.photo}
