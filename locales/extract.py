"""Finds what has to be translated: `say("…")` and `N_("…")` in Python and JavaScript, and the commands themselves.

So are `about` and `conditions` in tables of data (.toml).
"""

import ast
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from babel.messages.extract import extract

from locales.words import COMMAND, OPTION

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("cogs", "inference", "playground", "storage")

_SENTENCES = ("say", "N_")
_DATA = ("about", "conditions")
_NAME = "pgettext"  # gettext's own name for a message with a context
_KEYWORDS: Any = {**dict.fromkeys(_SENTENCES), _NAME: ((1, "c"), 2)}

# What Babel asks of an extractor: line, function, its arguments, comments.
_Call = tuple[int, str, str | tuple[str, str], list[str]]


def messages() -> set[tuple[str, str | None]]:
    """Everything people read, each with its context (None for a sentence)."""
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in _METHODS)
    return {message for file in files for message in messages_of(file)}


def messages_of(file: Path) -> set[tuple[str, str | None]]:
    """Those of one file."""
    options = {"parse_template_string": True}  # in JavaScript, `${say("…")}`
    with file.open("rb") as stream:
        found = extract(_METHODS[file.suffix], stream, _KEYWORDS, options=options)
        return {(str(text), context) for _, text, _, context in found}


def python(stream: IO[bytes], keywords: object, comment_tags: object, options: object) -> Iterator[_Call]:
    """Babel's own reader of Python sees neither into f-strings (before 3.12) nor the names of commands."""
    del keywords, comment_tags, options
    for node in ast.walk(ast.parse(stream.read())):
        if isinstance(node, ast.Call) and _called(node) in _SENTENCES and node.args:
            if text := _text(node.args[0]):
                yield node.lineno, _called(node), text, []
        elif isinstance(node, ast.Call) and _called(node) == "Group":
            yield node.lineno, _NAME, (COMMAND, _keywords(node)["name"]), []
        elif isinstance(node, ast.AsyncFunctionDef):
            yield from _command(node)


def data(stream: IO[bytes], keywords: object, comment_tags: object, options: object) -> Iterator[_Call]:
    """What people read of a table; Babel asks for a line, and nobody for which."""
    del keywords, comment_tags, options
    waiting = [tomllib.loads(stream.read().decode())]
    while waiting:
        for key, value in waiting.pop().items():
            if isinstance(value, dict):
                waiting.append(cast(dict[str, Any], value))
            elif key in _DATA and isinstance(value, str):
                yield 1, "N_", value, []


def _command(function: ast.AsyncFunctionDef) -> Iterator[_Call]:
    """Name, description and options of a slash command, as discord.py reads them from the function."""
    decorators = {_called(each): each for each in function.decorator_list if isinstance(each, ast.Call)}
    if "command" not in decorators:
        return
    line, given = function.lineno, _keywords(decorators["command"])
    yield line, _NAME, (COMMAND, given.get("name", function.name)), []
    yield line, "N_", given.get("description") or inspect.cleandoc(ast.get_docstring(function) or ""), []
    for option in function.args.args[2:]:  # after self and the interaction
        yield line, _NAME, (OPTION, option.arg), []
    for description in _keywords(decorators["describe"]).values() if "describe" in decorators else ():
        yield line, "N_", description, []


def _called(call: ast.Call) -> str:
    """The last part of what is called: `say` in `self.say(…)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _keywords(call: ast.Call) -> dict[str, str]:
    return {each.arg: text for each in call.keywords if each.arg and (text := _text(each.value))}


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


_METHODS: dict[str, Any] = {".py": python, ".js": "javascript", ".toml": data}
