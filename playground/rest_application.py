"""Routes about the app itself: who it is, its commands, the gateway's address."""

from aiohttp import web

from playground import commands
from playground.errors import ApiError
from playground.json_types import Payload
from playground.payloads import user_json
from playground.permissions import by_roles
from playground.wire import json_answer, no_content, read_list, read_submission
from playground.world import World


class ApplicationRoutes:
    def __init__(self, world: World, gateway_url: str) -> None:
        self._world = world
        self._gateway_url = gateway_url

    def routes(self) -> list[web.RouteDef]:
        scopes = ("/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands")
        routes = [
            web.get("/users/@me", self.me),
            web.get("/users/@me/guilds", self.my_servers),
            web.get("/users/{user}", self.user),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_bot),
        ]
        for scope in scopes:
            routes += [
                web.get(scope, self.list_commands), web.put(scope, self.overwrite_commands),
                web.post(scope, self.upsert_command), web.get(scope + "/{command}", self.get_command),
                web.delete(scope + "/{command}", self.delete_command),
            ]  # fmt: skip
        return routes

    async def me(self, request: web.Request) -> web.Response:
        return json_answer(
            user_json(self._world.bot) | {"verified": True, "mfa_enabled": False, "locale": "en-US", "flags": 0}
        )

    async def my_servers(self, request: web.Request) -> web.Response:
        world = self._world
        mine: list[Payload] = [
            {
                "id": str(server.id), "name": server.name, "icon": None, "banner": None, "owner": False,
                "permissions": str(int(by_roles(server, world.bot.id))), "features": [],
            }
            for server in world.servers.values()
            if world.bot.id in server.members
        ]  # fmt: skip
        return json_answer(mine)

    async def user(self, request: web.Request) -> web.Response:
        if user := self._world.users.get(int(request.match_info["user"])):
            return json_answer(user_json(user))
        raise ApiError(10013)

    async def application(self, request: web.Request) -> web.Response:
        world = self._world
        flags = 1 << 19 if world.settings.message_content else 0
        return json_answer({
            "id": str(world.bot.id), "name": world.bot.name, "description": "", "icon": None, "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "0" * 64, "team": self._team(), "flags": flags,
            "owner": user_json(world.person("Mori")), "tags": [], "summary": "",
            "integration_types_config": {"0": {}, "1": {}},
        })  # fmt: skip

    def _team(self) -> Payload | None:
        team = self._world.team
        members = [
            {"membership_state": 2, "team_id": "1", "user": user_json(one), "role": "developer", "permissions": ["*"]}
            for one in team
        ]
        return (
            {"id": "1", "icon": None, "name": "T", "owner_user_id": str(team[0].id), "members": members}
            if team
            else None
        )

    async def gateway(self, request: web.Request) -> web.Response:
        return json_answer({"url": self._gateway_url})

    async def gateway_bot(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        shards = self._world.settings.shards
        return json_answer({"url": self._gateway_url, "shards": shards, "session_start_limit": limit})

    # Commands

    def _scope(self, request: web.Request) -> int | None:
        if int(request.match_info["app"]) != self._world.bot.id:
            raise ApiError(10002)
        if "guild" not in request.match_info:
            return None
        server = self._world.servers.get(int(request.match_info["guild"]))
        if server is None or self._world.bot.id not in server.members:
            raise ApiError(50001)
        return server.id

    async def list_commands(self, request: web.Request) -> web.Response:
        return json_answer(self._world.commands.get(self._scope(request), []))

    async def overwrite_commands(self, request: web.Request) -> web.Response:
        return json_answer(commands.overwrite(self._world, self._scope(request), await read_list(request)))

    async def upsert_command(self, request: web.Request) -> web.Response:
        scope, new = self._scope(request), (await read_submission(request, self._world)).payload
        old = self._world.commands.get(scope, [])
        kept = [one for one in old if (one["name"], one["type"]) != (new.get("name"), new.get("type", 1))]
        return json_answer(commands.overwrite(self._world, scope, [*kept, new])[-1], status=201)

    async def get_command(self, request: web.Request) -> web.Response:
        return json_answer(self._command(request))

    async def delete_command(self, request: web.Request) -> web.Response:
        self._world.commands[self._scope(request)].remove(self._command(request))
        return no_content()

    def _command(self, request: web.Request) -> Payload:
        for command in self._world.commands.get(self._scope(request), []):
            if command["id"] == request.match_info["command"]:
                return command
        raise ApiError(10063)
