"""Ages below eighteen, in figures or words, of people: what is said of whisky and temples is none."""

import re
from itertools import pairwise

_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth"
).split()
_IN_WORDS = f"{'|'.join(_WORDS[::-1])}"
_AGE = rf"(?:1[0-7]|0?\d|{_IN_WORDS})"
# Letters beside a digit are taken for one too.
_MEANT = rf"(?:{_AGE}|[li|][0-7]|1[osz])"
_AND_A_HALF = r"(?:[\W_]{1,2}and[\W_]a[\W_]half)?"
_PERSON = (
    r"(?:girls?|boys?|child|children|kids?|teens?|daughter|son|sister|brother|student|schoolgirl|schoolboy|lolis?)"
)
# Old things that are spoken of like that. A person named after them in the same tag is a person still.
_THING = (
    r"(?![\W_]{1,2}(?:(?:single|years?|months?|stone|wooden|ancient|fine|aged|oak)[\W_]{1,2}){0,2}"
    r"(?:whisk(?:e?y|ies)|scotch|bourbon|rum|brandy|cognac|wines?|sake|cheese|cheddar|parmesan|ham|malt|vinegar|soy|tea|"
    r"temples?|shrines?|church|castles?|houses?|buildings?|bridges?|ruins?|walls?|towers?|trees?|oaks?|bonsai|cars?|trucks?|"
    r"ships?|boats?|trains?|computers?|consoles?|phones?|cameras?|books?|paintings?|photos?|furniture|clocks?|coins?|pupp(?:y|ies)|kittens?|cats?|dogs?|horses?|foals?|cal(?:f|ves)|lambs?|pandas?)\b"
    rf"(?![^,.;\n]{{0,40}}\b{_PERSON}\b))"
)
# Of folded text, in which marks are gone and digits are ASCII. Every part is bounded, so that no text makes it hang.
_YEARS_OLD = re.compile(
    rf"(?<![^\W_]){_MEANT}{_AND_A_HALF}[\W_]{{0,2}}(?:"
    r"yo\b|y[\W_]?o\b|y[\W_]?o[\W_]?l[\W_]?d|ye?a?r?s?[\W_]{0,2}olds?\b|years?[\W_]of[\W_]age\b|"
    rf"(?:summers?|winters?|springs?|months?|weeks?)[\W_]{{1,2}}old\b|tuoi\b|歳|才|岁){_THING}"
)
_AGED = re.compile(
    rf"\b(?:age[ds]?[\W_]{{1,3}}(?:of[\W_])?|under[\W_]the[\W_]age[\W_]of[\W_]){_AGE}(?![^\W_])(?![.:]\d)"
    rf"(?!\+|[\W_](?:and|or)[\W_](?:up|older|over)\b){_THING}"
)
_UNDER = re.compile(r"\bunder[\W_](?:the[\W_]age[\W_]of[\W_])?(?:18|eighteen)\b")
_UNIT = (
    r"(?![^\W_])(?![.:,'/]?\d)(?![\W_]{0,2}(?:cm|m|kg|km|feet|foot|ft|inch|meters?|metres?|minutes?|hours?|days?|%))"
)
_SAID_OF = re.compile(
    rf"\b(?:(?:he|she)(?:[\W_]is|['\u2019]s)(?:[\W_](?:only|just|about|barely))?[\W_]|"
    rf"(?:girl|boy|lass|lad|daughter|son)[\W_]of[\W_])(?!one\b){_MEANT}{_UNIT}"
)
_COUNTED_YEARS = re.compile(
    rf"(?:girl|boy|child|daughter|son)s?[\W_]{{1,3}}{_AGE}[\W_]{{0,2}}years?\b(?![\W_](?:later|ago|after|of|in|since|experience)\b)"
)
_BIRTHDAY = re.compile(rf"\b(?:1st|2nd|3rd|(?:[4-9]|1[0-7])th|{'|'.join(_ORDINALS[::-1])})[\W_]{{1,2}}birthday\b")
_GRADE = re.compile(rf"\b(?:1st|2nd|3rd|(?:[4-9]|1[0-2])th|{'|'.join(_ORDINALS[11::-1])})[\W_]{{1,2}}grade(?:rs?)?\b")
_VIETNAMESE = re.compile(
    r"\btuoi[\W_]{1,3}(?:1[0-7]|0?[1-9])(?![^\W_])|\b(?:1[0-7]|[3-9])t\b|\blop[\W_](?:1[0-2]|[1-9])\b|\bcap[\W_][123]\b"
)
_DIGITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10,
}  # fmt: skip
_SPELLED = rf"(?:{'|'.join(_DIGITS)}|tram|ngan|nghin)"
# Without marks "tuoi" is also fresh and happy, and "nam" a man whose age follows.
_TUOI = re.compile(
    rf"\b(?:((?:{_SPELLED}[\W_]{{1,2}}){{1,4}})tuoi(?![\W_]{{1,3}}(?:\d|cuoi|tan|moi|tre|dep|sang|tot|xanh|roi|tho))"
    rf"|tuoi[\W_]{{1,3}}(muoi(?:[\W_]{_SPELLED})?))\b"
)
_KANJI = re.compile(r"(?<![一二三四五六七八九十百千])(?:十[一二三四五六七]?|[一二三四五六七八九])[歳才岁]")
_SIGNS = re.compile(
    r"y[\W_]?o|old|age|year|grade|birthday|under|(?:he|she)[\W_]|(?:girl|boy|lass|lad|son|ter) of|"
    r"tuoi|lop|cap|\dt\b|[歳才岁]"
)
_OF_A_PERSON = re.compile(
    rf"\b(?:{_AGE}[\W_]?(?:yo|years?[\W_]old)[\W_]{_PERSON}|{_PERSON}[\W_]{{1,2}}(?:aged[\W_])?{_AGE}[\W_]?(?:yo|years?[\W_]old))\b"
)
_ENGLISH = (_YEARS_OLD, _AGED, _UNDER, _SAID_OF, _COUNTED_YEARS, _BIRTHDAY, _GRADE, _VIETNAMESE, _KANJI)


def says_a_young_age(text: str) -> bool:
    """Whether the folded text gives somebody fewer than eighteen years."""
    if not _SIGNS.search(text):
        return False
    return any(pattern.search(text) for pattern in _ENGLISH) or any(
        _number(found[1] or found[2]) < 18 for found in _TUOI.finditer(text)
    )


def says_a_young_persons_age(text: str) -> bool:
    """Whether the text as typed, in small letters, does so in so many words: "a 12 years old girl"."""
    return bool(_OF_A_PERSON.search(text))


def _number(words: str) -> int:
    """A Vietnamese number: "muoi lam" is 15, "hai muoi lam" 25; whatever is larger than ninety-nine counts as that."""
    parts = re.findall(r"[a-z]+", words)
    if any(part not in _DIGITS for part in parts):
        return 100
    tens = any(after == "muoi" for _, after in pairwise(parts))
    total = sum(_DIGITS[part] for part in parts)
    return 100 if tens else total
