"""People's own text shown back to them: never pings, never formats, never links, never too long."""

import re

import discord

NO_PINGS = discord.AllowedMentions.none()


def quoted(text: str, limit: int = 300) -> str:
    """`text` as inline code, so that nothing inside it is a mention, a link or markdown."""
    shown = shortened(" ".join(text.replace("`", "ˋ").split()), limit)
    return f"`{shown}`" if shown else ""


def closed_up(words: str) -> str:
    """A prompt as a title: without the commas that hold nothing apart, as where a LoRA was taken out of it."""
    return re.sub(r",(\s*,)+", ",", words).strip(" ,\n")


def block(text: str, limit: int = 3600) -> str:
    """`text` as a code block: what people copy."""
    return f"```\n{shortened(text.replace('```', 'ˋˋˋ'), limit)}\n```"


def shortened(text: str, limit: int) -> str:
    """`text`, cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def number36(value: int) -> str:
    """A job's number as people see it and as buttons carry it: base 36."""
    digits = ""
    while True:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not value:
            return digits
