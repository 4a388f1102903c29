"""What people see, one beside the other, and what a page would be told."""

import asyncio
import json

import pytest

from playground import Permission, Playground, Upload, transcript
from playground.changes import Change, Kind
from tests.playground.pictures import png
from tests.playground.raw import Api, button, command, gallery, row, text


async def test_each_person_has_a_private_channel_of_their_own(playground: Playground) -> None:
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    await aiko.say("dm", "mine")
    assert [one.content for one in aiko.sees("dm")] == ["mine"] and binh.sees("dm") == []
    assert aiko.sees("dm")[0].place == "dm"


async def test_a_channel_that_is_hidden_from_a_person_shows_them_nothing(playground: Playground) -> None:
    await playground.person("Aiko").say("#gallery", "hello")
    playground.world.deny("#gallery", Permission.VIEW_CHANNEL, who="Binh")
    assert playground.person("Binh").sees("#gallery") == []
    assert not playground.world.permissions("Binh", "#gallery")
    assert not playground.world.permissions("Binh", "#gallery > ideas")
    assert len(playground.person("Mori").sees("#gallery")) == 1


async def test_unknown_places_and_people_are_named(playground: Playground) -> None:
    with pytest.raises(KeyError, match="nobody is called 'Chi'; there are Genga, Mori, Aiko, Binh"):
        playground.person("Chi")
    with pytest.raises(KeyError, match="there is no '#nowhere'; there are #gallery"):
        playground.person("Aiko").sees("#nowhere")


async def test_changes_reach_exactly_those_who_can_see_them(playground: Playground, api: Api) -> None:
    await api.commands(command("draw"))
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    with aiko.watching() as aikos, binh.watching() as binhs:
        sent = await aiko.slash("#gallery", "/draw", wait=False)
        await api.answer(sent, 5, {"flags": 64})
        await api.ok("PATCH", api.webhook(sent, "/messages/@original"), {"content": "secret"})
        await aiko.type("#gallery")
        said = await binh.say("#gallery", "open")
        await aiko.react(said, "⭐")
        await binh.delete(said)
    shared = [Kind.TYPING, Kind.MESSAGE, Kind.REACTION, Kind.DELETE]
    assert kinds(aikos) == [Kind.INTERACTION, Kind.MESSAGE, Kind.ANSWERED, Kind.EDIT, *shared]
    assert kinds(binhs) == shared


def kinds(queue: asyncio.Queue[Change]) -> list[Kind]:
    return [queue.get_nowait().kind for _ in range(queue.qsize())]


async def test_a_failure_is_told_to_the_person_alone(playground: Playground, api: Api) -> None:
    await api.commands(command("draw"))
    with playground.person("Aiko").watching() as aikos, playground.person("Binh").watching() as binhs:
        await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
        playground.world.clock.advance(4)
        assert (await aikos.get()).kind is Kind.INTERACTION
        failed = await aikos.get()
    assert failed.kind is Kind.FAILED and failed.interaction and failed.interaction.failed
    assert binhs.empty()


async def test_wait_for_finds_a_message_however_it_came(playground: Playground, api: Api) -> None:
    aiko = playground.person("Aiko")
    waiting = asyncio.create_task(aiko.wait_for("#gallery", lambda m: m.author == "Genga" and m.pictures))
    await api.ok("POST", api.messages(), {"content": "soon"})
    await api.ok("POST", api.messages(), {"content": "here"}, files=[("a.png", png(4, 4))])
    assert (await waiting).content == "here"
    with pytest.raises(TimeoutError, match="'content': 'here'"):
        await aiko.wait_for("#gallery", lambda m: m.content == "never", timeout_s=0.02)


async def test_a_transcript_is_plain_data(playground: Playground, api: Api) -> None:
    payload = {
        "flags": 1 << 15,
        "components": [gallery("a.png"), text("**1girl** · seed 7"), row(button("Reroll", "r:1"))],
    }
    await api.ok("POST", api.messages(), payload, files=[("a.png", png(4, 4))])
    record = transcript(playground.person("Aiko").sees("#gallery")[0])
    assert json.loads(json.dumps(record)) == record
    assert (record["content"], record["attachments"]) == ("**1girl** · seed 7", ["a.png"])
    assert record["buttons"] == [{"label": "Reroll", "emoji": None, "custom_id": "r:1", "disabled": False, "url": None}]


async def test_people_are_bound_by_the_same_size_limits(playground: Playground, api: Api) -> None:
    await api.commands(command("edit", options=[{"name": "image", "type": 11, "description": "x"}]))
    playground.world.settings.file_limit_bytes = 100
    with pytest.raises(ValueError, match=r"a\.png is too large to upload"):
        await playground.person("Aiko").slash("#gallery", "edit", image=Upload("a.png", bytes(101)))
