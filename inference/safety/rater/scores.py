"""From what the networks say to the evidence that the policy weighs. Pure; the worst of several opinions wins."""

from collections.abc import Iterable, Sequence

from inference.safety.evidence import Rating, Strength
from inference.safety.rater.messages import Seen, Thresholds

CLASSES = ("drawing", "hentai", "neutral", "porn", "sexy")  # nsfwjs's, in the order of its outputs
ORDER = (Rating.GENERAL, Rating.SENSITIVE, Rating.QUESTIONABLE, Rating.EXPLICIT)  # of a tagger's rating heads too
# A rating is given when its head and the more explicit ones together reach this: more careful than the highest head.
# Chosen, not measured: no tagger's weights were at hand.
CAUTION = 0.35


def of_classes(classes: Sequence[float], limits: Thresholds) -> Seen:
    """What nsfwjs thinks. It was taught nothing of age, and little of what makes a photograph."""
    drawing, hentai, neutral, porn, sexy = classes
    heat = hentai + porn + 0.5 * sexy
    steps = ((limits.explicit, Rating.EXPLICIT), (limits.questionable, Rating.QUESTIONABLE))
    steps = (*steps, (limits.sensitive, Rating.SENSITIVE))
    rating = next((rating for limit, rating in steps if not heat < limit), Rating.GENERAL)
    photo = Strength.WEAK if neutral + porn + sexy > drawing + hentai else Strength.NONE
    return Seen(rating=rating, young=None, photo=photo, scores={"nsfwjs": [round(score, 3) for score in classes]})


def of_heads(heads: Sequence[float]) -> Rating:
    """A tagger's rating from its four heads."""
    whole = sum(heads)
    if not whole > 0:
        return Rating.EXPLICIT
    found = Rating.GENERAL
    for step, rating in enumerate(ORDER):
        if sum(heads[step:]) / whole >= CAUTION or heads[step] == max(heads):
            found = rating
    return found


def strength(highest: float, *, weak: float, strong: float) -> Strength:
    """How much the highest score among some tags speaks for what they mean."""
    if highest < weak:
        return Strength.NONE
    return Strength.WEAK if highest < strong else Strength.STRONG


def worst(opinions: Iterable[Seen]) -> Seen:
    """The most explicit, youngest and most photographic of them. A picture that one could not rate is not rated."""
    all_seen = list(opinions)
    if not all_seen or any(each.rating is None for each in all_seen):
        return Seen()
    ratings = [ORDER.index(each.rating) for each in all_seen if each.rating is not None]
    return Seen(
        rating=ORDER[max(ratings)],
        young=max((each.young for each in all_seen if each.young is not None), default=None),
        photo=max((each.photo for each in all_seen if each.photo is not None), default=None),
        scores={name: numbers for each in all_seen for name, numbers in each.scores.items()},
    )
