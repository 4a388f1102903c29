"""The terms people accepted, and what they asked for before."""

from storage import agreements, pictures
from storage.database import Database
from tests.storage.making import a_request


async def keep(db: Database, person_id: int, prompt: str = "1girl", parent: int | None = None) -> int:
    request = a_request(prompt)
    return await agreements.keep(
        db, person_id, request, private=True, parent_picture_id=parent, context={"note": "from a picture"}
    )


async def test_what_was_accepted_stays_accepted_at_its_first_time(db: Database) -> None:
    assert await agreements.of_person(db, 1) == {}
    await agreements.accept(db, 1, ["house:1", "openrail:1"])
    before = await agreements.of_person(db, 1)
    await agreements.accept(db, 1, ["house:1", "house:2"])
    after = await agreements.of_person(db, 1)
    assert before.items() <= after.items() and after.keys() == {"house:1", "house:2", "openrail:1"}
    assert await agreements.of_person(db, 2) == {}


async def test_what_was_asked_for_is_taken_once_and_by_nobody_else(db: Database) -> None:
    number = await keep(db, 1, "1girl, harbour")
    assert await agreements.take(db, 2, number) is None
    asked = await agreements.take(db, 1, number)
    assert asked is not None
    assert (asked.request, asked.private, dict(asked.context)) == (
        a_request("1girl, harbour"), True, {"note": "from a picture"},
    )  # fmt: skip
    assert await agreements.take(db, 1, number) is None


async def test_only_the_newest_few_are_kept_and_none_for_ever(db: Database) -> None:
    other = await keep(db, 2)
    numbers = [await keep(db, 1) for _ in range(agreements.KEPT_EACH + 2)]
    assert [await agreements.take(db, 1, number) is not None for number in numbers] == [False] * 2 + [True] * 5
    assert await agreements.forget_old(db) == 0
    assert await agreements.forget_old(db, older_than_s=-1) == 1
    assert await agreements.take(db, 2, other) is None


async def test_an_upload_that_waits_for_the_terms_is_not_swept_away(db: Database) -> None:
    upload = await pictures.keep_upload(db, owner_id=1, png=b"an upload", width=64, height=64)
    number = await keep(db, 1, parent=upload.id)
    assert await pictures.sweep(db, older_than_s=-1) == 0
    asked = await agreements.take(db, 1, number)
    assert asked is not None and asked.parent_picture_id == upload.id
    assert await pictures.sweep(db, older_than_s=-1) == 1
