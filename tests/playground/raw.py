"""Requests as any client could send them, for rules that need no bot."""

import io
import json

import aiohttp

from playground import Playground
from playground.json_types import Node, Payload
from playground.sent import Sent


class Api:
    """Calls below /api/v10 with a bot token; `bad` gives the error code and the first path of a refused form."""

    def __init__(self, session: aiohttp.ClientSession, playground: Playground) -> None:
        self.session = session
        self.playground = playground
        self.headers: dict[str, str] = {}

    async def __call__(
        self, method: str, path: str, payload: Node = None, *, files: list[tuple[str, bytes]] | None = None
    ) -> tuple[int, Node]:
        headers = {"Authorization": "Bot a-token"}
        url = self.playground.api_url + path
        if files is None:
            call = self.session.request(method, url, json=payload, headers=headers)
        else:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(payload or {}))
            for number, (name, data) in enumerate(files):
                form.add_field(
                    f"files[{number}]", io.BytesIO(data), filename=name, content_type="application/octet-stream"
                )
            call = self.session.request(method, url, data=form, headers=headers)
        async with call as response:
            self.headers = dict(response.headers)
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def ok(
        self, method: str, path: str, payload: Node = None, *, files: list[tuple[str, bytes]] | None = None
    ) -> Node:
        """The answer of a request that must succeed."""
        status, body = await self(method, path, payload, files=files)
        assert 200 <= status < 300, body
        return body

    async def bad(
        self, method: str, path: str, payload: Node = None, *, files: list[tuple[str, bytes]] | None = None
    ) -> tuple[int, int]:
        """(HTTP status, error code) of a request that must be refused."""
        status, body = await self(method, path, payload, files=files)
        assert status >= 400, body
        return status, body["code"]

    async def commands(self, *commands: Payload) -> None:
        """Sync these global commands."""
        await self.ok("PUT", f"/applications/{self.playground.world.bot.id}/commands", list(commands))

    def messages(self, place: str = "#gallery") -> str:
        """The path of a channel's messages."""
        return f"/channels/{self.playground.world.channel(place).id}/messages"

    async def answer(self, sent: Sent, kind: int, data: Payload | None = None) -> tuple[int, Node]:
        """Send a callback for what a person did."""
        one = sent.interaction
        path = f"/interactions/{one.id}/{one.token}/callback?with_response=1"
        return await self("POST", path, {"type": kind, "data": data or {}})

    def webhook(self, sent: Sent, rest: str = "") -> str:
        """The path of the interaction's webhook."""
        return f"/webhooks/{self.playground.world.bot.id}/{sent.interaction.token}{rest}"


def command(name: str, **fields: Node) -> Payload:
    """A slash command as an app syncs it."""
    return {"name": name, "type": 1, "description": f"About {name}", **fields}


def option(name: str, kind: int = 3, **fields: Node) -> Payload:
    """An option of a slash command; kind 3 is text."""
    return {"name": name, "type": kind, "description": f"About {name}", **fields}


def button(label: str, custom_id: str, **fields: Node) -> Payload:
    """A grey button."""
    return {"type": 2, "style": 2, "label": label, "custom_id": custom_id, **fields}


def row(*children: Payload) -> Payload:
    """An action row."""
    return {"type": 1, "components": list(children)}


def gallery(*names: str) -> Payload:
    """A media gallery of uploaded files."""
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}} for name in names]}


def text(content: str) -> Payload:
    """A text display."""
    return {"type": 10, "content": content}
