"""Text, files, nonces and replies: developers/resources/message."""

import pytest

from playground import Permission, Playground, Upload
from playground.settings import MIB
from tests.playground.pictures import png
from tests.playground.raw import Api, button, command, row


async def test_content_holds_2000_characters(api: Api) -> None:
    await api.ok("POST", api.messages(), {"content": "x" * 2000})
    status, body = await api("POST", api.messages(), {"content": "x" * 2001})
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


@pytest.mark.parametrize("payload", [{}, {"content": "  "}, {"content": "", "components": [row(button("a", "a"))]}])
async def test_a_message_with_nothing_to_show_is_refused(api: Api, payload: dict[str, object]) -> None:
    assert await api.bad("POST", api.messages(), payload) == (400, 50006)


@pytest.mark.parametrize(
    "embed",
    [
        {"title": "x" * 257}, {"description": "x" * 4097}, {"footer": {"text": "x" * 2049}},
        {"fields": [{"name": "a", "value": "b"}] * 26}, {"fields": [{"name": "a", "value": "x" * 1025}]},
    ],
)  # fmt: skip
async def test_embeds_have_their_limits(api: Api, embed: dict[str, object]) -> None:
    assert await api.bad("POST", api.messages(), {"embeds": [embed]}) == (400, 50035)


async def test_all_embeds_together_hold_6000_characters(api: Api) -> None:
    await api.ok("POST", api.messages(), {"embeds": [{"description": "x" * 3000}] * 2})
    assert await api.bad("POST", api.messages(), {"embeds": [{"description": "x" * 3000}] * 2 + [{"title": "y"}]}) == (
        400,
        50035,
    )
    assert await api.bad("POST", api.messages(), {"embeds": [{"title": "x"}] * 11}) == (400, 50035)


async def test_a_file_of_ten_mebibytes_passes_and_a_larger_one_is_413(api: Api) -> None:
    await api.ok("POST", api.messages(), files=[("a.bin", bytes(10 * MIB))])
    assert await api.bad("POST", api.messages(), files=[("a.bin", bytes(10 * MIB + 1))]) == (413, 40005)


async def test_a_whole_request_holds_25_mebibytes(api: Api) -> None:
    assert await api.bad("POST", api.messages(), files=[(f"{n}.bin", bytes(9 * MIB)) for n in range(3)]) == (413, 40005)


async def test_a_message_holds_ten_files(api: Api) -> None:
    posted = await api.ok("POST", api.messages(), files=[(f"{n}.png", png(4, 4)) for n in range(10)])
    assert await api.bad("POST", api.messages(), files=[(f"{n}.png", png(4, 4)) for n in range(11)]) == (400, 30015)
    keep = {"attachments": [{"id": one["id"]} for one in posted["attachments"]] + [{"id": 0}]}
    assert await api.bad("PATCH", f"{api.messages()}/{posted['id']}", keep, files=[("x.png", b"")]) == (400, 30015)


async def test_pictures_carry_their_size_and_everything_its_guessed_type(api: Api) -> None:
    described = {"attachments": [{"id": 0, "description": "a drawing"}, {"id": 1}]}
    posted = await api.ok("POST", api.messages(), described, files=[("a.png", png(30, 20)), ("b.txt", b"text")])
    picture, words = posted["attachments"]
    assert (picture["width"], picture["height"], picture["content_type"]) == (30, 20, "image/png")
    assert (picture["description"], picture["size"]) == ("a drawing", len(png(30, 20)))
    assert "width" not in words and words["content_type"] == "text/plain"


async def test_an_edit_keeps_the_files_it_lists_and_adds_the_new_ones(api: Api) -> None:
    posted = await api.ok("POST", api.messages(), files=[("a.png", png(4, 4)), ("b.png", png(4, 4))])
    path = f"{api.messages()}/{posted['id']}"
    untouched = await api.ok("PATCH", path, {"content": "text"})
    assert [one["filename"] for one in untouched["attachments"]] == ["a.png", "b.png"]
    listed = {"attachments": [{"id": posted["attachments"][1]["id"]}, {"id": 0, "filename": "c.png"}]}
    edited = await api.ok("PATCH", path, listed, files=[("upload", png(4, 4))])
    assert [one["filename"] for one in edited["attachments"]] == ["b.png", "c.png"]
    assert edited["attachments"][0]["id"] == posted["attachments"][1]["id"]


