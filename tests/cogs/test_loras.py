"""Which LoRAs a wish means, who may use them, and what the gate makes of a picture that they change."""

import dataclasses
import hashlib
import struct
from pathlib import Path

import pytest

from benchmarks.forging import HERE, ME
from cogs import _adopting, _gate, _loras
from cogs._lora_names import names_for
from cogs._parse import wish_of
from inference.errors import BadRequest, ExtraUnusable, Gone, Refused
from inference.models import folders
from inference.models.lora.prints import Prints
from inference.prompts.infotext import parse
from inference.request import LoraUse, WantedLora, Wish, from_json, to_json
from inference.safety.evidence import AgeStatus
from storage import loras
from tests.cogs.gate_world import ORDINARY, SENSITIVE, World, wish
from tests.cogs.lora_world import ELSEWHERE, OTHER, asked, at, operators_own, wanted
from tests.storage.making import add_lora
from tests.weights import write_weights


async def test_a_name_means_one_s_own_first_then_what_is_shared_here(world: World) -> None:
    theirs = await add_lora(world.db, OTHER, "Flat", b"theirs")
    with pytest.raises(BadRequest, match=r"There is no LoRA `flat` here\. /lora list"):
        await asked(world, wanted("flat"))  # nobody is told that somebody has one
    await loras.share(world.db, theirs, HERE)
    assert [each.sha256 for each in (await asked(world, wanted("flat"))).loras] == [theirs.sha256]
    for server in (ELSEWHERE, None):
        with pytest.raises(BadRequest, match="no LoRA"):
            await asked(world, wanted("flat"), server=server)
    mine = await add_lora(world.db, ME, "flat", b"mine")
    assert [each.sha256 for each in (await asked(world, wanted("flat"))).loras] == [mine.sha256]


async def test_a_server_that_wants_no_own_files_hears_shared_names_first(world: World) -> None:
    mine = await add_lora(world.db, ME, "flat", b"mine")
    theirs = await add_lora(world.db, OTHER, "Flat", b"theirs")
    await loras.share(world.db, theirs, HERE)
    await world.rule(uploads=False)
    [use] = (request := await asked(world, wanted("flat"))).loras
    assert use.sha256 == theirs.sha256 and await _loras.private_names(world.services, request, at(ME, HERE)) == []
    [use] = (request := await asked(world, wanted("flat"), server=ELSEWHERE)).loras
    assert use.sha256 == mine.sha256 and await _loras.private_names(world.services, request, at(ME, HERE)) == ["flat"]
    # What somebody shared themselves stays theirs to remove.
    await loras.share(world.db, await add_lora(world.db, ME, "mine too", b"shared"), HERE)
    whose = {each.name: each.whose for each in await _loras.known_to(world.services, ME, HERE)}
    assert whose == {"Flat": _loras.Whose.SHARED, "mine too": _loras.Whose.OWN, "flat": _loras.Whose.OWN}
    everybody = await _loras.known_to_all(world.services, HERE)
    assert {each.name for each in everybody} == {"Flat", "mine too"}


async def test_the_prompt_may_call_them_and_forms_and_rerolls_mean_the_same_file(world: World) -> None:
    mine = await add_lora(world.db, ME, "flat lines", b"mine")
    request = await asked(world, Wish(prompt="1girl, <lora:flat_lines:0.5:0.8>, sea"))
    use = LoraUse(name="flat lines", sha256=mine.sha256, unet=0.8, text=0.5)
    assert request.loras == (use,) and request.prompt == "1girl, , sea"
    assert from_json(to_json(request)) == request
    # Renamed by removing and adding it again: the file is what was meant.
    await loras.remove(world.db, mine.id, ME)
    await add_lora(world.db, ME, "another name", b"mine")
    await add_lora(world.db, ME, "flat lines", b"something else")
    again = await asked(world, wish_of(request))
    assert [each.sha256 for each in again.loras] == [mine.sha256]


