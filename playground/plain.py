"""A message's text as one reads it in a terminal: Discord's markup said in words."""

import re
from collections.abc import Callable, Mapping

CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)  # what somebody typed: stays as it is
UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def plain(text: str, names: Mapping[int, str], now: float) -> str:
    """`text` without markup; `names` are of people, by id, and `now` is what countdowns count from."""
    parts = CODE.split(text)
    parts[::2] = [_said(part, names, now) for part in parts[::2]]
    return "".join(parts)


def _said(text: str, names: Mapping[int, str], now: float) -> str:
    rules: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
        (r"<@!?(\d+)>", lambda found: f"@{names.get(int(found[1]), found[1])}"),
        (r"</([^:>]+):\d+>", r"/\1"),
        (r"<t:(\d+)(?::\w)?>", lambda found: _from_now(int(found[1]) - now)),
        (r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r"\1 (\2)"),
        (r"(?m)^(?:-# |#{1,3} |> )", ""),
        (r"\*\*(.+?)\*\*", r"\1"),
        (r"\\([^a-zA-Z0-9\s])", r"\1"),
    )
    for pattern, instead in rules:
        text = re.sub(pattern, instead, text)
    return text


def _from_now(seconds: float) -> str:
    """As Discord's client counts: "in 5 s", "3 min ago"."""
    size, unit = next(((size, unit) for size, unit in UNITS if abs(seconds) >= size), (1, "s"))
    count = f"{round(abs(seconds) / size)} {unit}"
    return f"in {count}" if seconds >= 0 else f"{count} ago"