async def test_new_files_without_a_list_drop_the_old_ones_and_an_empty_list_drops_all(api: Api) -> None:
    posted = await api.ok("POST", api.messages(), files=[("a.png", png(4, 4))])
    path = f"{api.messages()}/{posted['id']}"
    assert [one["filename"] for one in (await api.ok("PATCH", path, files=[("b.png", b"x")]))["attachments"]] == [
        "b.png"
    ]
    assert (await api.ok("PATCH", path, {"content": "text", "attachments": []}))["attachments"] == []


async def test_a_file_shown_by_an_embed_is_not_among_the_attachments(api: Api, playground: Playground) -> None:
    embed = {"embeds": [{"title": "x", "image": {"url": "attachment://a.png"}}]}
    posted = await api.ok("POST", api.messages(), embed, files=[("a.png", png(4, 4)), ("b.png", png(4, 4))])
    assert [one["filename"] for one in posted["attachments"]] == ["b.png"]
    assert posted["embeds"][0]["image"]["width"] == 4
    assert [one.name for one in playground.person("Aiko").sees("#gallery")[0].pictures] == ["b.png", "a.png"]


async def test_a_repeated_nonce_gives_the_first_message_again_for_a_few_minutes(
    api: Api, playground: Playground
) -> None:
    once = {"content": "x", "nonce": "job-7", "enforce_nonce": True}
    first = await api.ok("POST", api.messages(), once)
    assert (await api.ok("POST", api.messages(), once))["id"] == first["id"]
    assert first["nonce"] == "job-7"
    assert (await api.ok("POST", api.messages(), once | {"enforce_nonce": False}))["id"] != first["id"]
    playground.world.clock.advance(playground.world.settings.nonce_window_s + 1)
    assert (await api.ok("POST", api.messages(), once | {"nonce": "job-7"}))["id"] != first["id"]
    assert await api.bad("POST", api.messages(), once | {"nonce": "x" * 26}) == (400, 50035)


async def test_mentions_ping_only_whom_allowed_mentions_lets_through(api: Api, playground: Playground) -> None:
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    content = f"<@{aiko.id}> <@!{binh.id}> @everyone"
    everyone = await api.ok("POST", api.messages(), {"content": content})
    assert {one["username"] for one in everyone["mentions"]} == {"aiko", "binh"}
    assert not everyone["mention_everyone"]  # the bot may not
    await api.ok("POST", api.messages(), {"content": content, "allowed_mentions": {"parse": []}})
    await api.ok(
        "POST", api.messages(), {"content": content, "allowed_mentions": {"parse": [], "users": [str(binh.id)]}}
    )
    assert [one.pinged for one in aiko.sees("#gallery")] == [["Aiko", "Binh"], [], ["Binh"]]
    playground.world.allow("#gallery", Permission.MENTION_EVERYONE)
    assert (await api.ok("POST", api.messages(), {"content": "@here"}))["mention_everyone"]


async def test_answers_to_interactions_ping_people_but_never_everyone(api: Api, playground: Playground) -> None:
    await api.commands(command("hi"))
    playground.world.allow("#gallery", Permission.MENTION_EVERYONE)
    aiko = playground.person("Aiko")
    sent = await aiko.slash("#gallery", "/hi", wait=False)
    await api.answer(sent, 4, {"content": f"<@{aiko.id}> @everyone"})
    assert (await sent.message()).pinged == ["Aiko"]


