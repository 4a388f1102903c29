"""What was made by this bot: of a true one, exactly one fact is otherwise, and it is an upload."""

import dataclasses
from typing import Any

import pytest

from benchmarks.forging import ELSEWHERE, HERE, SOMEBODY
from cogs import _provenance
from inference.safety.policy import Provenance
from storage import posts
from storage.pictures import Picture
from tests.cogs.gate_world import GATED, GENERAL, ORDINARY, World, wish


async def says(world: World, source: Picture | None, image: Picture | None) -> Provenance:
    return await _provenance.provenance_of(world.services, world.where, wish(start=image), source)


# True ones


async def test_words_alone(world: World) -> None:
    assert await says(world, None, None) is Provenance.TEXT


@pytest.mark.parametrize("private", [True, False])
async def test_ones_own_picture_wherever_it_is_asked_for(world: World, private: bool) -> None:
    _, [kept] = await world.drawn(private=private, posted=False)
    for guild_id in (HERE, ELSEWHERE, None):
        world.moves(GATED, guild_id)
        assert await says(world, kept, kept) is Provenance.OURS


async def test_somebodys_picture_that_was_shown_openly_in_this_server(world: World) -> None:
    _, [kept] = await world.drawn(who=SOMEBODY)
    world.moves(ORDINARY)
    assert await says(world, kept, kept) is Provenance.OURS


async def test_a_variation_of_our_own(world: World) -> None:
    _, [first] = await world.drawn()
    _, [varied] = await world.drawn(request=wish(start=first), parent=first.id, provenance="ours")
    assert await says(world, varied, varied) is Provenance.OURS


async def test_an_old_job_from_words(world: World) -> None:
    _, [kept] = await world.drawn(known=None)
    assert await says(world, kept, kept) is Provenance.OURS


# One fact otherwise


async def test_nothing_leads_to_a_row(world: World) -> None:
    _, [kept] = await world.drawn()
    assert await says(world, None, kept) is Provenance.UPLOAD


OTHER_ROW: dict[str, dict[str, Any]] = {
    "other bytes": {"sha256": "0" * 64},
    "not drawn here": {"drawn_here": False},
    "of no job": {"job_id": None},
    "of a job that is gone": {"job_id": 12345},
    "deleted": {"deleted_at": 1.0},
    "somebody in it looks young": {"young": 1},
    "nobody can tell the age": {"young": None},
}


@pytest.mark.parametrize("other", OTHER_ROW)
async def test_a_row_that_says_something_else(world: World, other: str) -> None:
    _, [kept] = await world.drawn()
    assert await says(world, dataclasses.replace(kept, **OTHER_ROW[other]), kept) is Provenance.UPLOAD


OTHER_JOB: dict[str, dict[str, Any]] = {
    "its words said something young then": {"young": 1},
    "and say so by today's lists": {"prompt": "a sapling", "young": 0},
    "it started from an upload": {"provenance": "upload"},
}


@pytest.mark.parametrize("other", OTHER_JOB)
async def test_a_job_that_was_something_else(world: World, other: str) -> None:
    _, [kept] = await world.drawn(**OTHER_JOB[other])
    assert await says(world, kept, kept) is Provenance.UPLOAD


async def test_an_old_job_from_a_picture(world: World) -> None:
    sent = await world.uploaded()
    _, [kept] = await world.drawn(request=wish(start=sent), parent=sent.id, known=None)
    assert await says(world, kept, kept) is Provenance.UPLOAD


SHOWN_OTHERWISE: dict[str, dict[str, Any]] = {
    "nowhere": {"posted": False},
    "in another server": {"guild": ELSEWHERE},
    "in private": {"guild": None},
    "to its owner only": {"private": True, "posted": True},
}


@pytest.mark.parametrize("shown", SHOWN_OTHERWISE)
async def test_somebodys_picture_that_was_not_shown_here(world: World, shown: str) -> None:
    _, [kept] = await world.drawn(who=SOMEBODY, **SHOWN_OTHERWISE[shown])
    assert await says(world, kept, kept) is Provenance.UPLOAD
    world.moves(GATED, None)  # two private conversations are not one place
    assert await says(world, kept, kept) is Provenance.UPLOAD


