"""What may be drawn and shown: every combination against plain statements of the rules, and what must hold of all."""

import dataclasses
import itertools
import random
from collections.abc import Iterator

import pytest

from inference.safety.evidence import AgeStatus, PictureEvidence, Rating, Strength, TextEvidence
from inference.safety.policy import (
    NOT_ANY_MORE,
    NOT_CHECKED,
    NOT_HERE,
    NOT_IN_THIS_CHANNEL,
    NOT_NOW,
    NOT_THIS,
    Decision,
    Facts,
    Moment,
    Place,
    PlaceKind,
    Provenance,
    Rule,
    Standing,
    decide,
)
from tests.inference.policy_oracle import adult_place, expected, expected_sentence

BOTH = (False, True)
STRENGTHS = tuple(Strength)
RATINGS = (*Rating, None)
KINDS = (*PlaceKind, None)
FLAGS = (True, False, None)
STANDINGS = (*Standing, None)
PROVENANCES = (*Provenance, None)
SUBJECTS = (
    (),
    (AgeStatus.ADULT,),
    (AgeStatus.UNKNOWN,),
    (AgeStatus.MINOR,),
    (AgeStatus.ADULT, AgeStatus.UNKNOWN),
)
HARMLESS = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)
OPEN = Place(
    kind=PlaceKind.SERVER, age_restricted=True, operator_adult=True, server_adult=True, age_judged=True, suggestive=True
)
ORDINARY = Place(kind=PlaceKind.SERVER, age_restricted=False)
PLACES = (
    OPEN,
    ORDINARY,
    dataclasses.replace(ORDINARY, suggestive=True),
    dataclasses.replace(OPEN, age_judged=False),
    dataclasses.replace(OPEN, spoiler=False),
    Place(kind=PlaceKind.DIRECT, age_restricted=None, operator_adult=True, suggestive=True, age_judged=True),
)


def picture(
    rating: Rating | None = Rating.GENERAL,
    young: Strength | None = Strength.NONE,
    photo: Strength | None = Strength.NONE,
) -> PictureEvidence:
    return PictureEvidence(rating=rating, young=young, photo=photo)


def facts(**changed: object) -> Facts:
    """The best there could be: an adult in an open place asks for nothing bad."""
    best: dict[str, object] = {
        "moment": Moment.SHOW, "place": OPEN, "standing": Standing.GOOD, "provenance": Provenance.TEXT,
        "text": HARMLESS, "picture": picture(), "early": False,
    }  # fmt: skip
    return Facts(**{**best, **changed})  # type: ignore[arg-type]


def agrees(asked: Facts) -> None:
    said = decide(asked)
    assert (said.allowed, said.rule, said.destroy, said.spoiler) == expected(asked), asked
    assert said.sentence(asked) == expected_sentence(asked, said.rule), asked


def places() -> Iterator[Place]:
    for kind, flag, operator, server, judged, suggestive in itertools.product(KINDS, FLAGS, BOTH, BOTH, BOTH, BOTH):
        yield Place(
            kind=kind, age_restricted=flag, operator_adult=operator, server_adult=server, age_judged=judged,
            suggestive=suggestive,
        )  # fmt: skip


def test_every_rating_in_every_place_under_every_switch_at_every_moment() -> None:
    texts = [dataclasses.replace(HARMLESS, sexual=sexual) for sexual in STRENGTHS]
    seen = [*(picture(rating) for rating in RATINGS), None]
    cells = 0
    for place in places():
        for rest in itertools.product(seen, texts, STANDINGS, PROVENANCES, Moment):
            agrees(
                facts(
                    place=place, **dict(zip(("picture", "text", "standing", "provenance", "moment"), rest, strict=True))
                )
            )
            cells += 1
    assert cells == 192 * 6 * 3 * 5 * 4 * 3


def test_every_evidence_in_every_kind_of_place() -> None:
    for sexual, young, real, subjects, real_subject in itertools.product(
        STRENGTHS, STRENGTHS, STRENGTHS, SUBJECTS, BOTH
    ):
        text = TextEvidence(sexual=sexual, young=young, real_person=real)
        for rating, looks, photo, place in itertools.product(RATINGS, (*STRENGTHS, None), (*STRENGTHS, None), PLACES):
            seen = picture(rating, looks, photo)
            agrees(facts(text=text, picture=seen, place=place, subjects=subjects, real_subject=real_subject))


