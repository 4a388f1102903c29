"""Deadlines, tokens and answers: developers/interactions/receiving-and-responding."""

import asyncio

import pytest

from playground import DidNotRespond, Permission, Playground
from playground.state import InteractionKind
from tests.playground.raw import Api, button, command, option, row

EPHEMERAL = 64
MODAL = {
    "title": "Edit", "custom_id": "edit",
    "components": [{"type": 18, "label": "Prompt", "component": {"type": 4, "custom_id": "prompt", "style": 2}}],
}  # fmt: skip


@pytest.fixture
async def draw(api: Api) -> Api:
    await api.commands(command("draw", options=[option("prompt")], integration_types=[0, 1], contexts=[0, 1, 2]))
    return api


async def test_an_answer_after_three_seconds_is_unknown_and_the_person_reads_so(
    playground: Playground, draw: Api
) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    playground.world.clock.advance(3.1)
    await sent.settled()
    status, body = await draw.answer(sent, 5)
    assert (status, body["code"]) == (404, 10062)
    assert sent.failed == "The application did not respond"
    with pytest.raises(DidNotRespond):
        await sent.message()


async def test_an_answer_in_time_is_shown_and_a_second_one_is_refused(playground: Playground, draw: Api) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    status, body = await draw.answer(sent, 4, {"content": "here"})
    assert status == 200 and body["interaction"]["response_message_id"]
    assert body["resource"]["message"]["interaction_metadata"]["user"]["username"] == "aiko"
    assert (await sent.message()).content == "here"
    status, body = await draw.answer(sent, 4, {"content": "again"})
    assert (status, body["code"]) == (400, 40060)


async def test_without_with_response_a_callback_answers_nothing(playground: Playground, draw: Api) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    one = sent.interaction
    status, body = await draw("POST", f"/interactions/{one.id}/{one.token}/callback", {"type": 5})
    assert (status, body) == (204, None)


async def test_a_token_dies_after_fifteen_minutes_but_the_message_can_be_edited_in_its_channel(
    playground: Playground, draw: Api
) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 4, {"content": "here"})
    playground.world.clock.advance(15 * 60 - 5)
    await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": "still alive"})
    playground.world.clock.advance(10)
    for method, path in (("PATCH", "/messages/@original"), ("GET", "/messages/@original"), ("POST", "")):
        assert await draw.bad(method, draw.webhook(sent, path), {"content": "late"}) == (401, 50027)
    message = await sent.message()
    await draw.ok("PATCH", f"{draw.messages()}/{message.id}", {"content": "by the bot's own token"})
    assert message.content == "by the bot's own token"


async def test_the_webhook_does_not_exist_before_the_first_answer(playground: Playground, draw: Api) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    assert await draw.bad("GET", draw.webhook(sent, "/messages/@original")) == (404, 10015)
    assert await draw.bad("POST", draw.webhook(sent), {"content": "early"}) == (404, 10015)


async def test_thinking_becomes_the_message_by_editing_the_original(playground: Playground, draw: Api) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 5)
    waiting = await sent.message(until=lambda m: m.thinking)
    await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": "done"})
    assert (waiting.thinking, waiting.content, waiting.edits) == (False, "done", 1)
    assert (await draw.ok("GET", draw.webhook(sent, "/messages/@original")))["content"] == "done"
    await draw.ok("DELETE", draw.webhook(sent, "/messages/@original"))
    assert waiting.deleted
    assert await draw.bad("GET", draw.webhook(sent, "/messages/@original")) == (404, 10008)


async def test_filling_the_thinking_message_pings_and_later_edits_do_not(playground: Playground, draw: Api) -> None:
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    sent = await aiko.slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 5)
    filled = await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": f"<@{aiko.id}>"})
    assert filled["edited_timestamp"] is None
    await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": f"<@{binh.id}>"})
    assert (await sent.message()).pinged == ["Aiko"]


async def test_the_first_followup_after_a_deferral_fills_the_thinking_message(
    playground: Playground, draw: Api
) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 5)
    first = await draw.ok("POST", draw.webhook(sent, "?wait=true"), {"content": "filled", "flags": EPHEMERAL})
    assert (await sent.message()).content == "filled"
    assert str((await sent.message()).id) == first["id"] and not (await sent.message()).ephemeral
    second = await draw.ok("POST", draw.webhook(sent, "?wait=true"), {"content": "more", "flags": EPHEMERAL})
    assert second["id"] != first["id"] and [one.ephemeral for one in sent.followups] == [True]


