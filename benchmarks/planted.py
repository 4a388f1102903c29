"""Raters that say what a test wants: scores are planted, the pictures are harmless. No setting leads here.

`python -m benchmarks.planted by_seed …` is bot.py with such a rater: what a picture "shows" is read from the seed that
its own metadata names, as `evidence_of` says, and `seed_for` is the way back. With `harmless` nothing is ever wrong:
for tests of something else, whose hasty pictures of four steps look like anything. With `nothing` it looks itself.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from inference import metadata
from inference.safety.evidence import UNSEEN, PictureEvidence, Rating, Strength

RATINGS = tuple(Rating)
NAME = "planted 1"
FAILS = 12  # seeds whose hundreds are odd are those over which the rater dies


def evidence(
    rating: Rating | None = Rating.GENERAL,
    young: Strength | None = Strength.NONE,
    photo: Strength | None = Strength.NONE,
) -> PictureEvidence:
    """What somebody might see in a picture; a harmless one unless said."""
    return PictureEvidence(rating=rating, young=young, photo=photo, rater="" if rating is None else NAME)


def seed_for(rating: Rating | None, young: Strength = Strength.NONE, salt: int = 0) -> int:
    """A seed whose picture is rated so; None: not at all."""
    code = FAILS if rating is None else RATINGS.index(rating) + len(RATINGS) * young
    return salt * 100 + code


def evidence_of(seed: int) -> PictureEvidence:
    """What the picture of a seed is said to show."""
    code = seed % 100
    if code >= FAILS:
        return UNSEEN
    return evidence(RATINGS[code % len(RATINGS)], Strength(code // len(RATINGS)))


def by_seed(png: bytes) -> PictureEvidence:
    """What is planted in a picture of ours; one from outside, or a frame, shows nothing."""
    request = metadata.read(png) if png.startswith(b"\x89PNG") else None
    return evidence() if request is None else evidence_of(request.seed)


def harmless(png: bytes) -> PictureEvidence:
    """Nothing is wrong with anything."""
    del png
    return evidence()


@dataclass(slots=True, kw_only=True)
class Planted:
    """A rater as the bot knows it."""

    sees: Callable[[bytes], PictureEvidence] = harmless
    age_judged: bool = True

    async def rate(self, png: bytes, /) -> PictureEvidence:
        """What was planted."""
        return self.sees(png)


KINDS = {"by_seed": Planted(sees=by_seed), "harmless": Planted(age_judged=False), "nothing": None}


def run(kind: str, parent: int) -> int:
    """Run the bot with such a rater for as long as the process `parent` lives; its exit status."""
    from cogs import _start
    from inference import host

    host.die_with(parent)
    return _start.run(rater=KINDS[kind])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], int(sys.argv[-1])))  # after --with-parent
