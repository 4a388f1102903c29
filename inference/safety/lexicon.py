"""One list of terms, and the ways to find them: as they stand, and in hidden spellings.

What stands there as a word of its own is certain. A hidden spelling is only ever a sign: it is looked for in words that
no dictionary knows, so that "sextant", "Essex" and everybody's favourite character stay what they are.

Vietnamese terms are found with their own marks or with none: another mark makes another word, and so does another
letter in syllables that short. Their hidden spellings are only those that join or cut the syllables.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from inference.safety.folding import fold, letters, loose, same_marks, without_marks
from inference.safety.reading import WORD, Reading

_VOWELS = frozenset("aeiou")
_LONGEST = 25  # letters of a word that is compared letter by letter; longer ones are only searched
_COMPARED = 500  # so many words of a text are compared letter by letter; no prompt that is accepted has more
_NEAR = 5  # from this length on a term is found with one wrong letter
_JOINED = 6  # from this length on a term of marked syllables is found where they are written together
_UNMARKED = 4  # from so many syllables on it is found with any marks: nobody else strings those together
_SPLIT = 8  # from this length on a term is found across words of a dictionary
# Words of one or two letters that are words; any other of that length may be a piece of one.
_SHORT = frozenset("a i o am an as at be by do go he hi if in is it me my no of oh ok on or so to up us we".split())


class Lexicon:
    """Terms with what each one stands for, a number whose bits are or-ed together where several are found."""

    def __init__(
        self,
        terms: Mapping[str, int],
        *,
        known: frozenset[str],
        hidden: int = 0,
        consuming: frozenset[int] = frozenset(),
    ) -> None:
        """`hidden`: the bits whose terms are also looked for in hidden spellings; `consuming`: terms of several words
        with exactly one of these, or with no bits, use up their words."""
        self._phrases: defaultdict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        self._marked: dict[tuple[str, ...], list[str]] = {}  # terms with marks on their letters, as they are typed
        # Words with marks that mean nothing, by the term that they would be without.
        self._others: defaultdict[str, list[str]] = defaultdict(list)
        self._consuming = {0, *consuming}
        self._signs: dict[str, int] = {}  # terms of scripts without spaces, found anywhere
        self._partners: set[str] = set()  # words of phrases of two: the other one may be misspelled
        self._flat: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._near: dict[str, int] = {}
        self._masked: dict[str, int] = {}
        self._backwards: dict[str, int] = {}
        self._by_length: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
        for term, bits in terms.items():
            self._take(term, bits, hidden)
        # The longest first: it is the one that may use up its words.
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))
        self._several = {words for each in self._phrases.values() for words, _ in each if len(words) > 1}
        # Its own words too: where they stand as they are, `plain` has the say.
        self._own = _SHORT | {words[0] for each in self._phrases.values() for words, _ in each if len(words) == 1}
        self._known = known  # shared by all lexicons: it is large
        self._lengths = {start: sorted({len(key) for key in keys}) for start, keys in _by_start(self._flat).items()}
        self._long = {key: bits for key, bits in self._backwards.items() if len(key) > 5}
        for key, bits in self._keys.items():
            if len(key) > 4:
                _add(self._long, key, bits)
        self._inside = _anywhere(self._long)
        self._sign = _anywhere(self._signs)
        # Prompts repeat their words. What is remembered is bounded and never leaves this process.
        self._remembered = lru_cache(maxsize=1 << 14)(self._spelled)

    def _take(self, term: str, bits: int, hidden: int) -> None:
        words = tuple(WORD.findall(fold(term)))
        if not words or not "".join(words).isascii():
            _add(self._signs, fold(term).strip(), bits)
            return
        if _is_marked(term) and len(typed := WORD.findall(term)) == len(words):
            if not bits and len(words) == 1:
                self._others[words[0]] += typed
                return
            self._marked[words] = typed
            self._phrases[words[0]].append((words, bits))
            self._hide_joined("".join(words), bits & hidden)
            return
        self._phrases[words[0]].append((words, bits))
        self._phrases[f"{words[0]}s" if len(words) == 1 else words[0]].append(((*words[:-1], f"{words[-1]}s"), bits))
        if bits & hidden and len(words) == 2:
            self._partners.update(words)
        if bits & hidden and len("".join(words)) > 2:
            self._hide("".join(words), bits & hidden)

    def _hide_joined(self, term: str, bits: int) -> None:
        if bits and len(term) >= _JOINED:
            _add(self._flat, letters(term), bits)
            _add(self._keys, loose(term), bits)

    def _hide(self, term: str, bits: int) -> None:
        key, length = loose(term), len(term)
        self._by_length[length].append((term, bits))
        _add(self._flat, letters(term), bits)
        _add(self._keys, key, bits)
        for place in range(length):
            _add(self._masked, f"{term[:place]}*{term[place + 1 :]}", bits)
        if length >= 5:
            _add(self._backwards, loose(term[::-1]), bits)
            _add(self._flat, letters(term)[::-1], bits)
        for variant in _misspelled(term):
            _add(self._near, loose(variant), bits)
        if length >= _NEAR:
            for place in range(len(key)):
                _add(self._near, f"{key[:place]}*{key[place + 1 :]}", bits)

    def plain(self, reading: Reading) -> tuple[int, int]:
        """What stands there: whole words and phrases, and signs anywhere; then the part of it in plain spelling."""
        bits = 0
        if not reading.folded.isascii() and self._sign:
            for sign in self._sign.finditer(reading.folded):
                bits |= self._signs[sign[1]]
        found, sure = self._standing(reading, reading.words)
        if reading.counted:
            more, surely = self._standing(reading, reading.counted)
            found, sure = found | more, sure | surely
        return bits | found, bits | sure

    def _standing(self, reading: Reading, words: Sequence[str]) -> tuple[int, int]:
        bits = sure = 0
        if self._phrases.keys().isdisjoint(words):
            return 0, 0
        place = 0
        while place < len(words):
            for phrase, meant in self._phrases.get(words[place], ()):
                end = place + len(phrase)
                if len(phrase) > 1 and tuple(words[place:end]) != phrase:
                    continue
                plainly = self._typed(reading, place, phrase)
                if plainly is None:
                    continue
                consumes = len(phrase) > 1 and meant in self._consuming
                if consumes and not reading.borders.isdisjoint(range(place + 1, end)):
                    consumes = False
                bits |= meant
                sure |= meant if plainly else 0
                if consumes:
                    place = end - 1
                    break
            place += 1
        return bits, sure

    def _typed(self, reading: Reading, place: int, phrase: tuple[str, ...]) -> bool | None:
        """Whether a phrase was typed as it is spelled; None where its marks make it another."""
        marked = self._marked.get(phrase)
        if reading.text.isascii():
            return not marked
        typed = reading.typed[place : place + len(phrase)]
        if not typed:
            return False
        if not marked:
            others = self._others.get(phrase[0], ()) if len(phrase) == 1 else ()
            return None if any(same_marks(typed[0], other) for other in others) else all(map(str.isascii, typed))
        if all(map(same_marks, typed, marked)):
            return True
        pairs = zip(typed, marked, strict=True)
        fits = len(phrase) >= _UNMARKED or all(
            word.isascii() or same_marks(word, own) or not without_marks(word).isascii() for word, own in pairs
        )
        return False if fits else None

    def hidden(self, reading: Reading) -> int:
        """What is spelled so that it should not be found."""
        if not self._keys:
            return 0
        bits = self._pieced_together(reading.words, reading.chunks)
        for number, word in enumerate(reading.starred):
            bits |= self._masked.get(word, 0)
            if number < _COMPARED:
                bits |= self._starred_out(word)
        return bits | self._misspelled_in(reading.words)

    def _starred_out(self, word: str) -> int:
        """What a word with several stars may be, while half of its letters stand."""
        if word.count("*") < 2 or not 4 <= len(word) < _LONGEST or word.count("*") > len(word) // 2:
            return 0
        bits = 0
        for term, meant in self._by_length.get(len(word), ()):
            if all(star in ("*", letter) for star, letter in zip(word, term, strict=True)):
                bits |= meant
        return bits

    def _misspelled_in(self, words: Sequence[str]) -> int:
        bits = 0
        singles: list[str] = []
        previous, was_unknown = "", False
        for place, word in enumerate(words):
            if len(word) == 1:
                singles.append(word)
                continue
            if len(singles) > 2:
                bits |= self._of_word("".join(singles))
            singles.clear()
            unknown = word not in self._known and word not in self._own
            if unknown and len(word) > 2:
                bits |= self._of_word(word, closely=place < _COMPARED)
            both = previous and (unknown or was_unknown) and (previous, word) not in self._several
            if both and 6 < len(previous) + len(word) < _LONGEST:
                bits |= self._near.get(loose(previous + word), 0)
                if previous in self._partners or word in self._partners:
                    bits |= self._of_word(previous + word)
            previous, was_unknown = word, unknown
        if len(singles) > 2:
            bits |= self._of_word("".join(singles))
        return bits

    def _pieced_together(self, words: Sequence[str], chunks: Sequence[int]) -> int:
        """Terms that spaces, brackets or other signs cut into pieces; they begin and end where words do."""
        text, bits, start = letters("".join(words)), 0, 0
        for first, word in enumerate(words):
            for length in self._lengths.get(text[start : start + 3], ()):
                meant = self._flat.get(text[start : start + length]) if length > len(word) else None
                if meant and self._is_cut(words, chunks, first, length):
                    bits |= meant
            start += len(word)
        return bits

    def _is_cut(self, words: Sequence[str], chunks: Sequence[int], first: int, length: int) -> bool:
        """Whether whole words from `first` on make up `length` letters, and it is not by chance."""
        last, left = first, length
        while last < len(words) and left > 0:
            left -= len(words[last])
            last += 1
        if left:
            return False
        pieces = words[first:last]
        if tuple(pieces) in self._several:
            return False  # `plain` has the say
        if chunks[first] == chunks[last - 1] or all(len(piece) == 1 for piece in pieces):
            return True
        fragments = [piece not in self._known and piece not in self._own for piece in pieces]
        return length >= _SPLIT or all(fragments) or (length > 4 and any(fragments))

    def _of_word(self, word: str, *, closely: bool = True) -> int:
        """What an unknown word is a spelling of; `closely`: also with one letter exchanged."""
        return (self._remembered if len(word) <= 4 * _LONGEST else self._spelled)(word, closely)

    def _spelled(self, word: str, closely: bool) -> int:
        key = loose(word)
        if len(word) < 4:
            bones = _VOWELS.isdisjoint(word) and self._near.get(key, 0)
            return bones or (0 if word.isalpha() else self._keys.get(key, 0))
        bits = self._keys.get(key, 0) | self._backwards.get(key, 0) | self._near.get(key, 0)
        if self._inside and len(key) > 4 and (found := self._inside.search(key)):
            bits |= self._long[found[1]]
        if not bits and closely and _NEAR <= len(key) < _LONGEST:
            for place in range(len(key)):
                rest = key[place + 1 :]
                start = key[:place]
                bits |= self._near.get(f"{start}*{rest}", 0)
                if len(key) > _NEAR:
                    bits |= self._keys.get(start + rest, 0)
        if not bits and len(word) > 4 and word[-1] == "s":
            bits = self._near.get(loose(word[:-1]), 0) | self._keys.get(loose(word[:-1]), 0)
        return bits


def _is_marked(term: str) -> bool:
    """Whether it is Latin letters with marks on them, and not only letters that look like those."""
    return not term.isascii() and without_marks(term.casefold()).isascii()


def _add(table: dict[str, int], key: str, bits: int) -> None:
    table[key] = table.get(key, 0) | bits


def _by_start(keys: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        found[key[:3]].append(key)
    return found


def _anywhere(keys: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern whose first group is any of `keys`; literals only, so that no text can make it hang."""
    ordered = sorted(set(keys), key=lambda key: (-len(key), key))
    return re.compile(f"({_branching(ordered)})") if ordered else None


def _branching(keys: Sequence[str]) -> str:
    """`keys` as a pattern that shares their beginnings, so that a place in the text is left after a letter or two."""
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_first[key[:1]].append(key[1:])
    ends = "" in by_first
    by_first.pop("", None)
    branches = [re.escape(first) + _branching(rests) for first, rests in by_first.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if ends else "")


def _misspelled(term: str) -> Iterator[str]:
    """`term` with a letter left out, two swapped, or without its vowels, as far as its length bears it."""
    length = len(term)
    if length > 3:
        yield from (term[:place] + term[place + 1] + term[place] + term[place + 2 :] for place in range(1, length - 1))
    if length > 4:
        yield from (
            term[:place] + term[place + 1 :] for place in range(1, length) if length >= _NEAR or term[place] in _VOWELS
        )
        bones = term[0] + "".join(letter for letter in term[1:] if letter not in _VOWELS)
        if len(bones) > 2:
            yield bones
    if length >= _NEAR:
        yield term[1:]
        yield term[1] + term[0] + term[2:]