async def test_a_reply_pings_the_author_unless_told_otherwise(api: Api, playground: Playground) -> None:
    aiko, binh = playground.person("Aiko"), playground.person("Binh")
    said = await aiko.say("#gallery", "first")
    reference = {"message_reference": {"message_id": str(said.id)}}
    reply = await api.ok("POST", api.messages(), {"content": "yes", **reference})
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "first")
    assert [one["username"] for one in reply["mentions"]] == ["aiko"]
    quiet = await api.ok("POST", api.messages(), {"content": "yes", **reference, "allowed_mentions": {"parse": []}})
    assert quiet["mentions"] == []
    assert (await binh.say("#gallery", "me too", reply_to=said, ping=False)).pinged == []
    await aiko.delete(said)
    assert await api.bad("POST", api.messages(), {"content": "late", **reference}) == (400, 50035)
    soft = {"message_reference": {"message_id": str(said.id), "fail_if_not_exists": False}}
    assert "message_reference" not in await api.ok("POST", api.messages(), {"content": "late", **soft})


async def test_a_reply_needs_read_message_history(api: Api, playground: Playground) -> None:
    said = await playground.person("Aiko").say("#gallery", "first")
    playground.world.deny("#gallery", Permission.READ_MESSAGE_HISTORY)
    reply = {"content": "yes", "message_reference": {"message_id": str(said.id)}}
    assert await api.bad("POST", api.messages(), reply) == (400, 160002)
    assert await api.ok("GET", api.messages()) == []
    assert await api.bad("GET", f"{api.messages()}/{said.id}") == (403, 50013)


async def test_history_pages_before_after_and_around(api: Api, playground: Playground) -> None:
    said = [await playground.person("Aiko").say("#gallery", str(number)) for number in range(9)]

    async def page(query: str) -> str:
        return "".join(one["content"] for one in await api.ok("GET", f"{api.messages()}?{query}"))

    assert await page("limit=3") == "876"
    assert await page(f"before={said[4].id}&limit=2") == "32"
    assert await page(f"after={said[4].id}&limit=2") == "65"
    assert await page(f"around={said[4].id}&limit=3") == "543"
    assert await api.bad("GET", f"{api.messages()}?limit=101") == (400, 50035)


async def test_only_the_author_edits_and_others_need_manage_messages_to_delete(
    api: Api, playground: Playground
) -> None:
    said = await playground.person("Aiko").say("#gallery", "mine")
    path = f"{api.messages()}/{said.id}"
    assert await api.bad("PATCH", path, {"content": "yours"}) == (403, 50005)
    assert await api.bad("DELETE", path) == (403, 50013)
    playground.world.allow("#gallery", Permission.MANAGE_MESSAGES)
    await api.ok("DELETE", path)
    assert said.deleted
    assert await api.bad("GET", path) == (404, 10008)


async def test_what_is_gone_or_forbidden_has_its_own_code(api: Api, playground: Playground) -> None:
    world = playground.world
    gallery, sketches = api.messages(), api.messages("#sketches")
    world.deny("#gallery", Permission.ATTACH_FILES)
    assert await api.bad("POST", gallery, files=[("a.png", b"x")]) == (403, 50013)
    await api.ok("POST", gallery, {"content": "text still goes"})
    world.deny("#gallery", Permission.SEND_MESSAGES)
    assert await api.bad("POST", gallery, {"content": "x"}) == (403, 50013)
    world.deny("#gallery", Permission.VIEW_CHANNEL)
    assert await api.bad("POST", gallery, {"content": "x"}) == (403, 50001)
    world.delete_channel("#sketches")
    assert await api.bad("POST", sketches, {"content": "x"}) == (404, 10003)
    private = await api.ok("POST", "/users/@me/channels", {"recipient_id": str(playground.person("Aiko").id)})
    await api.ok("POST", f"/channels/{private['id']}/messages", {"content": "hello"})
    world.block_dms("Aiko")
    assert await api.bad("POST", f"/channels/{private['id']}/messages", {"content": "hello"}) == (403, 50007)


async def test_a_request_without_a_token_is_unauthorized(api: Api) -> None:
    async with api.session.get(api.playground.api_url + "/users/@me") as response:
        assert response.status == 401
    api.playground.world.settings.token = "another"
    assert (await api("GET", "/users/@me"))[0] == 401


async def test_a_person_can_write_with_pictures_and_edit_their_own(playground: Playground) -> None:
    aiko = playground.person("Aiko")
    said = await aiko.say("#gallery", "look", attachments=[Upload("a.png", png(5, 6))])
    await aiko.edit(said, "look here")
    assert (said.content, said.pictures[0].width, said.revisions[0].content) == ("look here", 5, "look")
    with pytest.raises(ValueError, match="not Binh's"):
        await playground.person("Binh").edit(said, "mine now")


