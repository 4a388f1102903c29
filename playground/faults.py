"""Failures on demand: what Discord or the network between does wrong on its worst days."""

import random
import re
from dataclasses import dataclass

from playground.errors import MESSAGES
from playground.json_types import Payload


@dataclass(slots=True, kw_only=True)
class Fault:
    """One wrong answer, used up after `times` matching requests."""

    method: str
    path: re.Pattern[str]
    status: int
    after: bool
    """True: the request takes effect first, and only its answer is lost."""
    times: int
    retry_after: float
    shared: bool
    code: int
    drop: bool
    delay_s: float
    chance: float

    def body(self) -> Payload:
        if self.status == 429:
            return {"message": "You are being rate limited.", "retry_after": self.retry_after, "global": self.shared}
        return {"code": self.code, "message": MESSAGES.get(self.code, (0, f"{self.status}: fault"))[1]}


class Faults:
    """The faults that wait for their request, in the order they were added."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.random = random.Random()

    def add(
        self, method: str, path: str, *, status: int = 502, after: bool = False, times: int = 1,
        retry_after: float = 1.0, shared: bool = False, code: int = 0, drop: bool = False, delay_s: float = 0.0,
        chance: float = 1.0,
    ) -> Fault:  # fmt: skip
        """Answer the next `times` requests with `status`; `path` is a regex searched in the path below /api/v10.

        `drop` closes the connection without an answer; `status=0` with `delay_s` only delays; `shared` makes a 429
        count for every route; with a `chance` below 1 it happens to that share of the matching requests only.
        """
        fault = Fault(
            method=method.upper(), path=re.compile(path), status=status, after=after, times=times,
            retry_after=retry_after, shared=shared, code=code, drop=drop, delay_s=delay_s, chance=chance,
        )  # fmt: skip
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The first waiting fault for this request, counted as used."""
        for fault in self.waiting:
            if fault.method == method and fault.path.search(path) and self.random.random() < fault.chance:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
