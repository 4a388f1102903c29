"""From what is typed to what is drawn: choices made, presets added, one spelling; in this order, and once a request."""

from dataclasses import dataclass

from inference.errors import N_, BadRequest
from inference.models.catalog import Model
from inference.models.families import NOVELAI
from inference.prompts.characters import cut, joined
from inference.prompts.compiled import compile_prompt
from inference.prompts.styles import style_called, with_tags
from inference.prompts.syntax import Syntax, parse
from inference.prompts.unweighted import unweighted
from inference.prompts.wildcards import NO_LISTS, Lists, expanded

MAX_PROMPT_CHARS = 2000  # typed
MAX_DRAWN_CHARS = 3000  # with all that is added and chosen
MAX_TAGS = 400

# How the families that take weights are written to where nothing else is asked for.
_USUAL = dict.fromkeys(("sd15", "sd21", "sdxl"), Syntax.A1111) | {NOVELAI: Syntax.NOVELAI}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Both prompts of a request."""

    prompt: str
    negative: str
    typed: str  # empty where it is the prompt
    typed_negative: str | None  # None where it is the negative prompt
    style: str
    syntax: Syntax


def written(
    prompt: str,
    negative: str,
    *,
    style: str | None,
    syntax: Syntax | None,
    model: Model,
    seed: int,
    lists: Lists = NO_LISTS,
) -> Written:
    """What is drawn of these words by `model` from `seed`; `lists` are the server's own word lists.

    BadRequest with a sentence where they are too long, or name a list or style that there is none of.
    """
    how = style_called(style)
    read_as = _syntax(syntax, model)
    typed, avoided = (compile_prompt(text, limit_chars=MAX_PROMPT_CHARS) for text in (prompt, negative))
    drawn, kept_away = (
        expanded(text, lists, seed, braces=read_as is not Syntax.NOVELAI, salt=salt)
        for text, salt in ((typed, "prompt"), (avoided, "negative"))
    )
    if model.family not in _USUAL:
        drawn, kept_away = unweighted(drawn), unweighted(kept_away)
    # Behind the last bar they would be somebody's and not the picture's.
    behind = _in_the_scene if model.family == NOVELAI else with_tags
    if typed:
        added = with_tags(how.prompt, model.quality if how.quality else "")
        # Behind an AND stand weights, which are only read at the end of a side.
        several = read_as is Syntax.A1111 and len(parse(drawn, read_as)) > 1
        drawn = with_tags(added, drawn) if several else behind(drawn, added)
    drawn = _short_enough(drawn)
    kept_away = _short_enough(behind(kept_away, how.negative) if how.negative else kept_away)
    return Written(
        prompt=drawn,
        negative=kept_away,
        typed="" if drawn == typed else typed,
        typed_negative=None if kept_away == avoided else avoided,
        style=style or "",
        syntax=read_as,
    )


def lost_marks(request_typed: str, model: Model) -> bool:
    """Whether what was typed holds weights and the like, which the words that `model` reads do not have any more."""
    return model.family not in _USUAL and unweighted(request_typed) != request_typed


def _in_the_scene(text: str, tags: str) -> str:
    """`with_tags` for what stands before the first bar between characters."""
    scene, *people = cut(text)
    return joined(with_tags(scene, tags), people) if people else with_tags(text, tags)


def _syntax(asked: Syntax | None, model: Model) -> Syntax:
    """The family's usual one where nothing else is asked for; who has no weights reads words as they stand."""
    usual = _USUAL.get(model.family, Syntax.PLAIN)
    return usual if usual is Syntax.PLAIN else asked or usual


def _short_enough(text: str) -> str:
    if text.count(",") >= MAX_TAGS:
        template = N_("That prompt has {count} tags, and {limit} are the most. Please leave some out.")
        raise BadRequest(template=template, count=text.count(",") + 1, limit=MAX_TAGS)
    return compile_prompt(text, limit_chars=MAX_DRAWN_CHARS)
