"""HTTP in and out, as Discord speaks it: bodies read, answers written, refusals turned into JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import BodyPartReader, hdrs, web

from playground.errors import ApiError
from playground.json_types import Payload, Submission, Upload
from playground.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json_answer(data: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The content type is bare on purpose: discord.py takes JSON with a charset for text."""
    response = web.Response(body=json.dumps(data).encode(), status=status, headers=headers)
    response.headers[hdrs.CONTENT_TYPE] = "application/json"
    return response


def no_content() -> web.Response:
    """204."""
    return web.Response(status=204)


async def read_submission(request: web.Request, world: World) -> Submission:
    """JSON, or multipart with `payload_json` and `files[n]`; 40005 above the request limit, 50109 for broken JSON."""
    most = world.settings.request_limit_bytes
    if (request.content_length or 0) > most:
        raise ApiError(40005)
    if not request.content_type.startswith("multipart/"):
        return Submission(payload=_parsed(await request.read()), files={})
    payload: Payload = {}
    files: dict[int, Upload] = {}
    read = 0
    async for part in await request.multipart():
        part = cast(BodyPartReader, part)
        data = bytes(await part.read())
        read += len(data)
        if read > most:
            raise ApiError(40005)
        name = part.name or ""
        if name == "payload_json":
            payload = _parsed(data)
        elif name.startswith("files["):
            files[int(name[6:-1])] = Upload(part.filename or "file", data)
    return Submission(payload=payload, files=files)


def _parsed(data: bytes) -> Payload:
    try:
        payload = json.loads(data or b"{}")
    except ValueError:
        raise ApiError(50109) from None
    return payload


async def read_list(request: web.Request) -> list[Payload]:
    """A JSON array, as a bulk overwrite sends it."""
    return cast(list[Payload], json.loads(await request.read() or b"[]"))
