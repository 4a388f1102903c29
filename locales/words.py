"""Sentences in each person's own language: the English sentence in the code is the key, the catalogues say the rest."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol

FOLDER = Path(__file__).resolve().parent
SOURCE = "en"  # the language of the code
COMMAND, OPTION = "command", "option"  # the contexts of names, which must look like names in every language
BETWEEN = "\x04"  # gettext's own mark between a context and a message


class Words:
    """Speaks one language: `say("{count} pictures", count=2)`."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._catalogue = catalogue(locale)

    def __call__(self, sentence: str, /, **fields: str | int | float) -> str:
        """`sentence` translated, with `fields` filled in; the field `what` is itself a marked word."""
        return self._one(sentence).format(**{name: self._field(name, value) for name, value in fields.items()})

    def number(self, value: float) -> str:
        """A number with a point or a comma, as people write it: “7.5”, “7,5”."""
        return f"{value:.12g}".replace(".", get_decimal_symbol(language_of(self.locale)))

    def _field(self, name: str, value: str | int | float) -> str | int:
        if isinstance(value, float):
            return self.number(value)
        # What people typed is never translated, even if it happens to be one of our words.
        return self._one(value) if name == "what" and isinstance(value, str) else value

    def _one(self, sentence: str) -> str:
        return self._catalogue.get(sentence, sentence)


@cache
def languages() -> Mapping[str, str]:
    """Every language there is, by its code, as those who speak it call it."""
    codes = [SOURCE, *sorted(file.parents[1].name for file in FOLDER.glob("*/LC_MESSAGES/genga.po"))]
    names = {code: str(Locale.parse(code).display_name) for code in codes}
    return {code: name[:1].upper() + name[1:] for code, name in names.items()}


def language_of(locale: str) -> str:
    """The language that somebody with this Discord locale reads: “vi” for “vi”, “en” where there is no catalogue."""
    known = languages()
    return next((code for code in (locale.replace("-", "_"), locale.split("-")[0]) if code in known), SOURCE)


def catalogue(locale: str) -> Mapping[str, str]:
    """English -> translated, for the language of `locale`; empty for English. Names of commands have their context."""
    return _read(language_of(locale))


def file_of(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / "genga.po"


def key(message: str, context: str | None) -> str:
    """Under which key a catalogue has a message; names of commands and options are apart from sentences."""
    return f"{context}{BETWEEN}{message}" if context else message


@cache
def _read(language: str) -> Mapping[str, str]:
    if language == SOURCE:
        return {}
    with file_of(language).open("rb") as stream:
        found = read_po(stream, locale=language)
    return {key(str(one.id), one.context): str(one.string) for one in found if one.id and one.string}