async def test_what_is_not_there_is_answered_with_the_nearest_names_of_those_one_may_know(world: World) -> None:
    await add_lora(world.db, ME, "watercolour", b"1")
    await add_lora(world.db, OTHER, "watercolors", b"2")
    with pytest.raises(BadRequest) as refused:
        await asked(world, wanted("watercolor"))
    assert str(refused.value) == "There is no LoRA `watercolor` here. Did you mean `watercolour`?"
    for number in range(_loras.MOST + 1):
        await add_lora(world.db, ME, f"n{number}", b"n%d" % number)
    with pytest.raises(BadRequest, match=f"up to {_loras.MOST} LoRAs"):
        await asked(world, wanted(*(f"n{number}" for number in range(_loras.MOST + 1))))
    with pytest.raises(BadRequest, match="with a weight from -4 to 4"):
        await asked(world, Wish(prompt="x <lora:n1:5>"))


async def test_one_file_is_worn_once_and_two_wishes_for_it_are_said(world: World, tmp_path: Path) -> None:
    await add_lora(world.db, ME, "flat", b"1")
    with pytest.raises(BadRequest, match=r"^`flat` stands there twice"):
        await asked(world, Wish(prompt="1girl, <lora:flat:0.5>", loras=(WantedLora(name="Flat", unet=0.9, text=0.9),)))
    await loras.share(world.db, await add_lora(world.db, OTHER, "same bytes", b"1"), HERE)
    with pytest.raises(BadRequest, match=r"^There is no LoRA `same bytes` here"):  # one file has one name for everybody
        await asked(world, wanted("flat", "same bytes"))
    copies = [operators_own(tmp_path / f"{name}.safetensors", folders.Kind.LORA) for name in ("one", "other")]
    for each in copies:
        each.path.write_bytes(b"the same")
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=copies)
    with pytest.raises(BadRequest) as refused:
        await asked(world, wanted("one", "other"))
    assert str(refused.value) == "`one` and `other` are the same file. Name only one of them."


async def test_an_embedding_is_called_by_its_word_in_either_prompt_and_by_no_part_of_one(world: World) -> None:
    kept = await add_lora(world.db, ME, "BadHands-4", b"e")
    async with world.db.transaction() as tx:
        await tx.run("UPDATE loras SET kind = 'embedding' WHERE id = ?", (kept.id,))
    for said in (Wish(negative="(badhands-4:1.2), blurry"), Wish(prompt="BADHANDS-4")):
        [use] = (await asked(world, said)).embeddings
        assert (use.word, use.sha256) == ("BadHands-4", kept.sha256)
    for said in (Wish(prompt="badhands-45"), Wish(prompt="notbadhands-4")):
        assert (await asked(world, said)).embeddings == ()
    with pytest.raises(BadRequest, match="is no LoRA but an embedding"):
        await asked(world, wanted("badhands-4"))
    assert (await asked(world, Wish(prompt="badhands-4"), who=OTHER)).embeddings == ()


async def test_whoever_may_not_use_it_cannot_reroll_with_it_and_nobody_draws_what_is_removed(world: World) -> None:
    mine = await add_lora(world.db, ME, "flat", b"mine")
    request = await asked(world, wanted("flat"))
    assert await _loras.still_usable(world.services, request, at(ME, None)) == request
    with pytest.raises(BadRequest, match="you can't use here"):
        await _loras.still_usable(world.services, request, at(OTHER, HERE))
    await loras.share(world.db, mine, HERE)
    assert await _loras.still_usable(world.services, request, at(OTHER, HERE)) == request
    assert set(await _loras.files_of(world.services, request)) == {mine.sha256}
    await loras.remove(world.db, mine.id, ME)
    with pytest.raises(BadRequest, match="you can't use here"):
        await _loras.still_usable(world.services, request, at(ME, HERE))
    with pytest.raises(Gone, match="was removed before it was drawn"):
        await _loras.files_of(world.services, request)


