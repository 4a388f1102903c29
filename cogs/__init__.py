"""Everything Discord: what people type, press and read. Files that begin with `_` are not extensions."""

from pathlib import Path


def extensions() -> list[str]:
    """The module names discord.py loads as extensions, in alphabetical order."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(f"cogs.{file.stem}" for file in files if not file.stem.startswith("_"))
