"""What a compiled prompt says: how much in it is sexual, young, a real person; it never repeats the words it found.

    lists      data: words and what they stand for             lists.py, lists.toml
    branches   every form that the prompt can take             inference/prompts/branches.py
    folding    one spelling for what looks the same            folding.py
    lexicon    whole words are certain, hidden spellings weak  lexicon.py

A hidden spelling alone is a weak sign. Two of them, one sexual and one young, are no accident and count as strong.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from inference.prompts.branches import Readings, read_branches
from inference.prompts.vocabulary import known_words
from inference.safety.ages import says_a_young_age
from inference.safety.evidence import Strength, TextEvidence
from inference.safety.folding import fold, read_otherwise
from inference.safety.lexicon import WORD, Lexicon
from inference.safety.lists import Lists, read_lists

_SEXUAL, _SUGGESTIVE, _BESIDE_YOUNG, _YOUNG, _YOUNG_WEAK, _OLDER, _OLDER_WEAK = (1 << place for place in range(7))
_REAL, _REAL_WEAK, _GORE, _GORE_WEAK, _HATE, _HATE_WEAK, _BLOCKED = (1 << place for place in range(7, 14))
_STRONG = _SEXUAL | _YOUNG | _REAL | _GORE | _HATE
_BITS = {
    ("sexual", "strong"): _SEXUAL,
    ("sexual", "weak"): _SUGGESTIVE,
    ("sexual", "beside_young"): _BESIDE_YOUNG,
    ("young", "strong"): _YOUNG,
    ("young", "weak"): _YOUNG_WEAK,
    ("real_person", "strong"): _REAL,
    ("real_person", "weak"): _REAL_WEAK,
    ("gore", "strong"): _GORE,
    ("gore", "weak"): _GORE_WEAK,
    ("hate", "strong"): _HATE,
    ("hate", "weak"): _HATE_WEAK,
    ("neutral", "phrases"): 0,
}
_OLDER_BITS = {("young", "older_strong"): _OLDER, ("young", "older_weak"): _OLDER_WEAK}
_CHUNK = re.compile(r"[^\s,;]+")
_STARRED_OUT = re.compile(r"[*#%]")
_NO_LETTERS = re.compile(r"[^\w*]|_")
# "Portrait of" and two capitalised words: somebody is named, and nobody knows whom.
_NAMED = re.compile(r"(?i:photo|photograph|picture|portrait|selfie|likeness) of (?:the )?[A-Z]\w{1,40} [A-Z]\w{1,40}")


class Reader:
    """Reads prompts by lists that were loaded once; it keeps nothing of what it reads but single words, in memory."""

    def __init__(self, lists: Lists, *, known: frozenset[str] | None = None) -> None:
        self.sha256 = lists.sha256
        self._known_words = known_words() if known is None else known
        self._lexicon = self._build(_terms(lists, _BITS), hidden=_STRONG)
        self._older = self._build(_terms(lists, _OLDER_BITS), hidden=_OLDER)
        self._own = self._build(dict.fromkeys(lists.blocked, _BLOCKED), hidden=_BLOCKED)
        # A server's list is the same object until an admin changes it.
        self._blocklist = lru_cache(maxsize=64)(self._build_blocklist)

    def _build(self, terms: dict[str, int], *, hidden: int) -> Lexicon:
        return Lexicon(terms, known=self._known_words, hidden=hidden, consuming=_YOUNG_WEAK)

    def _build_blocklist(self, words: frozenset[str]) -> Lexicon:
        return self._build(dict.fromkeys(words, _BLOCKED), hidden=_BLOCKED)

    def read(self, prompt: str, negative: str, blocked: frozenset[str] = frozenset()) -> TextEvidence:
        """The evidence in the compiled prompt and negative prompt; `blocked` are the server's own literals.

        It raises nothing and takes time in proportion to the text. What has too many branches to be read counts as a
        weak sign of everything that matters.
        """
        positive, protective = read_branches(prompt), read_branches(negative)
        drawn = _Texts(_forms(prompt, positive, protective.negated))
        avoided = _Texts(_forms(negative, protective, positive.negated))
        certain, hidden = drawn.search(self._lexicon)
        older, older_hidden = avoided.search(self._older)
        return _evidence(
            certain | older | _structural(prompt, drawn),
            hidden | older_hidden,
            unread=not (positive.complete and protective.complete),
            blocked=self._is_blocked((drawn, avoided), blocked),
        )

    def certain(self, text: str) -> TextEvidence:
        """What stands in a single tag or word as it is, hidden spellings aside."""
        read = _Text(text)
        return _evidence(self._lexicon.plain(read.words, read.folded), 0)

    def _is_blocked(self, sides: Iterable["_Texts"], blocked: frozenset[str]) -> bool:
        lists = [self._own, self._blocklist(blocked)] if blocked else [self._own]
        return any(any(texts.search(lexicon)) for texts in sides for lexicon in lists)


class _Text:
    """One reading of a prompt, folded and cut into words."""

    __slots__ = ("chunks", "folded", "starred", "words")

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.words: list[str] = []
        self.chunks: list[int] = []
        self.starred: list[str] = []
        for number, chunk in enumerate(_CHUNK.findall(self.folded)):
            if chunk.isalnum():
                self.words.append(chunk)
                self.chunks.append(number)
                continue
            words = WORD.findall(chunk)
            self.words += words
            self.chunks += [number] * len(words)
            if _STARRED_OUT.search(chunk):
                self.starred.append(_NO_LETTERS.sub("", _STARRED_OUT.sub("*", chunk)))


class _Texts:
    """Every reading of one side of a request: as it looks, and in other ways of reading its letters."""

    def __init__(self, forms: Iterable[str]) -> None:
        folded = {form: fold(form) for form in forms}
        self.seen = [_Text(text) for text in folded.values()]
        self.otherwise = [_Text(other) for form, text in folded.items() for other in read_otherwise(form, text)]

    def search(self, lexicon: Lexicon) -> tuple[int, int]:
        """What stands there, and what is hidden; what only another way of reading shows counts as hidden."""
        certain = hidden = 0
        for text in self.seen:
            certain |= lexicon.plain(text.words, text.folded)
            hidden |= lexicon.hidden(text.words, text.chunks, text.starred)
        for text in self.otherwise:
            hidden |= lexicon.plain(text.words, text.folded) | lexicon.hidden(text.words, text.chunks, text.starred)
        return certain, hidden


def reader(word_lists: str = "", blocked_words: str = "") -> Reader:
    """A reader of the built-in lists and the operator's files; raises ListsUnreadable with a sentence."""
    return Reader(read_lists(word_lists, blocked_words))


