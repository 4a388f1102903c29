"""The plan: budgets are kept at every moment, what was used last stays, and a refusal names a size that does fit."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inference.models import sizes
from inference.models.memory import (
    Budget,
    Held,
    Kind,
    LowVram,
    Mode,
    Need,
    Place,
    Plan,
    TooLarge,
    Way,
    peak_bytes,
    plan,
    ways,
)
from inference.models.sizes import MIB, Weights, WorkRule

GIB = 1 << 30
NAMES = "abcdef"

sizes_strategy = st.integers(1, 4096).map(lambda mib: mib * MIB)
weights_strategy = st.builds(Weights, texts=sizes_strategy, network=sizes_strategy, vae=sizes_strategy)
rule_strategy = st.builds(WorkRule, network_per_pixel=st.floats(1, 600), vae_per_pixel=st.floats(1, 4000))
need_strategy = st.builds(
    Need,
    model=st.sampled_from(NAMES),
    weights=weights_strategy,
    rule=rule_strategy,
    width=st.integers(1, 32).map(lambda each: 64 * each),
    height=st.integers(1, 32).map(lambda each: 64 * each),
)
budget_strategy = st.builds(
    Budget,
    device=st.integers(0, 24 * 1024).map(lambda mib: mib * MIB),
    ram=st.one_of(st.just(0), st.integers(0, 32 * 1024).map(lambda mib: mib * MIB)),
    low_vram=st.sampled_from(LowVram),
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Budget, list[Held], Need]:
    """Budgets, a memory that keeps them, and something wanted that may be in it."""
    budget, need = draw(budget_strategy), draw(need_strategy)
    left = {Place.DEVICE: budget.device, Place.RAM: budget.ram}
    held: list[Held] = []
    for used, name in enumerate(draw(st.permutations(NAMES))):
        size = need.weights.total if name == need.model else draw(sizes_strategy)
        place = draw(st.sampled_from([*Place, None]))
        if place and size <= left[place]:
            left[place] -= size
            held.append(Held(model=name, bytes=size, place=place, used=used))
    return budget, held, need


def carried_out(held: list[Held], found: Plan, need: Need, budget: Budget) -> dict[str, Place]:
    """Make the moves one by one; no budget may be exceeded at any moment."""
    where = {each.model: each.place for each in held}
    size = {each.model: each.bytes for each in held} | {need.model: need.weights.total}
    runs_from_ram = found.way.mode is not Mode.WHOLE

    def within() -> bool:
        on_device = sum(size[name] for name, place in where.items() if place is Place.DEVICE)
        in_ram = sum(size[name] for name, place in where.items() if place is Place.RAM)
        return on_device <= budget.device and in_ram <= budget.ram

    for move in found.moves:
        match move.kind:
            case Kind.DROP:
                del where[move.model]
            case Kind.TO_RAM:
                assert where[move.model] is Place.DEVICE
                where[move.model] = Place.RAM
            case Kind.FROM_RAM:
                assert where[move.model] is Place.RAM
                where[move.model] = Place.DEVICE
            case Kind.FROM_DISK:
                assert move.model not in where
                where[move.model] = Place.RAM if runs_from_ram else Place.DEVICE
        assert within(), move
    return where


@settings(max_examples=60)
@given(situations())
def test_no_budget_is_exceeded_while_moving_nor_while_drawing(situation: tuple[Budget, list[Held], Need]) -> None:
    budget, held, need = situation
    found = plan(budget, held, need)
    if isinstance(found, TooLarge):
        return
    where = carried_out(held, found, need, budget)
    size = {each.model: each.bytes for each in held}
    others = sum(size[name] for name, place in where.items() if place is Place.DEVICE and name != need.model)
    assert others + found.peak <= budget.device
    assert found.peak == peak_bytes(need, found.way)
    wanted = Place.DEVICE if found.way.mode is Mode.WHOLE else Place.RAM
    assert where[need.model] is wanted


@settings(max_examples=60)
@given(situations())
def test_the_same_question_has_the_same_answer_and_asking_again_moves_nothing(
    situation: tuple[Budget, list[Held], Need],
) -> None:
    budget, held, need = situation
    found = plan(budget, held, need)
    assert plan(budget, list(reversed(held)), need) == found
    if isinstance(found, Plan):
        where = carried_out(held, found, need, budget)
        size = {each.model: each.bytes for each in held} | {need.model: need.weights.total}
        used = {each.model: each.used for each in held} | {need.model: 99.0}
        now = [Held(model=name, bytes=size[name], place=where[name], used=used[name]) for name in where]
        again = plan(budget, now, need)
        assert isinstance(again, Plan)
        assert (again.way, again.moves) == (found.way, ())


@settings(max_examples=60)
@given(situations())
def test_a_refusal_names_the_largest_size_that_fits(situation: tuple[Budget, list[Held], Need]) -> None:
    budget, held, need = situation
    found = plan(budget, held, need)
    assume(isinstance(found, TooLarge))
    assert isinstance(found, TooLarge)
    if found.width:
        assert (found.width, found.height) != (need.width, need.height)
        assert found.width <= need.width
        assert found.height <= need.height
        assert isinstance(plan(budget, held, replace(need, width=found.width, height=found.height)), Plan)
    else:
        smallest = min(peak_bytes(need_of_one_tile(need), way) for way in ways(budget.low_vram, has_ram=budget.ram > 0))
        assert smallest > budget.device or need.weights.total > min(budget.device, budget.ram)


def need_of_one_tile(need: Need) -> Need:
    return replace(need, width=min(64, need.width), height=min(64, need.height))


@settings(max_examples=60)
@given(situations(), st.integers(0, 8192))
def test_more_memory_never_makes_it_slower(situation: tuple[Budget, list[Held], Need], more_mib: int) -> None:
    budget, _, need = situation
    found = plan(budget, [], need)
    assume(isinstance(found, Plan))
    richer = plan(replace(budget, device=budget.device + more_mib * MIB), [], need)
    assert isinstance(found, Plan)
    assert isinstance(richer, Plan)
    order = ways(budget.low_vram, has_ram=budget.ram > 0)
    assert order.index(richer.way) <= order.index(found.way)


@settings(max_examples=60)
@given(situations())
def test_after_a_way_that_was_not_enough_only_lesser_ones_are_left(situation: tuple[Budget, list[Held], Need]) -> None:
    budget, held, need = situation
    tried: list[Way] = []
    found = plan(budget, held, need)
    while isinstance(found, Plan):
        assert found.way not in tried
        assert not tried or peak_bytes(need, found.way) <= peak_bytes(need, tried[-1])
        tried.append(found.way)
        found = plan(budget, held, need, after=found.way)
    assert len(tried) <= 6


def sd15(name: str) -> Need:
    half = sizes.full_size("sd15")
    return Need(model=name, weights=half, rule=sizes.rule_for("sd15"), width=512, height=512)


def test_what_was_used_last_stays_and_what_was_used_first_makes_room() -> None:
    size = sizes.full_size("sd15").total
    held = [Held(model=name, bytes=size, place=Place.DEVICE, used=used) for used, name in enumerate("abc")]
    device = 3 * size + 1 * GIB
    found = plan(Budget(device=device, ram=0), held, sd15("d"))
    assert isinstance(found, Plan)
    assert [(move.kind, move.model) for move in found.moves] == [(Kind.DROP, "a"), (Kind.FROM_DISK, "d")]
    found = plan(Budget(device=device, ram=size), held, sd15("d"))
    assert isinstance(found, Plan)
    assert [(move.kind, move.model) for move in found.moves] == [(Kind.TO_RAM, "a"), (Kind.FROM_DISK, "d")]


def test_the_usual_cards_draw_the_usual_families_in_the_ways_we_tell_people() -> None:
    def way(family: str, vram_gib: float, side: int) -> Way | TooLarge:
        weights, rule = sizes.full_size(family), sizes.rule_for(family)
        need = Need(model="m", weights=weights, rule=rule, width=side, height=side)
        found = plan(Budget(device=int((vram_gib - 0.8) * GIB), ram=16 * GIB), [], need)
        return found.way if isinstance(found, Plan) else found

    assert way("sd15", 4, 512) == Way(mode=Mode.WHOLE, tiled=False)
    assert way("sdxl", 8, 1024) == Way(mode=Mode.TURNS, tiled=False)
    assert way("sdxl", 24, 1024) == Way(mode=Mode.WHOLE, tiled=False)
    assert way("sdxl", 4, 1024) == Way(mode=Mode.LAYERS, tiled=True)
    assert isinstance(way("sdxl", 1, 1024), TooLarge)


@pytest.mark.parametrize(("device", "ram"), [(-1, 0), (0, -1)])
def test_a_budget_is_at_least_nothing(device: int, ram: int) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        Budget(device=device, ram=ram)
