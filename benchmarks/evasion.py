"""How well hidden words are found, and how often nothing is taken for something: `python -m benchmarks.evasion`.

Only harmless words are hidden: fruit and tools stand in for the lists, as long as the words they replace.
Every figure is of text that went through `compile_prompt`, as a person's does.
"""

import argparse
import random
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.evasions import EVASIONS, MISSPELLED
from benchmarks.ordinary import ordinary_prompts
from benchmarks.vietnamese import beside_children
from inference.prompts.compiled import compile_prompt
from inference.prompts.vocabulary import known_words
from inference.safety.evidence import TextEvidence
from inference.safety.lists import Lists, read_lists
from inference.safety.reading import WORD
from inference.safety.text import Reader

_POOL = """
fig awl yam jig gum adze plum pear lime kiwi vise maul rasp bolt mango guava lemon grape peach olive lathe anvil auger
clamp prune melon papaya quince lychee banana cherry chisel mallet pliers wrench durian tomato pulley apricot avocado
coconut hacksaw spanner toolbox kumquat rhubarb crowbar soursop tamarind cucumber mandarin rambutan zucchini plantain
pineapple nectarine persimmon blueberry raspberry cranberry tangerine grapefruit watermelon spokeshave strawberry
blackberry pomegranate screwdriver boysenberry gooseberry huckleberry clementine jackfruit breadfruit sledgehammer
star fruit sugar apple claw hammer tape measure passion fruit custard apple paint roller spirit level pipe wrench
""".split("\n")
_FULL_CHARS = range(250, 450)  # about 75 tokens
# Of what 64 KB are made to make a reader slow: brackets, marks, escapes, words that nobody knows, signs.
_UNITS = "a|a |(|((a:-1|(a:-1)|[a:b:0.5]|a\u0301|e\u200b|&amp;|%6|裸|αβγ |a@b$|*a|12 |photo of A|: |age |qx |mang"
LONG = [*_UNITS.split("|"), "[|", "{a|b}", "o g n a m ", "zzkq7 ", "f**b*n ", "<a", "tuổi một ", "never the same"]
_WANTED_FOUND, _WANTED_FALSE, _WANTED_MS = 0.95, 0.003, 1.0


@dataclass(slots=True)
class Found:
    """How many of how many tries were found, by class and by the word's length."""

    by_class: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter[bool]))
    by_length: dict[int, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter[bool]))

    @property
    def all(self) -> Counter[bool]:
        """Both together."""
        return sum(self.by_class.values(), Counter[bool]())


def stand_ins(lists: Lists) -> list[str]:
    """Harmless words of the lengths of the real lists' strong words, each once."""
    pool: defaultdict[int, list[str]] = defaultdict(list)
    for word in [*" ".join(_POOL[:-2]).split(), *_phrases(_POOL[-2].split())]:
        pool[len(word.replace(" ", ""))].append(word)
    chosen: list[str] = []
    for table in ("sexual", "young"):
        for term in lists.words[table, "strong"]:
            length = min(max(len("".join(WORD.findall(term))), min(pool)), max(pool))
            near = min(pool, key=lambda has: abs(has - length))
            fitting = pool[near]
            if term.isascii() and (word := fitting[len(chosen) % len(fitting)]) not in chosen:
                chosen.append(word)
    return chosen


def _phrases(words: Sequence[str]) -> list[str]:
    return [f"{first} {second}" for first, second in zip(words[::2], words[1::2], strict=True)]


def stand_in_reader(words: Iterable[str]) -> Reader:
    """A reader that takes these words for sexual, and knows no others."""
    return Reader(Lists(words={("sexual", "strong"): tuple(words)}, blocked=frozenset(), sha256=""))


def find(reader: Reader, words: Sequence[str], tries: int, seed: int) -> Found:
    """Hide every word in every way among ordinary tags."""
    chance, found = random.Random(seed), Found()
    around = [prompt for prompt in ordinary_prompts(200, seed, without=words) if not reader.read(prompt, "").sexual]
    for name, evasion in EVASIONS.items():
        for word in words:
            length = len(word.replace(" ", ""))
            if name in MISSPELLED and length < 5:
                continue
            for _ in range(tries):
                before, after = chance.choice(around)[:80], chance.choice(around)[:80]
                # A cut could leave a bracket open, which would make one branch of all that follows.
                before, after = (_unbracketed(text) for text in (before, after))
                prompt = compile_prompt(f"{before}, {evasion(word, chance)}, {after}", limit_chars=10_000)
                hit = bool(reader.read(prompt, "").sexual)
                found.by_class[name][hit] += 1
                found.by_length[min(length, 9)][hit] += 1
    return found


def _unbracketed(text: str) -> str:
    return "".join(char for char in text if char not in "()[]{}\\").rsplit(",", 1)[0]


def is_taken_for_something(evidence: TextEvidence) -> bool:
    """Whether anything was found that can get an ordinary prompt refused, alone or beside what the picture shows."""
    return bool(evidence.sexual or evidence.gore or evidence.hate)