def test_every_evidence_at_every_moment() -> None:
    texts = [None, *(TextEvidence(sexual=s, young=y, real_person=Strength.NONE) for s in STRENGTHS for y in STRENGTHS)]
    seen = [None, *(picture(*each) for each in itertools.product(RATINGS, (*STRENGTHS, None), (Strength.NONE, None)))]
    for text, looked, moment, early, harmless, provenance, place in itertools.product(
        texts, seen, Moment, BOTH, BOTH, PROVENANCES, PLACES
    ):
        agrees(
            facts(
                text=text, picture=looked, moment=moment, early=early, harmless_model=harmless, provenance=provenance,
                place=place,
            )
        )  # fmt: skip


def test_every_rule_that_operators_and_servers_add() -> None:
    for blocked, gore, hate, real, photo, rating in itertools.product(
        BOTH, STRENGTHS, STRENGTHS, STRENGTHS, (*STRENGTHS, None), (Rating.GENERAL, Rating.EXPLICIT)
    ):
        text = dataclasses.replace(HARMLESS, blocked=blocked, gore=gore, hate=hate, real_person=real)
        for allows_gore, allows_hate, people, real_subject in itertools.product(BOTH, BOTH, BOTH, BOTH):
            place = dataclasses.replace(OPEN, gore=allows_gore, hate=allows_hate, real_people=people)
            agrees(facts(text=text, place=place, picture=picture(rating, photo=photo), real_subject=real_subject))


@pytest.mark.slow
def test_the_whole_table() -> None:
    """Rating, apparent age, photo, place, flag, switches, strictness, standing, provenance, subjects, moment: 4.6 M."""
    everywhere = [(place, as_the_rules_see_it(place)) for place in places()]
    seen = [picture(*each) for each in itertools.product(RATINGS, (*STRENGTHS, None), (*STRENGTHS, None))]
    chance = random.Random(7)
    for cell in itertools.product(seen, STANDINGS, PROVENANCES, SUBJECTS, Moment):
        asked = facts(**dict(zip(("picture", "standing", "provenance", "subjects", "moment"), cell, strict=True)))
        found: dict[object, tuple[bool, Rule | None, bool, bool]] = {}
        for place, kind in everywhere:
            object.__setattr__(asked, "place", place)  # a new one for each of the millions would take half of the time
            if kind not in found:
                found[kind] = expected(asked)
            said = decide(asked)
            assert (said.allowed, said.rule, said.destroy, said.spoiler) == found[kind], asked
        object.__setattr__(asked, "place", chance.choice(everywhere)[0])
        agrees(asked)


def as_the_rules_see_it(place: Place) -> tuple[bool, ...]:
    """Places of which this is the same are one place to the plain statements; what else one says is for sentences."""
    return adult_place(place), place.kind is PlaceKind.SERVER, place.suggestive


def test_it_lets_through_what_it_should() -> None:
    adult = dataclasses.replace(HARMLESS, sexual=Strength.STRONG)
    explicit = picture(Rating.EXPLICIT)
    assert decide(facts()) == decide(facts(place=ORDINARY))
    assert decide(facts(text=adult, picture=explicit)).allowed
    assert decide(facts(text=adult, picture=explicit)).spoiler
    assert not decide(facts(text=adult, picture=explicit, place=dataclasses.replace(OPEN, spoiler=False))).spoiler
    assert not decide(facts()).spoiler
    assert decide(facts(picture=explicit, provenance=Provenance.OURS)).allowed
    assert decide(facts(text=adult, picture=None, moment=Moment.REQUEST)).allowed
    assert decide(
        facts(picture=picture(Rating.SENSITIVE), place=dataclasses.replace(ORDINARY, suggestive=True))
    ).allowed
    assert decide(facts(picture=None, moment=Moment.PREVIEW, harmless_model=True, early=True, place=ORDINARY)).allowed


def test_the_sentence_depends_on_nothing_but_the_stage_and_the_place() -> None:
    for place, moment in itertools.product(places(), Moment):
        asked = facts(place=place, moment=moment)
        sentences = {rule: Decision(allowed=False, rule=rule).sentence(asked) for rule in Rule}
        words = NOT_THIS if moment is Moment.REQUEST else NOT_ANY_MORE
        assert {sentences[rule] for rule in (Rule.FLOOR, Rule.REAL, Rule.AXIS, Rule.LIST)} == {words}
        [where] = {sentences[rule] for rule in (Rule.UNSURE, Rule.ADULT, Rule.STRICT)}
        assert where in {NOT_HERE, NOT_IN_THIS_CHANNEL}
        assert (sentences[Rule.UNSEEN], sentences[Rule.STANDING]) == (NOT_CHECKED, NOT_NOW)
    assert decide(facts()).sentence(facts()) == ""


