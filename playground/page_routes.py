"""The page that people open in their browser: its files, its words, the files dropped on it, and its socket."""

import re
from pathlib import Path

from aiohttp import web

from locales import words
from playground.cdn_links import Links
from playground.gateway import Gateway
from playground.json_types import Upload
from playground.page_actions import Uploads
from playground.page_view import PEOPLE
from playground.page_visit import Visit
from playground.people import Person
from playground.wire import json_answer
from playground.world import World

FILES = Path(__file__).with_name("page")
HEARTBEAT_S = 20.0


class PageRoutes:
    """Everything below / that is not Discord."""

    def __init__(self, world: World, links: Links, gateway: Gateway) -> None:
        self._world = world
        self._links = links
        self._gateway = gateway
        self._uploads = Uploads()

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self.index),
            web.get("/page/words/{locale}.json", self.words),
            web.get("/page/socket", self.socket),
            web.post("/page/uploads", self.upload),
            web.static("/page", FILES),
        ]

    async def index(self, request: web.Request) -> web.FileResponse:
        del request
        return web.FileResponse(FILES / "index.html")

    async def words(self, request: web.Request) -> web.Response:
        locale = request.match_info["locale"]
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})?", locale):
            raise web.HTTPNotFound()
        return json_answer(dict(words.catalogue(locale)))

    async def upload(self, request: web.Request) -> web.Response:
        """Keep a dropped file until it is sent; 413 when it is larger than Discord takes."""
        limit = self._world.settings.file_limit_bytes
        if (request.content_length or 0) > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
        name = Path(request.query.get("name", "")).name or "file"
        return json_answer({"upload": self._uploads.keep(Upload(name, await request.read()))})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """One page's conversation, as the person it names."""
        name = request.query.get("person", PEOPLE[0])
        if name not in PEOPLE:
            raise web.HTTPNotFound()
        person = Person(self._world, self._links, self._world.person(name))
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        await Visit(self._world, self._links, self._gateway, person, self._uploads).run(socket)
        return socket