def _time(reader: Reader, prompts: Sequence[str]) -> list[float]:
    """Milliseconds of processor time of each, the first time that this reader sees it."""
    taken: list[float] = []
    for prompt in prompts:
        start = time.thread_time()
        reader.read(prompt, "")
        taken.append((time.thread_time() - start) * 1000)
    return taken


def long_text(unit: str, kib: int) -> str:
    """So much of the same, in bytes of UTF-8; or words of seven letters, each another one."""
    if unit == "never the same":
        chance = random.Random(kib)
        return " ".join("".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(kib * 128))
    return unit * (kib * 1024 // len(unit.encode()))


def _rare(reader: Reader, file: Path) -> tuple[int, int]:
    """Of the file's English words that stand in no list of ours, how many are taken for a hidden spelling."""
    rare = {word for word in file.read_text(encoding="utf-8").lower().split() if re.fullmatch("[a-z]{3,}", word)}
    rare = {word for word in rare - known_words() if not is_taken_for_something(reader.certain(word))}
    return sum(is_taken_for_something(reader.read(word, "")) for word in rare), len(rare)


def _share(counts: Mapping[bool, int]) -> float:
    return counts[True] / max(1, counts[True] + counts[False])


def _print_found(found: Found) -> None:
    for name, counts in sorted(found.by_class.items(), key=lambda each: _share(each[1])):
        print(f"{name:<42}{counts[True]:>6} of {sum(counts.values()):<6}{_share(counts):>7.1%}")
    print()
    for length, counts in sorted(found.by_length.items()):
        print(
            f"{f'words of {length} letters' + (' and more' if length == 9 else ''):<42}{'':>16}{_share(counts):>7.1%}"
        )
    print(f"{'found in all':<42}{found.all[True]:>6} of {sum(found.all.values()):<6}{_share(found.all):>7.1%}")


def main() -> int:
    """Print the tables; the exit status is 1 where a figure is worse than wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--prompts", type=int, default=20_000)
    parser.add_argument("--tries", type=int, default=2, help="of each way with each word")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--words", type=Path, help="also: a file of English words, to see how the rare ones fare")
    given = parser.parse_args()
    lists = read_lists()
    words = stand_ins(lists)
    found = find(stand_in_reader(words), words, given.tries, given.seed)
    print(f"seed {given.seed}; {len(EVASIONS)} ways to hide {len(words)} harmless words, {given.tries} tries each\n")
    _print_found(found)
    real = Reader(lists)
    is_well = _print_ordinary(real, words, given.prompts, given.seed)
    slowest = max((_time(real, [long_text(unit, 64)])[0] / 64, unit) for unit in LONG)
    print(f"{'64 KB of the slowest text':<46} {slowest[0]:.2f} ms a KB, of {slowest[1]!r}")
    if given.words:
        taken_for, rare = _rare(real, given.words)
        print(f"{f'of {rare} rare English words':<42}{taken_for:>16}{taken_for / rare:>7.2%}")
    return 0 if is_well and _share(found.all) >= _WANTED_FOUND else 1


def _print_ordinary(real: Reader, words: Sequence[str], count: int, seed: int) -> bool:
    """Say what is found in ordinary prompts and how long it takes; whether that is as wanted."""
    stand_in = stand_in_reader(words)
    of_words = sum(
        bool(stand_in.read(compile_prompt(prompt, limit_chars=10_000), "").sexual)
        for prompt in ordinary_prompts(count, seed, without=words)
    )
    prompts = [compile_prompt(each, limit_chars=10_000) for each in ordinary_prompts(count, seed)]
    taken = _time(real, prompts)
    full = [ms for ms, prompt in zip(taken, prompts, strict=True) if len(prompt) in _FULL_CHARS]
    found = [prompt for prompt in prompts if is_taken_for_something(real.read(prompt, ""))]
    # Somebody said to be young beside bare skin: that is what these prompts say, and it counts as meant.
    meant = sum(_says_both(real, prompt) for prompt in found)
    false = len(found) - meant
    slices = statistics.quantiles(full, n=100)
    print(f"\n{count} ordinary prompts")
    print(f"{'false hits, stand-in words':<42}{of_words:>16}{of_words / count:>7.2%}")
    print(f"{'false hits, the real lists':<42}{false:>16}{false / count:>7.2%}")
    print(f"{'  somebody young beside bare skin, as meant':<42}{meant:>15}{meant / count:>7.2%}")
    print(
        f"{f'processor time of {len(full)} prompts of 75 tokens':<46} p50 {slices[49]:.2f} ms, p99 {slices[98]:.2f} ms"
    )
    beside = [compile_prompt(each, limit_chars=10_000) for each in beside_children(seed)]
    wrong = sum(is_taken_for_something(real.read(each, "")) for each in beside)
    print(f"{f'of {len(beside)} in Vietnamese, beside a child':<42}{wrong:>16}{wrong / len(beside):>7.2%}")
    return max(of_words / count, false / count, wrong / len(beside)) <= _WANTED_FALSE and slices[49] <= _WANTED_MS


def _says_both(reader: Reader, prompt: str) -> bool:
    """Whether it takes the word for somebody young and another: no part of the prompt says anything by itself."""
    return not any(is_taken_for_something(reader.read(part, "")) for part in prompt.split(", "))


if __name__ == "__main__":
    sys.exit(main())