async def test_the_operator_s_are_for_everybody_and_known_to_the_worker_by_their_content(
    world: World, tmp_path: Path
) -> None:
    files = {"flat": folders.Kind.LORA, "badhands": folders.Kind.EMBEDDING}
    found = [operators_own(tmp_path / f"{name}.safetensors", kind) for name, kind in files.items()]
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=found)
    request = await asked(world, Wish(prompt="sea", negative="badhands", loras=(WantedLora(name="Flat"),)), OTHER, None)
    by_content = [hashlib.sha256(each.path.read_bytes()).hexdigest() for each in found]
    assert [each.sha256 for each in (*request.loras, *request.embeddings)] == by_content
    assert await _loras.files_of(world.services, request) == dict(
        zip(by_content, (each.path for each in found), strict=True)
    )
    assert await _loras.still_usable(world.services, request, at(ME, HERE)) == request
    # One's own of that name is another file: a reroll means the operator's.
    await add_lora(world.db, OTHER, "flat", b"mine")
    again = await asked(world, dataclasses.replace(wish_of(request), negative="badhands"), OTHER, None)
    assert again.loras == request.loras
    # Another file has taken its name.
    found[0].path.write_bytes(b"something else")
    with pytest.raises(BadRequest, match="you can't use here"):
        await _loras.still_usable(world.services, request, at(OTHER, None))
    found[0].path.unlink()
    with pytest.raises(Gone):
        await _loras.files_of(world.services, request)


async def test_a_renamed_file_is_found_by_any_hash_that_an_infotext_has_of_it(world: World, tmp_path: Path) -> None:
    path = write_weights(tmp_path / "my own name.safetensors", {"a.lora_down.weight": ("F32", (2, 2))})
    named = operators_own(path, folders.Kind.LORA, keep=True)
    other = operators_own(tmp_path / "another.safetensors", folders.Kind.LORA)
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=[named, other])
    raw = path.read_bytes()
    header = 8 + int.from_bytes(raw[:8], "little")
    auto_v2, of_tensors = hashlib.sha256(raw).hexdigest()[:10], hashlib.sha256(raw[header:]).hexdigest()[:12]

    async def worn(line: str) -> dict[str, float]:
        settings = parse(f"a harbour, <lora:its old name:0.7>\nSteps: 4, Sampler: Euler, Seed: 1, {line}")
        assert settings is not None
        found = await _adopting.here(world.services, settings, ME, HERE)
        return {each.name: each.unet for each in found.adopted.wish.loras or ()}

    by_tensors = f'Lora hashes: "its old name: {of_tensors}"'
    assert await worn(by_tensors) == {}  # nobody has read it so far
    await _loras.look_at(world.services)
    for line in (
        by_tensors,
        f'Lora hashes: "its old name: {auto_v2.upper()}"',
        f'Hashes: {{"lora:its old name": "{auto_v2}"}}',
    ):
        assert await worn(line) == {"my own name": 0.7}, line
    assert await worn(f'Lora hashes: "its old name: {"0" * 12}"') == {} == await worn("CFG scale: 5")
    kept = world.db.folder / "loras.json"
    for damage in (b"", b"{", b'{"x": 1}', b"[" * 5000):
        (tmp_path / "damaged.json").write_bytes(damage)
        assert Prints(tmp_path / "damaged.json").known(path) is None
    # It is not read again at the next start; and with other words in its header it is the same to A1111.
    world.services.prints = Prints(kept)
    assert world.services.prints.known(path) is not None and await worn(by_tensors) == {"my own name": 0.7}
    write_weights(path, {"a.lora_down.weight": ("F32", (2, 2))}, {"ss_output_name": "renamed"})
    assert await worn(by_tensors) == {}
    await _loras.look_at(world.services)
    assert await worn(by_tensors) == {"my own name": 0.7}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 3e4])
