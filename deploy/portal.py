"""What Discord's REST API says of our own application: asked by `--setup` and `--doctor`, which run without the bot."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import IntFlag
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

_T = TypeVar("_T")

ASKED_S = 10.0
AUTHORIZE = "https://discord.com/oauth2/authorize"
SCOPES = "bot applications.commands"
USER_INSTALL = "1"  # of the integration types


class Permission(IntFlag):
    """What the bot has to be allowed in a server, and nothing else."""

    VIEW_CHANNELS = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16  # to find its own messages again, and to reply to others'
    SEND_MESSAGES_IN_THREADS = 1 << 38


NEEDED = Permission(sum(Permission))
ADMINISTRATOR = 1 << 3


class ApplicationFlag(IntFlag):
    """The intents that the portal has switched on; `LIMITED` is the switch of an app in fewer than 100 servers."""

    MESSAGE_CONTENT = 1 << 18
    MESSAGE_CONTENT_LIMITED = 1 << 19


class NotReached(Exception):
    """Discord did not answer; the message is the reason, in words."""


class NotAccepted(Exception):
    """Discord does not know this token."""


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Application(_Payload):
    """The application behind the token."""

    id: int
    name: str
    flags: int = 0
    bot_public: bool = True
    bot_require_code_grant: bool = False
    integration_types_config: Mapping[str, Any] | None = None

    @property
    def reads_messages(self) -> bool:
        """Whether the portal allows the message-content intent."""
        return bool(self.flags & (ApplicationFlag.MESSAGE_CONTENT | ApplicationFlag.MESSAGE_CONTENT_LIMITED))

    @property
    def can_be_installed_by_people(self) -> bool:
        """Whether people may add it to their own account, not only to servers."""
        return USER_INSTALL in (self.integration_types_config or {})

    @property
    def invitation(self) -> str:
        """The link that adds it to a server with exactly what it needs."""
        asked = {"client_id": self.id, "permissions": int(NEEDED), "scope": SCOPES}
        return f"{AUTHORIZE}?{urlencode(asked)}"


class Server(_Payload):
    """A server the bot is in, with what its roles allow there before any channel's own rules."""

    id: int
    name: str
    permissions: int = 0

    @property
    def missing(self) -> Permission:
        """What the bot needs and has not."""
        return Permission(0) if self.permissions & ADMINISTRATOR else NEEDED & ~Permission(self.permissions & NEEDED)


class Command(_Payload):
    """A command Discord offers to people."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The JSON of an answer, and how many seconds Discord's clock is ahead of ours, None when it does not say."""

    body: Any
    ahead_s: float | None


class Portal:
    """Use as `async with`; every question raises NotReached or NotAccepted."""

    def __init__(self, api_url: str, token: str) -> None:
        self._api_url = api_url
        # Discord's gatekeeper turns away programs that do not say who they are.
        self._headers = {"User-Agent": "DiscordBot (genga, 0.1)"}
        self._authorization = {"Authorization": f"Bot {token}"} if token else {}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ASKED_S)
        self._session = aiohttp.ClientSession(timeout=timeout, headers=self._headers, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def reach(self) -> float | None:
        """Whether Discord answers at all, without the token; how far its clock is ahead."""
        return (await self._ask("/gateway", {})).ahead_s

    async def application(self) -> Application:
        """Who we are."""
        return await self._get("/applications/@me", TypeAdapter(Application))

    async def servers(self) -> list[Server]:
        """The first 200 servers the bot is in."""
        return await self._get("/users/@me/guilds", TypeAdapter(list[Server]))

    async def commands(self, application_id: int) -> list[Command]:
        """The commands Discord knows of us."""
        return await self._get(f"/applications/{application_id}/commands", TypeAdapter(list[Command]))

    async def _get(self, path: str, kind: TypeAdapter[_T]) -> _T:
        answer = await self._ask(path, self._authorization)
        try:
            return kind.validate_python(answer.body)
        except ValidationError as error:
            raise NotReached(f"what answers at {self._api_url} does not speak as Discord does") from error

    async def _ask(self, path: str, headers: Mapping[str, str]) -> Answer:
        try:
            async with self._session.get(self._api_url + path, headers=headers) as response:
                if response.status == 401:
                    raise NotAccepted
                if response.status != 200:
                    raise NotReached(f"it answers with status {response.status}")
                return Answer(body=await response.json(), ahead_s=_ahead_s(response.headers.get("Date", "")))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # Not the error's own words: they may hold the address with what belongs to it.
            raise NotReached(_reason(error)) from None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {ASKED_S:.0f} s"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known to this machine's network"
        case aiohttp.ClientSSLError():
            return "its certificate is not trusted here"
        case aiohttp.ClientConnectionError():
            return "nothing can be connected to"
        case _:
            return "what answers is not Discord"


def _ahead_s(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None
