"""Whether all that somebody sees is Vietnamese: each piece is a translation from the catalogue, or no words at all."""

import re

from inference.samplers import TITLES
from locales.words import catalogue
from playground import Seen, Sent

FIELD = re.compile(r"\\{\w+\\}")
SAMPLERS = "|".join(re.escape(one) for one in TITLES.values())
WORDLESS = re.compile(rf"`.*`|<@\d+>|\d+×\d+|Genga mini|{SAMPLERS}|[#\d]\w*:?|<t:\d+:R>|English|Tiếng Việt|[\W\d_]*")


def seen_of(message: Seen) -> list[str]:
    """Everything to read in a message but what is there to be copied: text, buttons, selects."""
    texts = [line for text in message.texts for line in re.sub(r"```.*?```", "", text, flags=re.DOTALL).splitlines()]
    texts += [button.label for button in message.buttons]
    for select in message.selects:
        texts += [select.placeholder or "", *(option.label for option in select.options)]
    return texts


def form_of(sent: Sent) -> list[str]:
    """Everything to read in a form."""
    form = sent.modal
    texts = [form.title]
    for field in form.fields:
        texts += [field.label, field.description or "", *(option.label for option in field.options)]
    return texts


def not_vietnamese(texts: list[str]) -> list[str]:
    """What of it she could not read."""
    return [text for text in texts if not _is_said(text) and not all(_is_said(part) for part in text.split(" · "))]


def _is_said(text: str) -> bool:
    text = text.strip().removeprefix("-# ")
    # “{what} {value}”: a word of ours and something typed.
    return bool(WORDLESS.fullmatch(text)) or any(_PATTERN.fullmatch(one) for one in (text, text.rpartition(" ")[0]))


def _pattern() -> re.Pattern[str]:
    """Any of the catalogue's sentences that has words of its own, its fields filled in."""
    said = [
        one.removeprefix("-# ") for one in catalogue("vi").values() if re.search(r"\w{2}", re.sub(r"{\w+}", "", one))
    ]
    lines = {FIELD.sub("[^·]+", re.escape(line)) for one in said for line in one.splitlines()}
    # The first letter of an error may be a field's, and is a capital then.
    return re.compile("|".join(f"(?:{line})" for line in lines))


_PATTERN = _pattern()
