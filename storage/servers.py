"""Servers: what their admins chose for everyone there."""

from dataclasses import dataclass

from inference.request import Wish
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server's settings; one we have no row for has the defaults."""

    id: int
    language: str | None = None
    wish: Wish = Wish()  # what fills the gaps that the person's own wish leaves


async def get(db: Database, server_id: int) -> Server:
    """The server; defaults when nothing was ever set."""
    raise NotImplementedError


async def set_wish(db: Database, server_id: int, wish: Wish) -> None:
    """Replace the server's defaults."""
    raise NotImplementedError


async def set_language(db: Database, server_id: int, language: str | None) -> None:
    """Choose the language of public messages; None follows the person."""
    raise NotImplementedError
