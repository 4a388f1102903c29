"""The issue's rules once more, as plain statements that know nothing of how `policy.py` goes about it."""

from collections.abc import Iterator

from inference.safety.evidence import AgeStatus, Rating, Strength
from inference.safety.policy import (
    NOT_ANY_MORE,
    NOT_CHECKED,
    NOT_HERE,
    NOT_IN_THIS_CHANNEL,
    NOT_NOW,
    NOT_THIS,
    Facts,
    Moment,
    Place,
    PlaceKind,
    Provenance,
    Rule,
    Standing,
)

ADULT = (Rating.QUESTIONABLE, Rating.EXPLICIT)


def reasons(facts: Facts) -> Iterator[Rule]:
    """Every rule that speaks against it; allowed is what nothing speaks against."""
    text, picture = facts.text, facts.picture
    rating = picture.rating if picture else None
    asked = text.sexual if text else Strength.NONE
    adult = asked == Strength.STRONG or rating in ADULT
    suggestive = rating is Rating.SENSITIVE
    hinted = asked == Strength.WEAK
    unlocked = adult_place(facts.place)
    young = {text.young if text else None, picture.young if picture else None}
    if AgeStatus.MINOR in facts.subjects:
        young.add(Strength.STRONG)
    real = facts.real_subject or bool(text and text.real_person) or bool(picture and picture.photo)

    if facts.standing not in (Standing.GOOD, Standing.NO_ADULT):
        yield Rule.STANDING

    # Never, anywhere: sexual and young, sexual and real. A hint is enough beside either.
    if adult and young & {Strength.WEAK, Strength.STRONG}:
        yield Rule.FLOOR
    if (suggestive or hinted) and (Strength.STRONG in young or (unlocked and Strength.WEAK in young)):
        yield Rule.FLOOR
    if (adult or suggestive or hinted) and real:
        yield Rule.REAL

    # What is not known is the worst it could be.
    if text is None:
        yield Rule.UNSEEN
    free = facts.moment is Moment.PREVIEW and facts.harmless_model and facts.provenance is Provenance.TEXT
    is_shown = facts.moment is not Moment.REQUEST or picture is not None
    if is_shown and not free and (rating is None or (facts.moment is Moment.PREVIEW and facts.early)):
        yield Rule.UNSEEN
    if (adult or suggestive or hinted) and (Strength.WEAK in young or AgeStatus.UNKNOWN in facts.subjects):
        yield Rule.UNSURE
    if picture and (adult or suggestive) and (picture.young is None or picture.photo is None):
        yield Rule.UNSURE

    yield from _where_and_by_whom(facts)


def adult_place(place: Place) -> bool:
    """Whether adult pictures may be shown there at all."""
    return bool(
        place.kind is PlaceKind.SERVER
        and place.age_restricted
        and place.operator_adult
        and place.server_adult
        and place.age_judged
    )


def _where_and_by_whom(facts: Facts) -> Iterator[Rule]:
    """What is nothing bad in itself, but not for every place and everybody."""
    place, text, picture = facts.place, facts.text, facts.picture
    rating = picture.rating if picture else None
    adult = (text is not None and text.sexual == Strength.STRONG) or rating in ADULT
    suggestive = rating is Rating.SENSITIVE
    unlocked = adult_place(facts.place)
    drawn_by_us = facts.provenance is Provenance.TEXT or facts.provenance is Provenance.OURS
    real = facts.real_subject or bool(text and text.real_person) or bool(picture and picture.photo)

    # Adult pictures: behind the age gate, by those who may, from words or from what this bot drew.
    let_in = unlocked and facts.standing is Standing.GOOD and drawn_by_us and set(facts.subjects) <= {AgeStatus.ADULT}
    if adult and not let_in:
        yield Rule.ADULT
    if suggestive and not adult and not let_in:
        if not (place.suggestive and place.kind is PlaceKind.SERVER and drawn_by_us):
            yield Rule.STRICT

    # What operators and servers add.
    if text and text.blocked:
        yield Rule.LIST
    if text and ((text.gore and not place.gore) or (text.hate and not place.hate)):
        yield Rule.AXIS
    if not place.real_people and (real or (picture and picture.photo is None)):
        yield Rule.AXIS


def expected(facts: Facts) -> tuple[bool, Rule | None, bool, bool]:
    """Allowed, the gravest rule against it, destroyed, covered."""
    found = next(reasons(facts), None)
    rating = facts.picture.rating if facts.picture else None
    destroyed = found in (Rule.FLOOR, Rule.REAL)
    if found is Rule.UNSURE and facts.text and facts.picture and rating in ADULT:
        # Somebody saw that it is adult, and nobody can tell how old they look.
        blind = facts.picture.young is None or facts.picture.photo is None
        destroyed = blind and AgeStatus.UNKNOWN not in facts.subjects
    hot = rating in ADULT or (facts.text is not None and facts.text.sexual == Strength.STRONG)
    return found is None, found, destroyed, found is None and hot and facts.place.spoiler


def expected_sentence(facts: Facts, rule: Rule | None) -> str:
    """What the person reads: of what rule it was they learn the stage, and of the place what may help there."""
    place = facts.place
    if rule in (Rule.FLOOR, Rule.REAL, Rule.AXIS, Rule.LIST):
        return NOT_THIS if facts.moment is Moment.REQUEST else NOT_ANY_MORE
    if rule in (Rule.UNSURE, Rule.ADULT, Rule.STRICT):
        unlocked = place.operator_adult and place.server_adult and place.age_judged
        ordinary = place.kind is PlaceKind.SERVER and place.age_restricted is not None and not place.age_restricted
        return NOT_IN_THIS_CHANNEL if unlocked and ordinary else NOT_HERE
    return {None: "", Rule.UNSEEN: NOT_CHECKED, Rule.STANDING: NOT_NOW}[rule]
