"""/privacy: what is kept is shown and handed over; what is deleted is nowhere any more, whatever happens meanwhile."""

import asyncio
import io
import json
import zipfile
from pathlib import Path

import pytest

from playground import Seen
from playground.people import Person
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, labels, until
from tests.end_to_end.test_menus import picture

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}


def holding(folder: Path, *words: str) -> list[str]:
    """The files that hold any of these, outside the folder of copies."""
    files = [path for path in folder.rglob("*") if path.is_file() and "backups" not in path.parts]
    return [path.name for path in files if any(word.encode() in path.read_bytes() for word in words)]


async def live(bot: RunningBot, person: Person, word: str) -> list[Seen]:
    """Pictures, an upload, a preset, a favourite, a report: all with a word that is nowhere else."""
    files = {"cat.png": picture("PNG", (64, 64))}
    cards = [
        await bot.card(await person.slash("#gallery", f"/imagine prompt:1girl, {word} count:2")),
        await bot.card(await person.slash("dm", f"/imagine prompt:1girl, {word}, night")),
        await bot.card(
            await person.slash("#gallery", f"/imagine prompt:1girl, {word} image:@cat.png", attachments=files)
        ),
    ]
    await person.react(cards[0], "⭐")
    panel = await (await person.slash("#gallery", "/settings")).message()
    await person.submit(await person.press(panel, "Negative prompt…"), {"negative": f"{word}, hat"})
    await person.submit(await person.press(panel, "Save as preset…"), {"name": f"My {word}"})
    form = await person.slash("#gallery", "/report")
    await person.submit(form, {"reason": f"about {word}"})
    history = await person.slash("#gallery", "/history")
    await until(lambda: history.shown and not history.shown.thinking)
    assert list((bot.folder / "thumbnails").rglob("*.webp"))
    return cards


async def test_what_is_kept_is_shown(bot: RunningBot) -> None:
    shown = await (await bot.person("Chika").slash("#gallery", "/privacy show")).message()
    assert shown.ephemeral and "0 requests" in shown.content and "about 5 days" in shown.content
    assert labels(shown) == ["Send me all of it", "Delete all of it…"]
    await bot.imagine("prompt:1girl", who="Chika")
    again = await (await bot.person("Chika").slash("dm", "/privacy show")).message()
    assert "1 requests" in again.content and "1 pictures" in again.content


async def test_everything_is_handed_over_and_nothing_of_others(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    await live(bot, aiko, "zymurgy")
    await bot.imagine("prompt:1girl, othersword", who="Chika")
    sent = await aiko.slash("#gallery", "/privacy export")
    shown = await until(lambda: sent.shown if sent.shown and sent.shown.attachments else None)
    assert shown.ephemeral
    with zipfile.ZipFile(io.BytesIO(shown.attachments[0].data)) as archive:
        said = json.loads(archive.read("everything.json"))
        names = archive.namelist()
        png = archive.read(next(name for name in names if name.startswith("pictures/")))
    assert png.startswith(b"\x89PNG")
    assert len([name for name in names if name.startswith("pictures/")]) == 4
    assert len([name for name in names if name.startswith("uploads/")]) == 1
    assert {"jobs", "pictures", "presets", "favourites", "people", "agreements", "reports", "posts"} <= said.keys()
    assert len(said["jobs"]) == 3 and "zymurgy" in str(said["presets"]) and "othersword" not in str(said)
    assert not [word for word in bot.world.interactions if word in str(said)], "an interaction's token"


async def test_an_export_larger_than_a_file_may_be_comes_in_parts(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko")
        bot.world.settings.file_limit_bytes = 400_000
        for seed in range(3):
            await bot.imagine(f"prompt:1girl seed:{seed} count:4")
        sent = await bot.person("Aiko").slash("#gallery", "/privacy export")
        await until(lambda: len(sent.followups) >= 1 or None)
        await asyncio.sleep(2)
        assert sent.shown is not None
        files = [sent.shown.attachments[0], *(each.attachments[0] for each in sent.followups)]
        assert all(len(each.data) <= 400_000 for each in files)
        names: list[str] = []
        for each in files:
            with zipfile.ZipFile(io.BytesIO(each.data)) as archive:
                names += archive.namelist()
        assert (
            len([name for name in names if name.startswith("pictures/")]) == 12 == len({*names} - {"everything.json"})
        )


async def test_delete_asks_first(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    before = bot.traces()
    asked = await (await aiko.slash("#gallery", "/privacy delete")).message()
    assert asked.ephemeral and "There is no way back" in asked.content and "within about 5 days" in asked.content
    await aiko.press(asked, "Keep it")
    assert asked.content == "Nothing was deleted." and bot.traces() == before


async def test_what_is_deleted_is_nowhere_any_more(start_bot: StartBot) -> None:
    async with start_bot(**SETTINGS) as bot:
        await bot.settle(2, "Aiko", "Chika")
        aiko = bot.person("Aiko")
        cards = await live(bot, aiko, "zymurgy")
        others = await bot.imagine("prompt:1girl, othersword", who="Chika")
        await bot.person("Chika").press(cards[0], "Favourite")
        assert holding(bot.folder, "zymurgy")
        _, waiting = await bot.begin("prompt:1girl, zymurgy waits count:4")
        asked = await (await aiko.slash("#gallery", "/privacy delete")).message()
        await aiko.press(asked, "Delete everything")
        await until(lambda: "It is all gone." in asked.content)
        assert "within about 5 days" in asked.content
        await until(lambda: all(card.deleted for card in cards))
        assert not bot.open_jobs()
        assert holding(bot.folder, "zymurgy", "My zymurgy") == []
        for table, column in (
            ("jobs", "requester_id"), ("pictures", "owner_id"), ("people", "id"), ("presets", "owner_id"),
            ("favourites", "person_id"), ("reports", "reporter_id"), ("agreements", "person_id"),
        ):  # fmt: skip
            assert bot.rows(f"SELECT 1 FROM {table} WHERE {column} = ?", aiko.id) == [], table
        assert not others.deleted and len(bot.files()) == 1
        # Buttons of what is gone say so, and the person begins anew.
        assert waiting.deleted or "Cancelled" in waiting.content
        terms = await (await aiko.slash("#gallery", "/imagine prompt:1girl")).message()
        assert labels(terms) == ["Accept"]
        assert (await bot.card(await aiko.press(terms, "Accept"))).pictures
        assert " ERROR " not in bot.log, bot.log
        await bot.stop()
        assert holding(bot.folder, "zymurgy") == []
