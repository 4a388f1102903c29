"""Which of several LoRAs a name means: the one that fits the model; and what is said of those that do not."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from benchmarks.forging import HERE, ME
from cogs import _adopting, _lora_words, _loras
from cogs._lora_controls import beside, namesakes
from cogs._lora_names import names_for, so_called
from cogs._parse import wish_of
from cogs._words import Words
from inference.errors import BadRequest
from inference.models import folders
from inference.models.catalog import Companion
from inference.prompts.infotext import parse
from inference.request import Wish
from storage import loras
from tests.cogs.gate_world import World
from tests.cogs.lora_world import OTHER, asked, at, operators_own, wanted
from tests.storage.making import add_lora
from tests.weights import write_weights


async def test_one_for_another_family_is_refused_before_anything_is_accepted(world: World) -> None:
    kept = await add_lora(world.db, ME, "big", b"1")
    async with world.db.transaction() as tx:
        await tx.run("UPDATE loras SET family = 'sdxl' WHERE id = ?", (kept.id,))
    with pytest.raises(BadRequest) as refused:
        await asked(world, wanted("big"))
    assert str(refused.value) == (
        "`big` was made for Stable Diffusion XL, and Genga mini is Stable Diffusion 1.5. "
        "Choose another model or leave it out."
    )


async def test_one_for_a_full_model_is_not_for_the_narrow_one_of_its_family_and_a_model_that_fits_is_named(
    world: World,
) -> None:
    await add_lora(world.db, ME, "miku", b"1", family="sd15")
    refusal = "`miku` is for full Stable Diffusion 1.5 models; Genga mini is a small one of its own. "
    for titles, advice in (
        ((), "No model here fits: leave it out."),
        (("Merge", "Other"), "Choose another model, for example Merge, or leave it out."),
    ):
        catalog, mini = world.services.catalog, world.services.catalog.models["genga-mini"]
        more = {title: dataclasses.replace(mini, name=title, title=title, narrow=False) for title in titles}
        world.services.catalog = dataclasses.replace(catalog, models={**catalog.models, **more})
        with pytest.raises(BadRequest) as refused:
            await asked(world, wanted("miku"))
        assert str(refused.value) == refusal + advice
    assert (await asked(world, dataclasses.replace(wanted("miku"), model="Merge"))).loras
    # One that a server leaves out is not named there.
    await world.rule(models=("genga-mini", "Other"))
    with pytest.raises(BadRequest, match=r"for example Other, or leave it out\.$"):
        await asked(world, wanted("miku"))


async def test_an_embedding_for_another_family_is_no_more_than_a_word_and_is_named(world: World) -> None:
    families = (("smile", "sd15"), ("EasyNegative", "sdxl"), ("easynegative", "genga-mini"), ("unused", "sdxl"))
    for name, family in families:
        kept = await add_lora(world.db, OTHER if family == "genga-mini" else ME, name, f"{name}{family}".encode())
        await loras.share(world.db, kept, HERE) if family == "genga-mini" else None
        async with world.db.transaction() as tx:
            await tx.run("UPDATE loras SET kind = 'embedding', family = ? WHERE id = ?", (family, kept.id))
    request = await asked(world, Wish(prompt="1girl, smile", negative="easynegative"))
    assert [each.word for each in request.embeddings] == ["easynegative"]
    assert await _loras.plain_words(world.services, request, at(ME, HERE)) == ["smile"]
    assert await _loras.plain_words(world.services, request, at(OTHER, HERE)) == []


async def test_of_one_name_in_several_folders_the_one_for_the_model_is_drawn_with_and_a_folder_names_the_others(
    world: World, tmp_path: Path
) -> None:
    found = dict[str, Companion]()
    for place, family in (("sd webui", "genga-mini"), ("ComfyUI", "sdxl"), ("more", "sdxl")):
        (tmp_path / place).mkdir()
        path = write_weights(
            tmp_path / place / "add_detail.safetensors", {"a.lora_up.weight": ("F32", (len(place), 2))}
        )
        own = operators_own(path, folders.Kind.LORA, keep=True)
        found[place] = dataclasses.replace(own, family=family, folders=(place, "Lora"), sha256=place.ljust(64, "0"))
    by_content = {place: world.services.prints.of(each.path).sha256 for place, each in found.items()}
    catalog = world.services.catalog
    xl = dataclasses.replace(catalog.find("genga-mini"), name="xl", title="Extra Large", family="sdxl", narrow=False)
    models = {**catalog.models, "xl": xl}
    world.services.catalog = dataclasses.replace(catalog, models=models, companions=[*found.values()])

    async def drawn(name: str, model: str) -> tuple[str, str]:
        request = await asked(world, Wish(prompt=f"1girl, <lora:{name}:0.5>", model=model))
        assert await _loras.still_usable(world.services, request, at(ME, HERE)) == request
        again = await asked(world, wish_of(request))
        assert again.loras == request.loras
        [use] = request.loras
        return use.name, use.sha256

    assert await drawn("add_detail", "genga-mini") == ("add_detail", by_content["sd webui"])
    assert await drawn("add detail", "Extra Large") == ("add_detail", by_content["ComfyUI"])
    assert await drawn("more/add_detail", "xl") == ("more/add_detail", by_content["more"])
    with pytest.raises(BadRequest, match=r"^`add_detail` was made for Stable Diffusion XL, and Genga mini is"):
        await asked(world, Wish(prompt="1girl, <lora:ComfyUI/add_detail:0.5>"))
    known = await _loras.known_to(world.services, ME, HERE)
    assert [each.label for each in known] == ["sd webui/add_detail", "ComfyUI/add_detail", "more/add_detail"]
    about = await namesakes(world.services, Words("en-US"), known[0], ME, HERE)
    assert about == (
        "Others of this name here: `ComfyUI/add_detail` (Stable Diffusion XL), `more/add_detail` (Stable Diffusion XL)."
    )
    assert names_for(known, "sdxl") == ["add_detail", "more/add_detail"]
    assert names_for(known, "genga-mini") == ["add_detail"] and names_for(known, "sd15") == []
    # What a picture says is looked up in the same way, and its form draws with it.
    settings = parse("sea, <lora:add_detail:0.7>\nSteps: 4, Sampler: Euler, Seed: 1, Model: Extra Large")
    assert settings is not None
    here = await _adopting.here(world.services, settings, ME, HERE)
    assert here.loras == {"add_detail"}
    assert [each.sha256 for each in (await asked(world, here.adopted.wish)).loras] == [by_content["ComfyUI"]]


async def test_whoever_adds_one_hears_of_another_with_its_name(world: World, tmp_path: Path) -> None:
    own = operators_own(tmp_path / "ponyStyle.safetensors", folders.Kind.LORA)
    own = dataclasses.replace(own, folders=("Lora",))
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=[own])
    theirs = await add_lora(world.db, OTHER, "Flat", b"theirs")
    await loras.share(world.db, theirs, HERE)
    said: dict[str, str] = {}
    for name in ("ponystyle", "flat", "alone"):
        row = await add_lora(world.db, ME, name, name.encode())
        [added] = [each for each in await _loras.known_to(world.services, ME, HERE) if each.sha256 == row.sha256]
        said[name] = await beside(world.services, Words("en-US"), added, ME, HERE)
        elsewhere = dataclasses.replace(added, family="sdxl")
        assert await beside(world.services, Words("en-US"), elsewhere, ME, HERE) == ""
    assert said == {
        "ponystyle": "Another `ponyStyle` is here for everybody: where both fit, yours comes first, and "
        "`Lora/ponyStyle` is the other.",
        "flat": "Somebody else's `Flat` is here too: where both fit, yours comes first.",
        "alone": "",
    }
    assert [each.sha256 for each in (await asked(world, wanted("Lora/ponyStyle"))).loras] == [
        hashlib.sha256(own.path.read_bytes()).hexdigest()
    ]


async def test_the_same_file_in_two_folders_has_its_plain_name(world: World, tmp_path: Path) -> None:
    copy = operators_own(tmp_path / "same.safetensors", folders.Kind.LORA)
    copies = [dataclasses.replace(copy, folders=(place,)) for place in ("sd webui", "ComfyUI")]
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=copies)
    await add_lora(world.db, ME, "other", b"1")
    for known in (
        await _loras.known_to(world.services, ME, HERE),
        await _loras.known_to_all(world.services, HERE),
    ):
        assert [each.label for each in known if each.folders] == ["same"]
    assert await namesakes(world.services, Words("en-US"), known[-1], ME, HERE) == ""


async def test_a_name_with_commas_is_offered_without_them_and_understood_with_and_without(
    world: World, tmp_path: Path
) -> None:
    own = operators_own(tmp_path / "add detail (v1.1), new.safetensors", folders.Kind.LORA)
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=[own])
    known = await _loras.known_to(world.services, ME, HERE)
    # An embedding is called by its very name.
    mark = operators_own(tmp_path / "bad, worse.safetensors", folders.Kind.EMBEDDING)
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=[own, mark])
    request = await asked(world, Wish(prompt="1girl, bad, worse"))
    assert [each.word for each in request.embeddings] == ["bad, worse"]
    assert await _loras.still_usable(world.services, request, at(ME, HERE)) == request
    [offered] = _lora_words.completions("add", names_for(known, "genga-mini"))
    assert offered == "add detail (v1.1) new"
    for said in (
        Wish(loras=_lora_words.read(f"{offered}:0.8")),
        Wish(prompt="a harbour <lora:add detail (v1.1), new:0.8>"),
    ):
        request = await asked(world, said)
        assert _lora_words.written(_loras.wanted_again(request)) == "add detail (v1.1) new:0.8"
    with pytest.raises(BadRequest, match=r"Did you mean `add detail \(v1.1\) new`\?$"):
        await asked(world, Wish(loras=_lora_words.read("add detail (v1.1), new:0.8")))


async def test_a_folder_with_commas_tells_loras_apart_and_can_be_written(world: World, tmp_path: Path) -> None:
    companions: list[Companion] = []
    for place in ("girls, cute", "x:y"):
        (tmp_path / place).mkdir()
        file = operators_own(tmp_path / place / "style.safetensors", folders.Kind.LORA)
        companions.append(dataclasses.replace(file, folders=(place,), sha256=place.ljust(64, "0")))
    world.services.catalog = dataclasses.replace(world.services.catalog, companions=companions)
    known = await _loras.known_to(world.services, ME, HERE)
    assert [each.label for each in known] == ["girls cute/style", "x y/style"]
    for each in known:
        [said] = _lora_words.read(f"{each.label}:0.8")
        assert [found.sha256 for found in so_called(known, said.name)] == [each.sha256]
    assert [found.sha256 for found in so_called(known, "girls, cute/style")] == [known[0].sha256]
