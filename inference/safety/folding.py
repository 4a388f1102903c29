"""One spelling for text that looks or reads the same: no invisible characters, no marks, small Latin letters.

Everything here takes time in proportion to the text, whatever stands in it.
"""

import html
import re
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import unquote

_FILE = Path(__file__).with_name("lookalikes.txt")
_DROPPED = {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"}
# Letters and signs that show nothing although Unicode does not count them among the invisible ones.
_BLANK = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0}
_LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"
_TAGS = range(0xE0020, 0xE007F)  # invisible twins of ASCII
_MAX_MARKS = 8  # of one letter
_WEIGHT = re.compile(r":\s*[-+]?[\d.]+(?=\s*[)\]}>])")
# By sound, for whoever writes Latin words in another alphabet; the look-alikes read the same letters by shape.
_SOUNDS = (
    dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziiklmnoprstufhie", strict=True))
    | dict(zip("αβγδεζηθικλμνοπρσςτυφχω", "avgdezitiklmnoprsstifho", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ю": "yu", "я": "ya", "ё": "e"}
    | {"ξ": "x", "ψ": "ps"}
)
_SOUND_TABLE = str.maketrans(_SOUNDS)
_TURN_TABLE = str.maketrans("ɐqɔpǝɟƃɓɥᴉɾʞʅɯuodɹʇnʌʍʎb", "abcdefgghijklmnoprtuvwyq")
_SIGN_IN_WORD = re.compile(r"(?<=[^\W_])[@$!|+]+|[@$!|+]+(?=[^\W_])")
_SYNTAX = re.compile(r"<[^<>]*>")
_SEPARATOR = re.compile(r"\b(?:BREAK|AND|ADDCOMM|ADDBASE|ADDROW|ADDCOL)\b")
_TURNED = re.compile("[ɐǝɟɥᴉɹʇʌʍʎɯʞ]")


@cache
def lookalikes() -> dict[str, str]:
    """Latin letter -> everything that looks like it."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


@cache
def _latin() -> dict[int, str]:
    return {ord(char): letter for letter, chars in lookalikes().items() for char in chars}


class _Visible(dict[int, int | str | None]):
    """For `str.translate`: what is invisible or sits on another character goes, tag characters become ASCII."""

    def __missing__(self, code: int) -> int | str | None:
        found = self._find(code)
        # Only where people write: the whole of Unicode in memory would be somebody's attack.
        if code < 0x3100 or 0x1D000 <= code < 0x1FB00:
            self[code] = found
        return found

    def _find(self, code: int) -> int | str | None:
        if code in _TAGS:
            return code - 0xE0000
        char = chr(code)
        if char.isspace():
            return "\n" if char in _LINE_ENDS else " "
        invisible = code in _BLANK or unicodedata.category(char) in _DROPPED or unicodedata.combining(char)
        return None if invisible else code


class _Latin(_Visible):
    """The same, and look-alikes become the letters they look like."""

    def _find(self, code: int) -> int | str | None:
        return _latin().get(code) or super()._find(code)


_VISIBLE, _LATIN = _Visible(), _Latin()


def fold(text: str) -> str:
    """`text` in small Latin letters as far as it looks like such, without weights; other scripts stay what they are."""
    text = _unescaped(text)
    if text.isascii():
        return _WEIGHT.sub("", (text if text.isprintable() else text.translate(_VISIBLE)).lower())
    # Marks go first: putting thousands of them in order takes the square of their number.
    opened = unicodedata.normalize("NFKD", text.translate(_VISIBLE))
    return _WEIGHT.sub("", opened.translate(_LATIN).casefold())


def as_typed(text: str) -> str:
    """`text` with its marks, otherwise folded like `fold`; nothing where more marks stand on a letter than any has."""
    text, marks = _unescaped(text), 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MAX_MARKS:
            return ""
    return _WEIGHT.sub("", unicodedata.normalize("NFC", text).casefold())


def without_marks(word: str) -> str:
    """Its letters alone; nothing else changes, so that a look-alike stays one."""
    opened = unicodedata.normalize("NFD", word)
    return "".join(char for char in opened if not unicodedata.combining(char)).replace("đ", "d")


def same_marks(one: str, other: str) -> bool:
    """Whether two spellings have the same letters and marks; where a syllable carries its tone is a matter of taste."""
    return sorted(unicodedata.normalize("NFD", one)) == sorted(unicodedata.normalize("NFD", other))


def read_otherwise(text: str, folded: str) -> list[tuple[str, str]]:
    """Other ways to read `text`, each with its folded form.

    Signs as letters, other alphabets by their sound, turned letters from the end, and without the words and brackets
    that mean something to the programs which prompts are copied from.
    """
    found: list[tuple[str, str]] = []
    if _SIGN_IN_WORD.search(folded):
        found.append((_SIGN_IN_WORD.sub(_as_letters, text), _SIGN_IN_WORD.sub(_as_letters, folded)))
    without = _SYNTAX.sub("", _SEPARATOR.sub(" ", text))
    if without != text:
        found.append((without, fold(without)))
    if text.isascii():
        return found
    visible = unicodedata.normalize("NFKC", text.translate(_VISIBLE)).casefold()
    spoken = visible.translate(_SOUND_TABLE)
    if spoken != visible:
        found.append((spoken, fold(spoken)))
    if _TURNED.search(visible):
        turned = visible.translate(_TURN_TABLE)[::-1]
        found.append((turned, fold(turned)))
    return found


def _as_letters(signs: re.Match[str]) -> str:
    return letters(signs[0])


def _unescaped(text: str) -> str:
    """HTML entities as CLIP's own tokenizer reads them (twice), and %-escapes."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    return unquote(text, errors="ignore") if "%" in text else text


_LETTERS = str.maketrans(dict(zip("0134567892@$!|+lyzcqvw", "oieasgtbgsasiitiiskkuu", strict=True)))
_RUN = re.compile(r"(.)\1+")


def letters(word: str) -> str:
    """Digits and signs as the letters they stand for, letters that look or sound alike as one; the length stays."""
    return word.translate(_LETTERS)


def loose(word: str) -> str:
    """A key that many spellings share: `letters` without doubles, and common respellings as one."""
    key = letters(word).replace("ph", "f").replace("ks", "x")
    return _RUN.sub(r"\1", key) if _RUN.search(key) else key
