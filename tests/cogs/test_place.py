"""What a place allows at this moment: its flag, by the gateway and by Discord itself, and the switches."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from benchmarks.feigned import Feigned, Truth, not_found
from benchmarks.forging import ELSEWHERE, HERE, ME
from cogs import _place
from cogs._place import Where
from config import Config, Safety
from inference.safety.policy import PlaceKind, Standing
from storage import servers
from tests.cogs.gate_world import GATED, ORDINARY, THREAD, UNHEARD, WORSE, World


async def flag(world: World, *, surely: bool = False) -> bool | None:
    place, _ = await _place.look_around(world.services, world.where, surely=surely)
    return place.age_restricted


# Who and where


def test_the_place_of_a_button_is_where_it_was_pressed() -> None:
    def pressed(guild_id: int | None, channel_id: int | None) -> Where:
        interaction: Any = SimpleNamespace(user=SimpleNamespace(id=7), guild_id=guild_id, channel_id=channel_id)
        return _place.where_pressed(interaction)

    assert pressed(HERE, GATED) == Where(person_id=7, guild_id=HERE, channel_id=GATED)
    assert pressed(None, GATED) == Where(person_id=7, guild_id=None, channel_id=GATED)
    assert pressed(HERE, None) == Where(person_id=7, guild_id=HERE, channel_id=0)


def test_directly_is_the_same_person_in_private() -> None:
    assert Where(person_id=7, guild_id=HERE, channel_id=GATED).directly().guild_id is None
    assert Where(person_id=7, guild_id=HERE, channel_id=GATED).directly().person_id == 7


async def test_kinds_of_places(world: World) -> None:
    for guild_id, kind in ((HERE, PlaceKind.SERVER), (None, PlaceKind.DIRECT), (ELSEWHERE, PlaceKind.ELSEWHERE)):
        world.moves(GATED, guild_id)
        place, _ = await _place.look_around(world.services, world.where)
        assert place.kind is kind
        assert (place.age_restricted is None) == (kind is not PlaceKind.SERVER)


# The flag


@pytest.mark.parametrize(("channel", "restricted"), [(GATED, True), (ORDINARY, False), (THREAD, True)])
async def test_what_the_gateway_told_is_not_asked_for(world: World, channel: int, restricted: bool) -> None:
    world.moves(channel)
    assert await flag(world) is restricted
    assert world.discord.asked == 0


async def test_a_thread_goes_with_its_parent(world: World) -> None:
    world.moves(THREAD)
    world.discord.cached_parent[THREAD] = world.discord.truth.parent[THREAD] = ORDINARY
    assert await flag(world) is False
    assert await flag(world, surely=True) is False


@pytest.mark.parametrize("surely", [True, False])
async def test_what_the_gateway_did_not_tell_is_asked_for(world: World, surely: bool) -> None:
    world.moves(UNHEARD)
    assert await flag(world, surely=surely) is True
    world.discord.truth.nsfw[UNHEARD] = False
    assert await flag(world, surely=surely) is False
    assert world.discord.asked == 2


async def test_the_unheard_of_parent_of_a_thread_is_asked_for(world: World) -> None:
    world.moves(THREAD)
    del world.discord.cached[GATED]
    assert await flag(world) is True
    assert world.discord.asked == 2  # the thread, then its parent
    world.discord.fails, world.discord.but = not_found(), THREAD
    assert await flag(world) is None


async def test_surely_is_yes_only_when_both_say_so(world: World) -> None:
    for told in (True, False):
        for true in (True, False):
            world.discord.cached[GATED], world.discord.truth.nsfw[GATED] = told, true
            assert await flag(world, surely=True) is (told and true)
    assert world.discord.asked == 4


async def test_whatever_the_gateway_tells_while_discord_is_asked_wins(world: World) -> None:
    def told(restricted: bool) -> Callable[[], None]:
        return lambda: world.discord.cached.update({UNHEARD: restricted})

    world.moves(UNHEARD)
    world.discord.while_asked = told(False)
    assert await flag(world) is False


FAILURES = {
    "gone": not_found(),
    "away": TimeoutError(),
    "no connection": OSError(),
    "of a kind that nobody knows": discord.InvalidData(),
}


@pytest.mark.parametrize("surely", [True, False])
@pytest.mark.parametrize("failure", FAILURES)
async def test_what_discord_does_not_say_is_not_known(world: World, failure: str, surely: bool) -> None:
    world.moves(GATED if surely else UNHEARD)
    world.discord.fails = FAILURES[failure]
    assert await flag(world, surely=surely) is None


async def test_discord_is_not_waited_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_place, "FETCH_S", 0.05)
    world.discord.takes_s = 600
    began = time.monotonic()
    assert await flag(world, surely=True) is None
    assert time.monotonic() - began < 60


async def test_a_channel_of_another_server_has_no_flag_here(world: World) -> None:
    world.moves(UNHEARD)
    foreign = Feigned(ELSEWHERE, Truth(nsfw={UNHEARD: True}, parent={}), lambda _: None)
    world.discord.others[UNHEARD] = foreign.get_channel(UNHEARD)
    assert await flag(world) is None


@pytest.mark.parametrize("kind", [discord.CategoryChannel, discord.DMChannel])
async def test_what_has_no_flag_of_its_own_has_none(world: World, kind: type[Any]) -> None:
    other: Any = object.__new__(kind)
    if kind is discord.CategoryChannel:
        other.guild, other.nsfw, other.id = world.discord, True, UNHEARD
    world.moves(UNHEARD)
    world.discord.others[UNHEARD] = other
    assert await flag(world) is None


async def test_outside_servers_nobody_is_asked(world: World) -> None:
    for guild_id in (None, ELSEWHERE):
        world.moves(GATED, guild_id)
        assert await flag(world, surely=True) is None
    assert world.discord.asked == 0


# The switches


@pytest.mark.parametrize("name", ["adult", "suggestive", "gore", "hate", "real_people", "spoiler"])
async def test_every_switch_of_the_server_is_its_own(world: World, name: str) -> None:
    for on in (True, False):
        rules = dict.fromkeys(["adult", "suggestive", "gore", "hate", "real_people", "spoiler"], not on) | {name: on}
        await world.rule(**rules)
        place, _ = await _place.look_around(world.services, world.where)
        said = {each: getattr(place, "server_adult" if each == "adult" else each) for each in rules}
        assert said == rules
        assert place.operator_adult and place.age_judged


async def test_the_operators_switch_and_the_judge_are_their_own(world: World) -> None:
    world.rater.age_judged = False
    place, _ = await _place.look_around(world.services, world.where)
    assert (place.operator_adult, place.server_adult, place.age_judged) == (True, True, False)
    world.rater.age_judged = True
    world.services.config = Config(safety=Safety(adult=False))
    place, _ = await _place.look_around(world.services, world.where)
    assert (place.operator_adult, place.server_adult, place.age_judged) == (False, True, True)


async def test_a_server_that_nobody_set_anything_for_is_safe(world: World) -> None:
    assert await servers.rules(world.db, ELSEWHERE) == servers.ServerRules()
    world.moves(GATED, ELSEWHERE)
    place, _ = await _place.look_around(world.services, world.where)
    assert not (place.server_adult or place.suggestive or place.gore or place.hate)
    assert place.spoiler


@pytest.mark.parametrize(("worse", "stands"), [("pauses", Standing.COOLING), ("is barred", Standing.BLOCKED)])
async def test_how_the_person_stands(world: World, worse: str, stands: Standing) -> None:
    _, member = await _place.look_around(world.services, world.where)
    assert member.standing is Standing.GOOD
    await WORSE[worse](world)
    _, member = await _place.look_around(world.services, world.where)
    assert member.standing is stands
    other = Where(person_id=ME + 50, guild_id=HERE, channel_id=GATED)
    _, member = await _place.look_around(world.services, other)
    assert member.standing is Standing.GOOD
