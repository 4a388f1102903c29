"""Compile typed prompt text to its final form; one linear pass, no regular expression that could be made to hang."""

import unicodedata

from inference.errors import N_, BadRequest

# Format and control characters are invisible: they hide words from the safety rules and mean nothing to a text encoder.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def compile_prompt(text: str, *, limit_chars: int) -> str:
    """`text` normalised (NFC), without invisible characters, with single spaces; BadRequest when it is too long."""
    visible = (" " if char.isspace() else char for char in unicodedata.normalize("NFC", text))
    kept = (char for char in visible if unicodedata.category(char) not in _INVISIBLE)
    compiled = " ".join("".join(kept).split())
    if len(compiled) > limit_chars:
        template = N_("That prompt has {length} characters; {limit} is the most I can read. Please shorten it.")
        raise BadRequest(template=template, length=len(compiled), limit=limit_chars)
    return compiled
