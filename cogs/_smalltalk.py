"""Messages that ask for no picture: greetings, thanks, “surprise me”, and commands typed as plain text."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discord import app_commands
from pydantic import BaseModel, ConfigDict

from locales.extract import COMMAND, OPTION
from locales.words import catalogue, key, languages

if TYPE_CHECKING:
    from cogs._client import Genga

FILE = Path(__file__).with_name("smalltalk.toml")
MAX_CHARS = 60  # whoever writes more means something by it
SIGNS = ("/", "!")


class Talk(StrEnum):
    """What somebody says who asks for no picture of their own."""

    GREETING = "greetings"  # also a question what this is, and nothing in words at all
    PRAISE = "praise"  # thanks, likes and dislikes
    SURPRISE = "surprise"


class Phrases(BaseModel):
    """The phrases of the file beside this one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    around: frozenset[str]
    asking: frozenset[str]
    greetings: frozenset[str]
    praise: frozenset[str]
    surprise: frozenset[str]
    draw: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command written as plain text; `prompt` is set when it is understood all the same."""

    command: str  # the one that was meant, as far as it is one of ours
    prompt: str | None = None


def talk_of(text: str) -> Talk | None:
    """What kind of small talk `text` is; None when it may be something to draw."""
    said = "".join(
        char if char.isalnum() else " " for char in text.casefold().replace("’", "'").replace("'", "")
    ).split()
    if not said:
        return Talk.GREETING
    if len(text) > MAX_CHARS:
        return None
    return _talk(said, is_question=text.rstrip().endswith("?"))


def _talk(said: list[str], *, is_question: bool) -> Talk | None:
    core = " ".join(word for word in said if word not in phrases().around)
    plain = " ".join(said)
    found = next((talk for talk in Talk if {core, plain} & getattr(phrases(), talk)), None)
    if found is None and _is_only_praise(said):
        return Talk.PRAISE
    if found is None and is_question and said[0] in phrases().asking and said[1:2] != ["about"]:
        return Talk.GREETING
    if found is None:  # “hello, how are you?” is what follows the greeting
        greeted = next((n for n in range(1, len(said)) if " ".join(said[:n]) in phrases().greetings), 0)
        return _talk(said[greeted:], is_question=is_question) if greeted else None
    return found


def _is_only_praise(said: list[str]) -> bool:
    """“haha so cute”, “thanks, lovely!”: nothing in it could be drawn."""
    return set(said) <= phrases().praise | phrases().around


def command_in(bot: "Genga", text: str) -> Typed | None:
    """The command that `text` means to be, in any of our languages; None when it is none."""
    name, _, rest = text.strip().partition(" ")
    name, rest = name.casefold(), rest.strip()
    if not name.startswith(SIGNS) or not name[1:].isidentifier():
        return None
    command = next((own for own in _slash(bot) if name[1:] in _names(own.name, COMMAND)), None)
    if command is None:
        return Typed(command="imagine", prompt=rest) if name[1:] in phrases().draw and rest else Typed(command="help")
    if command.name != "imagine" or not rest:
        return Typed(command=command.name)
    for prompt in _names("prompt", OPTION):
        rest = rest.removeprefix(f"{prompt}:").strip()
    options = {f"{own}:" for option in command.parameters for own in _names(option.name, OPTION)}
    understood = not any(option in rest.casefold() for option in options)
    return Typed(command="imagine", prompt=rest if understood else None)


def _slash(bot: "Genga") -> list[app_commands.Command[Any, ..., Any]]:
    return [each for each in bot.tree.get_commands() if isinstance(each, app_commands.Command)]


def _names(name: str, context: str) -> set[str]:
    """A command's or an option's name in every language."""
    return {name, *(catalogue(language).get(key(name, context), name) for language in languages())}


@cache
def phrases() -> Phrases:
    """The file beside this one."""
    return Phrases.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
