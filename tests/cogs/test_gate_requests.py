"""What may be drawn: in each situation one fact differs from a place, a person and a wish that allow everything."""

import dataclasses
import itertools
from typing import Any

import pytest

from benchmarks.planted import NAME, evidence
from cogs import _gate
from inference.errors import Refused, Withheld
from inference.request import Syntax
from inference.safety.evidence import PictureEvidence, Rating, Strength
from inference.safety.policy import (
    NOT_CHECKED,
    NOT_HERE,
    NOT_IN_THIS_CHANNEL,
    NOT_NOW,
    NOT_THIS,
    Decision,
    Facts,
    Moment,
    Rule,
)
from storage import pictures, standing
from storage.standing import Kind
from tests.cogs.gate_world import (
    CLOSING,
    EXPLICIT,
    GATED,
    GENERAL,
    ORDINARY,
    PHOTO,
    SENSITIVE,
    UNRATED,
    WORSE,
    YOUNG,
    Words,
    World,
    wish,
)

# Accepting words


async def test_harmless_words_are_accepted_everywhere_and_nobody_asks_discord(world: World) -> None:
    for channel, guild in ((GATED, world.where.guild_id), (ORDINARY, world.where.guild_id), (GATED, None)):
        world.moves(channel, guild)
        known = await _gate.accept(world.services, world.where, wish(), None)
        assert known.provenance == "text"
        assert set(known.evidence.values()) == {0}
    assert world.discord.asked == 0
    assert await world.noted() == []


async def test_words_that_only_some_steps_show_are_read_when_asked_for_and_when_shown(world: World) -> None:
    world.moves(ORDINARY)
    scheduled = dataclasses.replace(wish("a [x:harbour ad:5]ult"), syntax=Syntax.A1111)
    with pytest.raises(Refused):
        await _gate.accept(world.services, world.where, scheduled, None)
    job, kept = await world.drawn(request=scheduled)
    with pytest.raises(Withheld):
        await _gate.show(world.services, world.where, job, kept)
    plain = dataclasses.replace(scheduled, syntax=Syntax.PLAIN)
    assert (await _gate.accept(world.services, world.where, plain, None)).evidence["sexual"] == 0


async def test_adult_words_are_accepted_where_everything_allows_them(world: World) -> None:
    known = await _gate.accept(world.services, world.where, wish("adult"), None)
    assert (known.provenance, known.evidence["sexual"], known.evidence["young"]) == ("text", 2, 0)
    assert world.discord.asked == 1  # Discord itself said so


@pytest.mark.parametrize("closing", CLOSING)
async def test_adult_words_are_refused_where_one_thing_forbids_them(world: World, closing: str) -> None:
    await CLOSING[closing](world)
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish("adult"), None)
    assert type(refused.value) is Refused
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}
    [note] = await world.noted()
    assert (note.moment, note.rule, note.decision) == ("request", "adult", "refused")
    assert (note.person_id, note.guild_id) == (world.where.person_id, world.where.guild_id)
    assert await world.stands() in {Kind.GOOD, Kind.NO_ADULT}  # no strike


async def test_a_refusal_does_not_wait_for_discord(world: World) -> None:
    await world.rule(adult=False)
    with pytest.raises(Refused):
        await _gate.accept(world.services, world.where, wish("adult"), None)
    assert world.discord.asked == 0


@pytest.mark.parametrize("worse", WORSE)
async def test_whoever_pauses_or_is_barred_draws_nothing(world: World, worse: str) -> None:
    await WORSE[worse](world)
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish(), None)
    assert refused.value.template == NOT_NOW


@pytest.mark.parametrize(("words", "rule"), [("adult sapling", "floor"), ("adult likeness", "real")])
async def test_what_is_allowed_nowhere_is_a_strike(world: World, words: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish(words), None)
    assert refused.value.template == NOT_THIS
    assert [note.rule for note in await world.noted()] == [rule]
    assert await world.stands() is Kind.COOLING


@pytest.mark.parametrize("words", ["adult sapling perhaps", "adult likeness perhaps"])
async def test_a_guess_is_refused_and_no_strike(world: World, words: str) -> None:
    with pytest.raises(Refused):
        await _gate.accept(world.services, world.where, wish(words), None)
    assert await world.stands() is Kind.GOOD


