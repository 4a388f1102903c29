"""NovelAI's service: what it is sent, what its answers become, and what a picture will cost."""

import base64
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadRequest, GengaError, RemoteFailed
from inference.gpu import Drawn
from inference.models.families import NOVELAI
from inference.prompts.characters import Character, characters
from inference.prompts.syntax import Syntax
from inference.remote.novelai.client import Client
from inference.remote.novelai.cost import Account, anlas
from inference.remote.novelai.engine import NovelAi
from inference.remote.novelai.models import remote_models
from inference.remote.novelai.payload import Vibe, payload
from inference.remote.novelai.reply import MAX_BYTES, error_of, picture_in
from inference.remote.novelai.wording import worded
from inference.request import DrawRequest, Sampler
from tests.inference.remote.novelai_stub import TOKEN, novelai, problem_of

MakeRequest = Callable[..., DrawRequest]
V3, V45 = remote_models()["nai-v3"], remote_models()["nai-v4-5"]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def asked(make_request: MakeRequest) -> MakeRequest:
    """A request of a size that the service draws."""
    return lambda **changes: make_request(**{"model": "nai-v4-5", "width": 832, "height": 1216, "steps": 28, **changes})


@pytest.mark.parametrize("name", sorted(remote_models()))
@pytest.mark.parametrize("sampler", list(Sampler))
def test_whatever_is_asked_has_the_form_that_the_service_takes(name: str, sampler: Sampler, asked: MakeRequest) -> None:
    model = remote_models()[name]
    request = asked(sampler=sampler, guidance=5.0, seed=2**32 - 1, syntax=Syntax.A1111)
    assert problem_of(payload(model, request)) == ""
    start = asked(sampler=sampler, guidance=5.0, image="a" * 64, strength=1.0)
    assert problem_of(payload(model, start, picture=PNG)) == ""
    assert problem_of(payload(model, start, picture=PNG, mask=PNG)) == ""


def test_every_picture_of_a_request_has_its_own_seed(asked: MakeRequest) -> None:
    seeds = [payload(V3, asked(seed=7, count=3), index)["parameters"]["seed"] for index in range(3)]
    assert seeds == [7, 8, 9]


def test_weights_are_said_in_the_service_s_own_way() -> None:
    assert worded("(blue hair:1.3), smile", Syntax.A1111, version=4) == "1.3::blue hair ::, smile"
    assert worded("((smile)), night", Syntax.A1111, version=3) == "{{{{smile}}}}, night"
    assert worded("[smile], night", Syntax.A1111, version=3) == "[[smile]], night"
    assert worded("{smile}, 1.2::night::", Syntax.NOVELAI, version=4) == "{smile}, 1.2::night::"
    assert worded("a (b) c", Syntax.PLAIN, version=4) == "a (b) c"
    # What would change from step to step is said as it begins.
    assert worded("[day:night:0.5] street [red|blue] hat", Syntax.A1111, version=4) == "day street red hat"
    assert worded(r"dango \(food\)", Syntax.A1111, version=4) == "dango (food)"


def test_characters_stand_behind_bars_with_their_places() -> None:
    scene, avoided, people = characters("park, night | girl, red hair @B3 | boy (hat|cap), coat", "lowres | scarf")
    assert (scene, avoided) == ("park, night", "lowres")
    assert people == (
        Character(prompt="girl, red hair", negative="scarf", at=(0.3, 0.5)),
        Character(prompt="boy (hat|cap), coat"),
    )


def test_characters_reach_the_service_one_by_one(asked: MakeRequest) -> None:
    request = asked(prompt="park | girl, (red hair:1.2) @A1 | boy", negative="lowres", syntax=Syntax.A1111)
    sent = payload(V45, request)["parameters"]
    captions = sent["v4_prompt"]["caption"]["char_captions"]
    assert [each["char_caption"] for each in captions] == ["girl, 1.2::red hair ::", "boy"]
    assert captions[0]["centers"] == [{"x": 0.1, "y": 0.1}]
    assert sent["v4_prompt"]["use_coords"]
    assert [each["uc"] for each in sent["characterPrompts"]] == ["", ""]
    # V3 knows no characters: bars are words there, as in its own client.
    assert payload(V3, request)["input"].startswith("park | girl")


