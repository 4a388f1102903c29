"""Make the vocabulary's two files: `python -m inference.prompts.collect TAGS.csv DICTIONARY VI.po LEFT_OUT LEFT_OUT_2`.

TAGS.csv: name, Danbooru's category number, count. VI.po: our Vietnamese catalogue. Left out of both files is what the
reader's lists call adult, gore or hate, every tag that has a word of LEFT_OUT as a part, and every English word that
stands in LEFT_OUT_2; these two are not shipped.
"""

import csv
import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from inference.prompts.vocabulary import Category
from inference.safety.folding import fold
from inference.safety.lists import read_lists
from inference.safety.text import Reader

KEPT = 40_000
_FOLDER = Path(__file__).with_name("words")
_CATEGORIES = {"0": Category.GENERAL, "3": Category.COPYRIGHT, "4": Category.CHARACTER}


def main(tags_csv: str, dictionary: str, vietnamese: str, tag_parts: str, adult_words: str) -> None:
    """Write both files and say how much went into them."""
    # An empty dictionary, so that no file that is yet to be made is needed; only what stands there counts here.
    reader = Reader(read_lists(), known=frozenset())
    with Path(tags_csv).open(encoding="utf-8", newline="") as file:
        rows = [(row[0], _CATEGORIES[row[1]], int(row[2])) for row in csv.reader(file) if row[1] in _CATEGORIES]
    parts = Path(tag_parts).read_text(encoding="utf-8").split()
    adult = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(map(re.escape, parts))})(?:$|[^a-z])")
    rows.sort(key=lambda row: -row[2])
    kept = [row for row in rows if row[0].isascii() and not adult.search(row[0]) and _is_clean(reader, row[0])]
    common = sum(row in set(kept) for row in rows[:10_000])
    _write("tags.tsv.gz", (f"{name}\t{category}\t{count}" for name, category, count in kept[:KEPT]))
    words = set(_words(Path(dictionary).read_text(encoding="utf-8"))) | set(_syllables(Path(vietnamese)))
    words -= set(Path(adult_words).read_text(encoding="utf-8").split())
    _write("words.txt.gz", sorted(word for word in words if _is_clean(reader, word)))
    refused = sum(not _is_clean(reader, row[0]) for row in rows[:10_000])
    print(f"of the commonest 10,000 tags {refused} are adult, gore or hate by the reader's lists")
    print(f"of the commonest 10,000 tags {common} are kept; {len(kept[:KEPT])} tags, {len(words)} words at most")


def _is_clean(reader: Reader, tag: str) -> bool:
    found = reader.certain(tag.replace("_", " "))
    return not (found.sexual or found.gore or found.hate)


def _words(text: str) -> Iterator[str]:
    return (word for word in text.lower().split() if word.isascii() and word.isalpha() and len(word) > 2)


def _syllables(po: Path) -> Iterator[str]:
    said = re.findall(r'^msgstr(?:\[\d\])? "(.+)"', po.read_text(encoding="utf-8"), re.MULTILINE)
    return (word for word in re.findall(r"[a-z]{3,}", fold(" ".join(said))) if len(word) < 8)


def _write(name: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    (_FOLDER / name).write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
