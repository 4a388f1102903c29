"""Attachment links: signed, expiring, and gone with their message."""

import re

from playground import Playground, Upload
from tests.playground.pictures import png
from tests.playground.raw import Api, command, option


async def status_of(api: Api, url: str) -> int:
    async with api.session.get(url) as response:
        return response.status


async def test_a_link_works_until_it_expires_and_a_fresh_read_gives_a_new_one(api: Api, playground: Playground) -> None:
    posted = await api.ok("POST", api.messages(), files=[("a file.png", png(4, 4))])
    url = posted["attachments"][0]["url"]
    assert re.search(r"/attachments/\d+/\d+/a%20file.png\?ex=[0-9a-f]+&is=[0-9a-f]+&hm=[0-9a-f]{64}&$", url)
    async with api.session.get(url) as response:
        assert (response.content_type, await response.read()) == ("image/png", png(4, 4))
    playground.world.clock.advance(24 * 3600 + 1)
    assert await status_of(api, url) == 404
    again = await api.ok("GET", f"{api.messages()}/{posted['id']}")
    assert await status_of(api, again["attachments"][0]["url"]) == 200


async def test_an_altered_or_unsigned_link_is_not_served(api: Api) -> None:
    url = (await api.ok("POST", api.messages(), files=[("a.png", png(4, 4))]))["attachments"][0]["url"]
    assert await status_of(api, url.split("?")[0]) == 404
    assert await status_of(api, re.sub("ex=.", "ex=f", url)) == 404


async def test_a_deleted_messages_files_are_gone(api: Api, playground: Playground) -> None:
    aiko = playground.person("Aiko")
    said = await aiko.say("#gallery", "look", attachments=[Upload("a.png", png(4, 4))])
    url = said.attachments[0].url
    assert await status_of(api, url) == 200
    await aiko.delete(said)
    assert await status_of(api, url) == 404


async def test_a_file_that_an_edit_drops_is_gone(api: Api) -> None:
    posted = await api.ok("POST", api.messages(), files=[("a.png", png(4, 4))])
    await api.ok("PATCH", f"{api.messages()}/{posted['id']}", files=[("b.png", png(5, 5))])
    assert await status_of(api, posted["attachments"][0]["url"]) == 404


async def test_the_lifetime_can_be_set_to_meet_an_expired_link(api: Api, playground: Playground) -> None:
    playground.world.settings.cdn_life_s = -1
    await api.commands(command("edit", options=[option("image", 11)]))
    sent = await playground.person("Aiko").slash("#gallery", "edit", image=Upload("a.png", png(4, 4)), wait=False)
    image = next(iter(sent.interaction.data["resolved"]["attachments"].values()))
    assert "/ephemeral-attachments/" in image["url"] and await status_of(api, image["url"]) == 404


async def test_large_files_come_whole(api: Api) -> None:
    posted = await api.ok("POST", api.messages(), files=[("a.bin", bytes(range(256)) * 4096 * 9)])
    async with api.session.get(posted["attachments"][0]["url"]) as response:
        assert len(await response.read()) == 9 * 1024 * 1024
