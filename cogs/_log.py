"""What the log may hold: no token of the bot's or of an interaction's, and no link to anybody's file.

Ours never write prompts, tokens or links. discord.py, aiohttp and an exception's own words may: so the finished text,
tracebacks included, goes through `redacted` before it is written.
"""

import logging
import re

from inference.errors import ServiceError

OURS = ("genga", "cogs", "inference", "storage")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_HIDDEN = "…"
_PATTERNS = (
    # /webhooks/<application>/<interaction's token>, /interactions/<id>/<token>/callback
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?'\"]+"), rf"\1{_HIDDEN}"),
    # A file somebody attached: its name, and the signature that opens it.
    (re.compile(r"https?://[^\s'\"]*?/(?:ephemeral-)?attachments/[^\s'\"]*"), "(a link)"),
    (re.compile(r"\b(ex|is|hm)=[0-9a-f]{6,}"), rf"\1={_HIDDEN}"),
    (re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?(?:bot\s+)?)[^\s'\",}]+"), rf"\1{_HIDDEN}"),
    # A bot's token, whoever's it is.
    (re.compile(r"\b[\w-]{20,}\.[\w-]{5,8}\.[\w-]{20,}"), _HIDDEN),
)


class _Redacting(logging.Formatter):
    """Formats as usual, then hides what no log may hold."""

    def __init__(self, token: str) -> None:
        super().__init__(FORMAT)
        self._token = token

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if there is one."""
        return redacted(super().format(record), self._token)


def named(error: BaseException) -> str:
    """The kind of error, and its words."""
    return f"{type(error).__name__}: {error}"


def trace(error: BaseException) -> BaseException | None:
    """What `exc_info` takes: the error, or None where `named` says all there is to say."""
    return None if isinstance(error, ServiceError) and error.expected else error


def redacted(text: str, token: str = "") -> str:
    """`text` without tokens and links."""
    if len(token) >= 8 and not token.isalpha():  # a shorter one is no secret; the playground's is a word
        text = text.replace(token, _HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def begin(level: str, token: str) -> None:
    """Write the log to standard error from now on: ours at `level`, other people's at INFO or above.

    Below that, libraries write what they are given: aiosqlite every statement with its values, discord.py whole bodies.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting(token))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
