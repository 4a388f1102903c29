"""What a picture takes from the operator's account, in Anlas, before it is asked for.

    base = ceil(2.951823174884865e-6 * W * H + 5.753298233447344e-7 * W * H * steps)

The formula of novelai-sdk 0.10.0, which was found by trying and is nothing the service promises.
"""

import math
from dataclasses import dataclass

from inference.request import DrawRequest

FREE_PIXELS, FREE_STEPS = 1_048_576, 28
OPUS = 3  # the tier whose subscribers draw one small picture at a time for nothing
LEAST = 2
PER_VIBE = 2  # for a reference that was not encoded before


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the service says of its subscriber."""

    tier: int  # 0 none, 1 Tablet, 2 Scroll, 3 Opus
    anlas: int
    active: bool = True

    @property
    def draws_free(self) -> bool:
        """Whether small pictures cost nothing."""
        return self.active and self.tier >= OPUS


BEST = Account(tier=OPUS, anlas=0)  # nobody pays less


def anlas(request: DrawRequest, account: Account | None, *, new_vibes: int = 0) -> int:
    """The estimate for all pictures of `request`; an account that is not known pays for everything."""
    pixels = request.width * request.height
    each = math.ceil(2.951823174884865e-6 * pixels + 5.753298233447344e-7 * pixels * request.steps)
    if request.starts_from_picture and request.strength is not None:
        each = max(LEAST, math.ceil(each * request.strength))
    each = max(LEAST, each)
    free = account is not None and account.draws_free and pixels <= FREE_PIXELS and request.steps <= FREE_STEPS
    # Every picture of a request is asked for alone, so each of them is the one that is free.
    return (0 if free else each * request.count) + PER_VIBE * new_vibes
