"""Civitai as a server of our own: one model, whose versions are what a test says."""

import hashlib
import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from inference.models.civitai import Civitai, Net

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MIB = 1 << 20


class Stub:
    """The service: versions by number, and what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []  # host, path, Authorization
        self.version: dict[str, object] = {}
        self.status = 200
        self.raw: str | None = None  # said in place of any version
        self.content = CONTENT
        self.away: Callable[[web.Request], str] = lambda request: f"http://localhost:{request.url.port}/signed/file"
        app = web.Application()
        app.router.add_get("/api/v1/models/{number}", self._note(self._model))
        app.router.add_get("/api/v1/model-versions/{number}", self._note(self._version))
        app.router.add_get("/api/download/models/{number}", self._note(self._download))
        app.router.add_get("/signed/file", self._note(self._file))
        self.server = TestServer(app, host="127.0.0.1")

    def _note(self, answer: Callable[[web.Request], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def noted(request: web.Request) -> web.Response:
            self.asked.append((request.url.host or "", request.path, request.headers.get("Authorization")))
            return answer(request)

        return noted

    def _model(self, request: web.Request) -> web.Response:
        assert request.match_info["number"] == "5"
        return web.json_response({"id": 5, "modelVersions": [{"id": 77}, {"id": 76}]})

    def _version(self, request: web.Request) -> web.Response:
        if self.raw is not None:
            return web.Response(text=self.raw)
        if self.status != 200:
            return web.json_response({"error": "no"}, status=self.status)
        return web.json_response({"id": int(request.match_info["number"]), **self.version})

    def _download(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": self.away(request)})

    def _file(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=self.content)

    def say(self, model: dict[str, object] | None = None, **more: object) -> None:
        """What the service says of every version from now on."""
        sha256 = hashlib.sha256(self.content).hexdigest().upper()
        file = {
            "name": "flat.safetensors", "sizeKB": len(self.content) / 1024, "primary": True,
            "downloadUrl": str(self.server.make_url("/api/download/models/77")), "hashes": {"SHA256": sha256},
        }  # fmt: skip
        self.version = {
            "baseModel": "Illustrious", "trainedWords": ["flat colour ", ""], "files": [file],
            "model": {"name": "Flat", "type": "LORA", "nsfw": False, "poi": False, **(model or {})}, **more,
        }  # fmt: skip

    def client(self, *, public: bool = False, adult: bool = False) -> Civitai:
        """A client that takes this server for Civitai."""
        hosts = re.compile(r"127\.0\.0\.1|localhost")
        net = Net(base=URL(str(self.server.make_url("/"))), hosts=hosts, public=public)
        return Civitai(limit_mib=1, adult=adult, token="a-token", net=net)
