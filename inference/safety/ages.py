"""Ages below eighteen, in figures or words."""

import re

_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
)
_AGE = rf"(?:1[0-7]|0?\d|{'|'.join(_WORDS)})"
# Of folded text, in which marks are gone and digits are ASCII. Every part is bounded, so that no text makes it hang.
_YEARS_OLD = re.compile(
    rf"(?<![^\W_]){_AGE}[\W_]{{0,2}}(?:"
    r"yo\b|y[\W_]?o\b|y[\W_]?o[\W_]?l[\W_]?d|ye?a?r?s?[\W_]{0,2}olds?\b|years?[\W_]of[\W_]age\b|tuoi\b|歳|才|岁)"
)
_AGED = re.compile(rf"\bage[ds]?[\W_]{{1,3}}(?:of[\W_])?{_AGE}(?![^\W_])(?![.:]\d)")


def says_a_young_age(text: str) -> bool:
    """Whether the folded text gives somebody fewer than eighteen years."""
    return bool(_YEARS_OLD.search(text) or _AGED.search(text))
