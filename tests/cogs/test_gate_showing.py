"""What may be shown: in each situation one fact differs from a picture and a place that allow everything."""

import dataclasses
import time
from itertools import permutations
from typing import Any

import pytest

from benchmarks.forging import ELSEWHERE, SOMEBODY
from benchmarks.planted import NAME, evidence
from cogs import _gate
from inference.errors import Gone, Withheld
from inference.safety.evidence import PictureEvidence, Rating, Strength
from inference.safety.policy import NOT_ANY_MORE, NOT_CHECKED, NOT_HERE, NOT_IN_THIS_CHANNEL, NOT_NOW
from storage import pictures
from storage.job import Job
from storage.standing import Kind
from tests.cogs.gate_world import (
    CLOSING,
    EXPLICIT,
    GATED,
    GENERAL,
    ORDINARY,
    PHOTO,
    QUESTIONABLE,
    SENSITIVE,
    UNRATED,
    WORSE,
    YOUNG,
    World,
    wish,
)


async def lives(world: World, job: Job) -> bool:
    return bool(await _gate.living(world.services, job))


# Just drawn


@pytest.mark.parametrize("looked", [GENERAL, EXPLICIT, UNRATED])
async def test_what_is_only_not_for_this_place_is_kept(world: World, looked: PictureEvidence) -> None:
    world.moves(ORDINARY)
    job, _ = await world.drawn()
    await _gate.finished(world.services, job, [looked])
    assert await world.noted() == []


@pytest.mark.parametrize(("looked", "rule"), [(YOUNG, "floor"), (PHOTO, "real")])
async def test_what_is_allowed_nowhere_is_not_even_kept(world: World, looked: PictureEvidence, rule: str) -> None:
    job, _ = await world.drawn()
    for several in ([looked], [GENERAL, looked], [looked, EXPLICIT]):
        with pytest.raises(Withheld) as withheld:
            await _gate.finished(world.services, job, several)
        assert withheld.value.template == NOT_ANY_MORE
        note, *_ = await world.noted()
        assert (note.moment, note.rule, note.decision, note.detector) == ("show", rule, "destroyed", NAME)
    assert await world.stands() is Kind.GOOD  # it is what the model made of it


# Showing


async def test_harmless_pictures_are_shown_everywhere_and_nobody_asks_discord(world: World) -> None:
    for channel, guild in ((GATED, world.where.guild_id), (ORDINARY, world.where.guild_id), (GATED, None)):
        world.moves(channel, guild)
        job, kept = await world.drawn(GENERAL, GENERAL)
        assert await _gate.show(world.services, world.where, job, kept) is False
    assert world.discord.asked == world.rater.asked == 0


@pytest.mark.parametrize("looked", [QUESTIONABLE, EXPLICIT])
async def test_adult_pictures_are_covered_where_the_server_wants_it(world: World, looked: PictureEvidence) -> None:
    job, kept = await world.drawn(looked)
    assert await _gate.show(world.services, world.where, job, kept) is True
    assert world.discord.asked == 1
    await world.rule(spoiler=False)
    assert await _gate.show(world.services, world.where, job, kept) is False


@pytest.mark.parametrize("closing", CLOSING)
async def test_adult_pictures_are_withheld_where_one_thing_forbids_them(world: World, closing: str) -> None:
    await CLOSING[closing](world)
    job, kept = await world.drawn(EXPLICIT)
    with pytest.raises(Withheld) as withheld:
        await _gate.show(world.services, world.where, job, kept)
    assert withheld.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}
    note, *_ = await world.noted()
    assert (note.moment, note.rule, note.decision) == ("show", "adult", "withheld")
    assert await lives(world, job)
    assert not await _gate.may_show(world.services, world.where, job, kept)


async def test_words_count_beside_the_picture(world: World) -> None:
    world.moves(ORDINARY)
    job, kept = await world.drawn(prompt="adult")
    with pytest.raises(Withheld):
        await _gate.show(world.services, world.where, job, kept)
    assert world.discord.asked == 0  # that no need of Discord's word


async def test_of_several_the_hottest_counts_wherever_it_stands(world: World) -> None:
    for several in permutations([GENERAL, SENSITIVE, EXPLICIT]):
        job, kept = await world.drawn(*several)
        assert await _gate.show(world.services, world.where, job, kept) is True
        ordinary = dataclasses.replace(world.where, channel_id=ORDINARY)
        with pytest.raises(Withheld) as withheld:
            await _gate.show(world.services, ordinary, job, kept)
        assert withheld.value.template in {NOT_HERE, NOT_IN_THIS_CHANNEL}
        assert await lives(world, job)


