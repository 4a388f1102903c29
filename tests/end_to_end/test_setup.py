"""`bot.py --setup` with answers from a pipe, and the bot that starts with the token it kept."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.bot_process import ROOT
from playground import Playground
from storage import token_file
from tests.end_to_end.command_line import ENDS_S, run
from tests.end_to_end.running_bot import environment_for

pytestmark = pytest.mark.slow

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhYkLm.canary-of-the-set-up"


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Playground]:
    """A Discord that knows one token."""
    async with Playground() as playground:
        playground.world.settings.token = TOKEN
        yield playground


@pytest.fixture
def own(discord: Playground, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has set no token."""
    environment = environment_for(discord.api_url, tmp_path / "data", GENGA_TEST_FAULT="slow")
    del environment["DISCORD_TOKEN"]
    return environment


async def test_it_leads_to_a_bot_that_starts(discord: Playground, own: dict[str, str], tmp_path: Path) -> None:
    ran = await run("--setup", environment=own, answers=f"wrong\n  {TOKEN}  \n1\n")
    assert (ran.status, ran.err) == (0, "")
    assert "Discord does not accept this token" in ran.out
    assert "“Message Content Intent” is on" in ran.out
    number = discord.world.bot.id
    assert f"client_id={number}&permissions=274878024704&scope=bot+applications.commands" in ran.out
    assert TOKEN not in ran.out
    kept = tmp_path / "data" / "discord-token"
    assert (kept.read_text(encoding="utf-8"), stat.S_IMODE(kept.stat().st_mode)) == (f"{TOKEN}\n", 0o600)

    # The start finds it there.
    process = await asyncio.create_subprocess_exec(sys.executable, str(ROOT / "bot.py"), cwd=ROOT, env=own)
    try:
        await discord.wait_for_bot(ENDS_S)
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), ENDS_S) == 0

    # Once more: Enter keeps what is set.
    again = await run("--setup", environment=own, answers="\n1\n")
    assert again.status == 0
    assert "A token is set already" in again.out
    assert kept.read_text(encoding="utf-8") == f"{TOKEN}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for the driver's tool is a shell script")
async def test_with_a_card_a_model_is_proposed_and_a_refusal_is_no_end(own: dict[str, str], tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'NVIDIA Stand-in, 8188, 580.65'\n", encoding="utf-8")
    tool.chmod(0o755)
    own = {**own, "PATH": f"{tool.parent}{os.pathsep}{own['PATH']}", "GENGA_TEST_HUB": "http://127.0.0.1:9"}
    ran = await run("--setup", environment=own, answers=f"{TOKEN}\n1\ny\n")
    assert (ran.status, ran.err) == (0, "")
    for part in ("5 of 5 · A model", "Animagine XL 4.0", "Licence: CreativeML Open RAIL++-M", "Download: 6.9 GB"):
        assert part in ran.out
    assert "Hugging Face can't be reached just now" in ran.out and "Done. The one command" in ran.out


async def test_the_token_may_stay_out_of_any_file(own: dict[str, str], tmp_path: Path) -> None:
    ran = await run("--setup", environment=own, answers=f"{TOKEN}\n2\n")
    assert ran.status == 0
    assert "export DISCORD_TOKEN=…" in ran.out
    assert not (tmp_path / "data").exists()
    set_already = await run("--setup", environment={**own, "DISCORD_TOKEN": TOKEN}, answers="\n")
    assert set_already.status == 0
    assert "nothing is written" in set_already.out


async def test_without_the_intent_it_says_what_will_not_work(discord: Playground, own: dict[str, str]) -> None:
    discord.world.settings.message_content = False
    ran = await run("--setup", environment=own, answers=f"{TOKEN}\n2\n")
    assert ran.status == 0
    assert "so the bot cannot read other people's replies" in ran.out


@pytest.mark.parametrize("answers", ["", "wrong\n", "\n\n\n", "one\ntwo\nthree\n", f"{TOKEN}\n"])
async def test_answers_that_end_too_soon_change_nothing(own: dict[str, str], tmp_path: Path, answers: str) -> None:
    ran = await run("--setup", environment=own, answers=answers)
    assert ran.status == 1
    assert "Nothing was changed." in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "data").exists()


async def test_a_discord_that_does_not_answer_ends_it_with_a_sentence(own: dict[str, str]) -> None:
    ran = await run("--setup", environment={**own, "GENGA_DISCORD__API_URL": "http://127.0.0.1:9/api/v10"})
    assert ran.status == 1
    assert "Discord cannot be reached at http://127.0.0.1:9/api/v10" in ran.err
    assert "Check the network, a proxy, and the setting discord.api_url, then run this again." in ran.err
    assert "--doctor looks at the rest of this machine, and " in ran.err and "starts the playground" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for one process")
async def test_ctrl_c_leaves_nothing_half_written(own: dict[str, str], tmp_path: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), "--setup", cwd=ROOT, env=own, stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(f"{TOKEN}\n".encode())
    async with asyncio.timeout(ENDS_S):
        await process.stdout.readuntil(b"Your choice")
        await asyncio.sleep(0.3)  # Python misses a signal between the question's last letter and the reading of answers
        process.send_signal(signal.SIGINT)
        said = await process.stderr.read()
        assert await process.wait() == 130
    assert said.decode().strip() == "Stopped. Run this again to go on; nothing is half done."
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean nothing there")
async def test_a_start_refuses_a_token_that_others_may_read(own: dict[str, str], tmp_path: Path) -> None:
    path = token_file.write(tmp_path / "data", TOKEN)
    path.chmod(0o644)
    ran = await run(environment=own)
    sentence = f"Others on this machine may read the token in {path}. Run: chmod 600 '{path}'\n"
    assert (ran.status, ran.err) == (1, sentence)
    # The set-up mends it.
    assert (await run("--setup", environment=own, answers="\n1\n")).status == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
