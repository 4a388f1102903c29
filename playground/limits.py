"""Rate limits with real buckets, for when an experimenter switches them on."""

import re
from collections import defaultdict, deque

from playground.clock import Clock

# (route, limit, window in seconds): observed, not documented; the first group is the major parameter.
BUCKETS = (
    ("messages", re.compile(r"^(?:POST|PATCH) /channels/(\d+)/messages"), 5, 5.0),
    ("webhook", re.compile(r"^(?:POST|PATCH) /webhooks/\d+/([^/]+)"), 5, 2.0),
)
GLOBAL = re.compile(r"^\w+ /(?!interactions/|webhooks/)")
GLOBAL_LIMIT, GLOBAL_WINDOW_S = 50, 1.0


class Limiter:
    """Sliding windows; `spend` counts a request and says how long to wait when there were too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: defaultdict[str, deque[float]] = defaultdict(deque)

    def spend(self, request: str) -> tuple[float, bool, dict[str, str]]:
        """For "POST /channels/1/messages": (seconds to wait or 0, whether globally, X-RateLimit headers)."""
        if GLOBAL.match(request):
            wait_s, _ = self._take("global", GLOBAL_LIMIT, GLOBAL_WINDOW_S)
            if wait_s:
                return wait_s, True, {"X-RateLimit-Global": "true"}
        for name, pattern, limit, window_s in BUCKETS:
            if match := pattern.match(request):
                wait_s, left = self._take(f"{name}:{match[1]}", limit, window_s)
                return wait_s, False, _headers(name, limit, left, wait_s or window_s, self._clock.now())
        return 0.0, False, {}

    def _take(self, key: str, limit: int, window_s: float) -> tuple[float, int]:
        now, spent = self._clock.now(), self._spent[key]
        while spent and spent[0] <= now - window_s:
            spent.popleft()
        if len(spent) >= limit:
            return spent[0] + window_s - now, 0
        spent.append(now)
        return 0.0, limit - len(spent)


def _headers(name: str, limit: int, left: int, reset_after_s: float, now: float) -> dict[str, str]:
    return {
        "X-RateLimit-Bucket": name, "X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": f"{now + reset_after_s:.3f}", "X-RateLimit-Reset-After": f"{reset_after_s:.3f}",
        "X-RateLimit-Scope": "user",
    }  # fmt: skip
