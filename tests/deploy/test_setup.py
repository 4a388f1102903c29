"""The set-up's question of where the token is kept: whatever is typed, it lies only where somebody wanted it."""

from pathlib import Path

import pytest

from deploy.setup import keep
from storage import token_file


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(token_file.VARIABLE, raising=False)


@pytest.mark.parametrize("answer", ["nowhere", "no", "2.", "not a token", "12", "y"])
def test_an_answer_that_is_none_is_asked_for_again_and_writes_nothing(
    tmp_path: Path, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([answer, "2"])
    keep(tmp_path / "data", "secret", ask=lambda _: next(answers))
    assert next(answers, None) is None and not (tmp_path / "data").exists()
    assert "Please type 1 or 2." in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "1"])
def test_enter_and_one_keep_it_in_the_file(tmp_path: Path, answer: str) -> None:
    keep(tmp_path, "secret", ask=lambda _: answer)
    assert token_file.read(tmp_path) == "secret"


@pytest.mark.parametrize(("answer", "stays"), [("", False), ("Y", False), ("n", True)])
def test_whoever_wants_no_file_is_offered_to_be_rid_of_an_earlier_one(tmp_path: Path, answer: str, stays: bool) -> None:
    path = token_file.write(tmp_path, "old")
    asked: list[str] = []
    answers = iter(["2", "what?", answer])

    def ask(question: str) -> str:
        asked.append(question)
        return next(answers)

    keep(tmp_path, "new", ask=ask)
    assert path.exists() is stays and f"lies in {path}; remove it?" in asked[-1]
    assert not stays or token_file.read(tmp_path) == "old"
