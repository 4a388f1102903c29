"""People, their presets, and servers: what was set comes back, and strangers have the defaults."""

import asyncio
import dataclasses

import pytest

from inference.errors import BadRequest
from inference.request import Aspect, Sampler, Wish
from storage import people, presets, servers
from storage.database import Database
from storage.people import Person, Verbosity
from storage.presets import MAX_PRESETS, Preset
from storage.servers import Server
from storage.wish import from_json, to_json

WISH = Wish(negative="blurry", aspect=Aspect.PORTRAIT, sampler=Sampler.EULER_A, guidance=6.5, steps=30)


async def test_a_stranger_has_the_defaults_and_no_row(db: Database) -> None:
    assert await people.get(db, 1) == Person(id=1)
    assert await servers.get(db, 1) == Server(id=1)


async def test_the_locale_follows_discord_and_leaves_the_settings_alone(db: Database) -> None:
    await people.set_wish(db, 1, WISH)
    assert (await people.seen(db, 1, "vi")).locale == "vi"
    assert await people.seen(db, 1, "ja") == Person(id=1, locale="ja", wish=WISH)


async def test_seeing_somebody_unchanged_writes_nothing(db: Database) -> None:
    await people.seen(db, 1, "vi")
    [before] = await db.all("SELECT updated_at FROM people")
    await people.seen(db, 1, "vi")
    [after] = await db.all("SELECT updated_at FROM people")
    assert before["updated_at"] == after["updated_at"]


async def test_every_setting_of_a_person_is_kept_for_that_person(db: Database) -> None:
    await people.set_language(db, 1, "vi")
    await people.set_verbosity(db, 1, Verbosity.FULL)
    await people.set_wish(db, 1, WISH)
    assert await people.get(db, 1) == Person(id=1, language="vi", verbosity=Verbosity.FULL, wish=WISH)
    await people.set_language(db, 1, None)
    assert (await people.get(db, 1)).language is None
    assert await people.get(db, 2) == Person(id=2)


async def test_two_changes_at_once_both_count(db: Database) -> None:
    await asyncio.gather(
        people.change_wish(db, 1, lambda wish: dataclasses.replace(wish, steps=30)),
        people.change_wish(db, 1, lambda wish: dataclasses.replace(wish, count=4)),
    )
    assert (await people.get(db, 1)).wish == Wish(steps=30, count=4)


async def test_a_change_that_is_refused_changes_nothing(db: Database) -> None:
    def refuse(_: Wish) -> Wish:
        raise BadRequest(template="no")

    await people.set_wish(db, 1, WISH)
    with pytest.raises(BadRequest):
        await people.change_wish(db, 1, refuse)
    assert (await people.get(db, 1)).wish == WISH


async def test_a_server_keeps_its_wish_and_language(db: Database) -> None:
    await servers.set_wish(db, 7, WISH)
    await servers.set_language(db, 7, "ja")
    assert await servers.get(db, 7) == Server(id=7, language="ja", wish=WISH)


async def test_presets_are_saved_found_overwritten_and_deleted_whatever_the_case(db: Database) -> None:
    await presets.save(db, 1, " Night ", WISH)
    await presets.save(db, 1, "dawn", Wish(steps=10))
    await presets.save(db, 1, "night", Wish(steps=12))
    assert await presets.of_owner(db, 1) == [
        Preset(name="dawn", wish=Wish(steps=10)),
        Preset(name="Night", wish=Wish(steps=12)),
    ]
    assert await presets.get(db, 1, "NIGHT") == Preset(name="Night", wish=Wish(steps=12))
    assert await presets.get(db, 2, "night") is None
    assert await presets.delete(db, 1, "night")
    assert not await presets.delete(db, 1, "night")


@pytest.mark.parametrize("name", ["", "   ", "x" * 51])
async def test_a_preset_needs_a_name_of_some_length(db: Database, name: str) -> None:
    with pytest.raises(BadRequest, match="1 to 50 characters"):
        await presets.save(db, 1, name, WISH)


async def test_there_is_an_end_to_presets_but_old_ones_can_still_be_overwritten(db: Database) -> None:
    for i in range(MAX_PRESETS):
        await presets.save(db, 1, f"preset {i}", WISH)
    with pytest.raises(BadRequest, match="25 presets"):
        await presets.save(db, 1, "one more", WISH)
    await presets.save(db, 1, "preset 3", Wish(steps=5))
    assert len(await presets.of_owner(db, 1)) == MAX_PRESETS
    await presets.save(db, 2, "somebody else's", WISH)


def test_a_wish_as_json_says_only_what_was_said_and_passes_over_what_is_no_longer_known() -> None:
    assert to_json(Wish(steps=3)) == '{"steps":3}'
    assert from_json(to_json(WISH)) == WISH
    assert from_json('{"steps": 3, "long_gone": true}') == Wish(steps=3)
