"""Routes about channels, messages and reactions."""

from urllib.parse import unquote

from aiohttp import web

from playground import messages
from playground.cdn_links import Links
from playground.changes import Change, Kind
from playground.errors import ApiError, Form
from playground.json_types import Payload
from playground.payloads import channel_json, member_json, message_json, server_json
from playground.permissions import Permission, may
from playground.state import Channel, ChannelKind, Message
from playground.wire import json_answer, no_content, read_submission
from playground.world import World


class ChannelRoutes:
    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def routes(self) -> list[web.RouteDef]:
        one = "/channels/{channel}/messages/{message}"
        return [
            web.get("/guilds/{guild}", self.guild),
            web.get("/guilds/{guild}/members/{user}", self.member),
            web.post("/users/@me/channels", self.open_private),
            web.get("/channels/{channel}", self.channel),
            web.post("/channels/{channel}/typing", self.typing),
            web.post("/channels/{channel}/threads", self.thread),
            web.post(one + "/threads", self.thread),
            web.get("/channels/{channel}/messages", self.history),
            web.post("/channels/{channel}/messages", self.post),
            web.get(one, self.get),
            web.patch(one, self.edit),
            web.delete(one, self.delete),
            web.put(one + "/reactions/{emoji}/@me", self.react),
            web.delete(one + "/reactions/{emoji}/@me", self.unreact),
        ]

    # Finding

    def _channel(self, request: web.Request, *wanted: Permission) -> Channel:
        channel = messages.channel_of(self._world, int(request.match_info["channel"]))
        messages.require(self._world, self._world.bot.id, channel, *wanted)
        return channel

    def _message(self, request: web.Request, *wanted: Permission) -> Message:
        return messages.found(self._world, self._channel(request, *wanted), int(request.match_info["message"]))

    def _json(self, message: Message) -> Payload:
        censored = not self._world.settings.message_content
        return message_json(self._world, self._links, message, censored=censored)

    # Places

    async def guild(self, request: web.Request) -> web.Response:
        return json_answer(server_json(self._world, self._world.servers[self._guild_id(request)]))

    async def member(self, request: web.Request) -> web.Response:
        server = self._world.servers[self._guild_id(request)]
        user_id = int(request.match_info["user"])
        if user_id not in server.members:
            raise ApiError(10007)
        return json_answer(member_json(server, self._world.users[user_id]))

    def _guild_id(self, request: web.Request) -> int:
        server = self._world.servers.get(int(request.match_info["guild"]))
        if server is None or self._world.bot.id not in server.members:
            raise ApiError(10004)
        return server.id

    async def open_private(self, request: web.Request) -> web.Response:
        payload = (await read_submission(request, self._world)).payload
        user = self._world.users.get(int(payload["recipient_id"]))
        if user is None or user.bot:
            raise ApiError(10013 if user is None else 50007)
        return json_answer(
            channel_json(self._world, self._world.private_channel(user.id, self._world.bot.id), self._world.bot.id)
        )

    async def channel(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        return json_answer(
            channel_json(self._world, channel, self._world.bot.id if channel.server_id is None else None)
        )

    async def typing(self, request: web.Request) -> web.Response:
        channel = self._channel(request, Permission.SEND_MESSAGES)
        self._world.announce(Change(kind=Kind.TYPING, channel=channel, person_id=self._world.bot.id))
        return no_content()

    async def thread(self, request: web.Request) -> web.Response:
        parent = self._channel(request, Permission.CREATE_PUBLIC_THREADS)
        if parent.kind is not ChannelKind.TEXT:
            raise ApiError(50024)
        name = (await read_submission(request, self._world)).payload.get("name")
        form = Form()
        form.length("name", name, 100, least=1)
        form.check()
        thread = self._world.add_thread(self._world.place(parent), str(name), owner_id=self._world.bot.id)
        return json_answer(channel_json(self._world, thread), status=201)

    # Messages

    async def history(self, request: web.Request) -> web.Response:
        """Newest first; `after` gives the ones next to it, `around` half on either side. No history, no messages."""
        channel = self._channel(request)
        if not may(self._world, self._world.bot.id, channel, Permission.READ_MESSAGE_HISTORY):
            return json_answer([])
        limit = int(request.query.get("limit", 50))
        if not 1 <= limit <= 100:
            form = Form()
            form.wrong("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
            form.check()
        past = [one for one in self._world.history(channel) if one.only_for is None]
        if "after" in request.query:
            past = [one for one in past if one.id > int(request.query["after"])][:limit]
        elif "around" in request.query:
            middle = int(request.query["around"])
            past = [one for one in past if one.id < middle][-(limit // 2) :] + [one for one in past if one.id >= middle]
        elif "before" in request.query:
            past = [one for one in past if one.id < int(request.query["before"])]
        past = past[:limit] if "around" in request.query else past[-limit:]
        return json_answer([self._json(one) for one in reversed(past)])

    async def post(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        submission = await read_submission(request, self._world)
        return json_answer(self._json(messages.post(self._world, channel, self._world.bot.id, submission)))

    async def get(self, request: web.Request) -> web.Response:
        return json_answer(self._json(self._message(request, Permission.READ_MESSAGE_HISTORY)))

    async def edit(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message.author_id != self._world.bot.id:
            raise ApiError(50005)
        return json_answer(
            self._json(messages.revise(self._world, message, await read_submission(request, self._world)))
        )

    async def delete(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message.author_id != self._world.bot.id:
            messages.require(self._world, self._world.bot.id, self._channel(request), Permission.MANAGE_MESSAGES)
        messages.remove(self._world, message)
        return no_content()

    async def react(self, request: web.Request) -> web.Response:
        message = self._message(request, Permission.ADD_REACTIONS, Permission.READ_MESSAGE_HISTORY)
        messages.react(self._world, message, self._world.bot.id, unquote(request.match_info["emoji"]))
        return no_content()

    async def unreact(self, request: web.Request) -> web.Response:
        message = self._message(request)
        messages.react(self._world, message, self._world.bot.id, unquote(request.match_info["emoji"]), on=False)
        return no_content()
