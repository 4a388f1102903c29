"""A slice of `python -m benchmarks.evasion`: hidden words are found, ordinary prompts are left in peace."""

from benchmarks.evasion import find, is_taken_for_something, stand_in_reader, stand_ins
from benchmarks.evasions import EVASIONS
from benchmarks.ordinary import COMMONEST, ordinary_prompts
from benchmarks.vietnamese import beside_children
from inference.prompts.compiled import compile_prompt
from inference.prompts.vocabulary import tags
from inference.safety.lists import read_lists
from inference.safety.text import Reader

WORDS = stand_ins(read_lists())


def test_hidden_words_are_found() -> None:
    found = find(stand_in_reader(WORDS), WORDS[::2], tries=1, seed=7)
    assert len(found.by_class) == len(EVASIONS) >= 40
    counts = found.all
    assert counts[True] / sum(counts.values()) >= 0.95
    for plain in ("as it is", "letters spaced", "zero-width spaces", "fullwidth letters", "one of two branches"):
        assert not found.by_class[plain][False], plain


def test_ordinary_prompts_are_taken_for_what_they_are() -> None:
    prompts = [compile_prompt(each, limit_chars=10_000) for each in ordinary_prompts(1500, seed=7)]
    real, stand_in = Reader(read_lists()), stand_in_reader(WORDS)
    found = [prompt for prompt in prompts if is_taken_for_something(real.read(prompt, ""))]
    hidden = [prompt for prompt in ordinary_prompts(1500, seed=7, without=WORDS) if stand_in.read(prompt, "").sexual]
    # Among so few prompts: 1 % says that something broke, the benchmark itself says how good it is.
    assert len(found) < 15
    assert len(hidden) < 15


def test_everyday_vietnamese_beside_a_child_is_taken_for_nothing_else() -> None:
    real = Reader(read_lists())
    prompts = [compile_prompt(each, limit_chars=10_000) for each in beside_children(seed=7)]
    assert len(prompts) > 5000
    assert [prompt for prompt in prompts[::5] if is_taken_for_something(real.read(prompt, ""))] == []


def test_twenty_thousand_prompts_hold_each_of_the_commonest_tags() -> None:
    said = {name for prompt in ordinary_prompts(20_000, seed=1) for name in _tags_of(prompt)}
    assert [tag.name for tag in tags()[:COMMONEST] if tag.name not in said] == []


def _tags_of(prompt: str) -> list[str]:
    names = (part.removeprefix("(").split(":1.")[0] if part.startswith("(") else part for part in prompt.split(", "))
    return [name.replace(" ", "_").replace(r"\(", "(").replace(r"\)", ")") for name in names]