async def test_only_the_person_addressed_sees_an_ephemeral_answer_and_no_channel_route_knows_it(
    playground: Playground, draw: Api
) -> None:
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    sent = await aiko.slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 5, {"flags": EPHEMERAL})
    await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": "for you"})
    message = await sent.message()
    assert message.ephemeral and message in aiko.sees("#gallery") and message not in binh.sees("#gallery")
    with pytest.raises(ValueError, match="cannot see"):
        await binh.press(message, "x")
    for method in ("GET", "PATCH", "DELETE"):
        assert await draw.bad(method, f"{draw.messages()}/{message.id}", {"content": "x"}) == (404, 10008)
    assert await draw.ok("GET", draw.messages()) == []


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (InteractionKind.COMMAND, {4, 5, 9}),
        (InteractionKind.COMPONENT, {4, 5, 6, 7, 9}),
        (InteractionKind.MODAL, {4, 5}),
    ],
)
async def test_each_kind_of_interaction_takes_only_its_own_answers(
    playground: Playground, draw: Api, kind: InteractionKind, allowed: set[int]
) -> None:
    taken: set[int] = set()
    for answer in range(1, 13):
        sent = await _opened(playground, draw, kind)
        data = MODAL if answer == 9 else {"content": "x"}
        status, body = await draw.answer(sent, answer, data)
        assert status == 200 or (status, body["code"]) == (400, 50035)
        if status == 200:
            taken.add(answer)
    assert taken == allowed


async def _opened(playground: Playground, draw: Api, kind: InteractionKind):  # noqa: ANN202
    aiko = playground.person("Aiko")
    if kind is InteractionKind.COMPONENT:
        posted = await draw.ok("POST", draw.messages(), {"content": "x", "components": [row(button("Go", "go"))]})
        message = next(one for one in aiko.sees("#gallery") if str(one.id) == posted["id"])
        return await aiko.press(message, "Go", wait=False)
    sent = await aiko.slash("#gallery", "/draw", wait=False)
    if kind is InteractionKind.COMMAND:
        return sent
    await draw.answer(sent, 9, MODAL)
    return await aiko.submit(sent, {"prompt": "1girl"}, wait=False)


async def test_a_button_can_update_its_message_at_once_or_after_a_silent_deferral(
    playground: Playground, draw: Api
) -> None:
    aiko = playground.person("Aiko")
    await draw.ok("POST", draw.messages(), {"content": "old", "components": [row(button("Go", "go"))]})
    message = aiko.sees("#gallery")[0]
    sent = await aiko.press(message, "go", wait=False)
    await draw.answer(sent, 7, {"content": "new"})
    assert (message.content, len(message.buttons)) == ("new", 1)
    sent = await aiko.press(message, "go", wait=False)
    await draw.answer(sent, 6)
    await draw.ok("PATCH", draw.webhook(sent, "/messages/@original"), {"content": "newest", "components": []})
    assert (message.content, message.buttons) == ("newest", [])
    with pytest.raises(ValueError, match="0 buttons"):
        await aiko.press(message, "go")


async def test_an_app_brought_by_a_person_gets_five_followups(playground: Playground, draw: Api) -> None:
    playground.world.add_server("Elsewhere", "plaza")
    aiko = playground.person("Aiko")
    with pytest.raises(ValueError, match="not offered"):
        await aiko.slash("Elsewhere#plaza", "/draw")
    playground.world.install_for("Aiko")
    sent = await aiko.slash("Elsewhere#plaza", "/draw", wait=False)
    assert sent.interaction.owners == {"1": str(aiko.id)}
    await draw.answer(sent, 4, {"content": "first"})
    for number in range(5):
        await draw.ok("POST", draw.webhook(sent), {"content": str(number)})
    assert await draw.bad("POST", draw.webhook(sent), {"content": "six"}) == (400, 40094)
    assert await draw.bad("POST", draw.messages("Elsewhere#plaza"), {"content": "x"}) == (403, 50001)


async def test_without_external_apps_such_an_answer_is_ephemeral(playground: Playground, draw: Api) -> None:
    playground.world.add_server("Elsewhere", "plaza")
    playground.world.install_for("Aiko")
    playground.world.deny("Elsewhere#plaza", Permission.USE_EXTERNAL_APPS, who="Aiko")
    sent = await playground.person("Aiko").slash("Elsewhere#plaza", "/draw", wait=False)
    await draw.answer(sent, 4, {"content": "x"})
    assert (await sent.message()).ephemeral


async def test_in_a_private_chat_of_two_people_only_an_installed_app_can_be_used(
    playground: Playground, draw: Api
) -> None:
    aiko = playground.person("Aiko")
    assert aiko.commands("dm:Binh") == []
    playground.world.install_for("Aiko")
    sent = await aiko.slash("dm:Binh", "/draw", wait=False)
    await draw.answer(sent, 4, {"content": "x"})
    assert [one.content for one in playground.person("Binh").sees("dm:Aiko")] == ["x"]


async def test_waiting_for_a_state_that_never_comes_tells_the_last_state(playground: Playground, draw: Api) -> None:
    sent = await playground.person("Aiko").slash("#gallery", "/draw", wait=False)
    await draw.answer(sent, 4, {"content": "only this"})
    with pytest.raises(TimeoutError, match="only this"):
        await sent.message(until=lambda m: m.pictures, timeout_s=0.05)


async def test_the_three_seconds_are_real_seconds_when_nobody_advances_the_clock(
    playground: Playground, draw: Api
) -> None:
    playground.world.settings.answer_within_s = 0.2
    async with asyncio.timeout(30):
        sent = await playground.person("Aiko").slash("#gallery", "/draw")
    assert sent.failed
