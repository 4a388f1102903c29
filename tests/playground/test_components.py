"""Buttons, selects and Components V2: developers/components/reference."""

import pytest

from playground import Playground
from playground.json_types import Node, Payload
from tests.playground.pictures import png
from tests.playground.raw import Api, button, gallery, row, text

V2 = 1 << 15


def select(*values: str, **fields: Node) -> Payload:
    options = [{"label": one.title(), "value": one} for one in values]
    return {"type": 3, "custom_id": "choose", "options": options, **fields}


def classic(*components: Payload) -> Payload:
    return {"content": "x", "components": list(components)}


def modern(*components: Payload) -> Payload:
    return {"flags": V2, "components": list(components)}


@pytest.mark.parametrize(
    "payload",
    [
        classic(row(*[button("x", str(n)) for n in range(6)])),
        classic(*[row(button("x", str(n))) for n in range(6)]),
        classic(row(button("x" * 81, "a"))),
        classic(row(button("x", "a" * 101))),
        classic(row(button("x", ""))),
        classic(row(button("x", "same"), button("y", "same"))),
        classic(row(button("x", "a"), select("a"))),
        classic(row(select(*[str(n) for n in range(26)]))),
        classic(row(select("a", placeholder="x" * 151))),
        classic(row({"type": 2, "style": 2, "custom_id": "neither label nor emoji"})),
        classic(text("V2 without its flag")),
        modern(*[text("x") for _ in range(41)]),
        modern({"type": 17, "components": [text("x") for _ in range(40)]}),
        modern(text("x" * 4001)),
        modern(text("x" * 2001), text("x" * 2000)),
        modern(gallery()),
        modern(gallery(*["a.png"] * 11)),
        modern({"type": 13, "file": {"url": "https://example.com/a.bin"}}),
        modern(button("loose", "a")),
        modern({"type": 9, "components": [text("a section needs an accessory")]}),
        modern(text("x")) | {"content": "and text"},
        modern(text("x")) | {"embeds": [{"title": "x"}]},
    ],
)
async def test_what_breaks_a_rule_is_an_invalid_form(api: Api, payload: Payload) -> None:
    assert await api.bad("POST", api.messages(), payload, files=[("a.png", png(4, 4))]) == (400, 50035)


@pytest.mark.parametrize(
    "payload",
    [
        classic(*[row(*[button("x" * 80, f"{r}{c}") for c in range(5)]) for r in range(5)]),
        classic(row(select(*[str(n) for n in range(25)]))),
        modern(*[text("x" * 100) for _ in range(40)]),
        modern(text("x" * 4000), gallery(*["a.png"] * 10)),
        modern({"type": 17, "components": [gallery("a.png"), text("x"), row(button("x", "a"))]}),
        modern({"type": 13, "file": {"url": "attachment://a.png"}}, {"type": 14}),
        modern(
            {"type": 9, "components": [text("x")], "accessory": {"type": 11, "media": {"url": "attachment://a.png"}}}
        ),
    ],
)
async def test_what_stays_within_the_limits_passes(api: Api, payload: Payload) -> None:
    await api.ok("POST", api.messages(), payload, files=[("a.png", png(4, 4))])


async def test_a_gallery_shows_its_files_and_hides_them_from_the_attachments(api: Api, playground: Playground) -> None:
    files = [("a.png", png(8, 6)), ("b.png", png(4, 4)), ("unused.png", png(2, 2))]
    posted = await api.ok("POST", api.messages(), modern(gallery("b.png", "a.png")), files=files)
    assert [one["filename"] for one in posted["attachments"]] == ["unused.png"]
    media = posted["components"][0]["items"][1]["media"]
    assert (media["width"], media["height"], media["content_type"], media["loading_state"]) == (8, 6, "image/png", 2)
    assert "ex=" in media["url"] and media["attachment_id"]
    seen = playground.person("Binh").sees("#gallery")[0]
    assert [one.name for one in seen.pictures] == ["b.png", "a.png"]


async def test_a_file_that_was_not_uploaded_cannot_be_shown(api: Api) -> None:
    status, body = await api("POST", api.messages(), modern(gallery("nowhere.png")))
    error = body["errors"]["components"]["0"]["items"]["0"]["media"]["url"]["_errors"][0]
    assert (status, error["code"]) == (400, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND")


async def test_v2_stays_and_a_classic_message_must_be_emptied_to_become_it(api: Api, playground: Playground) -> None:
    posted = await api.ok("POST", api.messages(), {"content": "classic"})
    path = f"{api.messages()}/{posted['id']}"
    assert await api.bad("PATCH", path, modern(text("x"))) == (400, 50035)
    turned = await api.ok("PATCH", path, modern(text("x")) | {"content": None, "embeds": []})
    assert turned["flags"] & V2
    assert (await api.ok("PATCH", path, {"components": [text("y")], "flags": 0}))["flags"] & V2
    assert await api.bad("PATCH", path, {"content": "back"}) == (400, 50035)
    assert playground.person("Aiko").sees("#gallery")[0].content == "y"


async def test_an_edit_of_the_view_alone_keeps_the_gallerys_files(api: Api, playground: Playground) -> None:
    posted = await api.ok("POST", api.messages(), modern(gallery("a.png"), text("1")), files=[("a.png", png(4, 4))])
    # A client that rebuilds the view from the message sends the files' links back.
    components = [posted["components"][0], text("2")]
    edited = await api.ok("PATCH", f"{api.messages()}/{posted['id']}", modern(*components))
    assert edited["components"][0]["items"][0]["media"]["attachment_id"]
    seen = playground.person("Aiko").sees("#gallery")[0]
    assert (seen.content, [one.name for one in seen.pictures]) == ("2", ["a.png"])


async def test_every_component_gets_an_id(api: Api) -> None:
    container = {"type": 17, "components": [text("a"), {**text("b"), "id": 2}]}
    posted = await api.ok("POST", api.messages(), modern(container))
    inner = posted["components"][0]["components"]
    assert sorted([posted["components"][0]["id"], inner[0]["id"], inner[1]["id"]]) == [1, 2, 3] and inner[1]["id"] == 2


async def test_a_disabled_button_and_an_unknown_choice_cannot_be_used(api: Api, playground: Playground) -> None:
    aiko = playground.person("Aiko")
    components = [
        row(button("Go", "go", disabled=True)),
        row(select("red", "blue", max_values=2, placeholder="Colour")),
    ]
    await api.ok("POST", api.messages(), classic(*components))
    message = aiko.sees("#gallery")[0]
    with pytest.raises(ValueError, match="disabled"):
        await aiko.press(message, "Go")
    with pytest.raises(ValueError, match="'green' is not among Red, Blue"):
        await aiko.select(message, "Colour", ["green"])
    with pytest.raises(ValueError, match="takes 1 to 2 values"):
        await aiko.select(message, "choose", [])
    sent = await aiko.select(message, "Colour", ["Red", "blue"], wait=False)
    assert sent.interaction.data == {"custom_id": "choose", "component_type": 3, "values": ["red", "blue"]}