async def test_a_file_of_the_operator_s_whose_numbers_are_none_is_offered_no_more_once_it_was_read(
    world: World, tmp_path: Path, number: float
) -> None:
    shapes = {"a.lora_down.weight": ("F32", (2, 2)), "a.lora_up.weight": ("BF16", (3, 2))}
    good, bad = (write_weights(tmp_path / f"{name}.safetensors", shapes) for name in ("good", "bad"))
    raw = bad.read_bytes()
    bad.write_bytes(raw[:-14] + struct.pack("<f", number)[2:] + raw[-12:])  # the upper half of it is a bfloat16
    companions = [operators_own(each, folders.Kind.LORA, keep=True) for each in (good, bad)]
    companions = [dataclasses.replace(each, sha256=each.name.ljust(64, "0")) for each in companions]
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=companions)

    async def offered() -> list[str]:
        return names_for(await _loras.known_to(world.services, ME, HERE), "genga-mini")

    assert await offered() == ["good", "bad"] and _loras.broken(world.services) == []
    with pytest.raises(ExtraUnusable, match=r"^`bad` cannot be used: it holds numbers that are none"):
        await asked(world, wanted("bad"))  # before it is queued
    assert await offered() == ["good"] and (await asked(world, wanted("good"))).loras
    world.services.prints = Prints(tmp_path / "none.json")
    await _loras.look_at(world.services)
    world.services.prints = Prints(tmp_path / "none.json")
    assert await offered() == ["good"] and [each.path for each in _loras.broken(world.services)] == [str(bad)]
    bad.write_bytes(good.read_bytes() + b"")
    await _loras.look_at(world.services)
    assert await offered() == ["good", "bad"]


async def test_one_s_own_is_found_by_its_hash_too(world: World) -> None:
    content = (2).to_bytes(8, "little") + b"{}" + b"numbers"
    await add_lora(world.db, ME, "called otherwise", content)
    for digits in (hashlib.sha256(content).hexdigest()[:10], hashlib.sha256(b"numbers").hexdigest()[:12]):
        settings = parse(f'sea\nSteps: 4, Sampler: Euler, Seed: 1, Lora hashes: "x: {digits}"')
        assert settings is not None
        for who, names in ((ME, ["called otherwise"]), (OTHER, [])):
            found = await _adopting.here(world.services, settings, who, HERE)
            assert [each.name for each in found.adopted.wish.loras or ()] == names


async def test_of_whom_it_shows_counts_as_it_is_known_now(world: World) -> None:
    mine = await add_lora(world.db, ME, "flat", b"mine")
    request = await asked(world, wanted("flat"))
    assert [each.age for each in request.loras] == [AgeStatus.UNKNOWN]
    async with world.db.transaction() as tx:
        await tx.run("UPDATE loras SET age = 'minor' WHERE id = ?", (mine.id,))
    now = await _loras.still_usable(world.services, request, at(ME, HERE))
    assert [each.age for each in now.loras] == [AgeStatus.MINOR]


@pytest.mark.parametrize(("age", "adult"), [("adult", True), ("unknown", False), ("minor", False)])
async def test_where_adult_pictures_are_drawn_only_what_shows_adults_may_be_in_them(
    world: World, age: str, adult: bool
) -> None:
    use = LoraUse(name="x", sha256="0" * 64, age=AgeStatus(age))
    request = dataclasses.replace(wish("adult"), loras=(use,))
    if adult:
        await _gate.accept(world.services, world.where, request, None)
    else:
        with pytest.raises(Refused):
            await _gate.accept(world.services, world.where, request, None)
    await _gate.accept(world.services, world.where, dataclasses.replace(wish(), loras=(use,)), None)
    job, kept = await world.drawn(SENSITIVE, request=dataclasses.replace(wish(), loras=(use,)))
    assert await _gate.may_show(world.services, world.where, job, kept) is adult


async def test_no_frame_of_the_embedded_model_is_shown_unseen_once_a_file_has_changed_it(world: World) -> None:
    world.moves(ORDINARY)
    harmless = wish(harmless=True)
    assert _gate.is_harmless(world.services, harmless)
    changed = dataclasses.replace(harmless, loras=(LoraUse(name="x", sha256="0" * 64, age=AgeStatus.ADULT),))
    assert not _gate.is_harmless(world.services, changed)
    job, _ = await world.drawn(request=changed)
    assert await _gate.preview(world.services, job, b"a frame", early=True) is None
