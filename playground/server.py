"""The playground's server: REST below /api/v10, the gateway, the CDN and the chat page on one loopback port."""

import asyncio
import logging
import socket
from types import TracebackType
from typing import Self

from aiohttp import web

from playground.cdn import Cdn
from playground.cdn_links import Links
from playground.gateway import Gateway
from playground.middleware import PREFIX, Gatekeeper, LoggedRequest
from playground.page_guard import add_headers, guard
from playground.page_routes import PageRoutes
from playground.people import Person
from playground.rest_application import ApplicationRoutes
from playground.rest_channels import ChannelRoutes
from playground.rest_interactions import InteractionRoutes
from playground.settings import MIB, Settings
from playground.world import World

log = logging.getLogger(__name__)


class Playground:
    """Use as `async with`; port 0 takes any free one. The world lives as long as this object."""

    gateway: Gateway
    links: Links

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1", settings: Settings | None = None) -> None:
        self.world = World(settings)
        self.url = ""
        self._host = host
        self._port = port
        self._gatekeeper = Gatekeeper(self.world)

    @property
    def api_url(self) -> str:
        return self.url + PREFIX

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every REST request so far, in the order they were finished."""
        return self._gatekeeper.requests

    @property
    def bot_online(self) -> bool:
        return self.gateway.ready.is_set()

    def person(self, name: str) -> Person:
        return Person(self.world, self.links, self.world.person(name))

    async def wait_for_bot(self, timeout_s: float = 30, *, commands: bool = True) -> None:
        """Return when the bot is connected and, unless `commands` is false, has synced some; else TimeoutError."""

        def ready() -> bool | None:
            synced = not commands or any(self.world.commands.values())
            return True if self.bot_online and synced else None

        await self.world.until(ready, timeout_s)

    async def __aenter__(self) -> Self:
        # The application's routes need the port, and the port is known once the socket is bound.
        listener = socket.create_server((self._host, self._port))
        self._port = listener.getsockname()[1]
        self.url = f"http://{self._host}:{self._port}"
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self._delivery = asyncio.create_task(self.gateway.deliver())
        log.info("The playground listens on %s", self.url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.gateway.drop(1001)
        self._delivery.cancel()
        await self.world.close()
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        world = self.world
        gateway_url = f"ws://{self._host}:{self._port}/gateway"
        self.links = Links(world, self.url)
        self.gateway = Gateway(world, self.links, gateway_url)
        api = (
            ApplicationRoutes(world, gateway_url).routes()
            + ChannelRoutes(world, self.links).routes()
            + InteractionRoutes(world, self.links).routes()
        )
        app = web.Application(middlewares=[guard, self._gatekeeper.guard], client_max_size=64 * MIB)
        app.on_response_prepare.append(add_headers)
        app.add_routes([web.route(route.method, PREFIX + route.path, route.handler) for route in api])
        app.add_routes([web.get("/gateway", self.gateway.connect), web.get("/gateway/", self.gateway.connect)])
        app.add_routes(Cdn(world, self.links).routes())
        app.add_routes(PageRoutes(world, self.links, self.gateway).routes())
        return app
