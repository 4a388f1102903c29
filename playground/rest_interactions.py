"""Routes that answer interactions; they carry no Authorization, the token in the path is the key."""

from aiohttp import web

from playground import interactions, messages
from playground.cdn_links import Links
from playground.json_types import Payload
from playground.payloads import message_json
from playground.state import Answer, Interaction
from playground.wire import json_answer, no_content, read_submission
from playground.world import World


class InteractionRoutes:
    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def routes(self) -> list[web.RouteDef]:
        one = "/webhooks/{app}/{token}/messages/{message}"
        return [
            web.post("/interactions/{interaction}/{token}/callback", self.callback),
            web.post("/webhooks/{app}/{token}", self.followup),
            web.get(one, self.get),
            web.patch(one, self.edit),
            web.delete(one, self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        """204, or with `?with_response=true` what came of it."""
        submission = await read_submission(request, self._world)
        path = request.match_info
        interaction = interactions.callback(self._world, int(path["interaction"]), path["token"], submission)
        if request.query.get("with_response") not in ("1", "true", "True"):
            return no_content()
        return json_answer(self._response(interaction))

    def _response(self, interaction: Interaction) -> Payload:
        assert interaction.answer is not None
        about: Payload = {
            "id": str(interaction.id), "type": int(interaction.kind), "activity_instance_id": None,
            "channel_id": str(interaction.channel_id),
        }  # fmt: skip
        resource: Payload = {"type": int(interaction.answer)}
        if interaction.original is not None and interaction.answer in (Answer.MESSAGE, Answer.DEFERRED, Answer.UPDATE):
            about |= {
                "response_message_id": str(interaction.original.id),
                "response_message_loading": interaction.original.thinking,
                "response_message_ephemeral": interaction.original.only_for is not None,
            }
            resource["message"] = message_json(self._world, self._links, interaction.original)
        return {"interaction": about, "resource": resource}

    def _interaction(self, request: web.Request) -> Interaction:
        return interactions.by_token(self._world, int(request.match_info["app"]), request.match_info["token"])

    async def followup(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        message = interactions.followup(self._world, interaction, await read_submission(request, self._world))
        if request.query.get("wait") in ("1", "true", "True"):
            return json_answer(message_json(self._world, self._links, message))
        return no_content()

    async def get(self, request: web.Request) -> web.Response:
        message = interactions.message_of(self._interaction(request), request.match_info["message"])
        return json_answer(message_json(self._world, self._links, message))

    async def edit(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        submission = await read_submission(request, self._world)
        message = interactions.message_of(interaction, request.match_info["message"])
        return json_answer(message_json(self._world, self._links, messages.revise(self._world, message, submission)))

    async def delete(self, request: web.Request) -> web.Response:
        messages.remove(self._world, interactions.message_of(self._interaction(request), request.match_info["message"]))
        return no_content()
