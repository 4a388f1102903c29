"""The conversation with the service: one question at a time, nothing stored, nobody redirected."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import aiohttp

from inference.errors import RemoteFailed
from inference.remote.novelai.cost import Account
from inference.remote.novelai.reply import AWAY, MAX_BYTES, NONSENSE, error_of, picture_in

IMAGE_URL = "https://image.novelai.net"
ACCOUNT_URL = "https://api.novelai.net"
DRAWN_S, ASKED_S = 180.0, 20.0
_FINE = {200, 201}


class Client:
    """`async with Client(token) as client`. The service allows an account one picture at a time."""

    def __init__(self, token: str, *, image_url: str = IMAGE_URL, account_url: str = ACCOUNT_URL) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._image_url, self._account_url = image_url, account_url
        self._turn = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # No cookies and no proxies from the environment: the token goes to one place.
        self._session = aiohttp.ClientSession(headers=self._headers, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def draw(self, payload: dict[str, Any]) -> bytes:
        """The file of the picture that a payload asks for; RemoteFailed or BadRequest with a sentence."""
        async with self._turn:
            return picture_in(await self._ask("POST", f"{self._image_url}/ai/generate-image", payload, DRAWN_S))

    async def encode_vibe(self, model: str, picture_text: str, information: float) -> bytes:
        """What V4 takes for a reference instead of the picture itself (base64 of a PNG); it costs Anlas each time."""
        wish = {"image": picture_text, "model": model, "information_extracted": information}
        async with self._turn:
            return await self._ask("POST", f"{self._image_url}/ai/encode-vibe", wish, ASKED_S)

    async def account(self) -> Account:
        """What the subscription is worth at this moment."""
        body = await self._ask("GET", f"{self._account_url}/user/subscription", None, ASKED_S)
        try:
            said = json.loads(body)
            left = said["trainingStepsLeft"]
            anlas = int(left["fixedTrainingStepsLeft"]) + int(left["purchasedTrainingSteps"])
            return Account(tier=int(said["tier"]), anlas=anlas, active=bool(said.get("active", True)))
        except (ArithmeticError, AttributeError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise RemoteFailed(f"a strange subscription: {type(error).__name__}", template=NONSENSE) from error

    async def _ask(self, method: str, url: str, body: dict[str, Any] | None, limit_s: float) -> bytes:
        assert self._session, "the client is used inside `async with`"
        timeout = aiohttp.ClientTimeout(total=limit_s)
        try:
            async with self._session.request(method, url, json=body, timeout=timeout, allow_redirects=False) as answer:
                data = await _bounded(answer)
                if answer.status not in _FINE:
                    raise error_of(answer.status, data)
                return data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RemoteFailed(f"{type(error).__name__}", template=AWAY) from error


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body; RemoteFailed when it is larger than any picture."""
    data = bytearray()
    async for part in answer.content.iter_chunked(1 << 16):
        data += part
        if len(data) > MAX_BYTES:
            raise RemoteFailed("an answer without end", template=NONSENSE)
    return bytes(data)
