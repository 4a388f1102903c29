"""Checkpoints fetched from a hub of our own: resumed, checked, whole or not at all."""

import asyncio
import hashlib
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from inference.errors import NotFetched
from inference.models import downloads
from inference.models.catalog import Offer, OfferFile, load_catalog
from inference.models.choosing import OTHER_FILE, OTHER_SIZE, PICKLE
from inference.models.downloads import (
    AWAY,
    BUSY,
    GATED,
    IN_THE_WAY,
    NO_ROOM,
    NOT_ON_HUB,
    NOT_THERE,
    OVER_LIMIT,
    Downloads,
)
from inference.models.hubs import ODD_ANSWER, Listed
from tests.hub_stub import Stub, hub

CONTENT = random.Random(5).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PATH = "nice.safetensors"
KNOWN = load_catalog().known


@pytest_asyncio.fixture
async def stub() -> AsyncIterator[Stub]:
    async with hub() as stub:
        stub.files["somebody/nice"] = {PATH: CONTENT, "README.md": b"words"}
        yield stub


def offer(sha256: str = "", **more: object) -> Offer:
    """A checkpoint of one file."""
    file = OfferFile(path=PATH, bytes=len(CONTENT), sha256=sha256)
    plain = replace(
        KNOWN["animagine-xl-4-0"], name="nice", title="Nice", huggingface="somebody/nice", files=(file,),
        bytes=len(CONTENT), page="https://example.com/nice",
    )  # fmt: skip
    return replace(plain, **more)


def fetcher(stub: Stub, folder: Path, kind: str = "huggingface", **more: object) -> Downloads:
    return replace(Downloads(folder=folder / "models", hub=stub.hub(kind), pause_s=0.0, reserve_bytes=0), **more)


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


async def refused(downloads: Downloads, offer: Offer) -> str:
    """The sentence in place of the model, of which nothing lies where models do."""
    with pytest.raises(NotFetched) as caught:
        await downloads.fetch([offer], quiet)
    assert [each for each in downloads.folder.glob("*") if each.name != downloads_hidden()] == []
    assert caught.value.english()
    return caught.value.template


def downloads_hidden() -> str:
    return downloads.HIDDEN


def asked_for(stub: Stub) -> list[str | None]:
    """The ranges that were asked for, of files."""
    return [asked for _, path, _, asked in stub.asked if "resolve" in path]


async def test_a_file_lies_in_its_place_when_all_of_it_is_there(stub: Stub, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetching = fetcher(stub, tmp_path)
    [path] = await fetching.fetch([offer(SHA256[:10])], lambda done, total: seen.append((done, total)))
    assert path == tmp_path / "models" / PATH and path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT)) and seen == sorted(seen)
    assert [each.name for each in (tmp_path / "models" / downloads.HIDDEN).rglob("*")] == []
    assert await caught(fetching, offer()) == IN_THE_WAY


async def caught(fetching: Downloads, offer: Offer) -> str:
    with pytest.raises(NotFetched) as error:
        await fetching.fetch([offer], quiet)
    return error.value.template


async def test_what_was_cut_off_goes_on_where_it_ended(stub: Stub, tmp_path: Path) -> None:
    stub.cut_after = [100_000, 0]
    [path] = await fetcher(stub, tmp_path).fetch([offer()], quiet)
    assert path.read_bytes() == CONTENT
    first, second, third = asked_for(stub)
    assert first is None and second == third and second is not None and second.startswith("bytes=")


async def test_it_goes_on_at_another_start_too(stub: Stub, tmp_path: Path) -> None:
    stub.cut_after = [150_000, 0, 0, 0]
    assert await refused(fetcher(stub, tmp_path), offer()) == AWAY
    [part] = (tmp_path / "models" / downloads.HIDDEN).rglob("*.part")
    assert 0 < part.stat().st_size < len(CONTENT)
    [path] = await fetcher(stub, tmp_path).fetch([offer()], quiet)
    assert path.read_bytes() == CONTENT
    last = asked_for(stub)[-1]
    assert last is not None and int(last.removeprefix("bytes=").rstrip("-")) > 0