async def test_of_several_one_that_is_allowed_nowhere_destroys_all(world: World) -> None:
    world.moves(ORDINARY)
    for several in permutations([GENERAL, YOUNG, EXPLICIT]):
        job, kept = await world.drawn(*several)
        with pytest.raises(Withheld) as withheld:
            await _gate.show(world.services, world.where, job, kept)
        assert withheld.value.template == NOT_ANY_MORE
        assert not await lives(world, job)
        note, *_ = await world.noted()
        assert (note.rule, note.decision) == ("floor", "destroyed")


async def test_tombstones_that_nobody_rated_are_not_shown(world: World) -> None:
    job, _ = await world.drawn(UNRATED)
    await pictures.delete_of_job(world.db, job.id)
    with pytest.raises(Withheld) as withheld:
        await _gate.show(world.services, world.where, job, await pictures.of_job(world.db, job.id))
    assert withheld.value.template == NOT_CHECKED
    assert world.rater.asked == 0


async def test_nothing_to_show_is_nothing_shown_and_nothing_destroyed(world: World) -> None:
    job, _ = await world.drawn()
    await _gate.finished(world.services, job, [])
    with pytest.raises(Withheld) as withheld:
        await _gate.show(world.services, world.where, job, [])
    assert withheld.value.template == NOT_CHECKED
    assert await lives(world, job)


@pytest.mark.parametrize("worse", WORSE)
async def test_whoever_pauses_or_is_barred_is_shown_nothing(world: World, worse: str) -> None:
    job, kept = await world.drawn()
    await WORSE[worse](world)
    with pytest.raises(Withheld) as withheld:
        await _gate.show(world.services, world.where, job, kept)
    assert withheld.value.template == NOT_NOW


async def test_the_servers_own_words_count_today(world: World) -> None:
    job, kept = await world.drawn(prompt="a marmalade")
    assert await _gate.may_show(world.services, world.where, job, kept)
    await world.rule(blocked=frozenset({"marmalade"}))
    assert not await _gate.may_show(world.services, world.where, job, kept)


@pytest.mark.parametrize(
    ("provenance", "start", "shown"),
    [("text", False, True), ("ours", True, True), ("upload", True, False), (None, False, True), (None, True, False)],
)
async def test_what_a_picture_was_made_from_counts(
    world: World, provenance: str | None, start: bool, shown: bool
) -> None:
    _, [parent] = await world.drawn()
    request = wish(start=parent if start else None)
    of_before_the_gate: dict[str, Any] = {"known": None} if provenance is None else {}
    job, kept = await world.drawn(EXPLICIT, request=request, provenance=provenance, **of_before_the_gate)
    assert await _gate.may_show(world.services, world.where, job, kept) is shown


# Rows that nobody rated yet


async def test_a_rated_row_is_not_looked_at_again(world: World) -> None:
    world.moves(ORDINARY)
    job, kept = await world.drawn(GENERAL)
    world.sees = EXPLICIT
    assert await _gate.show(world.services, world.where, job, kept) is False


async def test_an_unrated_row_is_looked_at_now_and_once(world: World) -> None:
    job, kept = await world.drawn(UNRATED, GENERAL)
    world.sees = EXPLICIT
    assert await _gate.show(world.services, world.where, job, kept) is True
    [row, _] = await _gate.living(world.services, job)
    assert (row.rating, row.young, row.photo, row.detector_version) == ("explicit", 0, 0, NAME)
    await _gate.show(world.services, world.where, job, [row])
    assert world.rater.asked == 1
    assert not await _gate.may_show(world.services, dataclasses.replace(world.where, channel_id=ORDINARY), job, [row])


