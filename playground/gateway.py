"""The websocket: HELLO, IDENTIFY, events, heartbeats, RESUME and the ways a connection is lost."""

import asyncio
import json
from enum import IntEnum

from aiohttp import WSMsgType, web

from playground.cdn_links import Links
from playground.changes import Change, Kind
from playground.events import event_for
from playground.json_types import Payload, strings
from playground.payloads import member_json, server_json, user_json
from playground.session import Intent, Session
from playground.world import World

ACK_DELAY_S = 0.1  # no real network answers before discord.py's own thread has noted when it asked


class Op(IntEnum):
    """What a frame is, as far as anybody here says it."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    MEMBERS = 8
    INVALID = 9
    HELLO = 10
    ACK = 11
    SOUNDBOARD = 31
    CHANNEL_INFO = 43


UNKNOWN_OPCODE, NOT_AUTHENTICATED, BAD_TOKEN, ALREADY_IN, DISALLOWED = 4001, 4003, 4004, 4005, 4014


class Gateway:
    """All sessions of the bot; an event reaches each of them in order, through one outbox."""

    def __init__(self, world: World, links: Links, url: str) -> None:
        self._world = world
        self._links = links
        self._url = url
        self.sessions: dict[str, Session] = {}
        self.ready = asyncio.Event()
        """Set while at least one session is connected and has been greeted."""
        self._outbox: asyncio.Queue[tuple[Session, web.WebSocketResponse, str]] = asyncio.Queue()
        world.listeners.append(self._on_change)

    async def deliver(self) -> None:
        """Send what is in the outbox, for ever; a broken connection loses nothing that RESUME would not replay."""
        while True:
            session, socket, text = await self._outbox.get()
            if session.socket is socket and not socket.closed:
                try:
                    await socket.send_str(text)
                except ConnectionError:
                    session.socket = None
                    self._note_presence()

    def _on_change(self, change: Change) -> None:
        for session in self.sessions.values():
            if session.wants(change) and (event := event_for(self._world, self._links, change, session.censored)):
                self._send(session, *event)

    def _send(self, session: Session, event: str, data: Payload) -> None:
        text = session.queue(event, data)
        if session.socket is not None:
            self._outbox.put_nowait((session, session.socket, text))

    # A connection's life

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """GET /gateway: one websocket, from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        interval_ms = int(self._world.settings.heartbeat_interval_s * 1000)
        await socket.send_json({"op": Op.HELLO, "d": {"heartbeat_interval": interval_ms}, "s": None, "t": None})
        session: Session | None = None
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    session = await self._receive(socket, session, json.loads(frame.data))
        finally:
            if session and session.socket is socket:
                session.socket = None
                self._note_presence()
        return socket

    async def _receive(
        self, socket: web.WebSocketResponse, session: Session | None, message: Payload
    ) -> Session | None:
        match message["op"], session:
            case Op.HEARTBEAT, _:
                if session is not None:
                    await asyncio.sleep(ACK_DELAY_S)
                await socket.send_json({"op": Op.ACK, "d": None, "s": None, "t": None})
            case Op.IDENTIFY, None:
                return await self._identify(socket, message["d"])
            case Op.RESUME, None:
                return await self._resume(socket, message["d"])
            case Op.IDENTIFY | Op.RESUME, _:
                await socket.close(code=ALREADY_IN)
            case _, None:
                await socket.close(code=NOT_AUTHENTICATED)
            case Op.PRESENCE, _:
                self._world.presence = message["d"]
                self._world.announce(Change(kind=Kind.PRESENCE))
            case Op.MEMBERS, Session():
                self._members(session, message["d"])
            case Op.VOICE_STATE | Op.SOUNDBOARD | Op.CHANNEL_INFO, _:  # nothing here answers them
                pass
            case _:
                await socket.close(code=UNKNOWN_OPCODE)
        return session

    def _accepts(self, token: object) -> bool:
        wanted = self._world.settings.token
        return bool(token) and (wanted is None or token == wanted)

    async def _identify(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        settings = self._world.settings
        intents = Intent(int(data["intents"]))
        refused = (
            (intents & Intent.MESSAGE_CONTENT and not settings.message_content)
            or (intents & Intent.GUILD_MEMBERS and not settings.server_members)
            or (intents & Intent.GUILD_PRESENCES and not settings.presences)
        )
        if not self._accepts(data.get("token")) or refused:
            await socket.close(code=DISALLOWED if refused else BAD_TOKEN)
            return None
        index, count = data.get("shard") or (0, 1)
        for old in [one for one in self.sessions.values() if one.shard == (index, count) and one.socket is None]:
            del self.sessions[old.id]
        session = Session(intents, (index, count))
        session.socket = socket
        self.sessions[session.id] = session
        self._greet(session)
        self._note_presence()
        return session

    def _greet(self, session: Session) -> None:
        world, (shard, shards) = self._world, session.shard
        own = [s for s in world.servers.values() if world.bot.id in s.members and (s.id >> 22) % shards == shard]
        ready: Payload = {
            "v": 10, "user": user_json(world.bot), "session_id": session.id, "resume_gateway_url": self._url,
            "guilds": [{"id": str(server.id), "unavailable": True} for server in own], "shard": [shard, shards],
            "application": {"id": str(world.bot.id), "flags": 1 << 19 if world.settings.message_content else 0},
            "private_channels": [], "relationships": [], "presences": [],
        }  # fmt: skip
        self._send(session, "READY", ready)
        for server in own:
            # Only these carry it: by its absence a client knows that the bot was added to a server just now.
            self._send(session, "GUILD_CREATE", server_json(world, server) | {"unavailable": False})

    async def _resume(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or not self._accepts(data.get("token")):
            await socket.send_json({"op": Op.INVALID, "d": False, "s": None, "t": None})
            return None
        session.socket = socket
        for text in session.after(data["seq"] or 0):
            self._outbox.put_nowait((session, socket, text))
        self._send(session, "RESUMED", {})
        self._note_presence()
        return session

    def _members(self, session: Session, data: Payload) -> None:
        server = self._world.servers[int(data["guild_id"])]
        users = [self._world.users[one] for one in server.members]
        wanted = set(strings(data, "user_ids"))
        found = [u for u in users if str(u.id) in wanted or (not wanted and u.name.startswith(data.get("query") or ""))]
        chunk: Payload = {
            "guild_id": str(server.id), "members": [member_json(server, user) for user in found], "chunk_index": 0,
            "chunk_count": 1, "nonce": data.get("nonce"),
        }  # fmt: skip
        self._send(session, "GUILD_MEMBERS_CHUNK", chunk)

    def _note_presence(self) -> None:
        if any(session.socket for session in self.sessions.values()):
            self.ready.set()
        else:
            self.ready.clear()
        self._world.announce(Change(kind=Kind.PRESENCE))

    # What an experimenter does to it

    async def reconnect(self) -> None:
        """Op 7: ask the bot to connect again and resume."""
        await self._tell({"op": Op.RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: the session is no longer good (`resumable`: may still be resumed)."""
        sockets = self._sockets()
        if not resumable:
            self.sessions.clear()
        for socket in sockets:
            await socket.send_json({"op": Op.INVALID, "d": resumable, "s": None, "t": None})

    async def drop(self, code: int = 4000) -> None:
        """Close every connection with the given code."""
        for socket in self._sockets():
            await socket.close(code=code)

    async def _tell(self, message: Payload) -> None:
        for socket in self._sockets():
            await socket.send_json(message)

    def _sockets(self) -> list[web.WebSocketResponse]:
        return [session.socket for session in self.sessions.values() if session.socket is not None]