def test_references_for_the_look_travel_as_each_version_wants_them(asked: MakeRequest) -> None:
    vibe = Vibe(data=b"look", strength=0.4, information=0.8)
    old, new = (payload(model, asked(), vibes=[vibe])["parameters"] for model in (V3, V45))
    assert old["reference_image_multiple"] == new["reference_image_multiple"] == [base64.b64encode(b"look").decode()]
    assert old["reference_information_extracted_multiple"] == [0.8]
    assert "reference_information_extracted_multiple" not in new
    assert new["reference_strength_multiple"] == [0.4]


def test_nothing_that_somebody_else_typed_is_sent_but_the_words(asked: MakeRequest) -> None:
    text = json.dumps(payload(V45, asked(prompt="owl")))
    assert "model_sha256" not in text and "owl" in text


@given(st.text(alphabet="()[]{}|:@.,AB1 \\ab", max_size=200))
def test_no_prompt_can_break_the_wording(text: str) -> None:
    scene, _, people = characters(text, text)
    for each in (scene, *(one.prompt for one in people)):
        assert isinstance(worded(each, Syntax.A1111, version=3), str)
        assert isinstance(worded(each, Syntax.A1111, version=4), str)


def test_the_cost_is_known_before(asked: MakeRequest) -> None:
    opus, tablet = Account(tier=3, anlas=100), Account(tier=1, anlas=100)
    assert anlas(asked(), opus) == 0
    assert anlas(asked(count=4), opus) == 0
    # 832 x 1216 at 28 steps by the formula.
    assert anlas(asked(), tablet) == anlas(asked(), None) == 20
    assert anlas(asked(count=2), tablet) == 40
    assert anlas(asked(steps=29), opus) > 0
    assert anlas(asked(width=1472, height=1472), opus) > 0
    assert anlas(asked(image="a" * 64, strength=0.5), tablet) == 10
    assert anlas(asked(image="a" * 64, strength=0.01), tablet) == 2
    assert anlas(asked(), opus, new_vibes=2) == 4
    assert anlas(asked(), Account(tier=3, anlas=100, active=False)) == 20


async def test_a_picture_comes_as_a_zip_or_bare(asked: MakeRequest) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        packed = await client.draw(payload(V45, asked(seed=3)))
        stub.form = "bare"
        assert await client.draw(payload(V45, asked(seed=3))) == packed
        assert packed.startswith(b"\x89PNG")
        assert (await client.account()) == Account(tier=3, anlas=500)
        assert (await client.encode_vibe(V45.id, base64.b64encode(PNG).decode(), 1.0)).startswith(b"vibe:")
        assert stub.vibes[0]["model"] == V45.id


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, BadRequest, "can't draw this"), (401, RemoteFailed, "token"), (402, RemoteFailed, "Anlas"),
        (409, RemoteFailed, "too much to do"), (429, RemoteFailed, "too much to do"),
        (500, RemoteFailed, "can't be reached"), (302, RemoteFailed, "can't be reached"),
    ],
)  # fmt: skip
async def test_every_refusal_is_one_sentence(
    status: int, kind: type[GengaError], says: str, asked: MakeRequest
) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        stub.status = status
        with pytest.raises(kind) as raised:
            await client.draw(payload(V45, asked()))
        assert says in raised.value.english()
        assert "a reason of its own" not in raised.value.english()
        assert "a reason of its own" in raised.value.detail