def _terms(lists: Lists, bits: dict[tuple[str, str], int]) -> dict[str, int]:
    terms: dict[str, int] = {}
    for where, meant in bits.items():
        for word in lists.words.get(where, ()):
            term = " ".join(WORD.findall(fold(word))) or fold(word).strip()
            terms[term] = terms.get(term, 0) | meant
    return terms


def _forms(text: str, readings: Readings, negated_elsewhere: str) -> Iterable[str]:
    """The text itself, whose brackets only separate, every branch of it, and what the other prompt negates."""
    return dict.fromkeys((text, *readings.branches, *((negated_elsewhere,) if negated_elsewhere else ())))


def _structural(prompt: str, drawn: _Texts) -> int:
    """Signs that are no word of a list: a young age in numbers, somebody named like a real person."""
    young = _YOUNG if any(says_a_young_age(text.folded) for text in drawn.seen) else 0
    return young | (_REAL_WEAK if _NAMED.search(prompt) else 0)


def _evidence(certain: int, hidden: int, *, unread: bool = False, blocked: bool = False) -> TextEvidence:
    young = _strength(certain, hidden, strong=_YOUNG | _OLDER, weak=_YOUNG_WEAK | _OLDER_WEAK)
    beside = _BESIDE_YOUNG if young is Strength.STRONG else 0
    sexual = _strength(certain, hidden, strong=_SEXUAL, weak=_SUGGESTIVE | beside)
    if unread:
        sexual, young = max(sexual, Strength.WEAK), max(young, Strength.WEAK)
    if hidden & _SEXUAL and hidden & _YOUNG:
        sexual = young = Strength.STRONG
    return TextEvidence(
        sexual=sexual,
        young=young,
        real_person=_strength(certain, hidden, strong=_REAL, weak=_REAL_WEAK),
        gore=_strength(certain, hidden, strong=_GORE, weak=_GORE_WEAK),
        hate=_strength(certain, hidden, strong=_HATE, weak=_HATE_WEAK),
        blocked=blocked,
    )


def _strength(certain: int, hidden: int, *, strong: int, weak: int) -> Strength:
    if certain & strong:
        return Strength.STRONG
    return Strength.WEAK if certain & weak or hidden & strong else Strength.NONE
