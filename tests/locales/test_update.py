"""`python -m locales`, in a copy of the code: what it prints, what it writes, and how a language comes to be."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from locales import extract

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The folders that are read, and the catalogues."""
    leave_out = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for folder in (*extract.FOLDERS, "locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave_out)
    return tmp_path


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, encoding="utf-8", check=False)


def catalogue(checkout: Path, language: str) -> Path:
    return checkout / "locales" / language / "LC_MESSAGES" / "genga.po"


def test_a_complete_catalogue_stays_as_it_is(checkout: Path) -> None:
    before = catalogue(checkout, "vi").read_bytes()
    ran = python(checkout, "-m", "locales")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith(" 0 without a translation, 0 dropped\n")
    assert catalogue(checkout, "vi").read_bytes() == before


def test_a_new_sentence_is_named_and_an_old_one_dropped(checkout: Path) -> None:
    queue = checkout / "cogs" / "_queue.py"
    queue.write_text(queue.read_text(encoding="utf-8").replace('say("Cancel")', 'say("Forget it")'), encoding="utf-8")
    card = checkout / "cogs" / "_card.py"
    card.write_text(card.read_text(encoding="utf-8").replace('say("Vary")', 'say("Change")'), encoding="utf-8")
    ran = python(checkout, "-m", "locales")
    assert ran.returncode == 1
    for line in ("2 without a translation, 1 dropped", "  ? Forget it", "  ? Change", "  - Vary"):
        assert line in ran.stdout
    assert 'msgid "Forget it"\nmsgstr ""\n' in catalogue(checkout, "vi").read_text(encoding="utf-8")


def test_a_language_is_one_more_file(checkout: Path) -> None:
    ran = python(checkout, "-m", "locales", "ja")
    assert ran.returncode == 1
    assert "Write the missing ones into locales/ja/LC_MESSAGES/genga.po." in ran.stdout.replace("\\", "/")
    file = catalogue(checkout, "ja")
    untranslated = 'msgid "Cancel"\nmsgstr ""\n'
    said = file.read_text(encoding="utf-8")
    assert untranslated in said
    file.write_text(said.replace(untranslated, 'msgid "Cancel"\nmsgstr "キャンセル"\n'), encoding="utf-8")
    speaks = "from locales.words import Words, languages; print(languages()['ja'], Words('ja')('Cancel'))"
    ran = python(checkout, "-X", "utf8", "-c", speaks)
    assert (ran.stdout, ran.stderr) == ("日本語 キャンセル\n", "")