@pytest.mark.parametrize("why", ["the rater cannot tell", "the rater is slow", "the file is gone"])
async def test_what_nobody_can_look_at_stays_unseen(world: World, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job, kept = await world.drawn(UNRATED)
    match why:
        case "the rater cannot tell":
            world.sees = UNRATED
        case "the rater is slow":
            monkeypatch.setattr(_gate, "RATED_WITHIN_S", 0.05)
            world.rater.takes_s = 600
        case _:
            for file in world.db.folder.rglob("*.png"):
                file.unlink()
    began = time.monotonic()
    with pytest.raises(Withheld) as withheld:
        await _gate.show(world.services, world.where, job, kept)
    assert time.monotonic() - began < 60
    assert withheld.value.template == NOT_CHECKED
    [row] = await _gate.living(world.services, job)
    assert (row.rating, row.detector_version) == (None, None)


# After it was sent


async def test_what_may_stay_stays_and_what_may_not_is_taken_back(world: World) -> None:
    taken: list[str] = []

    async def take_back() -> None:
        taken.append("back")

    job, kept = await world.drawn(EXPLICIT)
    await _gate.stays(world.services, world.where, job, kept, take_back)
    assert taken == []
    world.discord.truth.nsfw[GATED] = False
    with pytest.raises(Withheld):
        await _gate.stays(world.services, world.where, job, kept, take_back)
    assert taken == ["back"]


# Controls


async def test_a_control_of_a_job_that_is_gone_is_answered_elsewhere(world: World) -> None:
    await _gate.press(world.services, world.where, 12345)
    assert await world.noted() == []


async def test_a_control_answers_where_its_pictures_may_be(world: World) -> None:
    job, _ = await world.drawn(EXPLICIT)
    await _gate.press(world.services, world.where, job.id)
    ordinary = dataclasses.replace(world.where, channel_id=ORDINARY)
    with pytest.raises(Withheld):
        await _gate.press(world.services, ordinary, job.id)
    await _gate.press(world.services, ordinary, job.id, shows=False)
    await pictures.delete_of_job(world.db, job.id)
    await _gate.press(world.services, ordinary, job.id)


@pytest.mark.parametrize("how", [{"guild": ELSEWHERE}, {"guild": None}, {"private": True}])
async def test_a_control_says_nothing_of_somebody_elses_job(world: World, how: dict[str, Any]) -> None:
    job, _ = await world.drawn(who=SOMEBODY, posted=False, **how)
    for shows in (True, False):
        with pytest.raises(Gone):
            await _gate.press(world.services, world.where, job.id, shows=shows)


async def test_living_pictures_are_those_that_were_not_deleted(world: World) -> None:
    job, kept = await world.drawn(GENERAL, GENERAL)
    assert await _gate.living(world.services, job) == kept
    await pictures.delete_of_job(world.db, job.id)
    assert await _gate.living(world.services, job) == []


# Handing back what is somebody's own


@pytest.mark.parametrize("worse", ["", *WORSE])
async def test_harmless_pictures_are_handed_back_whoever_is_paused_or_barred(world: World, worse: str) -> None:
    job, [kept] = await world.drawn()
    if worse:
        await WORSE[worse](world)
    assert await _gate.hand_back(world.services, world.where, job, kept)
    assert await _gate.hand_back(world.services, world.where.directly(), job, kept)
    assert world.discord.asked == 0


async def test_adult_ones_are_handed_back_to_whoever_may_have_them(world: World) -> None:
    job, [kept] = await world.drawn(EXPLICIT)
    assert await _gate.hand_back(world.services, world.where, job, kept)
    await WORSE["pauses"](world)
    assert not await _gate.hand_back(world.services, world.where, job, kept)


@pytest.mark.parametrize("closing", CLOSING)
async def test_adult_ones_are_not_handed_back_where_one_thing_forbids_them(world: World, closing: str) -> None:
    await CLOSING[closing](world)
    job, [kept] = await world.drawn(EXPLICIT)
    assert not await _gate.hand_back(world.services, world.where, job, kept)
    assert await world.noted() == []  # nobody asked for anything


async def test_handing_back_does_not_wait_for_discord_in_vain(world: World) -> None:
    job, [kept] = await world.drawn(EXPLICIT)
    await world.rule(adult=False)
    assert not await _gate.hand_back(world.services, world.where, job, kept)
    assert world.discord.asked == 0


async def test_what_nobody_rated_is_rated_before_it_is_handed_back(world: World) -> None:
    job, [kept] = await world.drawn(UNRATED)
    assert await _gate.hand_back(world.services, world.where, job, kept)
    job, [kept] = await world.drawn(UNRATED)
    world.sees = evidence(Rating.GENERAL, Strength.NONE, Strength.STRONG)
    await world.rule(real_people=False)
    assert not await _gate.hand_back(world.services, world.where, job, kept)
