"""Servers: what their admins chose for everyone there."""

import dataclasses
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

from inference.errors import N_, BadRequest
from inference.request import Wish, read
from storage import wish as wishes
from storage.database import Database, Transaction, Value

MAX_BLOCKED = 2000
MAX_BLOCKED_CHARS = 100  # of one literal
_FIRST_SIGN = "\u2e80"  # from here on one character can be a word: Chinese characters and kana

GET = "SELECT id, language, wish FROM servers WHERE id = ?"
RULES = "SELECT rules, blocked FROM servers WHERE id = ?"


class Editing(StrEnum):
    """Whose pictures somebody may start from."""

    OWN = "own"  # what they posted or asked for themselves
    DRAWN = "drawn"  # and what the bot drew for others
    ALL = "all"  # and what other members posted


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """What a server allows; the defaults are safe, and those of a server nobody ever set anything for."""

    adult: bool = False  # in age-restricted channels, if the operator allows it too and apparent age can be judged
    suggestive: bool = False  # in ordinary channels
    gore: bool = False
    hate: bool = False
    spoiler: bool = True  # adult pictures are covered
    real_people: bool = True  # harmless pictures of real people
    channels: tuple[int, ...] = ()  # threads go with their channel; empty: all
    roles: tuple[int, ...] = ()  # who may draw; empty: everybody
    models: tuple[str, ...] = ()  # empty: all
    private: bool = True
    private_roles: tuple[int, ...] = ()  # empty: everybody
    uploads: bool = True
    upload_roles: tuple[int, ...] = ()  # empty: everybody
    editing: Editing = Editing.DRAWN
    open_each: int | None = None  # open jobs of one member here, below what the bot allows anyway
    daily_each: int | None = None  # pictures for one member here within 24 hours
    log_channel: int | None = None
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])  # for __name__ in prompts
    blocked: frozenset[str] = frozenset()  # literals, normalised; kept beside the other rules


_codec: TypeAdapter[ServerRules] = TypeAdapter(ServerRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server's settings; one we have no row for has the defaults."""

    id: int
    language: str | None = None
    wish: Wish = field(default_factory=Wish)  # what fills the gaps that the person's own wish leaves


async def get(db: Database, server_id: int) -> Server:
    """The server; defaults when nothing was ever set."""
    row = await db.one(GET, (server_id,))
    if row is None:
        return Server(id=server_id)
    return Server(id=row["id"], language=row["language"], wish=wishes.from_json(row["wish"]))


async def rules(db: Database, server_id: int | None) -> ServerRules:
    """What the server allows; the safe defaults where there is no server, or none we ever heard of."""
    row = await db.one(RULES, (server_id,)) if server_id is not None else None
    return _rules(row["rules"], row["blocked"]) if row else ServerRules()


async def word_lists(db: Database, server_id: int | None) -> Mapping[str, tuple[str, ...]]:
    """The server's own word lists, for wildcards."""
    return (await rules(db, server_id)).lists


async def change_rules(db: Database, server_id: int, change: Callable[[ServerRules], ServerRules]) -> ServerRules:
    """Replace them by what `change` makes of them as they are now, so that of two changes at once neither is lost."""
    async with db.transaction() as tx:
        row = await tx.one(RULES, (server_id,))
        ruled = change(_rules(row["rules"], row["blocked"]) if row else ServerRules())
        said = _codec.dump_json(dataclasses.replace(ruled, blocked=frozenset()), exclude={"blocked"}).decode()
        await _put(tx, server_id, "rules", said)
        await _put(tx, server_id, "blocked", "\n".join(sorted(ruled.blocked)))
    return ruled


def additions(lines: Iterable[str]) -> frozenset[str]:
    """The same of a list that is added; BadRequest also where a letter stands alone, which would refuse everything."""
    found = literals(lines)
    if any(len(each) == 1 and each < _FIRST_SIGN for each in found):
        template = N_(
            "One line of the list is a single letter, and hardly any prompt is without it. Please write whole words."
        )
        raise BadRequest(template=template)
    return found


def literals(lines: Iterable[str]) -> frozenset[str]:
    """The words and phrases of a blocklist, as they are compared; BadRequest when they are too many or one too long."""
    found = frozenset(spaced for line in lines if (spaced := normalised(line)))
    if len(found) > MAX_BLOCKED:
        template = N_("A list holds up to {limit} words or phrases, and this one has {count}. Please leave some out.")
        raise BadRequest(template=template, limit=MAX_BLOCKED, count=len(found))
    if any(len(each) > MAX_BLOCKED_CHARS for each in found):
        template = N_("One line of the list is longer than {limit} characters. Please write one word or phrase a line.")
        raise BadRequest(template=template, limit=MAX_BLOCKED_CHARS)
    return found


def normalised(text: str) -> str:
    """Lower case and compatible spelling, without accents, with one space in place of whatever separates words."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


async def set_wish(db: Database, server_id: int, wish: Wish) -> None:
    """Replace the server's defaults."""
    await _set(db, server_id, "wish", wishes.to_json(wish))


async def set_language(db: Database, server_id: int, language: str | None) -> None:
    """Choose the language of public messages; None follows the person."""
    await _set(db, server_id, "language", language)


async def _set(db: Database, server_id: int, column: str, value: Value) -> None:
    async with db.transaction() as tx:
        await _put(tx, server_id, column, value)


async def _put(tx: Transaction, server_id: int, column: str, value: Value) -> None:
    """`column` is one of this module's own names, never what somebody typed."""
    sql = (
        f"INSERT INTO servers (id, {column}, created_at, updated_at) VALUES (?, ?, ?, ?)"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}, updated_at = excluded.updated_at"
    )
    now = time.time()
    await tx.run(sql, (server_id, value, now, now))


def _rules(said: str, blocked: str) -> ServerRules:
    return dataclasses.replace(read(_codec, said), blocked=frozenset(blocked.splitlines()))