async def test_a_sleeping_thread_wakes_for_a_message_but_not_for_an_edit(api: Api, playground: Playground) -> None:
    path = api.messages("#gallery > ideas")
    posted = await api.ok("POST", path, {"content": "x"})
    playground.world.archive("#gallery > ideas")
    assert await api.bad("PATCH", f"{path}/{posted['id']}", {"content": "y"}) == (400, 50083)
    await api.ok("POST", path, {"content": "good morning"})
    await api.ok("PATCH", f"{path}/{posted['id']}", {"content": "y"})
    playground.world.archive("#gallery > ideas", locked=True)
    assert await api.bad("POST", path, {"content": "x"}) == (400, 50083)
    playground.world.allow("#gallery", Permission.MANAGE_THREADS)
    await api.ok("POST", path, {"content": "x"})


async def test_a_thread_needs_its_own_permission_to_write(api: Api, playground: Playground) -> None:
    playground.world.deny("#gallery", Permission.SEND_MESSAGES_IN_THREADS)
    await api.ok("POST", api.messages(), {"content": "x"})
    assert await api.bad("POST", api.messages("#gallery > ideas"), {"content": "x"}) == (403, 50013)
    thread = await api.ok("POST", f"/channels/{playground.world.channel('#gallery').id}/threads", {"name": "new"})
    assert (thread["type"], thread["parent_id"]) == (11, str(playground.world.channel("#gallery").id))
    assert playground.world.channel("#gallery > new").id == int(thread["id"])


async def test_without_a_common_server_only_those_who_installed_the_app_are_reached(
    api: Api, playground: Playground
) -> None:
    playground.world.remove_bot()
    private = await api.ok("POST", "/users/@me/channels", {"recipient_id": str(playground.person("Aiko").id)})
    path = f"/channels/{private['id']}/messages"
    assert await api.bad("POST", path, {"content": "x"}) == (403, 50278)
    playground.world.install_for("Aiko")
    await api.ok("POST", path, {"content": "x"})


async def test_moderators_delete_anything_and_everybody_dismisses_what_only_they_see(
    api: Api, playground: Playground
) -> None:
    await api.commands(command("hi"))
    aiko, mori = playground.person("Aiko"), playground.person("Mori")
    posted = await api.ok("POST", api.messages(), {"content": "a card"})
    card = aiko.sees("#gallery")[0]
    with pytest.raises(ValueError, match="not Aiko's"):
        await aiko.delete(card)
    await mori.delete(card)
    assert await api.bad("PATCH", f"{api.messages()}/{posted['id']}", {"content": "x"}) == (404, 10008)
    sent = await aiko.slash("#gallery", "/hi", wait=False)
    await api.answer(sent, 4, {"content": "psst", "flags": 64})
    await aiko.delete(await sent.message())
    assert await api.bad("PATCH", api.webhook(sent, "/messages/@original"), {"content": "x"}) == (404, 10008)


async def test_a_channel_deleted_while_the_bot_works_takes_its_messages_along(api: Api, playground: Playground) -> None:
    await api.commands(command("hi"))
    sent = await playground.person("Aiko").slash("#sketches", "/hi", wait=False)
    await api.answer(sent, 5)
    message = await sent.message(until=lambda m: m.thinking)
    playground.world.delete_channel("#sketches")
    for method, path in (("PATCH", "/messages/@original"), ("GET", "/messages/@original")):
        assert await api.bad(method, api.webhook(sent, path), {"content": "x"}) == (404, 10008)
    assert message.deleted and message.place == "(deleted channel)"
    with pytest.raises(ValueError, match="cannot see"):
        await playground.person("Aiko").press(message, "x")


async def test_what_the_server_refuses_a_person_is_that_persons_error(playground: Playground) -> None:
    playground.world.deny("#gallery", Permission.SEND_MESSAGES, who="Aiko")
    with pytest.raises(ValueError, match="50013"):
        await playground.person("Aiko").say("#gallery", "x")
