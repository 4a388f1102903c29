"""What a compiled prompt says: how much in it is sexual, young, a real person; it never repeats the words it found.

    lists      data: words and what they stand for             lists.py, lists.toml
    branches   every form that the prompt can take             inference/prompts/branches.py
    folding    one spelling for what looks the same            folding.py
    reading    a text cut into words                           reading.py
    lexicon    whole words are certain, hidden spellings weak  lexicon.py

A hidden spelling alone is a weak sign. Two of them, one sexual and one young, are no accident and count as strong.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from inference.prompts.branches import Readings, read_branches
from inference.prompts.vocabulary import known_words
from inference.safety.ages import says_a_young_age, says_a_young_persons_age
from inference.safety.evidence import Strength, TextEvidence
from inference.safety.folding import fold, read_otherwise, same_marks
from inference.safety.lexicon import Lexicon
from inference.safety.lists import Lists, read_lists
from inference.safety.reading import WORD, Reading

_SEXUAL, _SUGGESTIVE, _BESIDE_YOUNG, _YOUNG, _YOUNG_WEAK, _OLDER, _OLDER_WEAK = (1 << place for place in range(7))
_REAL, _REAL_WEAK, _GORE, _GORE_WEAK, _HATE, _HATE_WEAK, _BLOCKED = (1 << place for place in range(7, 14))
# Beside somebody young like _BESIDE_YOUNG, but for what families do; and a word that says sexual without saying young.
_UNLESS_EVERYDAY, _EVERYDAY, _ONLY_SEXUAL, _IDIOM = (1 << place for place in range(14, 18))
_STRONG = _SEXUAL | _YOUNG | _REAL | _GORE | _HATE
_BITS = {
    ("sexual", "strong"): _SEXUAL,
    ("sexual", "weak"): _SUGGESTIVE,
    ("sexual", "beside_young"): _BESIDE_YOUNG,
    ("sexual", "unless_everyday"): _UNLESS_EVERYDAY,
    ("sexual", "everyday"): _EVERYDAY,
    ("sexual", "idioms"): _IDIOM,
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
        return Lexicon(terms, known=self._known_words, hidden=hidden, consuming=frozenset({_YOUNG_WEAK, _IDIOM}))

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
        certain, hidden, sure = drawn.search(self._lexicon)
        older, older_hidden, _ = avoided.search(self._older)
        young_age, sure_age = _ages(drawn)
        return _evidence(
            certain | older | young_age | (_REAL_WEAK if _NAMED.search(prompt) else 0),
            hidden | older_hidden,
            sure=sure | sure_age,
            unread=not (positive.complete and protective.complete),
            blocked=self._is_blocked((drawn, avoided), blocked),
        )

    def certain(self, text: str) -> TextEvidence:
        """What stands in a single tag or word as it is, hidden spellings aside."""
        return _evidence(self._lexicon.plain(Reading(text, text))[0], 0)

    def _is_blocked(self, sides: Iterable["_Texts"], blocked: frozenset[str]) -> bool:
        lists = [self._own, self._blocklist(blocked)] if blocked else [self._own]
        return any(any(texts.search(lexicon)[:2]) for texts in sides for lexicon in lists)


class _Texts:
    """Every reading of one side of a request: as it looks, and in other ways of reading its letters."""

    def __init__(self, forms: Iterable[str]) -> None:
        self.seen = [Reading(form, fold(form)) for form in forms]
        self.otherwise = [Reading(*other) for seen in self.seen for other in read_otherwise(seen.text, seen.folded)]

    def search(self, lexicon: Lexicon) -> tuple[int, int, int]:
        """What stands there, what is hidden, and what stands there in plain spelling.

        What only another way of reading shows counts as hidden.
        """
        certain = hidden = sure = 0
        for reading in self.seen:
            standing, plainly = lexicon.plain(reading)
            certain |= standing
            sure |= plainly
            hidden |= lexicon.hidden(reading)
        for reading in self.otherwise:
            hidden |= lexicon.plain(reading)[0] | lexicon.hidden(reading)
        return certain, hidden, sure


def reader(word_lists: str = "", blocked_words: str = "") -> Reader:
    """A reader of the built-in lists and the operator's files; raises ListsUnreadable with a sentence."""
    return Reader(read_lists(word_lists, blocked_words))


def _terms(lists: Lists, bits: dict[tuple[str, str], int]) -> dict[str, int]:
    """Term -> everything it stands for; with its marks, unless others with the same letters stand there too."""
    meant: dict[str, int] = {}
    typed: dict[str, str] = {}
    for where, means in bits.items():
        for word in lists.words.get(where, ()):
            term = " ".join(WORD.findall(fold(word))) or fold(word).strip()
            spelled = unicodedata.normalize("NFC", word).casefold()
            if not means and not spelled.isascii():
                term = spelled  # what means nothing takes nothing away from the same letters without marks
            typed[term] = spelled if same_marks(typed.get(term, spelled), spelled) else term
            meant[term] = meant.get(term, 0) | means
    return {
        typed[term]: means | (_ONLY_SEXUAL if means & _SEXUAL and not means & _YOUNG else 0)
        for term, means in meant.items()
    }


def _forms(text: str, readings: Readings, negated_elsewhere: str) -> Iterable[str]:
    """The text itself, whose brackets only separate, every branch of it, and what the other prompt negates."""
    return dict.fromkeys((text, *readings.branches, *((negated_elsewhere,) if negated_elsewhere else ())))


def _ages(drawn: _Texts) -> tuple[int, int]:
    """Young where an age below eighteen is given, in figures or words; surely, where it is plainly a person's."""
    young = any(says_a_young_age(reading.folded) for reading in drawn.seen)
    surely = young and any(says_a_young_persons_age(reading.text.lower()) for reading in drawn.seen)
    return _YOUNG * young, _YOUNG * surely


def _evidence(certain: int, hidden: int, *, sure: int = 0, unread: bool = False, blocked: bool = False) -> TextEvidence:
    young = _strength(certain, hidden, strong=_YOUNG | _OLDER, weak=_YOUNG_WEAK | _OLDER_WEAK)
    beside = (
        _BESIDE_YOUNG | _IDIOM | (0 if certain & _EVERYDAY else _UNLESS_EVERYDAY) if young is Strength.STRONG else 0
    )
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
        certain=bool(sure & _ONLY_SEXUAL and sure & (_YOUNG | _REAL)),
    )


def _strength(certain: int, hidden: int, *, strong: int, weak: int) -> Strength:
    if certain & strong:
        return Strength.STRONG
    return Strength.WEAK if certain & weak or hidden & strong else Strength.NONE
