"""What stands on buttons and forms fits there in every language; what is longer the code would cut."""

from collections.abc import Iterator

import pytest

from locales import extract, words
from tests.locales.code import COGS, arguments, called, calls, literals, tree_of

# (what is called, which argument) -> the most characters
LIMITS: dict[tuple[str, int | str], int] = {
    ("_button", 0): 80, ("Button", "label"): 80, ("__init__", 2): 45, ("add", 1): 45, ("add", 3): 100,
    ("Label", "text"): 45, ("Label", "description"): 100, ("Select", "placeholder"): 150, ("_select", 1): 150,
    ("SelectOption", "label"): 100, ("add_option", "label"): 100, ("describe", "*"): 100,
}  # fmt: skip
NAME_CHARS = 32


def limited() -> Iterator[tuple[str, int]]:
    """Every English text that has a limit, with it."""
    for call in (call for file in COGS for call in calls(tree_of(file))):
        for (name, which), most in LIMITS.items():
            if called(call) == name:
                given = [each.value for each in call.keywords] if which == "*" else arguments(call, (which,))
                yield from ((text, most) for each in given for _, text in literals(each, beyond=set()))


@pytest.mark.parametrize("language", words.languages())
def test_what_has_a_limit_keeps_to_it(language: str) -> None:
    known = words.catalogue(language)
    found = {(known.get(english, english), most) for english, most in limited()}
    assert len(found) > 50, "the code is read no more"
    assert {said: len(said) for said, most in found if len(said) > most} == {}


@pytest.mark.parametrize("language", words.languages())
def test_a_name_is_one_word_in_small_letters(language: str) -> None:
    known = words.catalogue(language)
    named = [(message, context) for message, context in extract.messages() if context]
    said = [known.get(words.key(message, context), message) for message, context in named]
    assert [name for name in said if not name.replace("_", "").isalnum() or name != name.lower()] == []
    assert [name for name in said if len(name) > NAME_CHARS] == []
    commands = [name for name, (_, context) in zip(said, named, strict=True) if context == words.COMMAND]
    assert len(set(commands)) == len(commands)