@pytest.mark.parametrize("why", ["no ranges", "another file by now"])
async def test_a_server_that_does_not_go_on_is_heard_from_the_beginning(stub: Stub, tmp_path: Path, why: str) -> None:
    stub.cut_after = [150_000, 0, 0, 0]
    await refused(fetcher(stub, tmp_path), offer())
    if why == "no ranges":
        stub.resumes = False
    else:
        stub.tag = '"two"'
    [path] = await fetcher(stub, tmp_path).fetch([offer()], quiet)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(("sha256", "large"), [("", True), (SHA256[:8], False)])
async def test_another_file_than_the_published_one_is_removed(
    stub: Stub, tmp_path: Path, sha256: str, large: bool
) -> None:
    stub.large, stub.lies = large, {PATH: bytes(len(CONTENT))}
    assert await refused(fetcher(stub, tmp_path), offer(sha256)) == OTHER_FILE
    assert list(tmp_path.rglob("*.part")) == []
    stub.lies = {PATH: CONTENT + b"more"}
    assert await refused(fetcher(stub, tmp_path), offer(sha256)) == OTHER_FILE


async def test_the_catalogue_s_hash_is_held_against_the_listing_before_anything_is_fetched(
    stub: Stub, tmp_path: Path
) -> None:
    assert await refused(fetcher(stub, tmp_path), offer("0" * 8)) == OTHER_FILE
    assert asked_for(stub) == []


async def test_a_redirect_takes_no_token_along_and_leads_to_no_stranger(stub: Stub, tmp_path: Path) -> None:
    stub.token, stub.elsewhere = "hf_secret", f"http://localhost:{stub.server.port}"
    [path] = await fetcher(stub, tmp_path, token="hf_secret").fetch([offer()], quiet)
    assert path.read_bytes() == CONTENT
    tokens = {(host, token) for host, address, token, _ in stub.asked if PATH in address}
    assert tokens == {("127.0.0.1", "Bearer hf_secret"), ("localhost", None)}
    path.unlink()
    for stranger in ("http://example.com", "http://127.0.0.1:9", "https://localhost", "http://[", "file://"):
        stub.elsewhere = stranger
        assert await refused(fetcher(stub, tmp_path, token="hf_secret"), offer()) in {ODD_ANSWER, AWAY}


async def test_each_refusal_has_its_sentence(stub: Stub, tmp_path: Path) -> None:
    stub.token = "hf_secret"
    assert await refused(fetcher(stub, tmp_path), offer()) == GATED
    stub.token = ""
    for status, template in ((404, NOT_THERE), (429, downloads.TOO_OFTEN), (500, AWAY)):
        stub.status = status
        assert await refused(fetcher(stub, tmp_path), offer()) == template
    assert await refused(fetcher(stub, tmp_path), offer(huggingface="nobody/nothing")) == NOT_THERE
    assert await refused(fetcher(stub, tmp_path, "modelscope"), offer()) == NOT_ON_HUB
    assert await refused(fetcher(stub, tmp_path), offer(bytes=-(10**9))) == OTHER_SIZE
    pickle = replace(offer(), files=(OfferFile(path="old.ckpt", bytes=1),))
    before = len(stub.asked)
    assert await refused(fetcher(stub, tmp_path), pickle) == PICKLE
    assert len(stub.asked) == before
    late = fetcher(stub, tmp_path)
    await stub.server.close()
    assert await refused(late, offer()) == AWAY


async def test_modelscope_is_asked_in_its_own_words(stub: Stub, tmp_path: Path) -> None:
    [path] = await fetcher(stub, tmp_path, "modelscope").fetch([offer(modelscope="somebody/nice")], quiet)
    assert path.read_bytes() == CONTENT and stub.asked[-1][1] == f"/models/somebody/nice/resolve/master/{PATH}"


