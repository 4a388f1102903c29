"""A hub of our own: repositories of a few bytes, which break off, move, and refuse as a test says."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from inference.models.hubs import HUGGINGFACE, MODELSCOPE, Hub


class Stub:
    """The service, and what was asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}  # repository -> path -> content
        self.asked: list[tuple[str, str, str | None, str | None]] = []  # host, path, Authorization, Range
        self.listed: list[dict[str, object]] = []  # in every listing besides the files
        self.more = ""  # where a listing goes on
        self.cut_after: list[int] = []  # the next answers end after so many bytes
        self.tag = '"one"'
        self.resumes = True
        self.elsewhere = ""  # files are said to lie at this address
        self.token = ""  # what files are given out for; empty: to everybody
        self.status = 200
        self.lies: dict[str, bytes] = {}  # path -> what really comes
        self.may_go_on = asyncio.Event()  # files wait for it after their first half
        self.may_go_on.set()
        self.large = True  # listings have SHA-256
        app = web.Application()
        app.router.add_get("/api/models/{owner}/{name}/tree/{revision}", self._tree)
        app.router.add_get("/api/v1/models/{owner}/{name}/repo/files", self._modelscope)
        app.router.add_get("/{owner}/{name}/resolve/{revision}/{path:.+}", self._file)
        app.router.add_get("/models/{owner}/{name}/resolve/{revision}/{path:.+}", self._file)
        app.router.add_get("/moved/{owner}/{name}/{path:.+}", self._moved)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self.server.make_url("/")).rstrip("/")

    def hub(self, kind: str = "huggingface") -> Hub:
        """A hub that is this server, whose redirects may lead to this machine's other name."""
        real = HUGGINGFACE if kind == "huggingface" else MODELSCOPE
        return Hub(kind=real.kind, title=real.title, base=URL(self.url), hosts=("localhost",))

    def _note(self, request: web.Request) -> None:
        headers = request.headers
        self.asked.append((request.url.host or "", request.path, headers.get("Authorization"), headers.get("Range")))

    def _of(self, request: web.Request) -> dict[str, bytes]:
        found = self.files.get(f"{request.match_info['owner']}/{request.match_info['name']}")
        if found is None:
            raise web.HTTPNotFound
        return found

    async def _tree(self, request: web.Request) -> web.Response:
        self._note(request)
        said: list[dict[str, object]] = [*self.listed]
        for path, content in self._of(request).items():
            entry: dict[str, object] = {"type": "file", "path": path, "size": len(content), "oid": "0" * 40}
            if self.large:
                entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
            said.append(entry)
        return web.json_response(said, headers={"Link": self.more} if self.more else None)

    async def _modelscope(self, request: web.Request) -> web.Response:
        self._note(request)
        assert request.query["Revision"] == "master"
        files = [
            {"Type": "blob", "Path": path, "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest()}
            for path, content in self._of(request).items()
        ]
        return web.json_response({"Code": 200, "Data": {"Files": files}})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        if self.status != 200:
            return web.Response(status=self.status)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        info = request.match_info
        if self.elsewhere:
            target = f"{self.elsewhere}/moved/{info['owner']}/{info['name']}/{info['path']}"
            return web.Response(status=302, headers={"Location": target})
        return await self._give(request)

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        self._note(request)
        return await self._give(request)

    async def _give(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        content = self.lies.get(path, self._of(request).get(path))
        if content is None:
            raise web.HTTPNotFound
        asked, condition = request.headers.get("Range"), request.headers.get("If-Range", self.tag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.resumes and condition == self.tag else 0
        headers = {"ETag": self.tag, "Content-Length": str(len(content) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        answer = web.StreamResponse(status=206 if start else 200, headers=headers)
        await answer.prepare(request)
        cut = self.cut_after.pop(0) if self.cut_after else None
        half = len(content) // 2 if cut is None else 0
        await answer.write(content[start:][:half])
        await self.may_go_on.wait()
        await answer.write(content[start:][half:cut])
        if cut is not None and request.transport is not None:
            await asyncio.sleep(0.05 if cut else 0)  # what has come is read before the end is heard of
            request.transport.close()
        return answer


@asynccontextmanager
async def hub() -> AsyncIterator[Stub]:
    """The service, running."""
    stub = Stub()
    await stub.server.start_server()
    try:
        yield stub
    finally:
        await stub.server.close()
