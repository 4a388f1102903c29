"""Sentences in each person's own language: the English sentence in the code is the key, gettext catalogues the rest."""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parents[1] / "locales"


class Words:
    """Speaks one language: `say("{count} pictures", count=2)`."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._translations = _translations(locale.split("-")[0])

    def __call__(self, sentence: str, /, **fields: str | int | float) -> str:
        """`sentence` translated, with `fields` filled in; a field that is itself a marked word is translated too."""
        said = {name: self._one(value) if isinstance(value, str) else value for name, value in fields.items()}
        return self._one(sentence).format(**said)

    def _one(self, sentence: str) -> str:
        # gettext answers the empty key with the catalogue's header.
        return self._translations.gettext(sentence) if sentence else ""


@cache
def _translations(language: str) -> gettext.NullTranslations:
    """The catalogue of `language`, compiled in memory from its .po file; English where there is none."""
    source = LOCALES / language / "LC_MESSAGES" / "genga.po"
    if not source.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
