"""The page draws every emoji of the bot's: none falls back to a glyph that a machine may lack."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EMOJI = re.compile(r'"([\u2190-\u25a9\u25b2-\u2bff\U0001f300-\U0001faff])\ufe0f?"')


def test_every_emoji_has_a_drawing() -> None:
    shown = {found for file in ROOT.glob("cogs/*.py") for found in EMOJI.findall(file.read_text("utf-8"))}
    page = (ROOT / "playground" / "page" / "icons.js").read_text("utf-8")
    drawings = set(re.findall(r"^  (\w+): \[", page, re.MULTILINE))
    by_emoji = {one.removesuffix("\ufe0f"): name for one, name in re.findall(r'"([^"\w ]+)": "(\w+)"', page)}
    assert len(shown) > 15
    assert shown - by_emoji.keys() == set()
    assert set(by_emoji.values()) <= drawings