async def test_a_wrong_token_and_a_service_that_is_away(asked: MakeRequest) -> None:
    async with novelai() as stub, Client("other", image_url=stub.url, account_url=stub.url) as client:
        with pytest.raises(RemoteFailed, match="401"):
            await client.account()
    async with Client(TOKEN, image_url="http://127.0.0.1:9", account_url="http://127.0.0.1:9") as client:
        with pytest.raises(RemoteFailed) as raised:
            await client.draw(payload(V45, asked()))
        assert "can't be reached" in raised.value.english()
        assert TOKEN not in raised.value.detail


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("image_0.png", PNG + bytes(MAX_BYTES))
    return out.getvalue()


def zipped(data: bytes, packing: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as packed:
        packed.writestr("image_0.png", data)
    return out.getvalue()


def damaged() -> bytes:
    """A zip whose list of contents is whole and whose picture is not."""
    body = bytearray(zipped(PNG + bytes(1000), zipfile.ZIP_DEFLATED))
    body[44:60] = bytes(16)
    return bytes(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"PK\x03\x04", zipped(b"text"), zipped(PNG)[:-30], bomb(), damaged(),
        zipped(PNG, zipfile.ZIP_LZMA),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_picture_is_none(body: bytes) -> None:
    with pytest.raises(RemoteFailed) as raised:
        picture_in(body)
    assert "no picture" in raised.value.english()


def test_a_reason_that_is_a_trap_is_none() -> None:
    assert error_of(503, b"[" * 5000).detail == "status 503: no reason given"


LEFT = '{"tier": 3, "trainingStepsLeft": {"fixedTrainingStepsLeft": %s, "purchasedTrainingSteps": 0}}'


@pytest.mark.parametrize("said", ["", "[]", "5", "{}", LEFT % "1e999", LEFT % "null", LEFT % "NaN", LEFT % '"much"'])
async def test_an_account_that_is_none_is_one_sentence(said: str) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        stub.account_said = said
        with pytest.raises(RemoteFailed, match="a strange subscription"):
            await client.account()


async def test_an_answer_without_end_is_cut_off(asked: MakeRequest) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        stub.form, stub.body = "bytes", bytes(MAX_BYTES + 1)
        with pytest.raises(RemoteFailed, match="without end"):
            await client.draw(payload(V45, asked()))


def test_the_catalogue_s_entries_need_no_files() -> None:
    for model in remote_models().values():
        entry = model.entry()
        assert (entry.family, entry.path) == (NOVELAI, "")
        assert all(side % 64 == 0 for size in entry.sizes.values() for side in size)
        assert Sampler(entry.sampler)


async def test_a_price_that_nobody_can_tell_is_said_so_and_is_not_called_too_dear(asked: MakeRequest) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        stub.account_status = 503
        free = NovelAi(client, most_anlas=0, with_metadata=False)
        with pytest.raises(RemoteFailed) as unknown:
            await free.price(asked())
        assert "account page doesn't answer" in unknown.value.english() and "too" not in unknown.value.english()
        # What nobody draws for nothing is too dear whoever subscribes; what may be spent anyway has its full price.
        with pytest.raises(BadRequest, match="may spend 0"):
            await free.price(asked(steps=29))
        assert await NovelAi(client, most_anlas=25, with_metadata=False).price(asked()) == 20
        stub.account_status = 401
        with pytest.raises(RemoteFailed) as refused:
            await free.price(asked())
        assert "token" in refused.value.english()
        stub.account_status = 200
        assert await free.price(asked()) == 0  # nothing of it is remembered
        assert stub.asked == []


async def test_what_came_before_the_account_was_empty_is_kept(asked: MakeRequest) -> None:
    async with novelai() as stub, Client(TOKEN, image_url=stub.url, account_url=stub.url) as client:
        engine = NovelAi(client, most_anlas=1000, with_metadata=False)
        stub.pays_for = 2
        [drawn] = await engine.draw([asked(seed=7, count=4)], {}, lambda *_: None)
        assert isinstance(drawn, Drawn)
        assert [each.seed for each in drawn.pictures] == [7, 8]
        [refused] = await engine.draw([asked(seed=7, count=4)], {}, lambda *_: None)
        assert isinstance(refused, RemoteFailed)