def test_age_restricted_channels_are_advised_only_where_they_help() -> None:
    ordinary = dataclasses.replace(OPEN, age_restricted=False)
    assert told_in(ordinary) == NOT_IN_THIS_CHANNEL
    no_help = (
        {"age_restricted": True}, {"age_restricted": None}, {"kind": PlaceKind.DIRECT}, {"kind": PlaceKind.ELSEWHERE},
        {"operator_adult": False}, {"server_adult": False}, {"age_judged": False},
    )  # fmt: skip
    assert {told_in(dataclasses.replace(ordinary, **changed)) for changed in no_help} == {NOT_HERE}


def told_in(place: Place) -> str:
    return Decision(allowed=False, rule=Rule.STRICT).sentence(facts(place=place))


WORSE: dict[str, tuple[tuple[object, ...], ...]] = {
    "standing": ((Standing.GOOD, Standing.NO_ADULT, Standing.COOLING, Standing.BLOCKED, None),),
    "provenance": ((Provenance.TEXT, Provenance.UPLOAD, None), (Provenance.OURS, Provenance.UPLOAD)),
    "subjects": (((AgeStatus.ADULT,), (AgeStatus.UNKNOWN,), (AgeStatus.MINOR,)), ((), (AgeStatus.UNKNOWN,))),
    "real_subject": ((False, True),),
    "early": ((False, True),),
    "harmless_model": ((True, False),),
    "place.kind": tuple((PlaceKind.SERVER, other) for other in (PlaceKind.DIRECT, PlaceKind.ELSEWHERE, None)),
    "place.age_restricted": ((True, False), (False, None)),
    **{
        f"place.{name}": ((True, False),)
        for name in ("operator_adult", "server_adult", "age_judged", "suggestive", "gore", "hate", "real_people")
    },
    **{f"text.{name}": (STRENGTHS,) for name in ("sexual", "young", "real_person", "gore", "hate")},
    "text.blocked": ((False, True),),
    "picture.rating": (RATINGS,),
    "picture.young": (STRENGTHS, (Strength.NONE, None)),
    "picture.photo": (STRENGTHS, (Strength.NONE, None)),
}


def test_nothing_gets_better_by_getting_worse() -> None:
    chance = random.Random(4)
    for _ in range(8_000):
        asked = some_facts(chance)
        if decide(asked).allowed:
            continue
        for worse in each_worse(asked):
            assert not decide(worse).allowed, (asked, worse)


def test_what_is_refused_in_the_best_place_is_refused_in_every_other() -> None:
    chance = random.Random(5)
    everywhere = list(places())
    for _ in range(2_000):
        asked = some_facts(chance)
        if not decide(dataclasses.replace(asked, place=dataclasses.replace(OPEN, gore=True, hate=True))).allowed:
            assert not any(decide(dataclasses.replace(asked, place=place)).allowed for place in everywhere)


def some_facts(chance: random.Random) -> Facts:
    pick = chance.choice
    text = TextEvidence(
        sexual=pick(STRENGTHS), young=pick(STRENGTHS), real_person=pick(STRENGTHS), blocked=chance.random() < 0.1,
        gore=pick(STRENGTHS), hate=pick(STRENGTHS),
    )  # fmt: skip
    place = dataclasses.replace(
        pick([*PLACES, *places()]), gore=pick(BOTH), hate=pick(BOTH), real_people=pick(BOTH), spoiler=pick(BOTH)
    )
    seen = picture(pick(RATINGS), pick((*STRENGTHS, None)), pick((*STRENGTHS, None)))
    return Facts(
        moment=pick(tuple(Moment)), place=place, standing=pick(STANDINGS), provenance=pick(PROVENANCES),
        text=pick((text, text, HARMLESS, None)), picture=pick((seen, seen, picture(), None)), subjects=pick(SUBJECTS),
        real_subject=chance.random() < 0.2, early=pick(BOTH), harmless_model=pick(BOTH),
    )  # fmt: skip


def each_worse(asked: Facts) -> Iterator[Facts]:
    """Every neighbour in which a single fact is one step worse."""
    # Of a frame that needs no rating it is no matter that nobody looked.
    free = asked.moment is Moment.PREVIEW and asked.harmless_model and asked.provenance is Provenance.TEXT
    for name, orders in WORSE.items():
        part, _, field = name.rpartition(".")
        whole = getattr(asked, part) if part else asked
        if whole is None or (free and field == "rating"):
            continue
        now = getattr(whole, field)
        for order in orders:
            if now in order[:-1]:
                changed = dataclasses.replace(whole, **{field: order[order.index(now) + 1]})
                yield dataclasses.replace(asked, **{part: changed}) if part else changed
    if asked.text is not None:
        yield dataclasses.replace(asked, text=None)
    if asked.moment is not Moment.REQUEST and not free:
        yield dataclasses.replace(asked, picture=None)
