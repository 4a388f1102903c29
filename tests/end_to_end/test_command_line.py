"""What an operator types: `bot.py`, `bot.py --try`, and what it says when something is wrong."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from benchmarks.bot_process import ROOT, children
from deploy.install import typed
from inference import metadata
from playground import Playground
from tests.end_to_end.command_line import ENDS_S, run
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import command, environment_for

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9/api/v10"  # the discard port: nobody answers


async def test_try_draws_with_the_real_worker_and_saves_the_pictures(
    environment: dict[str, str], tmp_path: Path
) -> None:
    typed = "/imagine prompt:1girl, blue hair, red eyes, smile seed:7 count:2"
    ran = await run("--try", typed, "--save", str(tmp_path / "out"), "--json", environment=environment)
    assert ran.status == 0, ran.err
    report = json.loads(ran.out)
    assert sorted(report) == ["attachments", "buttons", "content", "state"]
    assert report["state"] == "done"
    assert report["content"].startswith("`1girl, blue hair, red eyes, smile`\n")
    assert "seed 7–8" in report["content"]
    assert report["buttons"] == ["1", "2", "Reroll", "Vary", "Edit", "Info", "Favourite", "Delete", "Report"]
    saved = [Path(path) for path in report["attachments"]]
    assert saved == [tmp_path / "out" / "genga-1-1.png", tmp_path / "out" / "genga-1-2.png"]
    request = metadata.read(saved[1].read_bytes())
    assert request is not None
    assert (request.prompt, request.seed, request.width) == ("1girl, blue hair, red eyes, smile", 8, 256)


async def test_try_takes_a_file_to_start_from_and_prints_plain_text(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    shutil.copy(await picture(own, tmp_path), tmp_path / "start.png")
    ran = await run("--try", f"/imagine prompt:1girl image:@{tmp_path / 'start.png'}", environment=own)
    assert ran.status == 0, ran.err
    first, facts, name, hint = ran.out.strip().split("\n")
    assert first == "`1girl`"
    assert re.fullmatch(r"@Aiko · 256×256 · seed \d+ · .*s", facts)
    assert (name, hint) == ("genga-1-1.png", "(not kept: add --save DIR for that)")
    assert ran.err == "", "nothing that whoever tries it could do anything about"


async def picture(environment: dict[str, str], folder: Path) -> Path:
    ran = await run("--try", "/imagine prompt:1girl", "--save", str(folder), "--json", environment=environment)
    [path] = json.loads(ran.out)["attachments"]
    return Path(path)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/imagine prompt:1girl count:9", "count takes 1 to 4, not 9"),
        ("/imagine prompt:1girl image:@nowhere.png", "image: there is no file 'nowhere.png'"),
        ("/imagine prompt:1girl image:@tests", "image: 'tests' is a folder"),
        ("/imagine prompt:1girl image:@~/nowhere.png", "image: there is no file '~/nowhere.png'"),
        ("/imagine prompt:1girl image:@/dev/null", "image: '/dev/null' is no plain file"),
    ],
)
async def test_try_says_what_discord_would_not_have_sent(
    environment: dict[str, str], typed: str, sentence: str
) -> None:
    ran = await run("--try", typed, "--json", environment={**environment, "GENGA_TEST_FAULT": "slow"})
    assert ran.status == 1
    assert json.loads(ran.out) == {"state": "rejected", "content": sentence, "attachments": [], "buttons": []}


async def test_try_notices_a_mistyped_option_and_sends_it_as_discord_would(environment: dict[str, str]) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    ran = await run("--try", "/imagine prompt:1girl sed:7", environment=own)
    assert ran.status == 0
    assert ran.err == "“sed” names no option and stays part of the text. Did you mean seed: ?\n"
    assert ran.out.startswith("`1girl sed:7`\n")


async def test_try_finds_a_file_below_the_home_folder_and_names_the_limit_of_one_that_is_too_large(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow", "HOME": str(tmp_path)}
    (tmp_path / "large.png").write_bytes(bytes(11 << 20))
    ran = await run("--try", "/imagine prompt:1girl image:@~/large.png", environment=own)
    sentence = "large.png is too large to upload: Discord takes 10 MiB at most"
    assert (ran.status, ran.out.strip()) == (1, sentence)


async def test_try_says_once_why_the_bot_does_not_start(environment: dict[str, str]) -> None:
    own = {**environment, "GENGA_QUEUE__TOTAL": "many"}
    ran = await run("--try", "/queue", environment=own)
    sentence = "The setting queue.total cannot be 'many', which GENGA_QUEUE__TOTAL says: it takes a whole number.\n"
    assert (ran.status, ran.out, ran.err) == (1, "", sentence)
    as_json = json.loads((await run("--try", "/queue", "--json", environment=own)).out)
    assert (as_json["state"], as_json["content"]) == (
        "failed", "The bot could not go on; its last words stand above.",
    )  # fmt: skip


async def test_an_empty_folder_variable_counts_as_not_set(environment: dict[str, str]) -> None:
    before = set(ROOT.iterdir())
    own = {**environment, "GENGA_TEST_FAULT": "slow", "GENGA_STORAGE__FOLDER": ""}
    assert (await run("--try", "/queue", environment=own)).status == 0
    assert {path.name for path in set(ROOT.iterdir()) - before} <= {"__pycache__", ".pytest_cache"}


async def test_try_names_the_commands_there_are(environment: dict[str, str]) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    ran = await run("--try", "/nonsense prompt:1girl", "--json", environment=own)
    report = json.loads(ran.out)
    assert (ran.status, report["state"]) == (1, "rejected")
    assert re.fullmatch(r"/nonsense is not offered here; offered: /help, .*/imagine, .*/settings.*", report["content"])


async def test_try_says_that_it_is_an_ordinary_member_of_what_others_are_offered(environment: dict[str, str]) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    ran = await run("--try", "/server", environment=own)
    assert ran.status == 1
    assert "/server is not offered here" in ran.out and "--try is Aiko, an ordinary member" in ran.out


async def test_try_says_at_once_that_a_command_opens_a_form(environment: dict[str, str]) -> None:
    ran = await run("--try", "/report", "--json", environment={**environment, "GENGA_TEST_FAULT": "slow"})
    assert (ran.status, json.loads(ran.out)["state"]) == (1, "rejected")
    assert "opens a form, which --try cannot fill in" in ran.out


async def test_try_shows_the_terms_and_leaves_them_open(environment: dict[str, str]) -> None:
    ran = await run("--try", "/terms", "--json", environment={**environment, "GENGA_TEST_FAULT": "slow"})
    report = json.loads(ran.out)
    assert (ran.status, report["state"], report["buttons"]) == (0, "done", ["Accept"])
    assert "I never draw anything sexual" in report["content"]


async def test_try_ends_with_1_when_the_bot_refuses(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    typed = f"/imagine prompt:1girl image:@{tmp_path / 'notes.png'}"
    ran = await run("--try", typed, "--json", environment={**environment, "GENGA_TEST_FAULT": "slow"})
    assert ran.status == 1
    report = json.loads(ran.out)
    assert report["state"] == "refused"
    assert report["content"] == "That file is not a picture I can read. Send a PNG, JPEG or WebP instead."


async def test_save_and_json_go_with_try(environment: dict[str, str]) -> None:
    ran = await run("--json", environment=environment)
    assert ran.status == 2
    assert "--save and --json go with --try" in ran.err


async def test_without_a_token_it_starts_the_playground_and_prints_its_address(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow", "GENGA_STORAGE__FOLDER": str(tmp_path / "data")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), cwd=ROOT, env=own,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), ENDS_S)
        address = re.match(rb"Open (http://127\.0\.0\.1:\d+/)", line)
        assert address, line
        assert b"The chat is forgotten when it ends; /history keeps the pictures." in line
        assert (tmp_path / "data" / "playground" / "genga.sqlite3").exists(), "beside the real bot's, never in it"
        second = await run(environment=own)
        assert (second.status, second.out) == (1, "")
        assert f"{tmp_path / 'data' / 'playground'}. Stop it, or set storage.folder to another one." in second.err
        async with aiohttp.ClientSession() as session, session.get(address[1].decode()) as page:
            assert "<title>Genga</title>" in await page.text()
        process.send_signal(signal.SIGINT)
        rest, _ = await asyncio.wait_for(process.communicate(), ENDS_S)
        assert (process.returncode, rest.strip()) == (0, b"Stopped.")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_bot_that_is_killed_beside_its_playground_is_said_to_be(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow", "GENGA_STORAGE__FOLDER": str(tmp_path / "data")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), cwd=ROOT, env=own,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await asyncio.wait_for(process.stdout.readline(), ENDS_S)
        [bot] = [pid for pid in children(process.pid) if "--with-parent" in command(pid)]
        os.kill(bot, signal.SIGKILL)
        _, said = await asyncio.wait_for(process.communicate(), ENDS_S)
        assert (process.returncode, said.decode()) == (1, "The bot was ended by the signal SIGKILL.\n")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_an_empty_token_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    ran = await run(environment={**environment_for(NOWHERE, tmp_path), "DISCORD_TOKEN": ""})
    assert (ran.status, ran.err) == (
        1,
        f"DISCORD_TOKEN is empty. Put the bot's token there, or remove it and run: {typed('--setup')}\n",
    )


async def test_a_token_that_discord_does_not_accept_is_named(tmp_path: Path) -> None:
    async with Playground() as playground:
        playground.world.settings.token = "the right one"
        ran = await run(environment=environment_for(playground.api_url, tmp_path / "data"))
    assert ran.status == 1
    last = ran.err.strip().split("\n")[-1]
    assert last == f"Discord does not accept the bot's token. Copy it from the portal again: {typed('--setup')}"
    assert "Traceback" not in ran.err
    assert "anything" not in ran.err


async def test_an_address_without_a_discord_is_named(tmp_path: Path) -> None:
    ran = await run(environment=environment_for(NOWHERE, tmp_path / "data"))
    assert ran.status == 1
    assert ran.err.strip().split("\n")[-1] == f"No Discord answers at {NOWHERE}; check the setting discord.api_url."
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "GENGA_QUEUE__TOTL", "3",
            "There is no setting behind the environment variable GENGA_QUEUE__TOTL; see config.toml for all.",
        ),
        (
            "GENGA_QUEU__TOTAL", "3",
            "There is no setting behind the environment variable GENGA_QUEU__TOTAL; see config.toml for all.",
        ),
        (
            "GENGA_QUEUE__TOTAL", "many",
            "The setting queue.total cannot be 'many', which GENGA_QUEUE__TOTAL says: it takes a whole number.",
        ),
    ],
)  # fmt: skip
async def test_a_wrong_variable_stops_the_start_by_name(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    ran = await run(environment=environment_for(NOWHERE, tmp_path / "data", **{name: value}))
    assert (ran.status, ran.err) == (1, f"{sentence}\n")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("[queue]\n", "[queue]\ntotl = 3\n",
         "There is no setting queue.totl. Did you mean queue.total? Please correct its name in config.toml."),
        ("[queue]\n", "[quue]\ntotal = 3\n\n[queue]\n",
         "There is no setting quue. Did you mean queue? Please correct its name in config.toml."),
        ("per_person = 8 ", "per_person = 0 ",
         "The setting queue.per_person cannot be 0, which config.toml says: it takes at least 1."),
    ],
)  # fmt: skip
async def test_a_wrong_line_in_the_configuration_stops_the_start_by_name(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("cogs", "deploy", "inference", "locales", "mini", "playground", "storage"):
        (checkout / name).symlink_to(ROOT / name)
    for name in ("bot.py", "config.py", "config_forms.py", "config.toml"):
        shutil.copy(ROOT / name, checkout / name)
    file = checkout / "config.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    environment = environment_for(NOWHERE, tmp_path / "data")
    ran = await run(environment=environment, program=checkout / "bot.py", cwd=checkout)
    assert (ran.status, ran.err) == (1, f"{sentence}\n")


async def test_a_second_bot_on_the_same_folder_is_refused(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        ran = await run(environment=environment_for(bot.playground.api_url, bot.folder, GENGA_TEST_FAULT="slow"))
        assert ran.status == 1
        assert str(bot.folder) in ran.err
        assert "Traceback" not in ran.err
        # The first one is none the worse for it.
        await bot.settle(2, "Aiko")
        await bot.imagine("prompt:1girl seed:1")


async def test_a_missing_file_of_blocked_words_stops_the_start_by_name(tmp_path: Path) -> None:
    missing = str(tmp_path / "blocked.txt")
    ran = await run(environment=environment_for(NOWHERE, tmp_path / "data", GENGA_SAFETY__BLOCKED_WORDS=missing))
    sentence = f"The file {missing} of safety.blocked_words cannot be read: No such file or directory.\n"
    assert (ran.status, ran.err.endswith(sentence)) == (1, True), ran.err
    assert "Traceback" not in ran.err


async def test_a_data_folder_that_cannot_be_made_stops_the_start_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = await run(environment=environment_for(NOWHERE, tmp_path / "file" / "data"))
    sentence = (
        f"The folder {tmp_path / 'file' / 'data'} of storage.folder cannot be used: {tmp_path / 'file'} is a file, "
        "not a folder. Set storage.folder to a folder on another disk.\n"
    )
    assert (ran.status, ran.err) == (1, sentence)
    ran = await run(environment=environment_for(NOWHERE, tmp_path / "file"))
    assert ran.err.startswith(f"The folder {tmp_path / 'file'} of storage.folder cannot be used: it is a file, not a")


async def test_a_second_try_keeps_the_first_pictures(environment: dict[str, str], tmp_path: Path) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    first = await picture(own, tmp_path)
    kept = first.read_bytes()
    assert await picture(own, tmp_path) == tmp_path / "genga-1-1-2.png"
    assert first.read_bytes() == kept


async def test_a_command_that_answers_with_words_ends_well_and_leaves_no_folder(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "GENGA_TEST_FAULT": "slow"}
    ran = await run("--try", "/queue", "--save", str(tmp_path / "out"), environment=own)
    assert (ran.status, (tmp_path / "out").exists()) == (0, False)


async def test_a_file_is_no_folder_to_save_in(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = await run("--try", "/imagine prompt:1girl", "--save", str(tmp_path / "file"), environment=environment)
    assert (ran.status, ran.out.strip()) == (1, f"--save names a folder, and {tmp_path / 'file'} is a file.")


async def test_a_folder_that_cannot_be_saved_in_is_named_before_anything_is_drawn(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    ran = await run("--try", "/imagine prompt:1girl", "--save", str(tmp_path / "file" / "out"), environment=environment)
    out, file = tmp_path / "file" / "out", tmp_path / "file"
    sentence = f"Nothing can be saved in {out}: {file} is a file, not a folder. Name another folder."
    assert (ran.status, ran.out.strip()) == (1, sentence)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
async def test_told_to_end_a_try_leaves_nothing_behind(environment: dict[str, str], tmp_path: Path) -> None:
    own = {**environment, "TMPDIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), "--try", "/imagine prompt:1girl count:4", cwd=ROOT, env=own,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(ENDS_S):
        while not list(tmp_path.glob("genga-try-*/genga.sqlite3")):  # noqa: ASYNC110 - a file, not an event
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 130
    assert not list(tmp_path.glob("genga-try-*"))


async def test_a_try_removes_what_killed_ones_left_an_hour_ago_and_nothing_younger(
    environment: dict[str, str], tmp_path: Path
) -> None:
    old, young = tmp_path / "genga-try-old", tmp_path / "genga-try-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "reserve").write_bytes(b"x")
    os.utime(old, (0, 0))
    own = {**environment, "TMPDIR": str(tmp_path), "GENGA_TEST_FAULT": "slow"}
    assert (await run("--try", "/queue", environment=own)).status == 0
    assert list(tmp_path.glob("genga-try-*")) == [young]


async def test_a_model_that_is_not_there_stops_the_start(environment: dict[str, str], tmp_path: Path) -> None:
    own = {**environment_for(NOWHERE, tmp_path), "GENGA_DRAWING__MODEL": "nope"}
    ran = await run(environment=own)
    sentence = "The setting drawing.model names 'nope', which is not installed; known are genga-mini.\n"
    assert ran.status == 1
    assert ran.err.endswith(sentence) and "Traceback" not in ran.err
