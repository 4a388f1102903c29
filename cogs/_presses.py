"""Which buttons were pressed a moment ago: a double click is one press."""

DOUBLE_S = 1.5

Key = tuple[int, int, str]  # who, on which message, which button


class Presses:
    """Kept in memory only, and only for that moment."""

    def __init__(self) -> None:
        self._first: dict[Key, float] = {}

    def is_second(self, key: Key, at_s: float) -> bool:
        """Whether the same was pressed within `DOUBLE_S` before; `at_s` is when Discord took the press, in seconds."""
        self._first = {each: first for each, first in self._first.items() if at_s - first < DOUBLE_S}
        second = key in self._first
        self._first.setdefault(key, at_s)
        return second

    def forget(self, key: Key) -> None:
        """The press came to nothing, so the next one counts."""
        self._first.pop(key, None)
