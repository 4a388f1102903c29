"""One open page: a websocket over which one person sees what changes and asks for what they do."""

import asyncio
import contextlib
import json
import logging
from typing import cast

from aiohttp import WSMsgType, web

from playground.cdn_links import Links
from playground.changes import Change, Kind
from playground.gateway import Gateway
from playground.json_types import Payload
from playground.page_actions import Actions, Uploads
from playground.page_view import (
    message_view,
    people_json,
    person_json,
    place_of,
    places_of,
    quoting,
    roles_json,
)
from playground.people import Person
from playground.sent import DidNotRespond
from playground.state import Message
from playground.world import World

log = logging.getLogger(__name__)
MESSAGES = (Kind.MESSAGE, Kind.EDIT, Kind.REACTION, Kind.UNREACTION)
PLACES = (Kind.CHANNEL, Kind.CHANNEL_NEW, Kind.CHANNEL_GONE, Kind.SERVER_NEW, Kind.SERVER_GONE)


class Visit:
    """Lives as long as its socket; what the person does is done side by side, what they see comes in order."""

    def __init__(self, world: World, links: Links, gateway: Gateway, person: Person, uploads: Uploads) -> None:
        self._world = world
        self._links = links
        self._gateway = gateway
        self._person = person
        self._actions = Actions(world, links, person, uploads)
        self._doing: set[asyncio.Task[None]] = set()

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Return when the page is closed."""
        with self._person.watching() as changes:
            await socket.send_json(self._hello())
            telling = asyncio.create_task(self._tell(socket, changes))
            try:
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        self._start(socket, json.loads(frame.data))
            finally:
                for task in (telling, *self._doing):
                    task.cancel()
                await asyncio.gather(telling, *self._doing, return_exceptions=True)

    def _hello(self) -> Payload:
        world = self._world
        return {
            "event": "hello", "me": person_json(self._person.user), "people": people_json(world),
            "bot": person_json(world.bot), "names": {str(one.id): one.name for one in world.users.values()},
            "roles": roles_json(world), "places": places_of(world, self._person.user),
            "online": self._gateway.ready.is_set(),
            "file_limit": world.settings.file_limit_bytes,
        }  # fmt: skip

    # What changes

    async def _tell(self, socket: web.WebSocketResponse, changes: asyncio.Queue[Change]) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                change = await changes.get()
                for event in (self._event(change), *self._quotes(change)):
                    if event:
                        await socket.send_json(event)

    def _event(self, change: Change) -> Payload | None:
        """What the page is told; a message always as it stands by now."""
        viewer = self._person.user
        message = change.message
        if change.kind is Kind.DELETE or (message and message.deleted):
            return {"event": "gone", "message": str(message.id)} if message else None
        if change.kind in MESSAGES and message and message.channel_id in self._world.channels:
            fresh = change.kind is Kind.MESSAGE
            return self._shown(message, fresh=fresh)
        if change.kind in PLACES:
            return {"event": "places", "places": places_of(self._world, viewer)}
        if change.kind is Kind.TYPING and change.channel and change.person_id not in (None, viewer.id):
            name = self._world.users[change.person_id or 0].name
            return {"event": "typing", "place": place_of(self._world, change.channel, viewer), "name": name}
        if change.kind is Kind.PRESENCE:
            return {"event": "online", "online": self._gateway.ready.is_set()}
        return {"event": "commands"} if change.kind is Kind.COMMANDS else None

    def _quotes(self, change: Change) -> list[Payload]:
        """What changes above the answers to a message that changes or goes."""
        message = change.message
        if message is None or change.kind not in (Kind.EDIT, Kind.DELETE):
            return []
        return [self._shown(one, fresh=False) for one in quoting(self._world, message, self._person.user)]

    def _shown(self, message: Message, *, fresh: bool) -> Payload:
        shown = message_view(self._world, self._links, message, self._person.user)
        return {"event": "message", "fresh": fresh, "message": shown}

    # What the person does

    def _start(self, socket: web.WebSocketResponse, asked: Payload) -> None:
        task = asyncio.create_task(self._answer(socket, asked))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _answer(self, socket: web.WebSocketResponse, asked: Payload) -> None:
        number = asked.get("number")
        try:
            result = await self._actions.perform(asked["do"], asked)
            answer: Payload = {"answer": number, "result": result}
        except (ValueError, KeyError, TypeError, DidNotRespond, TimeoutError) as error:
            answer = {
                "answer": number,
                "wrong": str(cast(object, error.args[0])) if error.args else "That took too long.",
            }
        with contextlib.suppress(ConnectionError):
            await socket.send_json(answer)
