"""The page's sentences in a person's language, from the same catalogues as the bot's."""

from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parents[1] / "locales"


def words_for(locale: str) -> dict[str, str]:
    """English sentence -> translation; empty where there is no catalogue."""
    language = locale.split("-")[0]
    source = LOCALES / language / "LC_MESSAGES" / "genga.po"
    if not source.is_file():
        return {}
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.id and message.string
    }
