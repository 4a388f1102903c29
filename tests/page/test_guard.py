"""The page's server speaks to programs on this machine and to its own page, and to no other site. No browser needed."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from playground import Playground, Upload


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground() as one:
        yield one


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/page/socket", "/api/v10/gateway", "/gateway"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "genga.example"},
        {"Host": "127.0.0.1.example:80"},
        {"Origin": "http://genga.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
    ids=str,
)
async def test_other_names_and_other_sites_are_refused(
    playground: Playground, session: aiohttp.ClientSession, path: str, headers: dict[str, str]
) -> None:
    async with session.get(playground.url + path, headers=headers) as answer:
        assert answer.status == 403


async def test_another_site_cannot_leave_a_file_or_open_a_socket(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    async with session.post(f"{playground.url}/page/uploads", data=b"x", headers={"Origin": "http://e.example"}) as no:
        assert no.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(f"{playground.url}/page/socket", origin="http://e.example")


async def test_a_tunnel_to_another_port_works(playground: Playground, session: aiohttp.ClientSession) -> None:
    own = {"Host": "localhost:9000", "Origin": "http://localhost:9000", "Sec-Fetch-Site": "same-origin"}
    async with session.get(f"{playground.url}/", headers=own) as answer:
        assert answer.status == 200
    async with session.get(
        f"{playground.url}/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    ) as followed:  # a link on another page
        assert followed.status == 200


async def test_the_page_may_load_nothing_from_elsewhere(playground: Playground, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{playground.url}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http://" not in text
    assert "https://" not in text


async def test_a_page_that_somebody_sent_cannot_run(playground: Playground, session: aiohttp.ClientSession) -> None:
    said = await playground.person("Aiko").say("#gallery", attachments=[Upload("a.html", b"<script>alert(1)</script>")])
    async with session.get(said.attachments[0].url) as answer:
        assert answer.status == 200
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_files_are_kept_up_to_discord_s_limit(playground: Playground, session: aiohttp.ClientSession) -> None:
    playground.world.settings.file_limit_bytes = 10
    async with session.post(f"{playground.url}/page/uploads?name=a.png", data=b"x" * 11) as answer:
        assert answer.status == 413
    async with session.post(f"{playground.url}/page/uploads?name=../a.png", data=b"x" * 10) as answer:
        kept = (await answer.json())["upload"]
    async with session.ws_connect(f"{playground.url}/page/socket?person=Aiko") as socket:
        assert (await socket.receive_json())["event"] == "hello"
        await socket.send_json({"number": 1, "do": "say", "place": "#gallery", "text": "", "files": [kept]})
        told = [await socket.receive_json(), await socket.receive_json()]
    assert {one.get("answer", one.get("event")) for one in told} == {1, "message"}
    [said] = playground.person("Binh").sees("#gallery")
    assert [(one.name, one.data) for one in said.attachments] == [("a.png", b"x" * 10)]


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "fly"},
        {"do": "open", "place": "#nowhere"},
        {"do": "open"},
        {"do": "press", "message": "12", "custom_id": "x"},
        {"do": "press", "message": "twelve", "custom_id": "x"},
        {"do": "say", "place": "#gallery", "text": "", "files": ["99"]},
        {"do": "submit", "form": "1", "values": {}},
        {"do": "slash", "place": "#gallery", "command": "/imagine", "options": {"prompt": 7}},
    ],
    ids=json.dumps,
)
async def test_what_cannot_be_done_is_answered_with_a_sentence(
    playground: Playground, session: aiohttp.ClientSession, asked: dict[str, object]
) -> None:
    async with session.ws_connect(f"{playground.url}/page/socket?person=Aiko") as socket:
        await socket.receive_json()
        await socket.send_json({"number": 5, **asked})
        told = await socket.receive_json()
    assert told["answer"] == 5
    assert told["wrong"]


async def test_nobody_is_told_what_only_another_person_sees(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    async with session.ws_connect(f"{playground.url}/page/socket?person=Binh") as socket:
        hello = await socket.receive_json()
        assert [one["name"] for one in hello["people"]] == ["Aiko", "Binh", "Mori"]
        await playground.person("Aiko").say("dm", "between me and the bot")
        await playground.person("Aiko").say("dm:Binh", "for you")
        told = await socket.receive_json()
    assert (told["event"], told["message"]["content"]) == ("message", "for you")
    async with session.get(f"{playground.url}/page/socket?person=Genga") as answer:
        assert answer.status == 404
