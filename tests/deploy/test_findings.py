"""The doctor's smaller checks: what is found, and that it says what to do."""

import ast
import errno
import os
import re
from datetime import timedelta
from pathlib import Path

import discord
import pytest

from config import Config, Storage
from deploy import check_discord, check_machine, check_storage, install, portal, reason
from deploy.finding import Finding, Level, broken, good, show
from deploy.portal import NEEDED, Application, Server
from inference.host import lock_folder, network_file_system
from storage import token_file
from storage.health import Trouble

APPLICATION = Application(id=1234, name="Genga", flags=1 << 19)


def levels(findings: list[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def test_the_invitation_asks_for_what_the_readme_says_and_for_nothing_else() -> None:
    asked = discord.Permissions(int(NEEDED))
    assert {name for name, on in asked if on} == {
        "read_messages", "send_messages", "send_messages_in_threads", "attach_files", "embed_links",
        "read_message_history",
    }  # fmt: skip
    assert re.search(r"client_id=1234&permissions=\d+&scope=bot\+applications\.commands$", APPLICATION.invitation)
    readme = (install.ROOT / "README.md").read_text(encoding="utf-8")
    plain = " ".join(readme.split())
    for name in check_discord.needed().split(", "):
        assert name.replace(" In ", " in ") in plain


def test_an_application_without_the_intent_still_runs() -> None:
    without = Application(id=1, name="Genga")
    [_, told] = check_discord.of_application(without, wants_content=True)
    assert told.level is Level.WORTH_KNOWING
    assert "developer portal" in told.remedy
    assert levels(check_discord.of_application(without, wants_content=False)) == [Level.GOOD, Level.GOOD]
    assert levels(check_discord.of_application(APPLICATION, wants_content=True)) == [Level.GOOD, Level.GOOD]


def test_an_application_that_nobody_can_invite_is_broken() -> None:
    closed = APPLICATION.model_copy(update={"bot_require_code_grant": True})
    assert check_discord.of_application(closed, wants_content=True)[-1].level is Level.BROKEN


def test_a_server_that_allows_too_little_is_named_with_what_is_missing() -> None:
    enough = Server(id=1, name="Enough", permissions=int(NEEDED) | 1 << 6)
    ruler = Server(id=2, name="Ruler", permissions=portal.ADMINISTRATOR)
    poor = Server(id=3, name="Poor", permissions=int(NEEDED) & ~(1 << 15))
    assert levels(check_discord.of_servers([enough, ruler], APPLICATION)) == [Level.GOOD]
    [told] = check_discord.of_servers([enough, poor], APPLICATION)
    assert told.sentence == "In the server “Poor” the bot lacks: Attach Files."
    assert APPLICATION.invitation in told.remedy
    assert len(check_discord.of_servers([poor] * 30, APPLICATION)) == check_discord.MOST_NAMED + 1
    assert APPLICATION.invitation in check_discord.of_servers([], APPLICATION)[0].remedy


def test_commands_that_discord_forgot_are_named() -> None:
    assert check_discord.of_commands([], []).level is Level.WORTH_KNOWING
    assert check_discord.of_commands(["help", "imagine"], ["help"]).level is Level.GOOD
    assert "imagine" in check_discord.of_commands(["help"], ["help", "imagine"]).sentence


@pytest.mark.parametrize(("ahead_s", "said"), [(120.0, "120 s slow"), (-3600.0, "3600 s fast")])
def test_a_wrong_clock_is_broken(ahead_s: float, said: str) -> None:
    told = check_discord.clock(ahead_s, "x")
    assert (told.level, said in told.sentence) == (Level.BROKEN, True)
    assert check_discord.clock(timedelta(seconds=1).total_seconds(), "x").level is Level.GOOD
    assert check_discord.clock(None, "x").level is Level.GOOD


def test_an_old_python_is_broken() -> None:
    assert check_machine.check_python((3, 10)).level is Level.BROKEN
    assert check_machine.check_python((3, 13)).level is Level.GOOD


def test_packages_are_compared_with_those_tested(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["aiohttp", "no-such-thing>=1", "elsewhere; sys_platform == \'amiga\'"]\n'
        "[project.optional-dependencies]\ndev = []\n",
        encoding="utf-8",
    )
    (tmp_path / "constraints.txt").write_text("# a comment\naiohttp==0.0.1\ntorch==2.13.0\n", encoding="utf-8")
    missing, other = check_machine.check_packages(tmp_path)
    assert (missing.level, missing.sentence) == (Level.BROKEN, "Packages are missing: no-such-thing.")
    assert re.search(r"aiohttp 3\.\S+ instead of 0\.0\.1\.", other.sentence)


def test_a_folder_in_use_is_good_and_one_that_is_not_there_is_made(tmp_path: Path) -> None:
    [free] = check_storage.check_folder(tmp_path)
    assert "no bot runs on it" in free.sentence
    with lock_folder(tmp_path):
        [used] = check_storage.check_folder(tmp_path)
    assert (used.level, "in use by a running bot" in used.sentence) == (Level.GOOD, True)
    [none] = check_storage.check_folder(tmp_path / "none")
    assert none.level is Level.GOOD
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_to_is_broken(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    [told] = check_storage.check_folder(file)  # nobody, the superuser included, makes a file in a file
    assert told.level is Level.BROKEN
    assert told.sentence.endswith("cannot be written to: it is a file, not a folder.")
    assert told.remedy == "Set storage.folder to a folder on another disk."
    about_it = [
        each for each in check_storage.check(Config(storage=Storage(folder=file))) if str(file) in each.sentence
    ]
    assert about_it[0] == told
    assert [each.level for each in about_it[1:]] in ([], [Level.GOOD]), "the room on its disk; nothing else is wrong"


def test_a_copy_takes_the_place_of_a_database_only_where_it_is_damaged(tmp_path: Path) -> None:
    told = {trouble: check_storage.trouble_with(trouble, "disk I/O error", tmp_path) for trouble in Trouble}
    assert {found.level for found in told.values()} == {Level.BROKEN}
    assert [trouble for trouble, found in told.items() if "--restore" in found.remedy] == [Trouble.DAMAGED]
    assert told[Trouble.NO_ROOM].remedy.startswith("Free some space and start again")


@pytest.mark.parametrize(
    ("number", "because", "step"),
    [
        (errno.EROFS, "it is on a file system that is mounted read-only", "Mount it for writing; or try another."),
        (
            errno.EACCES,
            "whoever runs this may not",
            "who runs the bot: chown -R USER '/x'; or try another.",
        ),
        (errno.ENOSPC, "the disk is full", "Free some space and try again."),
        (errno.EEXIST, "it is a file, not a folder", "Try another."),
        (errno.EMFILE, "Too many open files", "Try another."),
    ],
)
def test_what_the_system_refuses_is_said_with_a_step_that_can_help(number: int, because: str, step: str) -> None:
    error = OSError(number, os.strerror(number), "/x")
    assert reason.why(error, Path("/x")) == because
    assert reason.what_to_do(error, Path("/x"), "try another").endswith(step)
    assert reason.sentences(error).startswith(f"/x cannot be used: {because}. ")


def test_every_sentence_names_the_program_as_it_is_typed_here() -> None:
    folders = ("cogs", "deploy", "inference", "playground", "storage")
    files = [install.ROOT / "bot.py", *(file for folder in folders for file in (install.ROOT / folder).rglob("*.py"))]
    found: list[str] = []
    for file in files:
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        about = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        docstrings = [ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, about)]
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        found += [f"{file.name}: {text}" for text in texts if "bot.py --" in text and text not in docstrings]
    assert found == [], "install.typed() says it"


@pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")
def test_a_token_that_others_may_read_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(token_file.VARIABLE, raising=False)
    [none] = check_storage.check_token_file(tmp_path)
    assert (none.level, "--setup" in none.remedy) == (Level.WORTH_KNOWING, True)
    path = token_file.write(tmp_path, "secret")
    [hidden] = check_storage.check_token_file(tmp_path)
    path.chmod(0o644)
    [open_to_all] = check_storage.check_token_file(tmp_path)
    assert (hidden.level, open_to_all.level) == (Level.GOOD, Level.BROKEN)
    assert open_to_all.remedy == f"chmod 600 '{path}'"


def test_the_operators_own_words_are_counted_or_named(tmp_path: Path) -> None:
    assert list(check_storage.check_word_lists("", "")) == []
    file = tmp_path / "words.txt"
    [missing] = check_storage.check_word_lists("", str(file))
    file.write_text("zeppelin\nhot air balloon\n\n", encoding="utf-8")
    [there] = check_storage.check_word_lists("", str(file))
    assert (missing.level, str(file) in missing.sentence) == (Level.BROKEN, True)
    assert there.sentence.startswith("2 words")


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:44 / /mnt/the\\040share rw,relatime shared:2 - nfs4 server:/export rw
31 30 8:2 / /mnt/the\\040share/disk rw,relatime - xfs /dev/sdb1 rw
32 22 0:45 / /mnt/thé rw,relatime - cifs //server/share rw
"""


@pytest.mark.skipif(os.name == "nt", reason="there the drive is asked")
def test_a_network_file_system_is_told_by_the_mount_that_holds_the_folder(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"

    def kind_of(text: str) -> str:
        table.write_text(text, encoding="utf-8")
        return network_file_system(tmp_path / "data" / "deeper", table)

    here = str(tmp_path).replace(" ", "\\040")
    assert kind_of(MOUNTS) == ""
    assert kind_of(f"{MOUNTS}40 22 0:50 / {here} rw - nfs server:/x rw\n") == "nfs"
    assert kind_of(f"{MOUNTS}40 22 0:50 / {here} rw - nfs server:/x rw\n41 40 8:3 / {here} rw - ext4 /dev/x rw\n") == ""
    assert network_file_system(tmp_path, tmp_path / "none") == ""


def test_a_backup_of_yesterday_is_good_and_one_of_last_month_is_not(tmp_path: Path) -> None:
    assert check_storage.check_backup(tmp_path, 24.0).level is Level.WORTH_KNOWING
    copy = tmp_path / "backups" / "genga-schema1-x.sqlite3"
    copy.parent.mkdir()
    copy.touch()
    assert check_storage.check_backup(tmp_path, 24.0).level is Level.GOOD
    assert check_storage.check_backup(tmp_path, 0).level is Level.WORTH_KNOWING
    os.utime(copy, (0, 0))
    assert check_storage.check_backup(tmp_path, 24.0).level is Level.WORTH_KNOWING


def test_a_fresh_folder_has_nothing_broken(tmp_path: Path) -> None:
    config = Config(storage=Storage(folder=tmp_path))
    assert Level.BROKEN not in levels(list(check_storage.check(config)))


def test_a_finding_is_printed_without_colour_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    show(good("All is well."))
    show(broken("It is not.", "Mend it."))
    assert capsys.readouterr().out == "✓ All is well.\n✗ It is not.\n  → Mend it.\n"