async def test_a_word_of_the_servers_own_list_is_no_strike(world: World) -> None:
    await _gate.accept(world.services, world.where, wish("a marmalade"), None)
    await world.rule(blocked=frozenset({"marmalade"}))
    with pytest.raises(Refused):
        await _gate.accept(world.services, world.where, wish("a marmalade"), None)
    assert [note.rule for note in await world.noted()] == ["list"]
    assert await world.stands() is Kind.GOOD


# Accepting what starts from a picture


async def test_adult_requests_start_from_our_own_pictures(world: World) -> None:
    _, [parent] = await world.drawn(EXPLICIT)
    known = await _gate.accept(world.services, world.where, wish("adult", start=parent), parent)
    assert known.provenance == "ours"


async def test_and_from_nothing_that_was_sent(world: World) -> None:
    sent = await world.uploaded()
    assert (await _gate.accept(world.services, world.where, wish(start=sent), sent)).provenance == "upload"
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish("adult", start=sent), sent)
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}


async def test_a_reroll_starts_from_what_its_parent_was_made_from(world: World) -> None:
    _, [first] = await world.drawn()
    _, [varied] = await world.drawn(request=wish(start=first), parent=first.id, provenance="ours")
    assert (await _gate.accept(world.services, world.where, wish(start=first), varied)).provenance == "ours"


@pytest.mark.parametrize("looked", [EXPLICIT, SENSITIVE])
async def test_the_picture_that_it_starts_from_counts(world: World, looked: PictureEvidence) -> None:
    _, [parent] = await world.drawn(looked)
    await _gate.accept(world.services, world.where, wish(start=parent), parent)
    world.moves(ORDINARY)
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish(start=parent), parent)
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}


async def test_a_start_without_a_row_counts_as_the_worst(world: World) -> None:
    _, [parent] = await world.drawn()
    for claimed in (None, (await world.drawn())[1][0]):
        with pytest.raises(Refused) as refused:
            await _gate.accept(world.services, world.where, wish(start=parent), claimed)
        assert refused.value.template == NOT_CHECKED


async def test_a_start_that_nobody_rated_is_rated_now(world: World) -> None:
    world.moves(ORDINARY)
    _, [parent] = await world.drawn(UNRATED)
    await _gate.accept(world.services, world.where, wish(start=parent), parent)
    row = await pictures.get(world.db, parent.id)
    assert row is not None and (row.rating, row.young, row.detector_version) == ("general", 0, NAME)

    _, [parent] = await world.drawn(UNRATED)
    world.sees = EXPLICIT
    with pytest.raises(Refused) as refused:
        await _gate.accept(world.services, world.where, wish(start=parent), parent)
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}


# What somebody sends


async def test_a_harmless_picture_may_be_sent(world: World) -> None:
    await _gate.enter(world.services, world.where, wish(), GENERAL)
    assert await world.noted() == []


