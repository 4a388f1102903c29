"""The token's file: readable by its owner alone, whole or not there."""

import os
import stat
from pathlib import Path

import pytest

from storage import token_file

unix_only = pytest.mark.skipif(os.name == "nt", reason="Windows shows modes that mean nothing")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert token_file.read(folder) is None
    token_file.write(folder, "first")
    token_file.write(folder, "second")
    assert token_file.read(folder) == "second"
    assert [each.name for each in folder.iterdir()] == ["discord-token"]


@unix_only
def test_only_its_owner_may_read_it_whatever_was_there_before(tmp_path: Path) -> None:
    old = token_file.path_in(tmp_path)
    old.write_text("old", encoding="utf-8")
    old.chmod(0o644)
    assert stat.S_IMODE(token_file.write(tmp_path, "new").stat().st_mode) == 0o600


@unix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644])
def test_a_token_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    path = token_file.write(tmp_path, "secret")
    path.chmod(mode)
    with pytest.raises(token_file.OpenToOthers, match=f"Run: chmod 600 '{path}'") as refused:
        token_file.read(tmp_path)
    assert "secret" not in str(refused.value)


def test_a_write_that_fails_leaves_the_old_token_and_nothing_else(tmp_path: Path) -> None:
    token_file.write(tmp_path, "old")
    with pytest.raises(UnicodeEncodeError):
        token_file.write(tmp_path, "half \ud800")
    assert token_file.read(tmp_path) == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["discord-token"]


def test_a_variable_counts_as_set_even_when_it_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(token_file.VARIABLE, raising=False)
    assert not token_file.is_set(tmp_path)
    token_file.write(tmp_path, "x")
    assert token_file.is_set(tmp_path)
    monkeypatch.setenv(token_file.VARIABLE, "")
    assert token_file.is_set(tmp_path / "elsewhere")
