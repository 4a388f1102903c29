"""One reading of a prompt: folded, cut into words, and what is needed to tell how a word was really typed."""

import re
from functools import cached_property

from inference.safety.folding import as_typed

WORD = re.compile(r"[^\W_]+")
_CHUNK = re.compile(r"[^\s,;]+")
_STARRED_OUT = re.compile(r"[*#%]")
_NO_LETTERS = re.compile(r"[^\w*]|_")
_WITHIN = re.compile(r"[ _'\u2019-]*")
_COUNT = re.compile(r"\b\d+[^\W\d_]")


class Reading:
    """A text and its folded form, cut into words."""

    def __init__(self, text: str, folded: str) -> None:
        self.text = text
        self.folded = folded
        self.words: list[str] = []
        self.chunks: list[int] = []  # of every word, which unspaced piece of the text it comes from
        self.starred: list[str] = []  # pieces in which a star takes the place of a letter
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

    @cached_property
    def counted(self) -> list[str]:
        """The words without the digits directly before them: "2girls" speaks of girls. Empty where nothing changes."""
        if not _COUNT.search(self.folded):
            return []
        return [word.lstrip("0123456789") or word if word[0] in "0123456789" else word for word in self.words]

    @cached_property
    def borders(self) -> frozenset[int]:
        """Places of the words that more than a space, a hyphen or an apostrophe parts from the word before."""
        found: set[int] = set()
        end = 0
        for place, word in enumerate(WORD.finditer(self.folded)):
            if not _WITHIN.fullmatch(self.folded, end, word.start()):
                found.add(place)
            end = word.end()
        return frozenset(found)

    @cached_property
    def typed(self) -> list[str]:
        """The words with their marks, or nothing where those cannot be set beside the folded ones."""
        if self.text.isascii():
            return self.words
        words = WORD.findall(as_typed(self.text))
        return words if len(words) == len(self.words) else []
