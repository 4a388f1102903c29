"""`bot.py --doctor` on a bot that is well, and on one with something wrong."""

from pathlib import Path

import pytest

from deploy.install import typed
from playground import Permission, Playground
from storage.database import FILE_NAME
from tests.end_to_end.command_line import run
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import environment_for

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9/api/v10"


async def test_beside_a_running_bot_all_is_well(start_bot: StartBot) -> None:
    async with start_bot(GENGA_TEST_FAULT="slow") as bot:
        await bot.imagine("prompt:1girl, sea seed:1")
        ran = await run("--doctor", environment=environment_for(bot.playground.api_url, bot.folder))
        assert (ran.status, ran.err) == (0, ""), ran.out
        assert "✗" not in ran.out
        for sentence in (
            "in use by a running bot.",
            "✓ The database is sound: schema",
            "✓ The token comes from DISCORD_TOKEN in the environment.",
            "✓ Discord accepts the token: it is Genga's",
            "✓ “Message Content Intent” is on",
            "✓ The bot has the permissions it needs in the one server it is in.",
            "✓ The model genga-mini is there",
            "✓ Pictures are rated by nsfwjs-mobilenet_v2@",
            "✓ No tagger is installed, so the bot is safe-only",
            "✓ The worker draws (CPU,",
            "The bot can run.",
        ):
            assert sentence in ran.out, ran.out
        names = ", ".join(each["name"] for each in bot.world.commands[None])
        assert f"✓ Discord offers {len(names.split(', '))} commands." in ran.out
        assert "anything" not in ran.out, "that is the token"
        # The running bot is none the worse for it.
        await bot.imagine("prompt:1girl, sea seed:2")


async def test_what_is_broken_is_said_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE_NAME).write_text("dear diary, " * 500, encoding="utf-8")
    async with Playground() as playground:
        playground.world.settings.token = "the right one"
        settings = {"GENGA_SAFETY__BLOCKED_WORDS": str(tmp_path / "none.txt"), "GENGA_DRAWING__MODEL": "nope"}
        ran = await run("--doctor", environment=environment_for(playground.api_url, folder, **settings))
    assert (ran.status, ran.err) == (1, ""), ran.out
    for sentence in (
        "✗ The database is damaged (file is not a database).",
        f"✗ The file {tmp_path / 'none.txt'} of safety.blocked_words cannot be read: No such file or directory.\n"
        "  → Correct that file, or leave its setting empty",
        "✗ Discord does not accept the token.",
        "✗ The model nope of drawing.model is not there.\n  → Name one of these instead: genga-mini.",
        "4 things are broken",
    ):
        assert sentence in ran.out, ran.out
    assert "anything" not in ran.out


async def test_a_server_without_the_permissions_and_a_portal_without_the_intent(tmp_path: Path) -> None:
    async with Playground() as playground:
        world = playground.world
        world.settings.message_content = False
        everyone = world.home.roles[world.home.id]
        everyone.permissions &= ~Permission.ATTACH_FILES
        # A setting is wrong too; the rest is looked at all the same.
        environment = environment_for(playground.api_url, tmp_path / "data", GENGA_DRAWING__MODEL="nope")
        ran = await run("--doctor", environment=environment)
    assert "! In the server “Atelier” the bot lacks: Attach Files." in ran.out
    assert "! “Message Content Intent” is off" in ran.out
    assert "1 thing is broken" in ran.out


async def test_wrong_settings_are_named_and_the_rest_is_left_out(tmp_path: Path) -> None:
    ran = await run("--doctor", environment=environment_for(NOWHERE, tmp_path / "data", GENGA_QUEUE__TOTAL="many"))
    assert ran.status == 1
    assert "✗ The setting queue.total" in ran.out
    assert not (tmp_path / "data").exists()


async def test_without_a_network_and_without_a_token_the_playground_still_runs(tmp_path: Path) -> None:
    environment = environment_for(NOWHERE, tmp_path / "data")
    del environment["DISCORD_TOKEN"]
    ran = await run("--doctor", environment=environment)
    assert (ran.status, ran.err) == (0, ""), ran.out
    assert f"! Discord cannot be reached at {NOWHERE}" in ran.out
    step = f"To go online: {typed('--setup')}"
    assert f"! There is no token, so the bot starts in the playground.\n  → {step}" in ran.out
    assert not (tmp_path / "data").exists()
