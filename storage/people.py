"""People: the language Discord reports for them, and what they prefer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from sqlite3 import Row

from inference.errors import StorageFull
from inference.request import Wish
from storage import wish as wishes
from storage.database import Database, Transaction, Value

GET = "SELECT id, locale, language, verbosity, wish, ping FROM people WHERE id = ?"


class Verbosity(StrEnum):
    """How much a card says."""

    MINIMAL = "minimal"
    NORMAL = "normal"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person's settings; someone we never met has the defaults."""

    id: int
    locale: str | None = None  # the last one Discord reported
    language: str | None = None  # chosen in /settings, stronger than the locale
    verbosity: Verbosity = Verbosity.NORMAL
    wish: Wish = field(default_factory=Wish)  # what fills the gaps of their wishes
    ping: bool = True  # called when a picture that took long is ready


async def seen(db: Database, person_id: int, locale: str) -> Person:
    """Call at every interaction: remembers the locale (written only when it changed) and returns the person.

    A full disk does not keep anybody from what they came for: the locale is remembered another time.
    """
    person = await get(db, person_id)
    if person.locale == locale:
        return person
    try:
        await _set(db, person_id, "locale", locale)
    except StorageFull:
        return replace(person, locale=locale)
    return await get(db, person_id)


async def get(db: Database, person_id: int) -> Person:
    """The person; defaults when never seen."""
    row = await db.one(GET, (person_id,))
    return _from_row(row) if row else Person(id=person_id)


async def set_wish(db: Database, person_id: int, wish: Wish) -> None:
    """Replace what fills the gaps of their wishes."""
    await _set(db, person_id, "wish", wishes.to_json(wish))


async def change_wish(db: Database, person_id: int, change: Callable[[Wish], Wish]) -> None:
    """Replace it by what `change` makes of it as it is now, so that of two changes at once neither is lost."""
    async with db.transaction() as tx:
        row = await tx.one(GET, (person_id,))
        wish = change(_from_row(row).wish if row else Wish())
        await _put(tx, person_id, "wish", wishes.to_json(wish))


async def set_language(db: Database, person_id: int, language: str | None) -> None:
    """Choose a language; None follows Discord again."""
    await _set(db, person_id, "language", language)


async def set_verbosity(db: Database, person_id: int, verbosity: Verbosity) -> None:
    """Choose how much cards say."""
    await _set(db, person_id, "verbosity", verbosity)


async def set_ping(db: Database, person_id: int, ping: bool) -> None:
    """Choose whether to be called when a picture that took long is ready."""
    await _set(db, person_id, "ping", ping)


async def _set(db: Database, person_id: int, column: str, value: Value) -> None:
    async with db.transaction() as tx:
        await _put(tx, person_id, column, value)


async def _put(tx: Transaction, person_id: int, column: str, value: Value) -> None:
    """`column` is one of this module's own names, never what somebody typed."""
    sql = (
        f"INSERT INTO people (id, {column}, created_at, updated_at) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}, updated_at = excluded.updated_at"
    )
    now = time.time()
    await tx.run(sql, (person_id, value, now, now))


def _from_row(row: Row) -> Person:
    return Person(
        id=row["id"],
        locale=row["locale"],
        language=row["language"],
        verbosity=Verbosity(row["verbosity"]),
        wish=wishes.from_json(row["wish"]),
        ping=bool(row["ping"]),
    )
