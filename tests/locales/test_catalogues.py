"""Every language is complete, says nothing that nobody asks for, and keeps to what Discord allows."""

import re
import unicodedata

import pytest

from locales import __main__ as update
from locales import extract, words

WANTED = {words.key(*message) for message in extract.messages()}
LANGUAGES = sorted(set(words.languages()) - {words.SOURCE})
FIELD = re.compile(r"<t:{\w+}:R>|{\w+}")
BOLD = re.compile(r"\*\*([^*{]+?):?\*\*")
OPTION = re.compile(r"\b([a-z]+):")
SLASH = re.compile(r"(?<![\w{<])/([a-z]+)\b")


def test_vietnamese_is_there() -> None:
    assert words.languages() == {"en": "English", "vi": "Tiếng Việt"}
    assert words.Words("vi")("Cancel") == "Hủy"
    assert words.Words("en-GB")("Cancel") == words.Words("xx")("Cancel") == "Cancel"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_every_translation_is_used(language: str) -> None:
    known = set(words.catalogue(language))
    say = "run `python -m locales`, then fill in what it prints"
    assert (sorted(WANTED - known), sorted(known - WANTED)) == ([], []), say


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_written_as_the_program_writes_it(language: str) -> None:
    said = words.file_of(language).read_text(encoding="utf-8")
    assert said == update.written(language, extract.messages(), words.catalogue(language)), "run `python -m locales`"
    assert unicodedata.is_normalized("NFC", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_fields(language: str) -> None:
    said = words.catalogue(language)
    assert [english for english in said if sorted(FIELD.findall(english)) != sorted(FIELD.findall(said[english]))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_calls_commands_and_buttons_by_their_translated_names(language: str) -> None:
    known = words.catalogue(language)
    wrong: list[str] = []
    for english, said in known.items():
        named = [(f"/{name}", f"/{known[words.key(name, words.COMMAND)]}") for name in SLASH.findall(english)]
        options = [(name, known.get(words.key(name, words.OPTION))) for name in OPTION.findall(english)]
        named += [(f"{name}:", f"{own}:") for name, own in options if own]
        named += [(name, known[name]) for name in BOLD.findall(english) if name in known]
        wrong += [f"{name} is {own}: {said}" for name, own in named if own not in said]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_like_its_sentence(language: str) -> None:
    said = words.catalogue(language)
    assert [english for english in said if look(english) != look(said[english])] == []


def look(sentence: str) -> tuple[bool, bool, bool]:
    """Small print; an ellipsis that promises a form; a whole sentence."""
    return sentence.startswith("-# "), sentence.endswith("…"), sentence.endswith((".", "?", "!"))
