"""Files from Civitai, kept: what it says of them is judged too, and what is refused leaves nothing behind."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from benchmarks.forging import ME
from cogs import _lora_adding
from cogs._lora_adding import Offered, age_of, name_of
from cogs._lora_controls import file_hint
from cogs._words import Words
from inference.errors import BadRequest, QuotaReached, Refused
from inference.safety.evidence import AgeStatus, Strength, TextEvidence
from storage import loras
from tests.civitai_stub import Stub
from tests.cogs.gate_world import World
from tests.weights import write_weights

SHAPES = {"a.lora_down.weight": ("F32", (2, 192)), "a.lora_up.weight": ("F32", (128, 2))}
N, W, S = Strength.NONE, Strength.WEAK, Strength.STRONG


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncGenerator[Stub]:
    stub = Stub()
    await stub.server.start_server()
    stub.content = write_weights(tmp_path / "x.safetensors", SHAPES).read_bytes()
    stub.say()
    yield stub
    await stub.server.close()


async def add(world: World, stub: Stub, name: str = "", *, adults: bool = False) -> loras.Lora:
    world.services.civitai = stub.client()
    offered = Offered(link="https://civitai.com/models/5", name=name, adults=adults)
    written = await loras.begin(world.db)
    try:
        return await _lora_adding.added_link(world.services, world.where, offered, written)
    finally:
        written.unlink(missing_ok=True)


async def test_a_link_becomes_a_file_of_ones_own_with_what_civitai_says_of_it(world: World, stub: Stub) -> None:
    kept = await add(world, stub, adults=True)
    assert (kept.name, kept.family, kept.words, kept.age) == ("Flat", "sdxl", ("flat colour",), "adult")
    assert (kept.owner_id, kept.source, kept.version_id) == (ME, "civitai", 77)
    path = await loras.path(world.db, kept.sha256)
    assert path is not None and path.read_bytes() == stub.content


async def test_words_that_are_never_drawn_are_refused_before_the_file_is_fetched(world: World, stub: Stub) -> None:
    stub.say(trainedWords=["adult sapling"])
    with pytest.raises(Refused):
        await add(world, stub)
    assert "/signed/file" not in [path for _, path, _ in stub.asked]
    assert list(loras.root_of(world.db).iterdir()) == []


async def test_one_may_not_have_more_than_one_may_and_learns_it_before_the_file_is_fetched(
    world: World, stub: Stub
) -> None:
    await add(world, stub)
    config = world.services.config
    few = config.loras.model_copy(update={"per_person": 1})
    world.services.config = config.model_copy(update={"loras": few})
    stub.asked.clear()
    with pytest.raises(QuotaReached):
        await add(world, stub, name="another")
    assert "/signed/file" not in [path for _, path, _ in stub.asked]
    assert len(list(loras.root_of(world.db).iterdir())) == 1


async def test_links_are_off_until_the_operator_switches_them_on(world: World) -> None:
    with pytest.raises(BadRequest, match="Links are switched off here"):
        await _lora_adding.added_link(world.services, world.where, Offered(link="5"), Path("nowhere"))


@pytest.mark.parametrize(
    ("young", "real", "adults", "age"),
    [
        (N, N, True, AgeStatus.ADULT), (N, N, False, AgeStatus.UNKNOWN), (W, N, True, AgeStatus.UNKNOWN),
        (S, N, True, AgeStatus.MINOR), (N, W, True, AgeStatus.UNKNOWN), (S, S, False, AgeStatus.MINOR),
    ],
)  # fmt: skip
def test_what_its_words_say_comes_before_what_its_owner_says(
    young: Strength, real: Strength, adults: bool, age: AgeStatus
) -> None:
    assert age_of(TextEvidence(sexual=N, young=young, real_person=real), adults=adults) is age


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("flat_colours-v2.safetensors", "flat_colours-v2"), ("../../etc/passwd.safetensors", "passwd"),
        ("【styl】: <b>.safetensors", "styl b"), ("___.safetensors", "LoRA"), ("x" * 60 + ".safetensors", "x" * 39),
    ],
)  # fmt: skip
def test_a_file_s_name_becomes_one_that_may_be_kept(filename: str, name: str) -> None:
    assert name_of(filename) == name and loras.harmless_name(name) == name


async def test_the_form_says_what_discord_lets_through(world: World, stub: Stub) -> None:
    say = Words("en-US")
    assert file_hint(world.services, say) == "A .safetensors file of at most 256 MiB; Discord mostly lets 10 MB through"
    world.services.civitai = stub.client()
    assert "bigger .safetensors files come by a Civitai link" in file_hint(world.services, say)
    assert all(len(file_hint(world.services, Words(locale))) <= 100 for locale in ("en-US", "vi"))