@pytest.mark.parametrize(
    ("looked", "sentence", "rule"),
    [
        (EXPLICIT, NOT_HERE, "adult"),  # although everything else would allow it
        (SENSITIVE, NOT_HERE, "strict"),
        (UNRATED, NOT_CHECKED, "unseen"),
        (YOUNG, NOT_THIS, "floor"),
        (PHOTO, NOT_THIS, "real"),
    ],
)
async def test_other_pictures_may_not(world: World, looked: PictureEvidence, sentence: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        await _gate.enter(world.services, world.where, wish(), looked)
    assert (type(refused.value), refused.value.template) == (Refused, sentence)
    [note] = await world.noted()
    assert (note.rule, note.detector) == (rule, looked.rater)
    assert (await world.stands() is Kind.COOLING) == (rule in {"floor", "real"})


@pytest.mark.parametrize(
    ("looked", "strikes"),
    [
        (evidence(Rating.QUESTIONABLE, Strength.STRONG), True),
        (evidence(Rating.QUESTIONABLE, photo=Strength.STRONG), True),
        (evidence(Rating.EXPLICIT, Strength.WEAK), False),
        (evidence(Rating.EXPLICIT, photo=Strength.WEAK), False),
        (evidence(Rating.SENSITIVE, Strength.STRONG), False),
        (evidence(Rating.SENSITIVE, photo=Strength.STRONG), False),
    ],
)
async def test_a_picture_from_outside_is_a_strike_where_it_surely_shows_it(
    world: World, looked: PictureEvidence, *, strikes: bool
) -> None:
    with pytest.raises(Refused):
        await _gate.enter(world.services, world.where, wish(), looked)
    assert (await world.stands() is Kind.COOLING) is strikes


# Its turn has come


async def test_what_was_accepted_is_drawn(world: World) -> None:
    job, _ = await world.drawn(prompt="adult")
    await _gate.dispatch(world.services, job)
    world.moves(ORDINARY)
    job, _ = await world.drawn()
    await _gate.dispatch(world.services, job)
    assert await world.noted() == []


@pytest.mark.parametrize("closing", CLOSING)
async def test_what_changed_while_it_waited_wins(world: World, closing: str) -> None:
    await CLOSING[closing](world)
    job, _ = await world.drawn(prompt="adult")
    with pytest.raises(Refused) as refused:
        await _gate.dispatch(world.services, job)
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}


async def test_ours_stays_ours_and_an_upload_stays_one(world: World) -> None:
    _, [parent] = await world.drawn(EXPLICIT)
    again: dict[str, Any] = {"request": wish("adult", start=parent), "parent": parent.id}
    ours, _ = await world.drawn(**again, provenance="ours")
    await _gate.dispatch(world.services, ours)
    upload, _ = await world.drawn(**again, provenance="upload")  # so it was when it was accepted
    with pytest.raises(Refused):
        await _gate.dispatch(world.services, upload)


async def test_ours_is_an_upload_once_its_picture_is_gone(world: World) -> None:
    first, [parent] = await world.drawn()
    job, _ = await world.drawn(request=wish("adult", start=parent), parent=parent.id, provenance="ours")
    await pictures.delete_of_job(world.db, first.id)
    with pytest.raises(Refused) as refused:
        await _gate.dispatch(world.services, job)
    assert refused.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}


async def test_a_start_whose_row_is_gone_is_not_drawn_from(world: World) -> None:
    _, [parent] = await world.drawn()
    job, _ = await world.drawn(request=wish(start=parent), provenance="ours")
    with pytest.raises(Refused) as refused:
        await _gate.dispatch(world.services, job)
    assert refused.value.template == NOT_CHECKED


async def test_whoever_was_barred_while_waiting_gets_nothing(world: World) -> None:
    job, _ = await world.drawn()
    await standing.bar(world.db, job.requester_id, standing.EVERYWHERE, standing.Bar.BLOCKED)
    with pytest.raises(Refused) as refused:
        await _gate.dispatch(world.services, job)
    assert refused.value.template == NOT_NOW


# Turning away


async def test_only_what_somebody_asked_for_that_is_allowed_nowhere_is_a_strike(world: World) -> None:
    place, member = await _gate.look_around(world.services, world.where)
    certain = Words().read("adult sapling", "")
    for person_id, (moment, rule) in enumerate(itertools.product(Moment, Rule), start=100):
        where, decision = dataclasses.replace(world.where, person_id=person_id), Decision(allowed=False, rule=rule)
        facts = Facts(
            moment=moment, place=place, standing=member.standing, provenance=None, text=certain, picture=GENERAL
        )
        with pytest.raises(Refused) as refused:
            await _gate.turn_away(world.services, where, facts, decision)
        assert refused.value.template == decision.sentence(facts)
        assert isinstance(refused.value, Withheld) == (moment is not Moment.REQUEST)
        note, *_ = await world.noted()
        assert (note.person_id, note.moment, note.rule, note.detector) == (person_id, moment, rule, NAME)
        assert note.decision == ("refused" if moment is Moment.REQUEST else "withheld")
        grave = moment is Moment.REQUEST and rule in {Rule.FLOOR, Rule.REAL}
        assert await world.stands(person_id) is (Kind.COOLING if grave else Kind.GOOD)
