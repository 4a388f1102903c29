"""Frames of a picture that is being drawn: freely of the embedded model from words, else once the rater passed them."""

import dataclasses

import pytest

from benchmarks.planted import evidence
from cogs import _gate
from inference.models.catalog import Catalog
from inference.safety.evidence import PictureEvidence, Rating, Strength
from tests.cogs.gate_world import (
    CATALOG,
    CLOSING,
    EXPLICIT,
    GATED,
    GENERAL,
    ORDINARY,
    QUESTIONABLE,
    UNRATED,
    WORSE,
    YOUNG,
    World,
    wish,
)

FRAME = b"a frame"


@pytest.mark.parametrize("early", [True, False])
async def test_the_embedded_model_shows_its_frames_without_asking_anybody(world: World, early: bool) -> None:
    world.sees = EXPLICIT
    world.moves(ORDINARY)
    job, _ = await world.drawn(request=wish(harmless=True))
    assert await _gate.preview(world.services, job, FRAME, early=early) is False
    assert world.rater.asked == world.discord.asked == 0


@pytest.mark.parametrize(
    ("harmless", "provenance", "start"),
    [(False, "text", False), (True, "upload", True), (True, "ours", True)],
)
async def test_whoever_else_draws_shows_late_frames_that_the_rater_passed(
    world: World, harmless: bool, provenance: str, start: bool
) -> None:
    world.moves(ORDINARY)
    _, [parent] = await world.drawn()
    request = wish(harmless=harmless, start=parent if start else None)
    job, _ = await world.drawn(request=request, provenance=provenance)
    assert await _gate.preview(world.services, job, FRAME, early=True) is None
    assert world.rater.asked == 0  # of an early frame it could not tell anything
    assert await _gate.preview(world.services, job, FRAME, early=False) is False
    for world.sees in (QUESTIONABLE, EXPLICIT, UNRATED, YOUNG):
        assert await _gate.preview(world.services, job, FRAME, early=False) is None
    assert world.discord.asked == 0


async def test_an_adult_frame_is_covered_where_everything_allows_it(world: World) -> None:
    world.sees = EXPLICIT
    job, _ = await world.drawn()
    assert await _gate.preview(world.services, job, FRAME, early=False) is True
    assert world.discord.asked == 1
    await world.rule(spoiler=False)
    assert await _gate.preview(world.services, job, FRAME, early=False) is False


@pytest.mark.parametrize("closing", CLOSING)
async def test_and_not_shown_where_one_thing_forbids_it(world: World, closing: str) -> None:
    await CLOSING[closing](world)
    world.sees = EXPLICIT
    job, _ = await world.drawn()
    assert await _gate.preview(world.services, job, FRAME, early=False) is None
    assert await world.noted() == []  # the picture is decided on when it is there


async def test_adult_words_are_enough_and_the_flag_is_asked_for(world: World) -> None:
    job, _ = await world.drawn(prompt="adult")
    assert await _gate.preview(world.services, job, FRAME, early=False) is True
    assert world.discord.asked == 1
    world.discord.truth.nsfw[GATED] = False
    assert await _gate.preview(world.services, job, FRAME, early=False) is None
    await world.rule(adult=False)
    assert await _gate.preview(world.services, job, FRAME, early=False) is None
    assert world.discord.asked == 2  # what is refused anyway costs no question


async def test_with_adult_words_no_frame_is_shown_that_nobody_looked_at(world: World) -> None:
    job, _ = await world.drawn(request=wish("adult", harmless=True))
    assert await _gate.preview(world.services, job, FRAME, early=True) is None


async def test_nothing_is_shown_to_whoever_was_barred(world: World) -> None:
    job, _ = await world.drawn(request=wish(harmless=True))
    await WORSE["is barred"](world)
    assert await _gate.preview(world.services, job, FRAME, early=True) is None


async def test_harmless_are_the_very_weights_of_a_harmless_model(world: World) -> None:
    request = wish(harmless=True)
    assert _gate.is_harmless(world.services, request)
    assert not _gate.is_harmless(world.services, wish())  # other weights of the same name
    assert not _gate.is_harmless(world.services, dataclasses.replace(request, model="unheard of"))
    any_model = dataclasses.replace(CATALOG.models[request.model], harmless=False)
    world.services.catalog = Catalog({request.model: any_model})
    assert not _gate.is_harmless(world.services, request)


async def test_every_picture_is_rated_in_its_place(world: World) -> None:
    shown = {b"one": GENERAL, b"two": EXPLICIT, b"three": UNRATED}

    def see(png: bytes) -> PictureEvidence:
        return shown[png]

    world.rater.sees = see
    assert await _gate.rate(world.services, list(shown)) == list(shown.values())


async def test_a_row_says_what_was_seen_and_nothing_that_was_not(world: World) -> None:
    _, [kept] = await world.drawn(evidence(Rating.SENSITIVE, Strength.WEAK, Strength.STRONG))
    assert _gate.of_row(kept) == evidence(Rating.SENSITIVE, Strength.WEAK, Strength.STRONG)
    for name in ("rating", "young", "photo"):
        said = dataclasses.asdict(_gate.of_row(dataclasses.replace(kept, **{name: None})))
        assert {key for key, value in said.items() if value is None} == {name}
    assert _gate.of_row(dataclasses.replace(kept, detector_version=None)).rater == ""