async def test_nothing_passes_the_operator_s_limit_or_the_disk_s(stub: Stub, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    other = tmp_path / "models" / downloads.HIDDEN / "other.part"
    other.parent.mkdir()
    other.write_bytes(bytes(50_000))
    exactly = (len(CONTENT) + 50_000) / 10**9
    assert await refused(fetcher(stub, tmp_path, limit_gb=exactly - 1e-9), offer()) == OVER_LIMIT
    assert await refused(fetcher(stub, tmp_path, reserve_bytes=10**18), offer()) == NO_ROOM
    assert asked_for(stub) == []
    await fetcher(stub, tmp_path, limit_gb=exactly + 1e-9).fetch([offer()], quiet)


async def test_the_limit_holds_while_it_comes_too(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(downloads, "LOOK_EVERY_BYTES", 1 << 16)
    fetching = fetcher(stub, tmp_path, limit_gb=(len(CONTENT) + 1000) / 10**9)

    def meanwhile(done: int, total: int) -> None:
        if done:
            (fetching.folder / downloads.HIDDEN / "somebody-else").write_bytes(bytes(90_000))

    with pytest.raises(NotFetched) as error:
        await fetching.fetch([offer()], meanwhile)
    assert error.value.template == OVER_LIMIT


@pytest.mark.parametrize("path", ["../out.safetensors", "/etc/out", "a//b", "a\\..\\b", "C:x", "a/./b", "x\n"])
async def test_a_name_that_leads_elsewhere_ends_it(stub: Stub, tmp_path: Path, path: str) -> None:
    stub.listed = [{"type": "file", "path": path, "size": 3}]
    assert await refused(fetcher(stub, tmp_path), offer()) == ODD_ANSWER
    assert [each.name for each in tmp_path.iterdir()] in ([], ["models"])


async def test_a_listing_of_which_more_would_follow_is_not_taken_for_all_of_it(stub: Stub, tmp_path: Path) -> None:
    stub.more = '<https://huggingface.co/x>; rel="next"'
    assert await refused(fetcher(stub, tmp_path), offer()) == ODD_ANSWER


async def test_one_at_a_time_and_a_cancelled_one_leaves_only_its_part(stub: Stub, tmp_path: Path) -> None:
    fetching, begun = fetcher(stub, tmp_path), asyncio.Event()
    stub.cut_after = [100_000] + [0] * 50
    fetching.pause_s = 30.0
    task = asyncio.create_task(fetching.fetch([offer()], lambda done, total: begun.set() if done else None))
    await begun.wait()
    assert await caught(fetching, offer()) == BUSY
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.rglob(PATH)) == [] and len(list(tmp_path.rglob("*.part"))) == 1
    await fetching.discard([offer()])
    assert list(tmp_path.rglob("*.part")) == []
    stub.cut_after = []
    [path] = await fetching.fetch([offer()], quiet)
    assert path.read_bytes() == CONTENT


FOLDER = {
    "model_index.json": b"{}",
    "README.md": b"words",
    "run.py": b"import os",
    "whole.safetensors": b"one file",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": b"full u",
    "unet/diffusion_pytorch_model.fp16.safetensors": b"half u",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"other u",
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"full v",
    "vae/diffusion_pytorch_model.fp16.safetensors": b"half v",
    "text_encoder/config.json": b"{}",
    "text_encoder/model.safetensors": b"full t",
    "text_encoder/model.fp16-00001-of-00002.safetensors": b"half ",
    "text_encoder/model.fp16-00002-of-00002.safetensors": b"t",
    "text_encoder/model.safetensors.index.fp16.json": b"{}",
    "tokenizer/merges.txt": b"a b",
    "tokenizer/chat_template.jinja": b"words",
    "tokenizer/vocab.json": b"{}",
    "safety_checker/model.safetensors": b"unused",
    "onnx/unet/model.safetensors": b"unused",
}


async def taken(stub: Stub, folder: Path, files: dict[str, bytes], **more: str) -> set[str]:
    stub.files["somebody/nice"] = files
    [path] = await fetcher(stub, folder).fetch([replace(offer(form="folder", files=()), **more)], quiet)
    assert path == folder / "models" / "nice"
    return {each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()}


async def test_of_a_folder_only_what_a_loader_reads_is_taken_in_half_precision(stub: Stub, tmp_path: Path) -> None:
    small = {name for name in FOLDER if name.endswith((".json", ".txt", ".jinja")) and ".index." not in name}
    half = {name for name in FOLDER if ".fp16" in name or ".index.fp16" in name}
    assert await taken(stub, tmp_path, FOLDER) == small | half


async def test_what_an_earlier_try_left_is_taken_only_while_it_is_what_is_published(stub: Stub, tmp_path: Path) -> None:
    left = tmp_path / "models" / downloads.HIDDEN / "nice" / "nice"
    for name, content in (("unet/config.json", b"[]"), ("tokenizer/vocab.json", b"{}"), ("vae/old.bin", b"old")):
        (left / name).parent.mkdir(parents=True, exist_ok=True)
        (left / name).write_bytes(content)
    assert "vae/old.bin" not in await taken(stub, tmp_path, FOLDER)
    assert (tmp_path / "models" / "nice" / "unet" / "config.json").read_bytes() == b"{}"
    assert not [path for _, path, _, _ in stub.asked if path.endswith("vocab.json")]


async def test_where_a_piece_of_the_halves_is_missing_the_whole_precision_is_taken(stub: Stub, tmp_path: Path) -> None:
    files = {name: content for name, content in FOLDER.items() if "00002-of" not in name}
    found = await taken(stub, tmp_path, files)
    weights = {name for name in found if name.endswith(".safetensors")}
    assert weights == {name for name in FOLDER if ".fp16" not in name and name.startswith(("unet/diff", "vae", "text"))
                       and name.endswith("model.safetensors")}  # fmt: skip
    assert (tmp_path / "models" / "nice" / "unet" / "diffusion_pytorch_model.safetensors").read_bytes() == b"full u"


async def test_a_transformer_keeps_its_precision_and_a_part_may_be_another_repository_s(
    stub: Stub, tmp_path: Path
) -> None:
    found = await taken(stub, tmp_path / "flow", FOLDER, family="anima")
    assert not [name for name in found if "fp16" in name]
    stub.files["somebody/else"] = {"text_encoder/model.safetensors": b"theirs", "text_encoder/config.json": b"{ }"}
    stub.files["somebody/nice"] = {"unet/config.json": b"{}", "unet/diffusion_pytorch_model.safetensors": b"u"}
    files = (
        OfferFile(path="unet/diffusion_pytorch_model.safetensors", bytes=1),
        OfferFile(path="text_encoder/model.safetensors", bytes=6, repository="somebody/else"),
    )
    [path] = await fetcher(stub, tmp_path).fetch([offer(form="folder", files=files)], quiet)
    assert (path / "text_encoder" / "model.safetensors").read_bytes() == b"theirs"
    assert (path / "text_encoder" / "config.json").read_bytes() == b"{ }"
    assert (path / "unet" / "config.json").is_file()


async def test_a_vae_comes_along_in_its_own_folder(stub: Stub, tmp_path: Path) -> None:
    vae = replace(load_catalog().vaes["sdxl-vae-fp16-fix"], huggingface="somebody/vae")
    stub.files["somebody/vae"] = {
        "config.json": b"{}", "diffusion_pytorch_model.safetensors": b"vae", "sdxl_vae.safetensors": b"twice",
    }  # fmt: skip
    paths = await fetcher(stub, tmp_path).fetch([offer(), vae], quiet)
    assert [path.name for path in paths] == [PATH, "sdxl-vae-fp16-fix"]
    assert sorted(each.name for each in paths[1].iterdir()) == ["config.json", "diffusion_pytorch_model.safetensors"]


def test_addresses_are_those_of_the_hubs() -> None:
    from inference.models.hubs import HUGGINGFACE, MODELSCOPE

    assert str(HUGGINGFACE.file("a/b", "main", "x y/100%.json")) == (
        "https://huggingface.co/a/b/resolve/main/x%20y/100%25.json"
    )
    assert str(HUGGINGFACE.listing("a/b", "main")) == "https://huggingface.co/api/models/a/b/tree/main?recursive=true"
    assert str(MODELSCOPE.file("a/b", "main", "x.json")) == "https://modelscope.cn/models/a/b/resolve/master/x.json"
    assert Listed(path="x", bytes=1).sha256 == ""


async def test_what_nobody_went_on_with_for_a_week_is_removed(tmp_path: Path) -> None:
    fetching = Downloads(folder=tmp_path)
    await fetching.sweep(set())  # there is nothing yet
    hidden = tmp_path / downloads.HIDDEN
    for name, days in (("old", 8), ("wanted", 8), ("recent", 6), ("going-on", 8)):
        part = hidden / name / "unet" / "weights.safetensors.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half")
        then = time.time() - days * 86_400
        for path in (part, part.parent, hidden / name):
            os.utime(path, (then, then))
    (hidden / "going-on" / "unet" / "more.part").touch()
    await fetching.sweep({"wanted"})
    assert {each.name for each in hidden.iterdir()} == {"wanted", "recent", "going-on"}
