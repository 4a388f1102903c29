"""`__hair__` and `{red|blue|2$$…}` in a prompt: chosen once for a request, the same choice for the same seed.

    __hair__            one entry of the word list "hair": the server's own, or one that ships with the bot
    {a|b|c}             one of them
    {2$$a|b|c}          two of them, in the order they stand in; {1-2$$a|b} one or two

All pictures of a request share the choice: it is made by the request's seed, before the gate reads the words. Nothing
here repeats what cannot end: 64 choices a prompt, lists within lists to a depth, a limit of characters. With NovelAI's
syntax curly brackets are weights and stay.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from inference.errors import N_, BadRequest
from inference.prompts.compiled import compile_prompt

MAX_CHOICES = 64  # of a prompt
MAX_DEPTH = 8  # choices within choices, and lists that name lists
MAX_CHARS = 4000  # of what comes of it
MAX_LISTS = 50  # of a server
MAX_OPTIONS = 200  # of one choice

Lists = Mapping[str, Sequence[str]]
NO_LISTS: Lists = {}

_FILE = Path(__file__).with_name("wildcards.toml")
# A name has no two underscores in a row, so that every place is looked at once.
_PIECES = re.compile(r"\\.|__[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*__|[{}|\[\]()]|[^\\{}|\[\]()_]+|[\\_]", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_PICK = re.compile(r"\s*(\d{1,2})(?:-(\d{1,2}))?\s*\Z")
_SHOWN_LISTS = 20


@cache
def built_in() -> Mapping[str, tuple[str, ...]]:
    """The word lists that ship with the bot."""
    tables: dict[str, list[str]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: tuple(words) for name, words in tables.items()}


def lists_in(text: str) -> dict[str, tuple[str, ...]]:
    """Word lists as a server's admins write them, one a line: `hair: red hair | blue hair`.

    BadRequest with the line that is none.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, words = line.partition(":")
        entries = tuple(entry for each in words.split("|") if (entry := compile_prompt(each, limit_chars=MAX_CHARS)))
        name = name.strip().strip("_").lower()
        if not (colon and entries and _NAME.fullmatch(name)):
            template = N_("I can't read this line: “{line}”. Please write it like “hair: red hair | blue hair”.")
            raise BadRequest(template=template, line=line[:60])
        found[name] = entries
    if len(found) > MAX_LISTS:
        raise BadRequest(template=N_("A server has up to {limit} word lists. Please leave some out."), limit=MAX_LISTS)
    return found


def lines_of(lists: Lists) -> str:
    """The same text of lists that are kept."""
    return "\n".join(f"{name}: {' | '.join(words)}" for name, words in sorted(lists.items()))


def expanded(prompt: str, lists: Lists, seed: int, *, braces: bool = True, salt: str = "") -> str:
    """`prompt` with every choice made; `salt` keeps two texts of one seed apart.

    BadRequest for a list that there is none of, and for more choices than anybody needs.
    """
    if "__" not in prompt and not (braces and "{" in prompt):
        return prompt
    chosen = _Chooser(lists, f"{seed}\0{salt}", braces=braces).text(prompt, 0)
    if len(chosen) > MAX_CHARS:
        raise BadRequest(
            template=N_("The words chosen for that prompt are too many. Please use fewer or shorter lists.")
        )
    return chosen


def has_choices(text: str) -> bool:
    """Whether another seed may choose other words."""
    return "__" in text or "{" in text


class _Chooser:
    """Choices, one after another."""

    def __init__(self, lists: Lists, seed: str, *, braces: bool) -> None:
        self._lists = lists
        self._seed = seed
        self._braces = braces
        self._made = 0

    def text(self, text: str, depth: int) -> str:
        """`text` with its choices made, outermost first, so that what is not chosen asks for nothing."""
        pieces = _PIECES.findall(text)
        written: list[str] = []
        place = 0
        ends = _groups(pieces) if self._braces else {}
        while place < len(pieces):
            piece = pieces[place]
            if place in ends:
                written.append(self._group(pieces[place + 1 : ends[place]], depth))
                place = ends[place]
            elif piece.startswith("__") and len(piece) > 2:
                entry = self._entry(piece[2:-2])
                written.append(self._deeper(entry, depth))
            else:
                written.append(piece)
            place += 1
        return "".join(written)

    def _group(self, pieces: Sequence[str], depth: int) -> str:
        """One group: how many of its options are wanted, and those."""
        options = _options(pieces)
        least = most = 1
        head, dollars, rest = options[0].partition("$$")
        if dollars and (pick := _PICK.match(head)):
            options[0] = rest
            least = int(pick[1])
            most = int(pick[2] or pick[1])
        if len(options) > MAX_OPTIONS:
            template = N_("One choice in that prompt has more than {limit} options. Please leave some out.")
            raise BadRequest(template=template, limit=MAX_OPTIONS)
        if len(options) == 1 and not dollars:
            within = options[0] if depth >= MAX_DEPTH else self.text(options[0], depth + 1)
            return "{" + within + "}"  # no choice, and no reason to refuse it
        least, most = min(least, len(options)), min(max(least, most), len(options))
        wanted = least + self._draw(most - least + 1)
        left = list(range(len(options)))
        chosen = sorted(left.pop(self._draw(len(left))) for _ in range(wanted))
        return ", ".join(self._deeper(options[each], depth) for each in chosen)

    def _entry(self, name: str) -> str:
        known = self._lists.get(name.lower()) or built_in().get(name.lower())
        if not known:
            names = sorted({*built_in(), *self._lists})
            shown = ", ".join(f"__{each}__" for each in names[:_SHOWN_LISTS]) + (" …" if names[_SHOWN_LISTS:] else "")
            template = N_("There is no word list {name} here. There are: {lists}")
            raise BadRequest(template=template, name=f"__{name[:40]}__", lists=shown)
        return known[self._draw(len(known))]

    def _deeper(self, text: str, depth: int) -> str:
        if depth >= MAX_DEPTH:
            raise BadRequest(
                template=N_(
                    "The choices in that prompt go too deep, or name each other in a circle. Please make them simpler."
                )
            )
        return self.text(text, depth + 1)

    def _draw(self, below: int) -> int:
        """A number from 0 to `below` - 1, the next one of this seed: by a hash, so that it stays so for ever."""
        if self._made >= MAX_CHOICES:
            template = N_("That prompt has more than {limit} choices to make. Please leave some out.")
            raise BadRequest(template=template, limit=MAX_CHOICES)
        self._made += 1
        digest = hashlib.sha256(f"{self._seed}\0{self._made}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % below


def _groups(pieces: Sequence[str]) -> dict[int, int]:
    """Where each outermost pair of curly brackets opens and closes; one that nobody closed is a character."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for place, piece in enumerate(pieces):
        if piece == "{":
            opened.append(place)
        elif piece == "}" and opened:
            start = opened.pop()
            while pairs and next(reversed(pairs)) > start:
                pairs.popitem()  # it stands within this one
            pairs[start] = place
    return pairs


def _options(pieces: Sequence[str]) -> list[str]:
    """The pieces of a group, cut at the bars that are its own and not those of brackets within."""
    options: list[list[str]] = [[]]
    inside: list[str] = []
    closing = {"{": "}", "[": "]"}
    for piece in pieces:
        if piece in closing:
            inside.append(closing[piece])
        elif inside and piece == inside[-1]:
            inside.pop()
        if piece == "|" and not inside:
            options.append([])
        else:
            options[-1].append(piece)
    return ["".join(option) for option in options]
