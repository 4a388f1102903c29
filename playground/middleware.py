"""Around every REST request: the token, rate limits, planned faults, the log of requests and the shape of refusals."""

import asyncio
import logging
import re
from dataclasses import dataclass

from aiohttp import web

from playground.errors import ApiError
from playground.faults import Fault
from playground.limits import Limiter
from playground.wire import Handler, json_answer
from playground.world import World

log = logging.getLogger(__name__)
PREFIX = "/api/v10"
WITHOUT_TOKEN = re.compile(r"^/(interactions/|webhooks/|gateway$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    method: str
    path: str
    """Below /api/v10."""
    status: int
    """0 when the connection was cut instead of an answer."""


class Gatekeeper:
    """The middleware, and what it has seen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._limiter = Limiter(world.clock)
        self.requests: list[LoggedRequest] = []

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        path = request.path.removeprefix(PREFIX)
        status = 0
        try:
            response = await self._answer(request, handler, path)
            cut = request.transport is None or request.transport.is_closing()
            status = 0 if cut else response.status
            return response
        finally:
            self.requests.append(LoggedRequest(method=request.method, path=path, status=status))

    async def _answer(self, request: web.Request, handler: Handler, path: str) -> web.StreamResponse:
        fault = self._world.faults.take(request.method, path)
        if fault and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault and not fault.after and (fault.status or fault.drop):
            await request.read()
            return self._wrong(request, fault)
        response = await self._checked(request, handler, path)
        if fault and fault.after:
            return self._wrong(request, fault)
        return response

    def _wrong(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.drop and request.transport:
            request.transport.abort()
        headers = {}
        if fault.status == 429:
            # Without Via a client takes a 429 for a ban by the proxy in front and gives up at once.
            headers = {"Via": "1.1 google", "Retry-After": f"{fault.retry_after:g}", "X-RateLimit-Scope": "user"}
        return json_answer(fault.body(), status=fault.status, headers=headers)

    async def _checked(self, request: web.Request, handler: Handler, path: str) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            if not WITHOUT_TOKEN.match(path):
                self._check_token(request)
            if self._world.settings.rate_limits:
                wait_s, shared, headers = self._limiter.spend(f"{request.method} {path}")
                if wait_s:
                    return _too_many(wait_s, shared, headers)
            response = await handler(request)
        except ApiError as error:
            response = json_answer(error.body(), status=error.status)
        except web.HTTPNotFound:
            log.warning("The playground has no %s %s", request.method, path)
            response = json_answer(ApiError(0).body(), status=404)
        except web.HTTPRequestEntityTooLarge:
            response = json_answer(ApiError(40005).body(), status=413)
        response.headers.update(headers)
        return response

    def _check_token(self, request: web.Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        wanted = self._world.settings.token
        if kind != "Bot" or not token or (wanted is not None and token != wanted):
            raise ApiError(0, status=401)


def _too_many(wait_s: float, shared: bool, headers: dict[str, str]) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(wait_s, 3), "global": shared}
    return json_answer(body, status=429, headers=headers | {"Via": "1.1 google", "Retry-After": f"{wait_s:.3f}"})