async def test_only_the_one_of_several_that_was_shown(world: World) -> None:
    job, kept = await world.drawn(GENERAL, GENERAL, who=SOMEBODY, posted=False)
    await show(world, job.id, kept[0], ephemeral=False)
    assert [await says(world, each, each) for each in kept] == [Provenance.OURS, Provenance.UPLOAD]


async def show(world: World, job_id: int, picture: Picture, **how: Any) -> None:  # noqa: ANN401
    post: dict[str, Any] = {"message_id": 900, "channel_id": GATED, "guild_id": HERE, "ephemeral": False} | how
    index, sha256 = picture.picture_index, picture.sha256
    await posts.record(world.db, [posts.Post(job_id=job_id, picture_index=index, sent_sha256=sha256, **post)])


# The way back to a row


async def found(world: World, image: Picture, parent_id: int | None) -> Picture | None:
    return await _provenance.source_of_request(world.services, wish(start=image), parent_id)


async def test_the_parent_itself_is_found_and_nothing_without_one(world: World) -> None:
    _, [kept] = await world.drawn()
    assert await found(world, kept, kept.id) == kept
    assert await found(world, kept, None) is None
    assert await found(world, kept, 12345) is None


async def test_what_a_reroll_started_from_is_found_through_a_few_of_them(world: World) -> None:
    _, [first] = await world.drawn()
    parent = first
    for steps in range(1, _provenance.MOST_STEPS + 1):
        assert await found(world, first, parent.id) == first, steps
        _, [parent] = await world.drawn(request=wish(start=first), parent=parent.id, provenance="ours")
    assert await found(world, first, parent.id) is None  # so long a chain proves nothing


async def test_the_way_ends_where_a_job_started_from_something_else(world: World) -> None:
    _, [first] = await world.drawn()
    _, [second] = await world.drawn()
    _, [other] = await world.drawn(request=wish(start=second), parent=first.id, provenance="ours")
    assert await found(world, first, other.id) is None


async def test_the_way_ends_at_an_upload_and_at_a_row_without_its_job(world: World) -> None:
    _, [first] = await world.drawn()
    sent = await world.uploaded()
    assert await found(world, first, sent.id) is None
    assert await found(world, sent, sent.id) == sent


# Who can know of a job


@pytest.mark.parametrize("guild", [HERE, ELSEWHERE, None])
async def test_everybody_knows_of_their_own(world: World, guild: int | None) -> None:
    job, _ = await world.drawn(private=True, posted=False, guild=guild)
    assert await _provenance.is_within_reach(world.services, world.where, job)


REACH: dict[str, tuple[dict[str, Any], bool]] = {
    "openly in this server": ({}, True),
    "openly in another channel of it": ({"channel": ORDINARY}, True),
    "for its owner only": ({"private": True}, False),
    "in another server": ({"guild": ELSEWHERE}, False),
    "in private": ({"guild": None}, False),
}


@pytest.mark.parametrize("asked", REACH)
async def test_somebodys_job_is_known_where_it_was_asked_for_openly(world: World, asked: str) -> None:
    how, known = REACH[asked]
    job, _ = await world.drawn(who=SOMEBODY, posted=False, **how)
    assert await _provenance.is_within_reach(world.services, world.where, job) is known


async def test_two_private_conversations_are_not_one_place(world: World) -> None:
    job, _ = await world.drawn(who=SOMEBODY, posted=False, guild=None, channel=ORDINARY)
    world.moves(GATED, None)
    assert not await _provenance.is_within_reach(world.services, world.where, job)


@pytest.mark.parametrize(
    ("how", "known"), [({}, True), ({"ephemeral": True}, False), ({"channel_id": ORDINARY}, False)]
)
async def test_a_private_picture_is_known_where_its_owner_shared_it(
    world: World, how: dict[str, Any], known: bool
) -> None:
    job, [kept] = await world.drawn(who=SOMEBODY, private=True, posted=False)
    await show(world, job.id, kept, **how)
    assert await _provenance.is_within_reach(world.services, world.where, job) is known
