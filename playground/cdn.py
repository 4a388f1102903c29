"""The files behind attachment links; 404 as soon as a link has expired or its message is gone."""

from aiohttp import web

from playground.cdn_links import Links
from playground.world import World


class Cdn:
    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def routes(self) -> list[web.RouteDef]:
        path = "{channel:[0-9]+}/{attachment:[0-9]+}/{name}"
        return [web.get(f"/attachments/{path}", self.file), web.get(f"/ephemeral-attachments/{path}", self.file)]

    async def file(self, request: web.Request) -> web.Response:
        attachment = self._world.attachments.get(int(request.match_info["attachment"]))
        signature = (request.query.get(key, "") for key in ("ex", "is", "hm"))
        if attachment is None or attachment.gone or not self._links.valid(attachment, *signature):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=attachment.data, content_type=attachment.content_type or "application/octet-stream")
