"""`python -m locales` brings the catalogues up to date and prints what is missing; `python -m locales ja` adds one."""

import io
import sys
from collections.abc import Iterable, Mapping

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from locales import extract, words

# Without dates and line numbers: a file changes where a sentence changed, and two people's changes seldom meet.
HEADER = 'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def main(added: Iterable[str]) -> int:
    """Rewrite every catalogue; 1 while a sentence has no translation, 2 for what is no language."""
    added = list(added)
    for language in added:
        try:
            Locale.parse(language)
        except (ValueError, UnknownLocaleError):
            print(f"{language} is no language: write its code, such as ja or pt_BR.")
            return 2
    wanted = extract.messages()
    complete = True
    for language in sorted({*words.languages(), *added} - {words.SOURCE}):
        known = words.catalogue(language)
        words.file_of(language).parent.mkdir(parents=True, exist_ok=True)
        words.file_of(language).write_text(written(language, wanted, known), encoding="utf-8", newline="\n")
        complete &= _tell(language, {words.key(*message) for message in wanted}, set(known))
    return 0 if complete else 1


def written(language: str, wanted: Iterable[tuple[str, str | None]], known: Mapping[str, str]) -> str:
    """The file of a catalogue: what is wanted and nothing else, sorted, with the translations that are known."""
    catalogue = Catalog(locale=language)
    for message, context in wanted:
        catalogue.add(message, known.get(words.key(message, context), ""), context=context)
    out = io.BytesIO()
    write_po(out, catalogue, omit_header=True, sort_output=True, no_location=True, width=0)
    return HEADER.format(language=language) + out.getvalue().decode()


def _tell(language: str, wanted: set[str], known: set[str]) -> bool:
    missing, dropped = sorted(wanted - known), sorted(known - wanted)
    print(f"{language}: {len(wanted)} messages, {len(missing)} without a translation, {len(dropped)} dropped")
    for mark, found in (("?", missing), ("-", dropped)):
        for message in found:
            print(f"  {mark} {message.replace(words.BETWEEN, ': ')}")
    if missing:
        print(f"Write the missing ones into {words.file_of(language).relative_to(words.FOLDER.parent)}.")
    return not missing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
