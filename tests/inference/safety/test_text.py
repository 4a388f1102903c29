"""What the reader of prompts finds, on words of everyday speech and on harmless ones that stand in for its lists."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.evasion import LONG, long_text
from inference.prompts.vocabulary import known_words, tags
from inference.safety.evidence import Strength, TextEvidence
from inference.safety.folding import fold
from inference.safety.lists import Lists
from inference.safety.text import Reader, reader

REAL = reader()
NOTHING = TextEvidence(sexual=Strength.NONE, young=Strength.NONE, real_person=Strength.NONE)
STAND_INS = Lists(
    words={
        ("sexual", "strong"): ("mango", "screwdriver", "claw hammer", "florbixen", "quả cầu", "táo"),
        ("sexual", "weak"): ("ripe mango", "orchard"),
        ("sexual", "beside_young"): ("fruit bowl",),
        ("young", "strong"): ("acorn", "little seed", "dâu non"),
        ("young", "weak"): ("sapling", "acorn brown"),
        ("young", "older_strong"): ("oak",),
        ("young", "older_weak"): ("tree",),
        ("real_person", "strong"): ("gardener",),
        ("gore", "strong"): ("blender",),
        ("hate", "strong"): ("weedkiller",),
        ("sexual", "unless_everyday"): ("juggling",),
        ("sexual", "everyday"): ("circus",),
        ("sexual", "idioms"): ("mango tones",),
        ("neutral", "phrases"): ("mango street", "quả táo xanh"),
    },
    blocked=frozenset({"green tea"}),
    sha256="",
)
READER = Reader(STAND_INS)


def strengths(prompt: str, negative: str = "") -> tuple[int, int]:
    """Sexual and young, as the stand-ins have it."""
    found = READER.read(prompt, negative)
    return found.sexual, found.young


@pytest.mark.parametrize(
    "prompt",
    ["1girl, blue hair, smile", "a sextant in Essex, grapes", "the pen is on the table", "1boy, cute dress", ""],
)
def test_everyday_prompts_say_nothing(prompt: str) -> None:
    assert REAL.read(prompt, "") == NOTHING


@pytest.mark.parametrize("prompt", ["1girl, school uniform", "chibi", "student in a classroom"])
def test_what_half_of_all_drawn_adults_wear_is_a_weak_sign_of_youth_and_no_other(prompt: str) -> None:
    assert REAL.read(prompt, "") == TextEvidence(sexual=Strength.NONE, young=Strength.WEAK, real_person=Strength.NONE)


@pytest.mark.parametrize(
    "prompt",
    [
        "a mango",
        "MANGO",
        "ｍａｎｇｏ",
        "(mango:1.3)",
        "mango_v2",
        "mangos",
        "m\u200bango",
        "mаngo",
        "claw_hammer",
        "claw, hammer",
    ],
)
def test_a_word_that_stands_there_is_certain_however_it_is_dressed(prompt: str) -> None:
    assert strengths(prompt) == (Strength.STRONG, Strength.NONE)


@pytest.mark.parametrize(
    "prompt",
    [
        "m a n g o",
        "man-go",
        "m4ng0",
        "m@ngo",
        "manngo",
        "screwdrivr",
        "scerwdriver",
        "screw driver",
        "revirdwercs",
        "манго",
    ],
)
def test_a_hidden_spelling_is_a_weak_sign(prompt: str) -> None:
    assert strengths(prompt) == (Strength.WEAK, Strength.NONE)


def test_two_hidden_spellings_of_both_kinds_are_no_accident() -> None:
    assert strengths("m a n g o, a-c-o-r-n") == (Strength.STRONG, Strength.STRONG)


@pytest.mark.parametrize(
    "prompt",
    [
        "[mango|sky]",
        "{sky|{mango|tree}}",
        "[sky:mango:0.5]",
        "[mango::0.3]",
        "ma[ng|x]o",
        "{2$$sky|mango}",
        "[ma|x][ngo|y]",
    ],
)
def test_every_branch_is_read(prompt: str) -> None:
    assert strengths(f"1girl, {prompt}, blue")[0] == Strength.STRONG


def test_more_branches_than_anybody_can_read_are_a_weak_sign_of_everything_that_matters() -> None:
    assert strengths("{a|b}" * 7) == (Strength.WEAK, Strength.WEAK)
    assert strengths("{a|b}" * 6) == (Strength.NONE, Strength.NONE)


def test_young_words_in_the_negative_prompt_protect_and_older_ones_do_the_opposite() -> None:
    assert strengths("", "acorn, mango") == (Strength.NONE, Strength.NONE)
    assert strengths("", "oak") == (Strength.NONE, Strength.STRONG)
    assert strengths("", "tree") == (Strength.NONE, Strength.WEAK)
    assert strengths("oak, tree") == (Strength.NONE, Strength.NONE)


def test_a_negative_weight_belongs_to_the_other_prompt() -> None:
    assert strengths("(oak:-1.2)") == (Strength.NONE, Strength.STRONG)
    assert strengths("sky, -2::oak::") == (Strength.NONE, Strength.STRONG)
    assert strengths("", "(mango:-1), (acorn:-0.5)") == (Strength.STRONG, Strength.STRONG)


def test_what_is_ordinary_in_itself_counts_beside_somebody_young() -> None:
    assert strengths("a fruit bowl") == (Strength.NONE, Strength.NONE)
    assert strengths("a fruit bowl, sapling") == (Strength.NONE, Strength.WEAK)
    assert strengths("a fruit bowl, acorn") == (Strength.WEAK, Strength.STRONG)


def test_a_longer_entry_softens_only_where_the_lists_say_so() -> None:
    assert strengths("mango street") == (Strength.NONE, Strength.NONE)
    assert strengths("acorn brown") == (Strength.NONE, Strength.WEAK)
    assert strengths("ripe mango") == (Strength.STRONG, Strength.NONE)


YOUNG_AGES = """
12 years old|a 9yo|fifteen-year-old|aged 16|age: 7|１２歳|10 tuổi|mười lăm tuổi|mười ba tuổi|một tuổi|năm tuổi|chín tuổi
mười bảy tuổi|muoi lam tuoi|tuổi mười lăm|tuổi 15|tuổi: 15|15t|lớp 9|lớp 12|cấp 1|cấp 3|8th grader
under 18|under the age of 18|girl of 15|she is 15|he's only 12|1girl, 5 years|15 summers old|third grader
17 and a half years old|6 months old|l5 years old|1o years old|十五歳|七歳|5th grade|fifteenth birthday
12 year old girl, whisky|12 year old wine girl
"""
OTHER_NUMBERS = """
18 years old|500 years old|12 girls|(sky:0.7)|aged 40|1990|4k|12 year old whisky|10 years old temple
aged 12 months cheese|aged 12 years single malt|ages 3+|ages 3 and up|hai mươi lăm tuổi|mười tám tuổi|tuổi 25
ba mươi tuổi|một trăm tuổi|chàng trai nam tuổi 30|chàng nam tươi cười
tuổi từ 20|tuổi năm mươi|二十五歳|十八歳|a couple under one umbrella
she is one of the best|she is 5 feet tall|he's 5'8 tall|she is 25|girl, 5 years later|this is yo
"""


@pytest.mark.parametrize("prompt", YOUNG_AGES.strip().replace("\n", "|").split("|"))
def test_ages_below_eighteen_are_young(prompt: str) -> None:
    assert strengths(f"somebody, {prompt}, sky") == (Strength.NONE, Strength.STRONG)


@pytest.mark.parametrize("prompt", OTHER_NUMBERS.strip().replace("\n", "|").split("|"))
def test_other_numbers_are_not(prompt: str) -> None:
    assert strengths(prompt) == (Strength.NONE, Strength.NONE)


@pytest.mark.parametrize(
    "prompt",
    ["youngster", "grade schooler", "tiểu học", "trung học cơ sở", "trung học phổ thông", "nhi đồng", "thiếu nhi"],
)
def test_words_for_pupils_are_young(prompt: str) -> None:
    assert REAL.read(prompt, "").young is Strength.STRONG


@pytest.mark.parametrize("prompt", ["minor chord", "mother and baby panda"])
def test_young_words_of_other_things_are_not_strong(prompt: str) -> None:
    assert REAL.read(prompt, "").young is not Strength.STRONG


def test_the_other_axes_have_their_own_words() -> None:
    found = READER.read("gardener with a blender and weedkiller", "")
    assert (found.real_person, found.gore, found.hate) == (Strength.STRONG,) * 3
    assert READER.read("portrait of Jane Roe", "").real_person is Strength.WEAK
    assert READER.read("portrait of a woman", "").real_person is Strength.NONE


def test_blocked_words_are_found_in_both_prompts_and_a_server_adds_its_own() -> None:
    assert READER.read("a cup of Green-Tea", "").blocked
    assert READER.read("", "GREEN TEA").blocked
    assert not READER.read("a green teapot", "").blocked
    assert READER.read("red   kettle", "", frozenset({"Red Kettle"})).blocked
    assert not READER.read("red   kettle", "").blocked


def test_a_letter_between_the_words_of_a_blocked_one_is_none_but_a_count_is() -> None:
    girl = frozenset({"girl"})
    for prompt in ("1girl, solo", "2girls", "a girl", "12GIRLS"):
        assert READER.read(prompt, "", girl).blocked, prompt
    assert not READER.read("schoolyard, girlfriend", "", girl).blocked
    assert READER.read("1girl", "", frozenset({"1girl"})).blocked
    assert strengths("3acorns") == (Strength.NONE, Strength.STRONG)


@pytest.mark.parametrize("between", [", ", "; ", ". ", " | ", "\n", ") (", " BREAK ", ": "])
def test_a_neutral_phrase_does_not_reach_from_one_tag_into_the_next(between: str) -> None:
    assert strengths(f"mango{between}street")[0] == Strength.STRONG
    assert strengths(f"acorn{between}brown")[1] == Strength.STRONG


@pytest.mark.parametrize("between", [" ", "_", "-", "  "])
def test_within_a_tag_it_does(between: str) -> None:
    assert strengths(f"(mango{between}street:1.2)") == (Strength.NONE, Strength.NONE)


def test_vietnamese_words_are_told_apart_by_their_marks() -> None:
    for found in ("quả cầu", "QUẢ CẦU", "qua cau", "qủa cầu", "qu\u200bả cầu", "quả_cầu", "quacau", "q-u-ả c-ầ-u"):
        assert strengths(f"acorn, {found}")[0], found
    for other in ("qua cầu", "quá cậu", "quả câu", "quà cáu", "quan cầu", "cau qua", "quá_cậu"):
        expected = Strength.STRONG if other == "qua cầu" else Strength.NONE  # a word without its mark may be any
        assert strengths(other)[0] == expected, other
    assert strengths("quả táo xanh") == (Strength.NONE, Strength.NONE)
    assert strengths("quả táo, xanh")[0] == Strength.STRONG


@pytest.mark.parametrize("phrase", ["tan trường", "toàn trường", "bảo vệ môi trường", "trồng cây, môi trường xanh"])
@pytest.mark.parametrize("child", ["nữ sinh", "trẻ em", "học sinh"])
def test_everyday_vietnamese_beside_a_child_is_nothing_else(child: str, phrase: str) -> None:
    for prompt in (f"{child} {phrase}", fold(f"{child} {phrase}")):
        assert REAL.read(prompt, "").sexual is Strength.NONE, prompt


def test_only_whole_words_in_plain_spelling_are_certain() -> None:
    assert READER.read("mango, acorn", "").certain
    assert READER.read("Mango with 2acorns", "").certain
    assert READER.read("mango, gardener", "").certain
    assert READER.read("quả cầu, dâu non", "").certain
    assert READER.read("mango, a 12 years old girl", "").certain
    for prompt in (
        "mango",
        "acorn",
        "m a n g o, acorn",
        "mаngo, acorn",
        "mango, a-c-o-r-n",
        "fruit bowl, acorn",
        "orchard, acorn",
        "mango, sapling",
        "mango, 12 years old",
        "qua cau, acorn",
        "mango street, acorn",
    ):
        assert not READER.read(prompt, "").certain, prompt
    assert not READER.read("mango", "oak").certain


def test_a_word_of_both_kinds_that_may_be_a_name_is_never_certain_by_itself() -> None:
    both = Lists(
        words={("sexual", "strong"): ("mango", "kumquat"), ("young", "strong"): ("kumquat",)},
        blocked=frozenset(),
        sha256="",
    )
    alone, beside = Reader(both).read("kumquat", ""), Reader(both).read("mango, kumquat", "")
    assert (alone.sexual, alone.young, alone.certain) == (Strength.STRONG, Strength.STRONG, False)
    assert beside.certain


def test_what_families_do_is_no_sign_and_everything_else_stays_one() -> None:
    assert strengths("acorn juggling")[0] == Strength.WEAK
    assert strengths("acorn juggling at the circus")[0] == Strength.NONE
    assert strengths("acorn juggling at the circus, fruit bowl")[0] == Strength.WEAK
    assert strengths("acorn juggling at the circus, mango")[0] == Strength.STRONG


def test_an_idiom_uses_up_its_words_and_is_a_sign_beside_somebody_young() -> None:
    assert strengths("mango tones, sapling")[0] == Strength.NONE
    assert strengths("mango tones, acorn")[0] == Strength.WEAK
    assert strengths("mango, tones")[0] == Strength.STRONG


@pytest.mark.parametrize("prompt", ["loli pop candy", "shota Aizawa teacher"])
def test_names_and_sweets_stay_a_weak_sign_of_somebody_young(prompt: str) -> None:
    assert REAL.read(prompt, "").young is Strength.WEAK


@pytest.mark.parametrize(
    "prompt",
    [
        "Shota Imanaga baseball",
        "shota Aizawa teacher",
        "loli pop candy, lollipop",
        "mother kissing her baby's forehead",
        "two kids, kissing a frog",
        "family with kids at the beach, swimsuits",
        "schoolgirl, sex education poster",
        "naked eye, telescope",
        "naked mole rat",
        "nude color palette, beige sweater",
        "pussy willow branches",
        "yellow rape flowers field",
        "nazi-free zone sign",
        "rừng thông, em bé",
        "cụm hoa, em bé",
    ],
)
def test_names_and_idioms_are_no_sign(prompt: str) -> None:
    found = REAL.read(prompt, "")
    assert (found.sexual, found.hate, found.certain) == (Strength.NONE, Strength.NONE, False)


@pytest.mark.parametrize(
    "prompt",
    ["flor<lora:x:1>bixen", "flor BREAK bixen", "f*orb*xen", "fl**bixen", "⠋⠇⠕⠗⠃⠊⠭⠑⠝", "flor AND bixen"],
)
def test_syntax_stars_and_braille_hide_nothing(prompt: str) -> None:
    assert strengths(f"acorn, {prompt}")[0] != Strength.NONE


def test_evidence_never_repeats_what_was_found() -> None:
    assert "mango" not in repr(READER.read("mango", "")) + repr(READER)


def test_the_shipped_tags_are_many_and_nothing_in_them_is_adult() -> None:
    assert len(tags()) == 40_000
    assert [tag.count for tag in tags()] == sorted((tag.count for tag in tags()), reverse=True)
    assert {tag.category for tag in tags()[:100]} >= {"g"}
    adult = [tag.name for tag in tags()[:10_000] if REAL.certain(tag.name).sexual]
    assert len(adult) == 0
    assert {"umbrella", "because"} <= known_words()


LETTERS = st.text(st.characters(), max_size=400)
SYNTAX = st.text(st.sampled_from("ab[]{}()|:,.-_ *@$!+&%#01\\<>"), max_size=400)


@settings(max_examples=400, deadline=None)
@given(prompt=LETTERS | SYNTAX, negative=LETTERS | SYNTAX)
def test_no_text_makes_it_fail(prompt: str, negative: str) -> None:
    assert isinstance(READER.read(prompt, negative, frozenset({"kettle"})), TextEvidence)


@pytest.mark.parametrize("unit", LONG)
def test_long_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    def seconds(kib: int) -> float:
        text = long_text(unit, kib)
        best = 9.0
        for _ in range(3):
            start = time.thread_time()
            REAL.read(text, "")
            best = min(best, time.thread_time() - start)
        return best

    # Eight times the text: a square would take 64 times as long. The limit per KiB leaves room for a busy machine.
    short, long = seconds(8), seconds(64)
    assert long < 20 * max(short, 0.001), (short, long)
    assert long < 0.064 * 3, long
