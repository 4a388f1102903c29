"""Lists of words in files: what an operator adds or puts in place, and what is said of a file that is wrong."""

from pathlib import Path

import pytest

from inference.safety.evidence import Strength
from inference.safety.lists import ListsUnreadable, read_lists
from inference.safety.text import Reader


def test_an_operator_s_file_adds_to_the_floor_and_stands_in_place_of_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "lists.toml"
    file.write_text('[sexual]\nstrong = ["mango"]\n[gore]\nstrong = ["blender"]\n', encoding="utf-8")
    own, built_in = read_lists(str(file)), read_lists()
    floor = [("sexual", "strong"), ("sexual", "weak"), ("young", "strong"), ("young", "weak")]
    assert all(set(built_in.words[where]) <= set(own.words[where]) for where in floor)
    assert own.words["gore", "strong"] == ("blender",)
    assert own.words["hate", "strong"] == built_in.words["hate", "strong"]
    assert own.sha256 != built_in.sha256
    assert Reader(own).read("mango", "").sexual is Strength.STRONG


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[sexual", b'[other]\nstrong = ["pear"]', b'[young]\nfoo = ["pear"]', b"[young]\nstrong = [1]"],
)
def test_a_list_of_another_form_is_refused_in_a_sentence_without_its_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "lists.toml"
    file.write_bytes(content)
    with pytest.raises(ListsUnreadable) as refused:
        read_lists(str(file))
    assert str(file) in str(refused.value)
    assert "pear" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "kind"), [('"pear"', "a text"), ("3", "a number"), ("true", "true or false"), ('{a = "pear"}', "a table")]
)
def test_what_is_no_list_is_named_with_what_it_is(tmp_path: Path, value: str, kind: str) -> None:
    file = tmp_path / "lists.toml"
    file.write_text(f"[young]\nstrong = {value}\n")
    with pytest.raises(ListsUnreadable) as refused:
        read_lists(str(file))
    said = f'strong in [young] is {kind}, not a list. Write strong = ["…", "…"].'
    assert str(refused.value) == f"The file {file} of safety.word_lists: {said}"


def test_lines_of_the_blocked_words_that_begin_with_a_number_sign_are_comments(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# fruit\npear\n\n  # and more\nred # apple\n")
    assert read_lists("", str(file)).blocked == {"pear", "red # apple"}


def test_a_missing_file_is_named() -> None:
    for missing in (("nowhere.toml", ""), ("", "nowhere.txt")):
        with pytest.raises(ListsUnreadable, match=r"nowhere\.t.* cannot be read: No such file"):
            read_lists(*missing)
