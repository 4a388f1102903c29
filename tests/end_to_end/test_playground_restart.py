"""A playground that ends forgets the chat; what the bot keeps of people and places stays theirs in the next one."""

from pathlib import Path

import pytest

from tests.end_to_end.running_bot import running_bot
from tests.end_to_end.vietnamese import not_vietnamese, seen_of

pytestmark = pytest.mark.slow
SLOW = {"GENGA_TEST_FAULT": "slow", "GENGA_LOG__LEVEL": "WARNING"}


async def test_history_favourites_and_settings_outlive_the_chat_and_open_jobs_end_quietly(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with running_bot(folder, **SLOW) as bot:
        await bot.settle(2, "Aiko")
        card = await bot.imagine("prompt:1girl, kept seed:5")
        await bot.person("Aiko").press(card, "Favourite")
        await bot.imagine("prompt:1girl, hers", who="Binh")
        await bot.settle(60, "Aiko")
        _, drawn = await bot.begin("prompt:1girl, begun")
        await bot.drawing(drawn)
        await bot.begin("prompt:1girl, waiting", place="dm")
        await bot.begin("prompt:1girl, alone private:True", place="#sketches")
        await bot.kill()

    async with running_bot(folder, **SLOW) as bot:
        aiko, drawn_before = bot.person("Aiko"), len(bot.rows("SELECT id FROM pictures"))
        warnings = [line for line in bot.log.splitlines() if " WARNING " in line or " ERROR " in line]
        assert [line.split(": ", 1)[1] for line in warnings] == [
            "unfinished jobs of an earlier playground that have ended, as /history says: 3"
        ]
        assert bot.open_jobs() == 0
        panel = await (await aiko.slash("#gallery", "/history")).message()
        for prompt in ("kept", "begun", "waiting", "alone"):
            assert f"1girl, {prompt}" in panel.content
        assert panel.content.count("I was restarted before I could draw this.") == 3
        assert "hers" not in panel.content
        assert " · ⭐" in panel.content
        # Nothing of it comes unasked, and nothing is said of it twice.
        assert aiko.sees("#gallery") == [panel]
        assert aiko.sees("dm") == aiko.sees("#sketches") == []
        assert len(bot.rows("SELECT id FROM pictures")) == drawn_before
        settings = await (await aiko.slash("#gallery", "/settings")).message()
        assert "60" in settings.content
        # Whoever used a command once is answered in the own language from the first message on.
        await bot.person("Binh").say("dm", "1girl, smile")
        reply = await bot.person("Binh").wait_for("dm", lambda one: one.author == "Genga")
        assert not_vietnamese(seen_of(reply)) == []
