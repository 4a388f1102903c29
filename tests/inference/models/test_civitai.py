"""Civitai, played by a server of our own: what may be taken, what is refused, and whom the token is shown to."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from inference.errors import BadRequest, BadWeights
from inference.models.civitai import STATUS, UNREACHABLE, Link, Net, read_link
from inference.models.public import is_public
from tests.civitai_stub import CONTENT, MIB, SHA256, Stub


@pytest.fixture
async def stub() -> AsyncGenerator[Stub]:
    stub = Stub()
    await stub.server.start_server()
    stub.say()
    yield stub
    await stub.server.close()


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("12345", Link(version=12345)),
        ("https://civitai.com/models/5/flat?modelVersionId=77", Link(version=77)),
        ("civitai.com/models/5", Link(version=None, model=5)),
        ("https://www.civitai.com/models/5/flat-colours", Link(version=None, model=5)),
        ("https://civitai.com/api/download/models/77?type=Model", Link(version=77)),
        ("https://civitai.com/model-versions/77", Link(version=77)),
        ("urn:air:sdxl:lora:civitai:5@77", Link(version=77)),
    ],
)
def test_a_link_is_read_in_the_forms_people_have(text: str, link: Link) -> None:
    assert read_link(text) == link


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "https://civitai.com", "https://civitai.com.evil.example/models/5", "https://evil.example/models/5",
        "https://civitai.com@evil.example/models/5", "file:///models/5", "http://[::1]/models/5", "http://[/models/5",
        "https://civitai.com/models/x", "٣٤", "9" * 13, "https://civitai.com/user/models-of-mine",
    ],
)  # fmt: skip
def test_anything_else_is_no_link(text: str) -> None:
    with pytest.raises(BadRequest, match="can't read that link"):
        read_link(text)


async def test_a_version_is_found_and_its_file_fetched_and_only_the_first_host_sees_the_token(
    stub: Stub, tmp_path: Path
) -> None:
    client = stub.client()
    found = await client.find(Link(version=None, model=5))
    assert (found.version, found.name, found.family, found.words) == (77, "Flat", "sdxl", ("flat colour",))
    written = await client.fetch(found, tmp_path / "file")
    assert (written.sha256, (tmp_path / "file").read_bytes()) == (SHA256, CONTENT)
    assert [each[1:] for each in stub.asked] == [
        ("/api/v1/models/5", "Bearer a-token"),
        ("/api/v1/model-versions/77", "Bearer a-token"),
        ("/api/download/models/77", "Bearer a-token"),
        ("/signed/file", None),
    ]
    assert stub.asked[-1][0] == "localhost" and "a-token" not in repr(client)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ({"poi": True}, "of a real person"),
        ({"minor": True}, "somebody young"),
        ({"nsfw": True}, "marks that one as adult"),
        ({"type": "Checkpoint"}, "neither a LoRA nor an embedding"),
        ({"mode": "TakenDown"}, "taken away"),
    ],
)
async def test_what_may_not_be_taken_is_refused_before_any_file_is_asked_for(
    stub: Stub, model: dict[str, object], sentence: str
) -> None:
    stub.say(model)
    with pytest.raises(BadRequest, match=sentence):
        await stub.client().find(Link(version=77))
    assert [path for _, path, _ in stub.asked] == ["/api/v1/model-versions/77"]


async def test_where_adult_pictures_are_drawn_what_is_marked_so_may_be_taken_and_says_so(stub: Stub) -> None:
    stub.say({"nsfw": True})
    assert (await stub.client(adult=True).find(Link(version=77))).adult


@pytest.mark.parametrize("status", [*STATUS, 500])
async def test_each_refusal_of_the_service_is_one_sentence(stub: Stub, status: int) -> None:
    stub.status = status
    with pytest.raises(BadRequest) as refused:
        await stub.client().find(Link(version=77))
    assert refused.value.template == STATUS.get(status, UNREACHABLE)


async def test_too_large_a_file_is_refused_by_what_is_announced_and_by_what_comes(stub: Stub, tmp_path: Path) -> None:
    client = stub.client()
    found = await client.find(Link(version=77))
    stub.content = bytes(MIB + 1)
    with pytest.raises(BadWeights) as refused:
        await client.fetch(found, tmp_path / "file")
    assert "at most 1 MiB" in refused.value.english() and not (tmp_path / "file").exists()
    stub.version["files"] = [{"name": "a.safetensors", "sizeKB": 1025, "downloadUrl": "http://x/"}]
    with pytest.raises(BadWeights):
        await client.find(Link(version=77))


async def test_another_file_than_the_one_that_was_named_is_refused(stub: Stub, tmp_path: Path) -> None:
    client = stub.client()
    found = await client.find(Link(version=77))
    stub.content = CONTENT[:-1] + b"?"
    with pytest.raises(BadWeights) as refused:
        await client.fetch(found, tmp_path / "file")
    assert "not the file that it promised" in refused.value.english()


async def test_a_file_that_is_a_pickle_is_not_chosen(stub: Stub) -> None:
    stub.version["files"] = [{"name": "a.pt", "downloadUrl": "http://x/"}]
    with pytest.raises(BadRequest, match=r"no \.safetensors file"):
        await stub.client().find(Link(version=77))


@pytest.mark.parametrize(
    "away",
    [
        "http://evil.example/file", "https://localhost/file", "http://localhost:1/file", "file:///etc/passwd",
        "http://user@localhost/signed/file", "http://[::1]/file", "",
    ],
)  # fmt: skip
async def test_a_redirect_leads_nowhere_but_to_the_hosts_that_are_known(stub: Stub, away: str, tmp_path: Path) -> None:
    client = stub.client()
    found = await client.find(Link(version=77))
    stub.away = lambda request: away
    with pytest.raises(BadRequest) as refused:
        await client.fetch(found, tmp_path / "file")
    assert refused.value.template == UNREACHABLE and len(stub.asked) <= 1 + 5 and not (tmp_path / "file").exists()


@pytest.mark.parametrize("address", ["http://[", "http://x:port/", "/api/download", "javascript:alert(1)"])
async def test_a_file_that_is_nowhere_to_be_fetched_from_is_one_sentence(
    stub: Stub, address: str, tmp_path: Path
) -> None:
    stub.version["files"] = [{"name": "a.safetensors", "downloadUrl": address}]
    found = await stub.client().find(Link(version=77))
    with pytest.raises(BadRequest) as refused:
        await stub.client().fetch(found, tmp_path / "file")
    assert refused.value.template == UNREACHABLE


async def test_a_name_that_leads_into_a_private_network_is_not_called(stub: Stub, tmp_path: Path) -> None:
    found = await stub.client().find(Link(version=77))
    with pytest.raises(BadRequest) as refused:
        await stub.client(public=True).fetch(found, tmp_path / "file")
    assert refused.value.template == UNREACHABLE
    assert [path for _, path, _ in stub.asked].count("/signed/file") == 0


FILE = '{"id": 1, "model": {"type": "LORA"}, "files": [{"name": "a.safetensors", "downloadUrl": "x", "sizeKB": %s}]}'


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"id": "x"}', *(FILE % size for size in ('"much"', "1e999", "NaN", "Infinity", "-1", "-1e308"))],
)
async def test_an_answer_of_another_form_is_one_sentence(stub: Stub, content: str) -> None:
    stub.raw = content
    with pytest.raises(BadRequest):
        await stub.client().find(Link(version=77))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.0.0.1", False), ("169.254.1.1", False),
        ("100.64.0.1", False), ("192.168.0.1", False), ("::1", False), ("fe80::1", False), ("fc00::1", False),
        ("::ffff:10.0.0.1", False), ("2002:0a00:0001::1", False), ("224.0.0.1", False), ("0.0.0.0", False),
    ],
)  # fmt: skip
def test_which_addresses_anybody_can_reach(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_hosts_of_civitai_are_known_and_no_others() -> None:
    hosts = Net().hosts
    good = ("civitai.com", "b2.civitai.com", "civitai-delivery-worker-prod.5ac0637cfd07.r2.cloudflarestorage.com")
    assert all(hosts.fullmatch(each) for each in good)
    bad = ("civitai.com.evil.example", "evilcivitai.com", "evil.r2.cloudflarestorage.com", "a.b.civitai.com.", "")
    assert not any(hosts.fullmatch(each) for each in bad)
